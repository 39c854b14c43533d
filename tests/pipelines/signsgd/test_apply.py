"""Networks of a run give new data what they gave in their process, and what is unlike is told."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

pytest.importorskip("torch", reason="models are networks; pip install 'trinity[torch]'")

import torch
from sklearn.datasets import load_digits

from etl.arrays import save_arrays
from etl.conll import coded, plain
from etl.conll.vocabulary import Vocabulary
from etl.engine import choose, devices
from etl.handoff import from_arrow, to_pandas
from etl.records import Choice, Rejected, collect, of_kind
from models.signsgd.networks import Characters, convnet
from models.tagger.outputs import best_tags
from models.tagger.sentences import Tensors
from pipelines import load, saved
from pipelines.signsgd import data
from pipelines.signsgd.apply import VotedModel, voted_model
from pipelines.signsgd.config import Config
from pipelines.signsgd.measures import warning
from pipelines.signsgd.pipeline import main
from tests.pipelines.signsgd.test_pipeline import config
from tests.support.applied import elsewhere

LINES = ["the quick", "", "über the laz", "ÿ", "the quick brown fox jumps over the lazy dog; " * 3]
CPU = choose("cpu")


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return main(config(tmp_path_factory.mktemp("digits"), training={"epochs": 2})).folder


def written(task: str, folder: Path, **given: Any) -> tuple[Path, torch.nn.Module]:
    """A run's folder of a network that has learnt nothing, and the network of the process."""
    settings = Config(task=task, optimisers=("vote",), **given)
    found = data.load(settings, torch.device("cpu"))
    network = found.make()
    results = {"vote": {"model": network.state_dict()}, "form": json.loads(json.dumps(found.form))}
    saved.write(folder, "signsgd", voted_model(settings, results, {"vote": 0.5}, CPU), CPU)
    return folder, network.eval()


@pytest.fixture(scope="module")
def lstm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, torch.nn.Module]:
    folder = tmp_path_factory.mktemp("lstm")
    (folder / "text.txt").write_text(
        "the quick brown fox jumps over the lazy dog;\r\n" * 60, encoding="utf-8"
    )
    return written("lstm", folder, data=folder / "text.txt")


def oracle(run: Path, x: np.ndarray) -> np.ndarray:
    """Probabilities by the better network, of the file from which a run is taken up again."""
    score = json.loads((run / "metrics.json").read_text())["score"]
    name = "vote" if score["vote"] >= score["sgd"] else "sgd"
    network = convnet(8, 10)
    network.load_state_dict(torch.load(run / "states" / f"{name}.pt", weights_only=True)["model"])
    with torch.no_grad():
        return network(torch.from_numpy(x / 16).float()[:, None]).softmax(1).numpy()


def test_images_in_another_process_elsewhere_are_classed_as_in_the_run(digits: Path, tmp_path: Path) -> None:
    x, y = load_digits().images[:200], load_digits().target[:200]
    np.savez(tmp_path / "new.npz", x=x, y="of no use")
    found = pd.read_parquet(elsewhere(digits, tmp_path / "new.npz", tmp_path / "found.parquet"))
    wanted = oracle(digits, x)
    np.testing.assert_array_equal(found.filter(like="p:").to_numpy(), wanted)
    np.testing.assert_array_equal(found["class"].astype(int), wanted.argmax(1))
    np.testing.assert_array_equal(found["probability"], wanted.max(1))
    assert (found["class"].astype(int) == y).mean() > 0.3


def test_pixels_in_columns_are_the_same_images_in_any_order(digits: Path, tmp_path: Path) -> None:
    frame = load_digits(as_frame=True).data[:50]
    np.savez(tmp_path / "new.npz", x=load_digits().images[:50])
    model = load(digits, "cpu")
    here = model.predict(tmp_path / "new.npz")
    mixed = frame[frame.columns[::-1]].assign(more=1)
    pd.testing.assert_frame_equal(model.predict(mixed), here)
    mixed.to_csv(tmp_path / "new.csv", index=False)
    pd.testing.assert_frame_equal(model.predict(tmp_path / "new.csv"), here)
    with pytest.raises(ValueError, match="there is no column pixel_3_4; give a pixel a column"):
        model.predict(frame.drop(columns="pixel_3_4"))
    with pytest.raises(ValueError, match="a pixel is missing or not finite"):
        model.predict(frame.replace({"pixel_3_4": {frame["pixel_3_4"][3]: np.nan}}))


