"""Clips are learnt from, judged beside baselines, and gone on with elsewhere; a killed run goes on."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageSequence

from etl.engine import devices
from etl.handoff import to_pandas
from pipelines import apply, load
from pipelines.video import train
from pipelines.video.config import Reading, Sizes
from pipelines.video.data import load as load_clips
from pipelines.video.pipeline import Config, main

pytestmark = pytest.mark.usefixtures("no_pictures")

SMALL = Sizes(hidden=(3, 3), layers=1, kernel=3, order=2, lookback=2, rank=2, steps=24, batch=4, lr=0.02)


def bars(count: int = 14, frames: int = 6) -> np.ndarray:
    """A white column that goes a pixel to the right each frame, and begins anew on the left."""
    clips = np.zeros((count, frames, 12, 13), "uint8")
    for clip, at in np.ndindex(count, frames):
        clips[clip, at, :, (clip * 3 + at) % 13] = 255
    return clips


def config(folder: Path, **more: object) -> Config:
    told = {
        "data": folder / "clips.npy",
        "frames": (4, 2),
        "sizes": SMALL,
        "device": "cpu",
        "out": folder / "out",
    }
    return Config(**{"reading": Reading(axes="nthw"), **told, **more})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("video")
    np.save(found / "clips.npy", bars())
    return found


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    return main(config(folder)).folder


def test_errors_are_told_in_all_units_beside_baselines(run: Path) -> None:
    found = json.loads((run / "metrics.json").read_text())
    shown = np.load(run / "predicted.npz")
    truth = shown["truth"][:, 4:] / 255
    assert found["windows"] == {"validation": 2, "test": 2}
    assert found["frame"] == {"channels": 1, "height": 12, "width": 13}
    for name, other in (
        ("black frames", 0 * truth),
        ("copy of the last frame", shown["truth"][:, 3:4] / 255),
    ):
        own, wanted = found["baselines"][name], ((truth - other) ** 2).sum((2, 3, 4)).mean(0)
        np.testing.assert_allclose(own["by_frame"]["mse"], wanted, rtol=1e-6)
        assert own["mse"]["frame"] == pytest.approx(wanted.mean(), rel=1e-6)
    own = ((truth - shown["Conv-TT-LSTM"] / 255) ** 2).sum((2, 3, 4)).mean()
    assert found["mse"]["frame"] == pytest.approx(own, rel=0.02)  # of bytes
    for method in (found, found["conv_lstm"], *found["baselines"].values()):
        mse = method["mse"]
        assert mse["milli"] == pytest.approx(1000 * mse["pixel"])
        assert mse["frame"] == pytest.approx(12 * 13 * mse["pixel"])
        assert set(method["ssim"]) == {"range 1", "range 2", "gaussian"}
    assert found["parameters"] > 0
    story = json.loads((run / "story.json").read_text())
    head, rows = story["tables"][0][1:]
    assert len(head) == 7
    assert [row[0] for row in rows] == ["Conv-TT-LSTM", "ConvLSTM", "copy of the last frame", "black frames"]


def test_figures_and_an_animation_show_what_was_predicted(run: Path) -> None:
    assert {path.stem for path in (run / "figures").iterdir()} >= {"strips", "frames", "learning", "costs"}
    found = json.loads((run / "metrics.json").read_text())
    for method in (found, found["conv_lstm"]):
        steps, losses = method["validation_steps"], method["validation"]
        best = int(re.findall(r"best at step ([\d,]+)", method["stop_reason"])[0].replace(",", ""))
        assert steps[int(np.argmin(losses))] == best
        assert steps[-1] == method["n_iter"]
    with Image.open(run / "clips.gif") as opened:
        frames = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(opened)]
    shown = np.load(run / "predicted.npz")["truth"]
    assert len(frames) == 6
    scale = -(-96 // 12)
    for at in range(6):
        upper, lower = (frames[at][top + 4 :: scale, 4::scale][:12, :13] for top in (0, 12 * scale + 2))
        assert np.abs(upper.astype(int) - shown[0, at, 0]).max() <= 2
        if at < 4:
            assert np.abs(lower.astype(int) - shown[0, at, 0]).max() <= 2


@pytest.mark.parametrize("ending", [".npz", ".gif", ".csv"])
def test_a_network_goes_on_with_new_clips(run: Path, ending: str, tmp_path: Path) -> None:
    new = bars(3, 9)[:, ::-1]
    np.save(tmp_path / "new.npy", new)
    out = tmp_path / f"out{ending}"
    apply.main(apply.Config(run=run, data=tmp_path / "new.npy", out=out, device="cpu"))
    _, wanted = load(run, "cpu").model.frames(new[:, -4:])
    np.testing.assert_allclose(load(run, "cpu").model.frames(str(tmp_path / "new.npy"))[1], wanted, atol=1e-6)
    if ending == ".npz":
        held = np.load(out)
        np.testing.assert_allclose(held["frames"], wanted, atol=1e-6)
        assert [name.rpartition(":")[2] for name in held["clip"]] == ["0", "1", "2"]
    elif ending == ".csv":
        table = pd.read_csv(out)
        assert table["frame"].tolist() == [1, 2] * 3
        pixels = table.drop(columns=["clip", "frame"]).to_numpy().reshape(wanted.shape)
        np.testing.assert_allclose(pixels, wanted, atol=1e-6)
    else:
        with Image.open(out) as opened:
            assert opened.size == (3 * (13 * 8 + 2) - 2, 12 * 8)


@pytest.mark.gpu
def test_a_gpu_goes_on_as_the_cpu_does(run: Path, tmp_path: Path) -> None:
    if not devices()[0]:
        pytest.skip(devices()[1])
    np.save(tmp_path / "new.npy", bars(3, 9))
    own, other = (load(run, device).predict(tmp_path / "new.npy") for device in ("cpu", "gpu"))
    other = to_pandas(other)
    assert list(other.columns) == list(own.columns)
    assert other["clip"].tolist() == own["clip"].tolist()
    np.testing.assert_allclose(other.iloc[:, 1:].to_numpy(), own.iloc[:, 1:].to_numpy(), atol=1e-5)


def test_new_clips_that_do_not_fit_are_refused_or_brought_to_size(run: Path, tmp_path: Path) -> None:
    model = load(run, "cpu")
    with pytest.raises(
        ValueError, match=r"of shape \(2, 3, 12, 13\); give an array \(n, 4 or more, 1, 12, 13\)"
    ):
        model.predict(bars(2, 3))
    with pytest.raises(ValueError, match="clips are a list; give an array"):
        model.model.frames([1])
    np.save(tmp_path / "short.npy", bars(2, 3))
    with pytest.raises(ValueError, match="holds no clip of 4 frames or more"):
        model.predict(tmp_path / "short.npy")
    np.save(tmp_path / "large.npy", bars(2, 7).repeat(2, axis=2).repeat(2, axis=3))
    small, large = model.predict(bars(2, 7)), model.predict(tmp_path / "large.npy")
    np.testing.assert_allclose(large.iloc[:, 2:], small.iloc[:, 2:], atol=1e-6)


def test_a_killed_run_ends_with_the_weights_of_one_that_was_not(
    run: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, real = config(folder, out=tmp_path), train._tell

    def kill(curriculum, name: str, *rest: int) -> None:
        if name == "ConvLSTM" and len(curriculum.losses) == 3:
            raise KeyboardInterrupt
        real(curriculum, name, *rest)

    monkeypatch.setattr(train, "_tell", kill)
    with pytest.raises(KeyboardInterrupt):
        main(told)
    (kept,) = (tmp_path / "video").glob(".checkpoints-*")
    assert sorted(path.name for path in kept.glob("*.pt")) == ["Conv-TT-LSTM.pt", "ConvLSTM.pt"]
    monkeypatch.setattr(train, "_tell", real)
    again = main(told).folder
    assert not list((tmp_path / "video").glob(".checkpoints-*"))
    assert (again / "model" / "network.arrow").read_bytes() == (run / "model" / "network.arrow").read_bytes()
    found = [json.loads((each / "metrics.json").read_text()) for each in (again, run)]
    assert found[0]["conv_lstm"]["mse"] == found[1]["conv_lstm"]["mse"]
    assert found[0]["conv_lstm"]["validation"] == found[1]["conv_lstm"]["validation"]


def test_a_network_that_loses_to_a_baseline_is_warned_of(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = replace(SMALL, steps=1, lr=1e-9)
    done = main(config(folder, out=tmp_path, sizes=one, compare=False)).folder
    assert "a baseline" in load(done, "cpu").warning
    said = capsys.readouterr().out
    assert "WARNING: the network's MSE is" in said
    assert "black frames: MSE" in said
    assert json.loads((done / "metrics.json").read_text())["conv_lstm"] is None


def test_digits_that_move_are_made_where_none_are_given(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "mnist.npz", x=rng.integers(0, 256, (200, 28, 28), dtype="uint8"))
    told = Config(
        digits=tmp_path / "mnist.npz", canvas=16, frames=(2, 3), sizes=replace(SMALL, steps=2), compare=False,
        device="cpu", out=tmp_path,
    )  # fmt: skip
    done = main(told).folder
    found = json.loads((done / "metrics.json").read_text())
    assert (found["clips"], found["windows"]) == (None, {"validation": 48, "test": 200})
    assert found["frame"] == {"channels": 1, "height": 16, "width": 16}


class Said:
    """As much of a run as loading asks for."""

    def __init__(self) -> None:
        from etl.engine import choose

        self.engine, self.said = choose("cpu"), list[str]()

    def say(self, text: str) -> None:
        self.said.append(text)


def test_parts_share_no_clip_and_no_frame(folder: Path, tmp_path: Path) -> None:
    numbered = np.arange(20 * 6, dtype="uint8").reshape(20, 6, 1, 1) + np.zeros((20, 6, 8, 8), "uint8")
    np.save(tmp_path / "clips.npy", numbered)
    run = Said()
    clips = load_clips(config(tmp_path), run)  # type: ignore[arg-type]
    parts = [set(part[:, 0, 0, 0, 0].tolist()) for part in (clips.train, clips.validation, clips.test)]
    assert [len(part) for part in parts] == [14, 3, 3]
    assert len(set.union(*parts)) == 20
    np.save(tmp_path / "clips.npy", numbered.reshape(1, 120, 8, 8))
    told = config(tmp_path, reading=Reading(stride=3))
    clips = load_clips(told, run)  # type: ignore[arg-type]
    parts = [
        set(part[:, :, 0, 0, 0].ravel().tolist()) for part in (clips.train, clips.validation, clips.test)
    ]
    assert max(parts[0]) < min(parts[1]) <= max(parts[1]) < min(parts[2])
    assert [len(part) for part in (clips.train, clips.validation, clips.test)] == [27, 5, 5]
    assert any("the end of each is for the test" in text for text in run.said)


def test_too_few_frames_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "clips.npy", bars(2, 7))
    with pytest.raises(
        ValueError, match=r"holds 2 clips of at most 7 frames; give three clips, or one of 18"
    ):
        main(config(tmp_path))
    np.save(tmp_path / "clips.npy", bars(9, 5))
    with pytest.raises(ValueError, match="holds no clip of 6 frames or more"):
        main(config(tmp_path))


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"frames": (10,)}, "--frames is 10; give two numbers from 1"),
        ({"frames": (10, 0)}, "--frames is 10 0"),
        ({"data": Path("a"), "reading": Reading(size=(64,))}, "--size is 64; give height and width"),
        ({"data": Path("a"), "reading": Reading(crop=True)}, "--crop needs --size"),
        ({"data": Path("a"), "digits": Path("b")}, "leave one out"),
        ({"reading": Reading(stride=2)}, "no clips to read; name them with --data"),
        ({"sizes": Sizes(kernel=4)}, "--kernel is 4; it must be odd"),
        ({"sizes": Sizes(lookback=2)}, "--lookback is 2; it must be at least --order, 3"),
        ({"canvas": 4}, "--canvas is 4"),
    ],
)
def test_settings_that_cannot_be_run_are_refused(told: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Config(**told)
