"""What a network reads: images of a folder or arrays, brought into the form that it was tuned by."""

from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from etl import images
from etl.engine import Engine, engine_of
from etl.engine.types import Array, Frame
from etl.files import check_exists, numpy_arrays, reading
from etl.handoff import from_host
from etl.handoff.columns import matrix
from etl.records import Choice, record
from etl.tables import npz


@dataclass(frozen=True)
class Inputs:
    """The form of what a network reads.

    Attributes
    ----------
    shape : tuple of int
        Of an example: channels, height, width; or features.
    scale : tuple of float
        What bytes of arrays, and other types, are divided by; pixels of files are from 0 to 1.
    mean, std : tuple of float
        What is then taken off, and what that is divided by: none, one for all, or one a channel or feature.
    """

    shape: tuple[int, ...]
    scale: tuple[float, float] = (255.0, 1.0)
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse numbers of another count than channels, with a ValueError."""
        for flag, given in (("--mean", self.mean), ("--std", self.std)):
            if len(given) not in (0, 1, self.shape[0]):
                what = "channels" if len(self.shape) == 3 else "features"
                raise ValueError(
                    f"{flag} has {len(given)} numbers, and the network reads {self.shape[0]} {what}; "
                    f"give one, or {self.shape[0]}"
                )

    def normalised(self, x: Array) -> Array:
        """Examples as the network learnt to read them.

        Parameters
        ----------
        x : float32 array, shape (n, *shape)
        """
        if not (self.mean or self.std):
            return x
        spread = (1, -1, *[1] * (x.ndim - 2))
        centre, width = (
            from_host(np.array(given, "float32").reshape(spread), engine_of(x))
            for given in (self.mean or (0.0,), self.std or (1.0,))
        )
        return (x - centre) / width

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def of_array(self, x: np.ndarray, path: Path) -> np.ndarray:
        """Examples as float32, (n, *shape).

        Raises
        ------
        ValueError
            They are of another shape, or not finite.
        """
        if x.ndim == len(self.shape) and self.shape[0] == 1:
            x = x[:, None]
        if x.shape[1:] != self.shape or x.dtype.kind not in "biuf" or not len(x):
            wanted = ", ".join(map(str, self.shape))
            raise ValueError(f"{path}: x is {x.dtype} of shape {x.shape}; give numbers of (n, {wanted})")
        return self.normalised(npz.finite(x / np.float32(self.scale[x.dtype != np.uint8]), path))

    def of_files(self, paths: list[Path], engine: Engine) -> tuple[Array, np.ndarray]:
        """Pixels (n, *shape), and places of the files that could be read; others are set aside.

        Raises
        ------
        ValueError
            The network reads no square images, or no file can be read.
        """
        if len(self.shape) != 3 or self.shape[1] != self.shape[2]:
            wanted = ", ".join(map(str, self.shape))
            raise ValueError(f"the network reads rows of ({wanted}), no square images; give an .npz file")
        pixels, places = images.read(paths, engine, self.shape[1])
        channels = self.shape[0]
        if channels == 1 and pixels.shape[1] == 3:
            record(Choice(reason="colours: the network reads one channel, so it gets the mean of three"))
            pixels = pixels.mean(axis=1, keepdims=True)
        return self.normalised(engine.xp.broadcast_to(pixels, (len(pixels), *self.shape)).copy()), places

    def read(self, data: Frame | Path, engine: Engine) -> tuple[Array, list[str] | None]:
        """New examples, and names of files.

        Parameters
        ----------
        data : Path or DataFrame
            ``.npz`` of ``x``, a folder of images or one image, or a frame with a pixel a column, in order.
        engine : Engine
        """
        if isinstance(data, Path):
            check_exists(data)
            if data.suffix == ".npz":
                return from_host(self.of_array(_x(data), data), engine), None
            if data.is_dir() or data.suffix.lower() in images.ENDINGS:
                paths = listed(data) if data.is_dir() else [data]
                pixels, places = self.of_files(paths, engine)
                root = data if data.is_dir() else data.parent
                return pixels, [paths[place].relative_to(root).as_posix() for place in places]
            raise ValueError(f"{data} is no .npz file, image or folder of images; give one of them")
        return self._of_frame(data), None

    def _of_frame(self, data: Frame) -> Array:
        names = list(data.columns)
        if len(names) != prod(self.shape):
            raise ValueError(f"the frame has {len(names)} columns; the network reads {prod(self.shape)}")
        is_bytes = all(str(data[name].dtype) == "uint8" for name in names)
        found = matrix(data, names) / np.float32(self.scale[not is_bytes])
        if len(found) and not bool(np.isfinite(found.sum())):
            raise ValueError("a number is missing or not finite; fill it, or drop its row")
        return self.normalised(found.reshape(len(found), *self.shape))


def _x(path: Path) -> np.ndarray:
    with reading(path, "an .npz file with an array x", *npz.WRONG, KeyError):
        return numpy_arrays(path)["x"]


def listed(folder: Path) -> list[Path]:
    """Images below a folder, in order.

    Raises
    ------
    ValueError
        There is none.
    """
    found = images.named(folder.rglob("*"))
    if not found:
        raise ValueError(f"{folder} holds no image ({', '.join(images.ENDINGS)}); name a folder of some")
    return found
