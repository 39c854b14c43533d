"""Clips that are arrays of NumPy: which axis is which, and what their values mean."""

from pathlib import Path

import numpy as np

from etl.files import numpy_arrays, reading
from etl.records import Choice, record
from etl.tables import npz

WANTED = "an .npy or .npz file of an array with frames, such as (clips, frames, height, width)"
LETTERS = "ntchw"
FEW = 24
"""Neighbours that are compared along an axis to find time."""


def clips(path: Path, axes: str = "") -> np.ndarray:
    """All clips of a file.

    Parameters
    ----------
    path : Path
        ``.npy``, or ``.npz`` with one array of three axes or more.
    axes : str
        A letter for each axis, of clips (n), time (t), channels (c), height and width; found if it is empty.

    Returns
    -------
    uint8 or float32 array, shape (n, t, c, h, w)
        Floats are from 0 to 1.

    Raises
    ------
    ValueError
        The file is damaged, its axes or values say nothing of clips.
    """
    with reading(path, WANTED, *npz.WRONG):
        held = numpy_arrays(path)
    found = {name: array for name, array in held.items() if array.ndim >= 3}
    if len(found) != 1:
        names = ", ".join(f"{name} {array.shape}".strip() for name, array in held.items()) or "nothing"
        raise ValueError(f"{path} holds {names}; give {WANTED}, and no other of three axes")
    (array,) = found.values()
    if not array.size:
        raise ValueError(f"{path} holds no frame: its shape is {array.shape}; give {WANTED}")
    array = _values(array, path)
    return _arranged(array, axes or _found(array, path), path)


def _arranged(array: np.ndarray, axes: str, path: Path) -> np.ndarray:
    """The array in the order of `LETTERS`, with axes of length 1 where it has none."""
    wrong = len(axes) != array.ndim or len(set(axes)) != len(axes) or set("thw") - set(axes)
    if wrong or set(axes) - set(LETTERS):
        raise ValueError(
            f"--axes {axes} does not fit {path} of shape {array.shape}; give a letter an axis, of {LETTERS}, "
            "with t, h and w among them, such as ntchw"
        )
    ordered = array.transpose([axes.index(letter) for letter in LETTERS if letter in axes])
    lacking = [place for place, letter in enumerate(LETTERS) if letter not in axes]
    whole = np.expand_dims(ordered, tuple(lacking))
    if whole.shape[2] not in (1, 3):
        raise ValueError(f"{path} has {whole.shape[2]} channels; give 1 (grey) or 3 (colours)")
    return whole


def _found(array: np.ndarray, path: Path) -> str:
    """Axes by their lengths; and of clips and time, that along which neighbours are alike is time."""
    last, third = array.shape[-1] in (1, 3), array.shape[-3] in (1, 3)
    if array.ndim == 3:
        return "thw"
    if array.ndim > 5 or (array.ndim == 5 and not (last or third)):
        raise ValueError(f"{path} is of shape {array.shape}; name its axes, as in --axes ntchw")
    if array.ndim == 4 and (last or third):
        found, why = ("thwc", "the last") if last else ("tchw", "the second")
        record(Choice(reason=f"axes: {path.name} is one clip, as {why} axis of {array.shape} is of colours"))
        return found
    inner = "hw" if array.ndim == 4 else "hwc" if last else "chw"
    return _order(array, path) + inner


def _order(array: np.ndarray, path: Path) -> str:
    """Whether clips or time come first."""
    n, t = array.shape[:2]
    if 1 in (n, t):
        return "nt" if n == 1 else "tn"
    part = array[:FEW, :FEW].astype("float64")
    first, second = (float(np.abs(np.diff(part, axis=axis)).mean()) for axis in (0, 1))
    order = "tn" if first < second else "nt"
    told = f"axes: in {path.name} {array.shape} neighbours along the first axis differ by {first:.3g} and "
    told += f"along the second by {second:.3g}, so the {'first' if order == 'tn' else 'second'} is time"
    record(Choice(reason=f"{told} (--axes says otherwise)"))
    return order


def _values(array: np.ndarray, path: Path) -> np.ndarray:
    """Bytes, or floats from 0 to 1."""
    if array.dtype.kind not in "buif":
        raise ValueError(f"{path} holds {array.dtype}; give uint8, or floats from 0 to 1")
    low, high, floats = float(array.min()), float(array.max()), array.dtype.kind == "f"
    if floats and low >= 0 and high <= 1:
        return array.astype("float32")
    if not (low >= 0 and high <= 255) or (floats and bool((array != np.rint(array)).any())):
        held = "values that are missing (NaN)" if low != low else f"values from {low:g} to {high:g}"
        raise ValueError(
            f"{path} holds {held}; give floats from 0 to 1 without NaN, or whole numbers from 0 to 255"
        )
    if floats or high == 1:
        which = "0 and 1, black and white" if high == 1 else f"whole numbers up to {high:g} of 255"
        record(Choice(reason=f"values: {path.name} holds {array.dtype} that are {which}"))
    return array.astype("uint8") * (255 if high == 1 else 1)
