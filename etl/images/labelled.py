"""Images of a folder or an ``.npz`` file, with their labels; what cannot be read is set aside."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from etl.engine import Engine
from etl.engine.types import Array
from etl.files import check_exists
from etl.handoff import from_host
from etl.images import archives
from etl.images import files as images
from etl.images.sizes import SIDE, fitted, heads, side_of, tell_stretched
from etl.images.sorted_out import Files, sorted_out


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Images, and what is known of them.

    Attributes
    ----------
    pixels : array, shape (n, channels, side, side)
        uint8, or float32 in [0, 1], where the engine holds its data.
    labels : list of str or None
    names : list of str
        Of the file below the folder, or of the row.
    judged : bool array of NumPy, shape (n,)
        Which are kept apart for a test, by whoever gave them.
    """

    pixels: Array
    labels: list[str | None]
    names: list[str]
    judged: np.ndarray


def read(path: Path, engine: Engine, side: int = 0, channels: int = 0, workers: int = 1) -> LabelledImages:
    """All images of a path.

    In a folder each folder is a class, but for ``unlabelled`` and ``test``, and images beside these have no
    label; where there is a folder ``train`` the classes are in it.

    Parameters
    ----------
    path : Path
        A folder, one image, or ``.npz``, see `etl.images.archives`.
    engine : Engine
    side : int
        Pixels that images are brought to; 0 keeps their own where it is one.
    channels : {0, 1, 3}
        That they are brought to; 0 keeps colours where there are some.
    workers : int
        Threads that decode.

    Raises
    ------
    FileNotFoundError
    ValueError
        There is no image, a class has none, or none can be read.
    """
    check_exists(path)
    if path.suffix.lower() == ".npz":
        return _of_archive(path, engine, side, channels)
    if path.is_dir():
        return _of_files(sorted_out(path), path, engine, side, channels, workers)
    if path.suffix.lower() in images.ENDINGS:
        return _of_files([(path, None, False)], path.parent, engine, side, channels, workers)
    raise ValueError(
        f"{path} is no folder, image or .npz file; give a folder of images, or {archives.WANTED}"
    )


def new(path: Path, engine: Engine, side: int, channels: int) -> tuple[Array, list[str] | None]:
    """Images of a path, whatever their labels, and the names of files below a folder.

    Parameters
    ----------
    path : Path
        See `read`; folders may be in any order.
    engine : Engine
    side, channels : int
        That images are brought to.
    """
    check_exists(path)
    if not path.is_dir():
        found = read(path, engine, side, channels)
        return found.pixels, None if path.suffix.lower() == ".npz" else found.names
    files: Files = [(each, None, False) for each in images.named(path.rglob("*"))]
    found = _of_files(files, path, engine, side, channels)
    return found.pixels, found.names


def _of_archive(path: Path, engine: Engine, side: int, channels: int) -> LabelledImages:
    held = archives.parts(path)
    shape = held[0][0].shape
    pixels = from_host(archives.together([part for part, _, _ in held]), engine)
    side = side or side_of([(shape[3], shape[2])], path)
    labels = [label for _, part, _ in held for label in part]
    judged = np.repeat([part[2] for part in held], [len(part[0]) for part in held])
    names = [str(row) for row in range(len(labels))]
    return LabelledImages(fitted(pixels, channels or shape[1], side), labels, names, judged)


def _of_files(
    files: Files, root: Path, engine: Engine, side: int, channels: int, workers: int = 1
) -> LabelledImages:
    if not files:
        known = ", ".join(images.ENDINGS)
        raise ValueError(
            f"{root} holds no image ({known}); give a folder with a folder of images for each class"
        )
    paths = [path for path, _, _ in files]
    sizes = heads(paths)
    if side:
        tell_stretched(sizes, side)
    side = side or (side_of(sizes, root) if sizes else SIDE)
    pixels, places = images.read(paths, engine, side, workers)
    kept = [files[place] for place in places.tolist()]
    _check_read(files, kept, root)
    names = [path.relative_to(root).as_posix() for path, _, _ in kept]
    judged = np.array([judged for _, _, judged in kept], bool)
    pixels = fitted(pixels, channels or pixels.shape[1], side)
    return LabelledImages(pixels, [label for _, label, _ in kept], names, judged)


def _check_read(files: Files, kept: Files, root: Path) -> None:
    """Refuse a class that would be lost, as none of its images can be read."""
    lost = {label for _, label, _ in files if label is not None} - {label for _, label, _ in kept}
    if lost:
        name = min(lost, key=str)
        count = sum(label == name for _, label, _ in files)
        raise ValueError(
            f"{root}: none of {count:,} images of class {name} can be read; replace them, or remove the class"
        )
