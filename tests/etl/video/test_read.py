"""The same clip comes out of every kind of file; what is broken is set aside, counted and told."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from etl.engine import choose
from etl.records import Choice, Rejected, collect, of_kind
from etl.video import frames as module
from etl.video.digits import digits
from etl.video.frames import Form
from etl.video.moving_digits import MovingDigits
from etl.video.read import Clip, read
from etl.video.windows import windows

SHAPE = (12, 32, 48, 3)


def moving(colour: bool = True) -> np.ndarray:
    """A square that moves over a slope, uint8 (t, h, w, 3)."""
    slope = np.linspace(0, 80, 32)[:, None] + np.linspace(0, 40, 48)
    found = np.repeat(np.stack([slope] * 12)[..., None], 3, axis=3).astype("uint8")
    for t in range(12):
        found[t, 8:16, 2 * t : 2 * t + 8] = (250, 60, 20) if colour else 200
    return found


def folder_of_frames(path: Path, frames: np.ndarray) -> None:
    path.mkdir()
    for number, frame in enumerate(frames, 1):
        Image.fromarray(frame).save(path / f"frame{number}.png")


def gif(path: Path, frames: np.ndarray) -> None:
    images = [Image.fromarray(frame) for frame in frames]
    images[0].save(path, save_all=True, append_images=images[1:])


def film(path: Path, frames: np.ndarray) -> None:
    av = pytest.importorskip("av")
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10, options={"qscale": "1"})
        stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())


KINDS: dict[str, tuple[Callable[[Path, np.ndarray], None], float]] = {
    "frames": (folder_of_frames, 0),
    "a.npy": (np.save, 0),
    "a.npz": (lambda path, frames: np.savez(path, clip=frames, speed=np.ones(3)), 0),
    "a.gif": (gif, 12),
    "a.mp4": (film, 16),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("colour", [True, False])
def test_a_clip_is_the_same_from_every_kind_of_file(kind: str, colour: bool, tmp_path: Path) -> None:
    write, apart = KINDS[kind]
    wanted = moving(colour)
    write(tmp_path / kind, wanted)
    with collect() as entries:
        (clip,) = read(tmp_path / kind, Form())
    wanted = wanted.transpose(0, 3, 1, 2)[:, : 3 if colour else 1]
    assert clip.frames.shape == wanted.shape
    assert np.abs(clip.frames.astype(int) - wanted).mean() <= apart / 4
    assert np.abs(clip.frames.astype(int) - wanted).mean(axis=(1, 2, 3)).max() <= apart
    told = [entry.reason for entry in of_kind(entries, Choice)]
    assert f"colours: {'kept, as frames have some' if colour else 'none, as all frames are grey'}" in told


def test_every_folder_with_images_is_a_clip_in_natural_order(tmp_path: Path) -> None:
    wanted = moving()
    for number in (10, 9):
        folder_of_frames(tmp_path / f"clip{number}", wanted[: number + 1])
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / ".hidden").mkdir()
    found = read(tmp_path, Form(every=2))
    assert [Path(clip.name).name for clip in found] == ["clip9", "clip10"]
    np.testing.assert_array_equal(found[1].frames, wanted[:11:2].transpose(0, 3, 1, 2))


def made(order: str, tmp_path: Path) -> tuple[Path, np.ndarray]:
    clips = MovingDigits(digits(None, "test", choose("cpu"), 14), (24, 20), 1, 9).clips(range(30))[:, :, 0]
    wanted = (clips * 255).round().astype("uint8")
    np.save(tmp_path / "test_seq.npy", wanted.transpose(["nthw".index(letter) for letter in order]))
    return tmp_path / "test_seq.npy", wanted


@pytest.mark.parametrize("order", ["nthw", "tnhw"])
def test_time_is_the_axis_along_which_neighbours_are_alike(order: str, tmp_path: Path) -> None:
    path, wanted = made(order, tmp_path)
    with collect() as entries:
        found = read(path, Form())
    np.testing.assert_array_equal(np.stack([clip.frames[:, 0] for clip in found]), wanted)
    told = [entry.reason for entry in of_kind(entries, Choice) if "is time" in entry.reason]
    assert f"so the {'first' if order == 'tnhw' else 'second'} is time (--axes says otherwise)" in told[0]
    other = read(path, Form(axes=order.replace("t", "x").replace("n", "t").replace("x", "n")))
    assert other[0].frames.shape[0] == 30


@pytest.mark.parametrize(
    ("shape", "axes", "clips"),
    [((9, 24, 20), "", 1), ((9, 1, 24, 20), "", 1), ((9, 24, 20, 3), "", 1), ((1, 9, 3, 24, 20), "", 1),
     ((4, 9, 24, 20, 1), "", 4), ((24, 20, 9), "hwt", 1), ((9, 24, 20, 4), "thwn", 4)],
)  # fmt: skip
def test_axes_by_their_lengths(shape: tuple[int, ...], axes: str, clips: int, tmp_path: Path) -> None:
    drift = np.linspace(0, 1, 9).reshape([9 if each == 9 else 1 for each in shape])
    scene = np.random.default_rng(0).random([1 if each == 9 else each for each in shape])
    np.save(tmp_path / "a.npy", 0.6 * drift + 0.4 * scene)
    found = read(tmp_path / "a.npy", Form(axes=axes, colour="grey"))
    assert [clip.frames.shape for clip in found] == [(9, 1, 24, 20)] * clips
    assert all(np.all(np.diff(clip.frames.mean(axis=(1, 2, 3))) > 0.05) for clip in found)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.full((9, 8, 8), 3.5), r"holds values from 3.5 to 3.5; give floats from 0 to 1"),
        (np.full((9, 8, 8), -0.1), r"from -0.1 to -0.1"),
        (np.full((9, 8, 8), np.nan), r"missing \(NaN\)"),
        (np.full((9, 8, 8), 300), r"from 300 to 300; .* whole numbers from 0 to 255"),
        (np.zeros((9, 8, 8), complex), r"holds complex128"),
        (np.zeros((0, 8, 8)), r"holds no frame: its shape is \(0, 8, 8\)"),
        (np.zeros((8, 8)), r"holds \(8, 8\); give an .npy or .npz file of an array with frames"),
        (np.zeros((2, 9, 5, 8, 8)), r"of shape \(2, 9, 5, 8, 8\); name its axes, as in --axes ntchw"),
    ],
)
def test_arrays_that_are_no_clips_are_refused(array: np.ndarray, message: str, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(ValueError, match=message):
        read(tmp_path / "a.npy", Form())


@pytest.mark.parametrize("axes", ["thwc", "tth", "nch", "thx"])
def test_axes_that_do_not_fit_are_refused(axes: str, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((9, 8, 8)))
    with pytest.raises(ValueError, match=f"--axes {axes} does not fit"):
        read(tmp_path / "a.npy", Form(axes=axes))


def test_whole_numbers_and_truth_values_are_bytes(tmp_path: Path) -> None:
    wanted = moving()[..., 0] > 100
    np.save(tmp_path / "bool.npy", wanted)
    np.save(tmp_path / "int.npy", wanted.astype("int64") * 255)
    found = read(tmp_path, Form())
    assert [clip.frames.dtype for clip in found] == [np.uint8] * 2
    for clip in found:
        np.testing.assert_array_equal(clip.frames[:, 0], wanted * 255)


def test_broken_and_short_clips_are_set_aside_and_the_others_kept(tmp_path: Path) -> None:
    wanted = moving()
    np.save(tmp_path / "good.npy", wanted)
    gif(tmp_path / "whole.gif", wanted)
    data = (tmp_path / "whole.gif").read_bytes()
    (tmp_path / "cut.gif").write_bytes(data[: len(data) // 2])
    (tmp_path / "rubbish.gif").write_bytes(b"GIF89a no")
    film(tmp_path / "whole.mp4", wanted)
    data = (tmp_path / "whole.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) // 2])
    (tmp_path / "rubbish.mp4").write_bytes(b"no film at all" * 20)
    (tmp_path / "empty.mp4").touch()
    data = (tmp_path / "good.npy").read_bytes()
    (tmp_path / "cut.npy").write_bytes(data[: len(data) // 2])
    (tmp_path / "rubbish.npz").write_bytes(b"PK\x03\x04 no")
    gif(tmp_path / "one.gif", wanted[:1])
    folder_of_frames(tmp_path / "damaged", wanted[:10])
    (tmp_path / "damaged" / "frame4.png").write_bytes(b"\x89PNG no")
    folder_of_frames(tmp_path / "grows", wanted[:10])
    Image.new("RGB", (9, 9)).save(tmp_path / "grows" / "frame3.png")
    with collect() as entries:
        found = read(tmp_path, Form(), fewest=10)
    assert sorted(Path(clip.name).name for clip in found) == ["good.npy", "whole.gif", "whole.mp4"]
    lost = {Path(entry.file).name: entry.reason for entry in of_kind(entries, Rejected)}
    assert set(lost) == {
        "cut.gif", "rubbish.gif", "cut.mp4", "rubbish.mp4", "empty.mp4", "cut.npy", "rubbish.npz", "one.gif",
        "damaged", "grows",
    }  # fmt: skip
    assert lost["one.gif"] == "has 1 frame, and 10 are needed"
    assert "9 x 9" in lost["grows"]
    assert all(lost.values())


def test_a_film_without_its_end_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film(tmp_path / "a.mp4", moving())
    av = pytest.importorskip("av")

    class Cut:
        """A film whose head tells of more frames than follow."""

        def __init__(self, name: str) -> None:
            self.real = av.open(name)
            self.streams = self.real.streams

        def __enter__(self) -> "Cut":
            return self

        def __exit__(self, *_: object) -> None:
            self.real.close()

        def decode(self, video: int) -> list:
            return list(self.real.decode(video=video))[:7]

    monkeypatch.setattr(module, "pyav", lambda _: type("av", (), {"open": Cut}))
    with collect() as entries, pytest.raises(ValueError, match="holds no clip"):
        read(tmp_path / "a.mp4", Form())
    assert [entry.reason for entry in of_kind(entries, Rejected)] == [
        "it tells of 12 frames, and 7 can be read"
    ]


def test_films_without_pyav_name_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.mp4").touch()
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(
        RuntimeError, match=r"a.mp4 is a video file.*pip install -e '.\[video\]' brings it, or save"
    ):
        read(tmp_path / "a.mp4", Form())


def test_clips_of_different_sizes_need_one_that_is_asked_for(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", moving())
    np.save(tmp_path / "b.npy", moving()[:, :16, :16])
    with pytest.raises(ValueError, match=r"a.npy is 32 x 48 .*b.npy 16 x 16; .* as in --size 32 48"):
        read(tmp_path, Form())
    found = read(tmp_path, Form(size=(16, 16)))
    assert [clip.frames.shape for clip in found] == [(12, 3, 16, 16)] * 2
    np.testing.assert_array_equal(found[1].frames, moving()[:, :16, :16].transpose(0, 3, 1, 2))
    cropped = read(tmp_path / "a.npy", Form(size=(32, 32), crop=True))[0].frames
    np.testing.assert_array_equal(cropped, moving()[:, :, 8:40].transpose(0, 3, 1, 2))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.mkdir(), "holds no clip of 5 frames or more; give a folder of images"),
        (lambda path: path.write_text("x"), "is no clip by its ending"),
        (lambda path: None, "does not exist"),
    ],
)
def test_a_path_without_clips_is_refused(make: Callable[[Path], None], message: str, tmp_path: Path) -> None:
    make(tmp_path / "clips")
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        read(tmp_path / "clips", Form(), fewest=5)


def test_clips_that_fill_the_memory_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from etl.machine import Limit
    from etl.video import read as reader

    np.save(tmp_path / "a.npy", moving())
    monkeypatch.setattr(reader, "memory_limit", lambda: Limit(60_000, "a test"))
    with pytest.raises(
        ValueError, match=r"take more than 29.3 KiB of memory; give smaller frames with --size"
    ):
        read(tmp_path / "a.npy", Form())


@pytest.mark.parametrize(
    ("span", "stride", "counts"), [(5, 5, [2, 1, 0]), (5, 3, [3, 1, 0]), (1, 4, [3, 2, 1])]
)
def test_windows_are_all_stretches_a_stride_apart(span: int, stride: int, counts: list[int]) -> None:
    clips = [Clip("a", np.arange(11 * 4, dtype="uint8").reshape(11, 1, 2, 2))]
    clips += [Clip("b", clips[0].frames[:5] / np.float32(255)), Clip("c", clips[0].frames[:1])]
    found, which = windows(clips, span, stride)
    assert np.bincount(which, minlength=3).tolist() == counts
    at = 0
    for clip, count in zip(clips, counts, strict=True):
        scale = 255 if clip.frames.dtype == np.uint8 else 1
        for start in range(0, count * stride, stride):
            np.testing.assert_allclose(found[at], clip.frames[start : start + span] / scale, rtol=1e-6)
            at += 1
    assert at == len(found)


@pytest.mark.parametrize("kind", ["bool", "uint8", "int64"])
def test_masks_of_0_and_1_are_black_and_white(kind: str, tmp_path: Path) -> None:
    mask = np.random.default_rng(0).integers(0, 2, (5, 4, 6))
    np.save(tmp_path / "a.npy", mask.astype(kind))
    (clip,) = read(tmp_path / "a.npy", Form())
    assert clip.frames[:, 0].tolist() == (255 * mask).tolist()


def test_floats_of_whole_numbers_are_bytes(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 256, (5, 4, 6))
    np.save(tmp_path / "a.npy", values.astype("float64"))
    (clip,) = read(tmp_path / "a.npy", Form())
    assert clip.frames[:, 0].tolist() == values.tolist()


def test_the_reason_why_the_only_clip_is_set_aside_is_in_the_error(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(b"GIF89a")
    with pytest.raises(ValueError, match=r"no clip of 3 frames or more \(.*a\.gif .+\); give"):
        read(tmp_path, Form(), 3)