def test_images_that_are_not_as_in_training_are_told(digits: Path, tmp_path: Path) -> None:
    x = load_digits().images[:20]
    x[4] *= 255 / 16
    np.savez(tmp_path / "new.npz", x=x)
    with collect() as entries:
        load(digits, "cpu").predict(tmp_path / "new.npz")
    told = " ".join(entry.reason for entry in of_kind(entries, Choice))
    assert "network: that of " in told
    assert "the best of 2 on held-out examples" in told
    assert "1 of 20 rows have values out of the range of training" in told
    np.savez(tmp_path / "new.npz", x=x[:, :5])
    with pytest.raises(ValueError, match=r"x is float64 of shape \(20, 5, 8\); give numbers of \(n, 8, 8\)"):
        load(digits, "cpu").predict(tmp_path / "new.npz")


def test_bytes_are_scaled_as_in_training(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (40, 8, 8), dtype="uint8"), np.arange(40) % 3
    for name in ("train", "test"):
        np.savez(tmp_path / f"{name}.npz", x=x, y=y)
    run, network = written("mnist", tmp_path, data=tmp_path)
    found = load(run, "cpu").predict(tmp_path / "train.npz")
    with torch.no_grad():
        wanted = network(torch.from_numpy(x[:, None] / np.float32(255))).softmax(1).numpy()
    np.testing.assert_array_equal(found.filter(like="p:").to_numpy(), wanted)
    np.savez(tmp_path / "floats.npz", x=x / 255)
    again = load(run, "cpu").predict(tmp_path / "floats.npz")
    np.testing.assert_allclose(again.filter(like="p:"), wanted, rtol=1e-4)


def test_the_next_character_of_each_line_is_that_of_the_network(lstm, tmp_path: Path) -> None:
    run, network = lstm
    (tmp_path / "new.txt").write_text("\n".join(LINES), encoding="latin-1")
    with pytest.raises(ValueError, match="--encoding"):
        load(run, "cpu").predict(tmp_path / "new.txt")
    (tmp_path / "new.txt").write_text("\n".join(LINES) + "\n", encoding="utf-8")
    found = pd.read_parquet(elsewhere(run, tmp_path / "new.txt", tmp_path / "found.parquet"))
    with collect() as entries:
        here = load(run, "cpu").predict(tmp_path / "new.txt")
    pd.testing.assert_frame_equal(found, here, check_exact=True, check_dtype=False)
    assert found["line"].tolist() == [1, 3, 5]
    alphabet = sorted(set("the quick brown fox jumps over the lazy dog;\n"))
    assert [name for name in found if name.startswith("p:")][:3] == ["p:\\n", "p: ", "p:;"]
    for row, line in zip(found.filter(like="p:").to_numpy(), [LINES[0], LINES[2], LINES[4]], strict=True):
        codes = [alphabet.index(c) for c in line if c in alphabet][-63:]
        with torch.no_grad():
            wanted = network(torch.tensor([codes]))[0, :, -1].softmax(0).numpy()
        np.testing.assert_allclose(row, wanted, rtol=1e-5)
    odd = f"characters: 2 of {sum(map(len, LINES))} were not in training, and are passed over"
    assert odd in [entry.reason for entry in of_kind(entries, Choice)]
    assert [entry.line for entry in of_kind(entries, Rejected)] == [2, 4]
    frame = load(run, "cpu").predict(pd.DataFrame({"more": 1, "text": LINES}))
    pd.testing.assert_frame_equal(frame, here)
    with pytest.raises(ValueError, match="there is no column text"):
        load(run, "cpu").predict(pd.DataFrame({"body": LINES}))


def test_text_of_another_encoding_is_learnt_where_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("dès l'été, à côté; " * 60, encoding="latin-1")
    with pytest.raises(ValueError, match=r"line 1, is not UTF-8 .*--encoding latin-1"):
        data.load(Config(task="lstm", data=tmp_path / "text.txt"), torch.device("cpu"))
    given = Config(task="lstm", data=tmp_path / "text.txt", encoding="latin-1")
    form = data.load(given, torch.device("cpu")).form
    assert form["alphabet"] == sorted(set("dès l'été, à côté; "))
    (tmp_path / "a.conll").write_text("José B-PER\nva O\n\n" * 30, encoding="latin-1")
    names = Config(task="ner", data=tmp_path / "a.conll", encoding="latin-1")
    assert data.load(names, torch.device("cpu")).form["tagger"]["words"]["terms"] == ["josé", "va"]


