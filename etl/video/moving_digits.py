"""Clips of digits that move and rebound, made where they are needed: any clip again by its number.

Source: Srivastava, Mansimov and Salakhutdinov, "Unsupervised learning of video representations using LSTMs",
ICML 2015, section 4.2.
"""

from dataclasses import dataclass
from math import pi

from etl.engine import array_namespace
from etl.engine.types import Array
from etl.hashing import mix


@dataclass(frozen=True, eq=False)
class MovingDigits:
    """An endless list of clips of one seed.

    Each digit starts at a place and in a direction that are uniform, goes a step of its range a frame, and is
    reflected at the edges; where digits overlap, the brighter pixel shows. What is drawn for a clip is a hash
    of its number, so that it is the same on every device, in any batch, and nothing passes to the device.

    Attributes
    ----------
    images : uint8 array, shape (k, side, side)
        Digits to draw from; the clips lie where these do.
    canvas : tuple of int
        Height and width of a frame.
    count : int
        Digits of a clip.
    frames : int
    step : float
        Of a frame, as a share of the range that a digit's corner has.
    seed : int
        Clips of another use need other images and another seed.

    Raises
    ------
    ValueError
        A digit is larger than the canvas, or a number is out of its range.

    Examples
    --------
    >>> import numpy
    >>> made = MovingDigits(numpy.full((1, 2, 2), 255, "uint8"), canvas=(4, 6), count=1, frames=3)
    >>> clips = made.clips(range(5, 7))
    >>> clips.shape, clips.sum(axis=(2, 3, 4)).tolist()  # a digit of four white pixels in each frame
    ((2, 3, 1, 4, 6), [[4.0, 4.0, 4.0], [4.0, 4.0, 4.0]])
    """

    images: Array
    canvas: tuple[int, int] = (64, 64)
    count: int = 2
    frames: int = 20
    step: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        """See the class."""
        side = max(self.images.shape[1:])
        if side > min(self.canvas):
            height, width = self.canvas
            raise ValueError(f"digits of {side} pixels do not fit on {height} x {width}; make them smaller")
        if not len(self.images) or min(self.count, self.frames) < 1 or not 0 <= self.step < float("inf"):
            raise ValueError(
                f"{len(self.images)} images, {self.count} digits, {self.frames} frames and steps of "
                f"{self.step} make no clips; give one at least of each, and a step from 0"
            )

    def clips(self, numbers: range) -> Array:
        """The clips of these numbers.

        Parameters
        ----------
        numbers : range

        Returns
        -------
        float32 array, shape (n, frames, 1, height, width)
            From 0 to 1.
        """
        which, top, left = self._drawn(numbers)
        xp, (height, width) = array_namespace(self.images), self.canvas
        h, w = self.images.shape[1:]
        n = len(numbers)
        canvas = xp.zeros(n * self.frames * height * width, "uint8")
        frame = xp.arange(n * self.frames).reshape(n, self.frames, 1, 1) * (height * width)
        inside = xp.arange(h)[:, None] * width + xp.arange(w)
        for digit in range(self.count):
            corner = top[:, digit] * width + left[:, digit]
            at = frame + corner[:, :, None, None] + inside
            canvas[at] = xp.maximum(canvas[at], self.images[which[:, digit]][:, None])
        return (canvas.astype("float32") / 255).reshape(n, self.frames, 1, height, width)

    def _drawn(self, numbers: range) -> tuple[Array, Array, Array]:
        """Image of each digit, shape (n, count); and where it begins in each frame, (n, count, frames)."""
        xp = array_namespace(self.images)
        clip = xp.arange(numbers.start, numbers.stop, numbers.step).reshape(-1, 1, 1)
        digit, quantity = xp.arange(self.count).reshape(-1, 1), xp.arange(4)
        bits = mix((clip * self.count + digit) * 4 + quantity, self.seed)
        u = (bits >> xp.uint64(11)).astype("float64") * 2.0**-53
        which = (u[..., 0] * len(self.images)).astype("int64")
        angle, time = 2 * pi * u[..., 1:2], self.step * xp.arange(self.frames)
        top = _folded(u[..., 2:3] + xp.sin(angle) * time) * (self.canvas[0] - self.images.shape[1])
        left = _folded(u[..., 3:4] + xp.cos(angle) * time) * (self.canvas[1] - self.images.shape[2])
        return which, top.astype("int64"), left.astype("int64")


def _folded(way: Array) -> Array:
    """A straight way, reflected at 0 and 1."""
    return 1 - abs(1 - way % 2)
