"""Images of digits, in three parts that share none: training, validation and test."""

from pathlib import Path
from typing import Literal, get_args

import numpy as np

from etl.engine import Engine
from etl.engine.types import Array
from etl.files import check_exists, numpy_arrays, reading
from etl.handoff import from_host
from etl.hashing import mix
from etl.images.resize import resize
from etl.records import Choice, record
from etl.tables import npz

Use = Literal["train", "validation", "test"]
USES: tuple[Use, ...] = get_args(Use)
WANTED = "an .npz file of images (n, side, side) called x, or x_train and x_test"
SIDE = 28
"""Pixels of an image of MNIST."""
BOX = 20
"""Pixels of the box in its middle that a digit fills."""


def digits(path: Path | None, use: Use, engine: Engine, side: int = SIDE) -> Array:
    """Images of digits for one use; those of another use are never among them.

    Of ten images eight are for training and one each for the others, whatever the seed of a run is. Where a
    file has ``x_test``, the test has those.

    Parameters
    ----------
    path : Path, optional
        ``.npz`` of MNIST's images. Without one, scikit-learn's digits, 8 x 8, are enlarged
        to MNIST's form, 20 x 20 in 28 x 28.
    use : {"train", "validation", "test"}
    engine : Engine
    side : int
        Pixels of a side.

    Returns
    -------
    uint8 array, shape (n, side, side)
        On the engine's device.

    Raises
    ------
    FileNotFoundError, ValueError
        The file is not there, is damaged, or holds no images.
    """
    if path is None:
        record(Choice(reason="digits: no .npz of MNIST was given, so scikit-learn's, 8 x 8, are enlarged"))
        chosen = _part(_scikit_learn(), use)
    else:
        check_exists(path)
        with reading(path, WANTED, *npz.WRONG):
            held = numpy_arrays(path)
        chosen = _of_file(held, use, path)
    if chosen.shape[1:] == (side, side):
        return from_host(np.ascontiguousarray(chosen), engine)
    return engine.xp.rint(resize(from_host(chosen, engine), side, side)).astype("uint8")


def _scikit_learn() -> np.ndarray:
    from sklearn.datasets import load_digits

    enlarged = resize(load_digits().images * (255 / 16), BOX, BOX)
    margin = (SIDE - BOX) // 2
    return np.pad(np.rint(enlarged).astype("uint8"), ((0, 0), (margin, margin), (margin, margin)))


def _of_file(held: dict[str, np.ndarray], use: Use, path: Path) -> np.ndarray:
    if {"x_train", "x_test"} <= held.keys():
        if use == "test":
            return _images(held["x_test"], path)
        return _part(_images(held["x_train"], path), use, USES[:2])
    if "x" not in held:
        lacking = f"{path} holds {', '.join(held) or 'no array'}, and no x"
        raise ValueError(f"{lacking}; give {WANTED}")
    return _part(_images(held["x"], path), use)


def _part(images: np.ndarray, use: Use, uses: tuple[Use, ...] = USES) -> np.ndarray:
    """Images of one use, by a hash of their place."""
    tenth = mix(np.arange(len(images)), seed=0) % np.uint64(10)
    place = np.maximum(tenth.astype("int64") - (10 - len(uses)), 0)
    found = images[place == uses.index(use)]
    if not len(found):
        raise ValueError(f"{len(images)} images of digits leave none for the {use}; give some hundreds")
    return found


def _images(x: np.ndarray, path: Path) -> np.ndarray:
    if x.ndim == 4 and 1 in (x.shape[1], x.shape[3]):
        x = x.reshape(len(x), *(x.shape[2:] if x.shape[1] == 1 else x.shape[1:3]))
    if x.ndim != 3 or not x.size or x.dtype.kind not in "buif":
        raise ValueError(f"{path}: images are {x.dtype} of shape {x.shape}; give {WANTED}")
    if x.dtype == np.uint8:
        return x
    bright = 255.0 if x.max() > 1 else 1.0
    if not (x.min() >= 0 and x.max() <= bright):  # false of NaN, too
        raise ValueError(f"{path}: pixels are from {x.min():g} to {x.max():g}; give 0 to 1, or 0 to 255")
    return np.rint(x * (255 / bright)).astype("uint8")
