"""Which files of a folder are images of which class; what is passed over is told."""

from collections.abc import Sequence
from pathlib import Path

from etl.images import files as images
from etl.records import Choice, record

UNLABELLED = ("unlabelled", "unlabeled")
TEST, TRAIN = "test", "train"
"""Folders of these names, in capitals too, are no classes."""
FOREIGN = ("__macosx",)
"""Folders that a system puts beside those of its user."""
Files = list[tuple[Path, str | None, bool]]


def sorted_out(folder: Path) -> Files:
    """Files of a folder, with their class, and whether they are of the test.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    ValueError
        A class has no image.
    """
    train, test = (_inside(folder, (name,)) for name in (TRAIN, TEST))
    root = train[0] if train else folder
    found = _classes(root, False)
    for judges in test:
        found += _classes(judges, True)
    for place in dict.fromkeys((folder, root)):
        found += [(path, None, False) for path in images.named(place.iterdir())]
        for others in _inside(place, UNLABELLED):
            found += [(path, None, False) for path in images.named(others.rglob("*"))]
    if train:
        aside = [each for each in _folders(folder) if each.name.lower() not in (*UNLABELLED, TEST, TRAIN)]
        _tell(aside, f"folders are beside {train[0].name}, where the classes are")
    for judges in test:
        _tell(
            images.named(judges.iterdir()), f"images are in {judges} without a folder that names their class"
        )
    _tell(_others(folder), "files are no images by their endings")
    return found


def _folders(folder: Path) -> list[Path]:
    """Those that a user made, in order."""
    made = (each for each in folder.iterdir() if each.is_dir() and each.name[0] != ".")
    return sorted(each for each in made if each.name.lower() not in FOREIGN)


def _inside(folder: Path, names: Sequence[str]) -> list[Path]:
    """Folders of these names, whatever their case."""
    return [each for each in _folders(folder) if each.name.lower() in names]


def _classes(root: Path, judged: bool) -> Files:
    """Images of each folder below, which is a class."""
    found = Files()
    for folder in _folders(root):
        if folder.name.lower() in (*UNLABELLED, TEST, TRAIN):
            continue
        inside = images.named(folder.rglob("*"))
        if not inside:
            raise ValueError(f"{folder} is a class without an image; put some there, or remove the folder")
        found += [(path, folder.name, judged) for path in inside]
    return found


def _others(folder: Path) -> list[Path]:
    """Files that no ending makes an image, but for hidden ones and what systems leave."""
    made = (each for each in folder.rglob("*") if each.suffix.lower() not in images.ENDINGS)
    return sorted(each for each in made if each.is_file() and not _is_left(each.relative_to(folder)))


def _is_left(path: Path) -> bool:
    """Whether a system left it there: hidden files, those in hidden folders, and thumbnails."""
    parts = [part.lower() for part in path.parts]
    return any(part[0] == "." or part in FOREIGN for part in parts) or parts[-1] == "thumbs.db"


def _tell(aside: Sequence[Path], why: str) -> None:
    if aside:
        told = f"passed over: {len(aside):,} {why}, the first is {aside[0]}"
        record(Choice(reason=told))
