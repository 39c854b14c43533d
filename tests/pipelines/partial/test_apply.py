"""The network of a run gives new items the class that it gave in its process, wherever it is loaded."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from etl.engine import devices
from etl.handoff import to_pandas
from etl.records import Choice, collect, of_kind
from models.partial.classifier import PartialClassifier
from pipelines import load
from pipelines.partial.pipeline import Config, main
from tests.support.applied import elsewhere

WORDS = {"sea": ["wave", "sail", "harbour", "tide"], "land": ["field", "plough", "cattle", "fence"]}


def run_and_network(monkeypatch: pytest.MonkeyPatch, **options) -> tuple[Path, PartialClassifier]:
    """A run of one variant, and its network of the process."""
    made: list[PartialClassifier] = []
    fit = PartialClassifier.fit

    def note(self, *args, **settings) -> PartialClassifier:
        made.append(self)
        return fit(self, *args, **settings)

    monkeypatch.setattr(PartialClassifier, "fit", note)
    run = main(Config(variants=("uniform",), device="cpu", epochs=1, budget=0.5, **options)).folder
    monkeypatch.undo()
    return run, made[0]


def test_arrays_in_another_process_elsewhere_are_classed_as_in_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run, network = run_and_network(monkeypatch, items=200, out=tmp_path / "runs")
    x = np.random.default_rng(0).random((30, 8, 8)).astype("float32")
    np.savez(tmp_path / "new.npz", x=x)
    out = elsewhere(run, tmp_path / "new.npz", tmp_path / "found.parquet")
    found, wanted = pd.read_parquet(out), network.predict_proba(x[:, None])
    np.testing.assert_array_equal(found.filter(like="p:").to_numpy(), wanted)
    assert found["class"].tolist() == [str(digit) for digit in wanted.argmax(1)]
    np.savez(tmp_path / "wide.npz", x=x[:, :, :5])
    with pytest.raises(ValueError, match=r"of shape \(1, 8, 5\), and were \(1, 8, 8\)"):
        load(run, "cpu").predict(tmp_path / "wide.npz")
    shutil.copytree(run, tmp_path / "copy")
    (tmp_path / "copy" / "model" / "network.arrow").write_bytes(b"x")
    with pytest.raises(ValueError, match="is damaged"):
        load(tmp_path / "copy", "cpu")


def test_images_of_other_colours_are_taken_as_those_of_training(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    for name in ("dark", "light"):
        (tmp_path / "in" / name).mkdir(parents=True)
        for number in range(20):
            grey = rng.integers(0, 100, (8, 8), dtype="uint8") + 120 * (name == "light")
            Image.fromarray(grey.astype("uint8")).save(tmp_path / "in" / name / f"{number}.png")
    run, network = run_and_network(monkeypatch, data=tmp_path / "in", side=8, out=tmp_path / "runs")
    (tmp_path / "new").mkdir()
    pixels = rng.integers(0, 255, (8, 8, 3), dtype="uint8")
    Image.fromarray(pixels).save(tmp_path / "new" / "a.png")
    (tmp_path / "new" / "b.png").write_bytes(b"no image")
    with collect() as entries:
        found = load(run, "cpu").predict(tmp_path / "new")
    grey = (pixels.transpose(2, 0, 1).astype("float32") / 255).mean(axis=0)[None, None]
    assert found["item"].tolist() == ["a.png"]
    np.testing.assert_array_equal(found.filter(like="p:").to_numpy(), network.predict_proba(grey))
    assert "images: 1 are grey as those of training" in [e.reason for e in of_kind(entries, Choice)]


def test_texts_come_to_the_features_of_training(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name, words in WORDS.items():
        (tmp_path / "in" / name).mkdir(parents=True)
        for number in range(20):
            (tmp_path / "in" / name / f"{number}.txt").write_text(" ".join(rng.choice(words, 3)))
    run, network = run_and_network(monkeypatch, data=tmp_path / "in", out=tmp_path / "runs")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "a.txt").write_text("wave sail")
    (tmp_path / "new" / "b.txt").write_text("quark")
    with collect() as entries:
        found = load(run, "cpu").predict(tmp_path / "new")
    assert found["item"].tolist() == ["a.txt", "b.txt"]
    assert found.filter(like="p:").to_numpy().sum(1) == pytest.approx(1)
    assert "texts: 1 hold no word of training, and say nothing" in [
        e.reason for e in of_kind(entries, Choice)
    ]
    again = load(run, "cpu").model
    X, _ = again.texts.transform(["wave sail", "quark"], again.engine)
    np.testing.assert_array_equal(found.filter(like="p:").to_numpy(), network.predict_proba(np.asarray(X)))


@pytest.mark.gpu
def test_a_gpu_finds_what_the_cpu_finds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if not devices()[0]:
        pytest.skip(devices()[1])
    run, _ = run_and_network(monkeypatch, items=200, out=tmp_path / "runs")
    np.savez(tmp_path / "new.npz", x=np.random.default_rng(0).random((30, 8, 8)))
    frames = [to_pandas(load(run, device).predict(tmp_path / "new.npz")) for device in ("cpu", "gpu")]
    pd.testing.assert_frame_equal(*frames, check_dtype=False)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_pixels_that_are_no_numbers_are_named(
    value: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run, _ = run_and_network(monkeypatch, items=200, out=tmp_path / "runs")
    x = np.zeros((3, 8, 8))
    x[1, 2, 3] = value
    np.savez(tmp_path / "new.npz", x=x)
    with pytest.raises(ValueError, match=r"new.npz: row 1 of x, from 0, is not finite; mend or remove it"):
        load(run, "cpu").predict(tmp_path / "new.npz")
