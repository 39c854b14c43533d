"""Examples and their classes from ``.npz`` files of NumPy, whole or refused in one line."""

import tokenize
from pathlib import Path

import numpy as np

from etl.files import numpy_arrays, reading

WANTED = "an .npz file of plain arrays x and y, as np.savez writes"
WRONG = (
    ValueError,
    TypeError,
    AttributeError,
    SyntaxError,
    tokenize.TokenError,
    RuntimeError,
    NotImplementedError,
)
"""What NumPy and zipfile raise at headers that are damaged."""


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Arrays ``x``, a row an example, and ``y``, a class each.

    Parameters
    ----------
    path : Path

    Returns
    -------
    x : array of numbers, shape (n, ...)
    y : array, shape (n,)
        Of whole numbers, truth values or text; none is missing.

    Raises
    ------
    FileNotFoundError
    ValueError
        The file is damaged, it lacks an array, or the arrays do not fit each other.
    """
    with reading(path, WANTED, *WRONG):
        held = numpy_arrays(path)
        members = {name: held[name] for name in ("x", "y") if name in held}
    if len(members) < 2:
        lacking = ", ".join(name for name in ("x", "y") if name not in members)
        raise ValueError(f"{path} does not hold plain arrays x and y (it lacks {lacking}); give {WANTED}")
    _check(path, members["x"], members["y"])
    return members["x"], members["y"]


def _check(path: Path, x: np.ndarray, y: np.ndarray) -> None:
    if x.ndim < 2 or y.ndim != 1 or len(x) != len(y) or x.dtype.kind not in "biuf":
        raise ValueError(
            f"{path}: x is {x.dtype} of shape {x.shape} and y of shape {y.shape}; x needs a row an item, of "
            "real numbers, and y a class each"
        )
    if x.dtype.kind == "f":
        _refuse_endless(x, path)
    if y.dtype.kind not in "biufUS":
        raise ValueError(f"{path}: y is {y.dtype}; give whole numbers or text")
    if y.dtype.kind == "f" and (broken := ~np.isfinite(y) | (y != np.floor(y))).any():
        row = int(np.argmax(broken))
        raise ValueError(f"{path}: row {row} of y, from 0, is {y[row]}; a class is a whole number or text")


def finite(x: np.ndarray, path: Path) -> np.ndarray:
    """Values as float32; what it cannot hold is refused.

    Parameters
    ----------
    x : array, shape (n, ...)
    path : Path
        For messages.

    Raises
    ------
    ValueError
        Names the first row with a value that is missing, infinite or too large.

    Examples
    --------
    >>> finite(np.array([[1.0], [1e300]]), Path("new.npz"))
    Traceback (most recent call last):
    ValueError: new.npz: row 1 of x, from 0, is not finite; mend or remove it
    """
    with np.errstate(over="ignore"):
        x = x.astype("float32", copy=False)
    _refuse_endless(x, path)
    return x


def _refuse_endless(x: np.ndarray, path: Path) -> None:
    whole = np.isfinite(x).all(axis=tuple(range(1, x.ndim)))
    if not whole.all():
        raise ValueError(
            f"{path}: row {int(np.argmin(whole))} of x, from 0, is not finite; mend or remove it"
        )
