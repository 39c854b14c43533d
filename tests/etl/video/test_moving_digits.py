"""Clips equal a loop over the rules, any of them again by its number; no use sees another's digits."""

from math import cos, pi, sin
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from etl.engine import Engine, choose
from etl.handoff import from_host, to_host
from etl.images.resize import resize
from etl.video.digits import USES, digits
from etl.video.moving_digits import MovingDigits

MASK = 2**64 - 1


def uniform(number: int, seed: int) -> float:
    """SplitMix64 in Python's whole numbers."""
    z = (number + (seed + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return ((z ^ (z >> 31)) >> 11) / 2**53


def literal(images: np.ndarray, clip: int, made: MovingDigits) -> np.ndarray:
    """One clip, frame by frame: a step, and at an edge back by as much as was too far."""
    height, width = made.canvas
    frames = np.zeros((made.frames, height, width))
    for digit in range(made.count):
        u = [uniform((clip * made.count + digit) * 4 + k, made.seed) for k in range(4)]
        image = images[int(u[0] * len(images))] / 255
        place, speed = u[2:], [made.step * sin(2 * pi * u[1]), made.step * cos(2 * pi * u[1])]
        for t in range(made.frames):
            top, left = int(place[0] * (height - 6)), int(place[1] * (width - 5))
            view = frames[t, top : top + 6, left : left + 5]
            np.maximum(view, image, out=view)
            for axis in range(2):
                place[axis] += speed[axis]
                if not 0 <= place[axis] <= 1:
                    place[axis] = -place[axis] if place[axis] < 0 else 2 - place[axis]
                    speed[axis] = -speed[axis]
    return frames


def test_clips_equal_a_loop_over_the_rules(engine: Engine) -> None:
    images = np.random.default_rng(0).integers(0, 256, (7, 6, 5), dtype="uint8")
    made = MovingDigits(from_host(images, engine), (17, 13), count=3, frames=40, step=0.13, seed=9)
    found = to_host(made.clips(range(4, 12, 2)))
    assert found.shape == (4, 40, 1, 17, 13)
    assert found.dtype == np.float32
    for clip, number in zip(found, range(4, 12, 2), strict=True):
        np.testing.assert_allclose(clip[:, 0], literal(images, number, made), atol=1e-7)


def test_a_clip_is_the_same_in_any_batch_and_others_differ() -> None:
    images = digits(None, "train", choose("cpu"))
    made = MovingDigits(images, frames=3)
    whole = made.clips(range(6))
    np.testing.assert_array_equal(whole[4:], made.clips(range(4, 6)))
    assert len(np.unique(whole.reshape(6, -1), axis=0)) == 6
    assert not np.array_equal(whole, MovingDigits(images, frames=3, seed=1).clips(range(6)))


@pytest.mark.parametrize("form", ["scikit-learn", "x", "x_train and x_test"])
def test_uses_share_no_digit_and_lose_none_that_is_theirs(form: str, tmp_path: Path) -> None:
    path = None if form == "scikit-learn" else tmp_path / "mnist.npz"
    places = np.arange(900, dtype="uint16").view("uint8").reshape(900, 1, 2)
    images = np.pad(np.repeat(places, 2, axis=1), ((0, 0), (0, 26), (0, 26)))  # each tells its number
    if path is not None:
        held = {"x": images} if form == "x" else {"x_train": images[:600], "x_test": images[600:]}
        np.savez(path, **held)
    parts = [{image.tobytes() for image in digits(path, use, choose("cpu"))} for use in USES]
    assert not parts[0] & parts[1] | parts[0] & parts[2] | parts[1] & parts[2]
    assert sum(map(len, parts)) == (1797 if path is None else 900)
    assert len(parts[0]) > 4 * len(parts[1]) > 0
    if form == "x_train and x_test":
        assert parts[2] == {image.tobytes() for image in images[600:]}


@pytest.mark.parametrize(
    ("held", "message"),
    [
        ({"y": np.ones(3)}, "holds y, and no x; give an .npz file of images"),
        ({"x": np.ones((3, 4))}, r"images are float64 of shape \(3, 4\)"),
        ({"x": np.full((400, 3, 3), -0.5)}, r"pixels are from -0.5 to -0.5; give 0 to 1"),
        ({"x": np.full((400, 3, 3), np.nan)}, r"pixels are from nan to nan"),
        ({"x": np.ones((1, 28, 28))}, r"1 images of digits leave none for the"),
    ],
)
def test_what_is_no_mnist_is_refused(held: dict[str, np.ndarray], message: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **held)
    with pytest.raises(ValueError, match=message):
        [digits(tmp_path / "a.npz", use, choose("cpu")) for use in USES]


def test_digits_that_do_not_fit_are_refused() -> None:
    images = np.ones((1, 28, 28), "uint8")
    with pytest.raises(ValueError, match="28 pixels do not fit on 24 x 64"):
        MovingDigits(images, (24, 64))
    with pytest.raises(ValueError, match="give one at least of each"):
        MovingDigits(images, frames=0)


@pytest.mark.parametrize(("height", "width"), [(4, 6), (5, 3), (8, 12), (20, 31), (1, 1), (8, 5)])
def test_shorter_rows_hold_means_and_longer_ones_are_pillows(height: int, width: int, engine: Engine) -> None:
    images = np.random.default_rng(1).random((2, 3, 8, 12), dtype="float32")
    found = to_host(resize(from_host(images, engine), height, width)).reshape(6, height, width)
    for image, own in zip(images.reshape(6, 8, 12), found, strict=True):
        wanted = stretched(stretched(image, height).T, width).T
        np.testing.assert_allclose(own, wanted, atol=2e-6)


def stretched(image: np.ndarray, height: int) -> np.ndarray:
    """Columns of another length: means over as many parts of each pixel, or Pillow's."""
    old, width = image.shape
    if height > old:
        return np.asarray(
            Image.fromarray(np.ascontiguousarray(image)).resize((width, height), Image.BILINEAR)
        )
    return np.repeat(image, height, axis=0).reshape(height, old, width).mean(axis=1)
