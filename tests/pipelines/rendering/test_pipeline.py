"""Images of which few have a label are learnt from, judged apart, rendered, and others are labelled."""

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image
from scipy.stats import binomtest

from etl.engine import choose, devices
from etl.handoff import on_host, to_pandas
from etl.records import Choice, collect, of_kind
from models.rendering.objectives import Method
from pipelines import apply, load
from pipelines.rendering import train
from pipelines.rendering.config import METHODS
from pipelines.rendering.crowd import _places
from pipelines.rendering.data import load as load_images
from pipelines.rendering.figures import by_class
from pipelines.rendering.measures import paired
from pipelines.rendering.parts import fifth, in_turns, names_in_order
from pipelines.rendering.pipeline import Config, main

pytestmark = pytest.mark.usefixtures("no_pictures")


def bars(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise with a bright row (class 0), column (1) or square (2)."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 90, (count, 8, 8)).astype("uint8"), np.arange(count) % 3
    for image, c, at in zip(x, y.tolist(), rng.integers(1, 6, count).tolist(), strict=True):
        place = (slice(at, at + 2) if c != 1 else slice(None), slice(at, at + 2) if c != 0 else slice(None))
        image[place] = 255
    return x, y


def config(folder: Path, **more: object) -> Config:
    told = {
        "data": folder / "bars.npz",
        "labels": 12,
        "methods": ("supervised", "nrm"),
        "steps": 8,
        "batch": 6,
        "lr": 0.01,
        "device": "cpu",
        "out": folder / "out",
    }
    return Config(**{**told, **more})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("rendering")
    (x, y), (test, truth) = bars(60, 0), bars(30, 1)
    np.savez(found / "bars.npz", x_train=x, y_train=y, x_test=test, y_test=truth)
    np.savez(found / "test.npz", x=test, y=truth)
    return found


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    return main(config(folder, fewer=(6,), gan=True)).folder


def test_errors_are_those_of_the_saved_network_on_the_test(run: Path, folder: Path) -> None:
    found = json.loads((run / "metrics.json").read_text())
    truth = np.load(folder / "test.npz")["y"].astype(str)
    table = load(run, "cpu").predict(folder / "test.npz")
    wrong = int((table["class"].to_numpy() != truth).sum())
    assert found["chosen"] == "nrm"
    assert found["error"]["nrm"] == pytest.approx(wrong / 30)
    ends = binomtest(wrong, 30).proportion_ci(method="wilson")
    np.testing.assert_allclose(found["interval"]["nrm"], [ends.low, ends.high])
    assert [found[name] for name in ("labels", "unlabelled", "test", "classes")] == [12, 48, 30, 3]
    assert set(found["fewer"]["6"]) == {"supervised", "nrm"}
    assert {"load", "choose", "train nrm", "train supervised", "6 labels", "gan", "judge"} <= set(
        found["seconds"]
    )
    assert 0 <= found["gan"]["consistency"] <= 1
    assert [step for step, _ in found["paths"]["nrm"]] == list(range(1, 9))
    names = ("errors", "renderings", "classes", "paths", "samples")
    assert {path.stem for path in (run / "figures").iterdir()} >= set(names)
    assert "by the order of docs/rendering.md" in (run / "config.json").read_text()


class Said:
    """As much of a run as loading asks for."""

    def __init__(self, scratch: Path) -> None:
        self.engine, self.said, self.scratch = choose("cpu"), list[str](), scratch

    def say(self, text: str) -> None:
        self.said.append(text)


def test_what_is_judged_by_is_never_learnt_from(folder: Path, tmp_path: Path) -> None:
    """Whatever stands in the test, and in labels that were dropped, the network is the same."""
    weights = []
    for seed in (1, 2):
        (x, y), (test, truth) = bars(60, 0), bars(30, seed)
        np.savez(tmp_path / "bars.npz", x_train=x, y_train=y, x_test=test, y_test=truth)
        data = load_images(config(tmp_path), Said(tmp_path))  # type: ignore[arg-type]
        found = train.learn(config(tmp_path), 2, data, "entropy", data.order, tmp_path / f"{seed}.pt")
        weights.append(next(found.classifier.network_.parameters()))
    assert bool((weights[0] == weights[1]).all())


def test_kept_labels_are_even_and_the_others_are_dropped(folder: Path, tmp_path: Path) -> None:
    run = Said(tmp_path)
    data = load_images(config(folder, labels=10), run)  # type: ignore[arg-type]
    targets = on_host(data.targets).numpy()
    assert sorted(targets.sum(0).tolist()) == [3, 3, 4]
    assert sorted(np.flatnonzero(targets.sum(1)).tolist()) == sorted(data.order.tolist())
    assert sorted(targets[data.order[:6]].sum(0).tolist()) == [2, 2, 2]
    assert any("50 images count as unlabelled" in text for text in run.said)
    own, _, others = data.pools(data.order)
    assert (len(own), len(others)) == (10, 50)  # type: ignore[arg-type]


def test_a_fifth_of_each_class_judges_where_nothing_was_set_apart(tmp_path: Path) -> None:
    x, y = bars(60, 0)
    y[:7] = -1
    np.savez(tmp_path / "bars.npz", x=x, y=y)
    data = load_images(config(tmp_path, labels=0), Said(tmp_path))  # type: ignore[arg-type]
    assert np.bincount(data.truth).tolist() == [3, 4, 4]
    assert data.counts == {"labels": 42, "unlabelled": 7, "test": 11, "classes": 3}
    seen = {each.tobytes() for each in on_host(data.images).numpy()}
    assert not seen & {each.tobytes() for each in on_host(data.test).numpy()}
    rng = np.random.default_rng(0)
    assert fifth(np.array([0, 1, 1, -1]), rng).tolist().count(True) == 1
    assert in_turns(np.array([-1, -1]), rng).tolist() == []


def test_classes_of_one_number_have_an_order() -> None:
    """A set has another order in each process."""
    assert [names_in_order(each) for each in (["2", "02", "002", "1"], ["002", "1", "02", "2"])] == [
        ["1", "002", "02", "2"]
    ] * 2


def test_votes_of_a_crowd_are_probabilities_of_classes(tmp_path: Path) -> None:
    x, y = bars(30, 0)
    known = np.where(np.arange(30) < 20, -1, y)
    np.savez(tmp_path / "bars.npz", x=x, y=known, x_test=x[:3], y_test=y[:3])
    rows = [
        (task, f"w{who}", (y[task] + (who == 3 and task % 4 == 0)) % 3)
        for task in range(20)
        for who in range(5)
    ]
    pd.DataFrame([*rows, (99, "w0", 0)], columns=["task", "worker", "label"]).to_csv(
        tmp_path / "votes.csv", index=False
    )
    run = Said(tmp_path)
    told = config(tmp_path, labels=0, votes=tmp_path / "votes.csv")
    targets = on_host(load_images(told, run).targets).numpy()  # type: ignore[arg-type]
    np.testing.assert_allclose(targets.sum(1), 1, atol=1e-5)
    assert targets.argmax(1).tolist() == y.tolist()
    assert targets[20:].max(1).tolist() == [1] * 10
    assert any("20 images have a probability" in text for text in run.said)
    pd.DataFrame([(0, "w", "cat"), (0, "v", "0")], columns=["task", "worker", "label"]).to_csv(
        tmp_path / "votes.csv", index=False
    )
    with pytest.raises(ValueError, match=r"votes for cat, and the classes are 0, 1, 2; write them alike"):
        load_images(told, run)  # type: ignore[arg-type]
    pd.DataFrame([(70, "w", 1), (80, "v", 0)], columns=["task", "worker", "label"]).to_csv(
        tmp_path / "votes.csv", index=False
    )
    with pytest.raises(ValueError, match="none of 2 tasks, such as '70', is an image, such as '0'"):
        load_images(told, run)  # type: ignore[arg-type]


def test_votes_on_the_test_set_are_told_apart_from_those_on_nothing(tmp_path: Path) -> None:
    names = ["a/0.png", "a/1.png", "a/2.png", "b/0.png"]
    with collect() as entries:
        places = _places(["0.png", "a/1.png", "9.png"], names, np.array([2, 3]), tmp_path)
    assert places.tolist() == [1, -1, -1]
    assert [each.reason for each in of_kind(entries, Choice)] == [
        "votes: 1 tasks are no images, the first is '9.png'; passed over",
        "votes: 1 tasks are images of the test set, never learnt from, the first is 'a/1.png'; passed over",
    ]
    with pytest.raises(ValueError, match="no vote is on an image outside the test set; give votes on others"):
        _places(["1.png", "9.png"], names, np.array([2, 3]), tmp_path)


def test_classes_that_are_never_seen_are_told(tmp_path: Path) -> None:
    means = np.zeros((3, 1, 8, 8), "float32")
    means[1] = np.nan
    assert "1 of 3 never are" in title_of(by_class(["a", "b", "c"], means))
    assert "never" not in title_of(by_class(["a", "c"], means[[0, 2]]))


def title_of(figure: Figure) -> str:
    return " ".join(text.get_text() for text in figure.findobj(Text))


def test_a_killed_run_ends_with_the_weights_of_one_that_was_not(
    run: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, real = config(folder, fewer=(6,), gan=True, out=tmp_path), train.active_paths
    seen = []

    def kill(*given: object) -> float:
        seen.append(None)
        if len(seen) == 12:  # the fourth look at the second method
            raise KeyboardInterrupt
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(train, "active_paths", kill)
    with pytest.raises(KeyboardInterrupt):
        main(told)
    (kept,) = (tmp_path / "rendering").glob(".checkpoints-*")
    assert sorted(path.name for path in kept.glob("*.pt")) == ["nrm.pt", "supervised.pt"]
    again = main(told).folder
    assert len(seen) == 12 + 5 + 16  # what was learnt is not learnt again
    assert not list((tmp_path / "rendering").glob(".checkpoints-*"))
    weights = [(each / "model" / "network.arrow").read_bytes() for each in (again, run)]
    assert weights[0] == weights[1]
    found = [json.loads((each / "metrics.json").read_text()) for each in (again, run)]
    for name in ("error", "interval", "paths", "history", "fewer", "gan"):
        assert found[0][name] == found[1][name]


def test_labels_that_are_enough_choose_the_method(tmp_path: Path) -> None:
    x, y = bars(90, 3)
    np.savez(tmp_path / "bars.npz", x=x, y=y, x_test=x[:3], y_test=y[:3])
    told, run = config(tmp_path, labels=0, methods=("supervised", "entropy")), Said(tmp_path)
    data = load_images(told, run)  # type: ignore[arg-type]
    found = train.chosen(told, run, 2, data, tmp_path)  # type: ignore[arg-type]
    assert run.said[-1].startswith(f"method: {found}, of the least error on 18 labels that it did not learn")


def test_new_images_are_brought_to_the_form(run: Path, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "new" / "some").mkdir(parents=True)
    x = bars(30, 1)[0][:4]
    for at, image in enumerate(x):
        drawn = Image.fromarray(image)
        (drawn.convert("RGB") if at % 2 else drawn).save(tmp_path / "new" / "some" / f"{at}.png")
    (tmp_path / "new" / "torn.png").write_bytes(b"torn")
    out = tmp_path / "out.csv"
    apply.main(apply.Config(run=run, data=tmp_path / "new", out=out, device="cpu"))
    table = pd.read_csv(out)
    assert table["file"].tolist() == [f"some/{at}.png" for at in range(4)]
    model = load(run, "cpu")
    wanted = model.predict(folder / "test.npz").iloc[:4]
    np.testing.assert_allclose(table["p:1"], wanted["p:1"], atol=1e-5)
    frame = pd.DataFrame(x.reshape(4, 64))
    np.testing.assert_allclose(model.predict(frame)["p:1"], wanted["p:1"], atol=1e-5)
    with pytest.raises(ValueError, match="the frame has 63 columns; the network reads 64"):
        model.predict(frame.iloc[:, :63])


@pytest.mark.gpu
def test_a_gpu_labels_as_the_cpu_does(run: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not devices()[0]:
        pytest.skip(devices()[1])
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)  # which keeps 10 bits of each factor
    own, other = (load(run, device).predict(folder / "test.npz") for device in ("cpu", "gpu"))
    other = to_pandas(other)
    assert other["class"].tolist() == own["class"].tolist()
    np.testing.assert_allclose(other["probability"].to_numpy(), own["probability"].to_numpy(), atol=1e-4)


def test_differences_are_of_the_same_images() -> None:
    rng = np.random.default_rng(0)
    other = rng.random(4000) < 0.8
    own = other.copy()
    flipped = rng.permutation(4000)[:200]
    own[flipped] = True
    found = paired(own, other)
    assert found["difference"] == pytest.approx((~own).mean() - (~other).mean())
    assert (found["mended"], found["spoilt"]) == (int((~other[flipped]).sum()), 0)
    each = (~own).astype(float) - (~other)
    half = 1.96 * each.std() / np.sqrt(4000)
    np.testing.assert_allclose(found["interval"], [each.mean() - half, each.mean() + half], atol=5e-4)


X, Y = bars(12, 0)


@pytest.mark.parametrize(
    ("arrays", "told", "message"),
    [
        ({"x": X, "y": np.zeros(12, int)}, {}, "has one class, 0; give images of two classes"),
        ({"x": X}, {}, "has no image with a label"),
        ({"x": X, "y": Y}, {"labels": 50}, "--labels 50 are more than there are, 9"),
        ({"x": X, "y": Y}, {"labels": 2}, "--labels 2 are fewer than the 3 classes"),
        ({"x": X, "y": Y}, {"fewer": (2,), "labels": 6}, "--fewer has 2; give numbers from 3"),
        ({"x": X[:3], "y": Y[:3]}, {}, "no class has two images with a label"),
        ({"x": X[:2], "y": Y[:2], "x_test": X, "y_test": Y}, {}, "no image of class 2 has a label"),
    ],
)
def test_data_that_cannot_be_learnt_from_are_refused(
    arrays: dict, told: dict, message: str, tmp_path: Path
) -> None:
    np.savez(tmp_path / "bars.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        main(config(tmp_path, **{"labels": 0, **told}))


def test_without_unlabelled_images_the_labelled_ones_are_taken(tmp_path: Path) -> None:
    np.savez(tmp_path / "bars.npz", x=X, y=Y)
    told = config(tmp_path, labels=0)
    data = load_images(told, Said(tmp_path))  # type: ignore[arg-type]
    assert data.pools(data.order)[2] is None
    with collect() as entries:
        train.learn(told, 1, data, "nrm", data.order, tmp_path / "nrm.pt")
    assert any("no image is unlabelled" in each.reason for each in of_kind(entries, Choice))


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"methods": ("nrm", "magic")}, "--methods has magic; take any of fixmatch, entropy"),
        ({"methods": ()}, "--methods is empty"),
        ({"methods": ("nrm", "nrm")}, "name each once"),
        ({"data": Path("a"), "size": 7}, "--size is 7; networks need 8 pixels"),
        ({"votes": Path("v.csv")}, "name these with --data"),
        ({"data": Path("a"), "votes": Path("v.csv"), "fewer": (9,)}, "leave one out"),
        ({"data": Path("a"), "size": 100_000}, "--size is 100000; take 512 at most"),
        ({"data": Path("a"), "test": Path("b/../a")}, "--test is --data, a; give images that are not learnt"),
        ({"lr": 0.0}, "--lr is 0.0"),
        ({"fewer": (1,)}, "--fewer has 1"),
    ],
)
def test_settings_that_cannot_be_run_are_refused(told: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Config(**told)


def test_the_methods_are_those_that_learn() -> None:
    assert sorted(METHODS) == sorted(get_args(Method))
