"""Images and labels of ``.npz`` files, in the forms in which they are found in the wild."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from etl.files import numpy_arrays, reading
from etl.records import Choice, record
from etl.tables import npz

IMAGES = ("x", "X", "images", "x_train", "X_train", "train_images")
LABELS = ("y", "labels", "Y", "y_train", "Y_train", "train_labels")
TESTS = (("x_test", "y_test"), ("X_test", "y_test"), ("test_images", "test_labels"))
UNLABELLED = ("x_unlabelled", "x_unlabeled")
WANTED = "an .npz file with images x, (n, h, w), (n, h, w, channels) or (n, channels, h, w), and labels y"

Part = tuple[np.ndarray, list[str | None], bool]
"""Images (n, channels, h, w), a label each or None, and whether they are there to judge."""


def parts(path: Path) -> list[Part]:
    """What a file holds: images to learn from, and those for a test and without labels if there are any.

    Parameters
    ----------
    path : Path

    Raises
    ------
    ValueError
        It is damaged, holds no images, or images and labels do not fit.
    """
    with reading(path, WANTED, *npz.WRONG):
        held = numpy_arrays(path)
    name = next((each for each in IMAGES if each in held), None)
    if name is None:
        raise ValueError(f"{path} holds {', '.join(held) or 'no array'}, and no x; give {WANTED}")
    label = next((each for each in LABELS if each in held), None)
    used = [name] if label is None else [name, label]
    taken = {*used, *UNLABELLED}
    found = [_part(path, held, name, label, False)]
    for images, labels in TESTS:
        if images in held and labels in held:
            found.append(_part(path, held, images, labels, True))
            taken |= {images, labels}
    found += [_part(path, held, images, None, False) for images in UNLABELLED if images in held]
    if aside := [each for each in held if each not in taken]:
        record(
            Choice(reason=f"passed over: {path} holds {', '.join(aside)}, too; {' and '.join(used)} are read")
        )
    for other, _, _ in found[1:]:
        if other.shape[1:] != found[0][0].shape[1:]:
            one, two = (tuple(each.shape[1:]) for each in (found[0][0], other))
            raise ValueError(f"{path}: arrays of images are {one} and {two}; bring them to one size and mode")
    return found


def together(pixels: Sequence[np.ndarray]) -> np.ndarray:
    """Arrays of images as one: bytes where all are bytes, else floats of 0 to 1.

    Parameters
    ----------
    pixels : sequence of arrays of uint8 or float32, shape (n, channels, h, w)
    """
    if len({each.dtype for each in pixels}) == 1:
        return np.concatenate(pixels)
    return np.concatenate([each / np.float32(255) if each.dtype == "uint8" else each for each in pixels])


def _part(path: Path, held: dict[str, np.ndarray], images: str, labels: str | None, judged: bool) -> Part:
    x = pixels(held[images], f"{path}: {images}")
    y: list[str | None] = [None] * len(x) if labels is None else names_of(held[labels], f"{path}: {labels}")
    if len(x) != len(y):
        raise ValueError(
            f"{path}: {images} has {len(x):,} images and {labels} {len(y):,} labels; give a label each, or -1"
        )
    return x, y, judged


def pixels(x: np.ndarray, where: str) -> np.ndarray:
    """Images as (n, channels, h, w), uint8, or float32 in [0, 1].

    Parameters
    ----------
    x : array
    where : str
        File and array, for messages.

    Raises
    ------
    ValueError
        Of other shapes or values.
    """
    if x.ndim == 3:
        x = x[:, None]
    elif x.ndim == 4 and x.shape[1] not in (1, 3) and x.shape[3] in (1, 3):
        record(Choice(reason=f"channels: {where} has shape {x.shape}, so the last axis is taken for them"))
        x = x.transpose(0, 3, 1, 2)
    if x.ndim != 4 or x.shape[1] not in (1, 3) or not x.size:
        wanted = "(n, h, w), or 1 or 3 channels first or last"
        raise ValueError(f"{where} has shape {x.shape}; reshape it to {wanted}")
    if x.dtype.kind == "f":
        return _in_range(x, where)
    if x.dtype.kind not in "biu" or x.min() < 0 or x.max() > 255:
        raise ValueError(
            f"{where} holds {x.dtype} from {x.min()} to {x.max()}; give bytes, or floats of 0 to 1"
        )
    return x.astype("uint8") * np.uint8(255 if x.dtype.kind == "b" else 1)


def _in_range(x: np.ndarray, where: str) -> np.ndarray:
    bad = ~np.isfinite(x).all(axis=(1, 2, 3))
    if bad.any():
        raise ValueError(
            f"{where}: image {int(bad.argmax())}, from 0, has a value that is not finite; mend or remove it"
        )
    if x.min() < 0 or x.max() > 1:
        raise ValueError(
            f"{where} has floats from {x.min():g} to {x.max():g}; divide them so that they are 0 to 1"
        )
    return x.astype("float32")


def names_of(y: np.ndarray, where: str) -> list[str | None]:
    """Classes as text; -1, NaN and empty text are None.

    Parameters
    ----------
    y : array, shape (n,) or (n, 1)
        Whole numbers, or text.
    where : str
        File and array, for messages.

    Raises
    ------
    ValueError
        Of other shapes or values.

    Examples
    --------
    >>> names_of(np.array([2, -1, 0]), "a.npz: y"), names_of(np.array(["cat", ""]), "a.npz: y")
    (['2', None, '0'], ['cat', None])
    """
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if y.ndim != 1 or y.dtype.kind not in "biufUS":
        raise ValueError(f"{where} is {y.dtype} of shape {y.shape}; give a whole number or a text each")
    if y.dtype.kind in "US":
        words = np.char.strip(np.char.decode(y, "utf-8", "replace") if y.dtype.kind == "S" else y)
        return [word or None for word in words.tolist()]
    if y.dtype.kind == "f":
        y = np.where(np.isnan(y), -1, y)
    if (broken := (y != np.floor(y)) | (y < -1) if y.dtype.kind != "b" else np.zeros(0, bool)).any():
        row = int(broken.argmax())
        raise ValueError(
            f"{where}: row {row}, from 0, is {y[row]}; a class is a whole number from 0, and -1 is unlabelled"
        )
    return [None if each < 0 else str(int(each)) for each in y.tolist()]