def test_sentences_are_tagged_as_by_the_network(tmp_path: Path) -> None:
    run, network = written("ner", tmp_path)
    (tmp_path / "new.txt").write_text("Ada Byron went to Rome .\nNobody came .\n")
    found = pd.read_csv(elsewhere(run, tmp_path / "new.txt", tmp_path / "found.csv"))
    facts = json.loads((run / "model" / "model.json").read_text())["model"]["form"]["tagger"]
    words, letters = (Vocabulary.of(facts[name]) for name in ("words", "characters"))
    new = coded.code(plain.text(tmp_path / "new.txt"), words, letters, CPU, facts["letters"])
    with torch.no_grad():
        tags = best_tags(network, Tensors(new)).numpy()
    outside = [facts["names"][tag] == "O" for tag in tags]
    assert found["word"].tolist() == ["Ada", "Byron", "went", "to", "Rome", ".", "Nobody", "came", "."]
    assert all(tag == "O" for tag, is_out in zip(found["tag"], outside, strict=True) if is_out)
    assert found["sentence"].tolist() == [0] * 6 + [1] * 3


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:999])])
@pytest.mark.parametrize("name", ["networks.arrow", "model.json"])
def test_a_damaged_model_is_one_line(spoil: Callable, name: str, digits: Path, tmp_path: Path) -> None:
    shutil.copytree(digits, tmp_path / "copy")
    spoil(tmp_path / "copy" / "model" / name)
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        load(tmp_path / "copy", "cpu")
    assert "\n" not in str(caught.value)
    assert "model" in str(caught.value)


def test_weights_of_another_network_are_one_line(digits: Path, tmp_path: Path) -> None:
    shutil.copytree(digits, tmp_path / "copy")
    other = {
        f"{own}/{k}": v.numpy() for own in ("sgd", "vote") for k, v in Characters(5).state_dict().items()
    }
    save_arrays(tmp_path / "copy" / "model" / "networks.arrow", other)
    place = tmp_path / "copy" / "model" / "model.json"
    facts = json.loads(place.read_text())
    del facts["sums"]  # that runs of older versions lack
    place.write_text(json.dumps(facts))
    with pytest.raises(ValueError, match="damaged.*another network"):
        load(tmp_path / "copy", "cpu")


def test_of_equals_the_vote_is_applied_and_no_better_than_chance_is_told(digits: Path) -> None:
    model = load(digits, "cpu").model
    assert VotedModel(model.form, model.networks, {"sgd": 0.5, "vote": 0.5}, CPU).best == "vote"
    assert VotedModel(model.form, model.networks, {"sgd": 0.6, "vote": 0.5}, CPU).best == "sgd"
    found = json.loads((digits / "metrics.json").read_text())
    held = np.random.default_rng(0).permutation(1797)[: 1797 // 5]
    y = load_digits().target
    usual = np.bincount(np.delete(y, held)).argmax()
    assert found["baseline"] == pytest.approx((y[held] == usual).mean())
    assert warning(found) == ""
    assert "is 0.050, and the commonest class has 0." in warning(found | {"score": {"vote": 0.05}})


@pytest.mark.gpu
def test_a_gpu_finds_what_the_cpu_finds(lstm, tmp_path: Path) -> None:
    if not devices()[0]:
        pytest.skip(devices()[1])
    (tmp_path / "new.txt").write_text("\n".join(LINES), encoding="utf-8")
    frames = [to_pandas(load(lstm[0], device).predict(tmp_path / "new.txt")) for device in ("cpu", "gpu")]
    pd.testing.assert_frame_equal(*frames, check_dtype=False, rtol=1e-4)
    frame = load_digits(as_frame=True).data[:30]
    rng = np.random.default_rng(0)
    for name in ("train", "test"):
        np.savez(tmp_path / f"{name}.npz", x=rng.random((30, 8, 8)), y=np.arange(30) % 10)
    run, _ = written("mnist", tmp_path, data=tmp_path)
    for new in (tmp_path / "train.npz", frame):
        images = [to_pandas(load(run, device).predict(new)) for device in ("cpu",)]
        images.append(to_pandas(load(run, "gpu").predict(on_device(new))))
        pd.testing.assert_frame_equal(*images, check_dtype=False, rtol=1e-4)
    (tmp_path / "ner").mkdir()
    run, _ = written("ner", tmp_path / "ner")
    lines = pd.DataFrame({"text": ["Ada Byron went to Rome .", "Nobody came ."]})
    found = to_pandas(load(run, "gpu").predict(on_device(lines)))
    pd.testing.assert_frame_equal(found, load(run, "cpu").predict(lines), check_dtype=False, rtol=1e-4)


def on_device(new: Path | pd.DataFrame) -> Any:
    return new if isinstance(new, Path) else from_arrow(pa.Table.from_pandas(new), choose("gpu"))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.full((2, 8, 8), 1e300), "row 0 of x, from 0, is not finite"),
        (np.zeros((0, 8, 8)), "holds no image"),
    ],
)
def test_images_that_are_none_are_named(x: np.ndarray, message: str, digits: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "new.npz", x=x)
    with pytest.raises(ValueError, match=message):
        load(digits, "cpu").predict(tmp_path / "new.npz")
