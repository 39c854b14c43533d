"""Files of a directory with a class each: Tiny ImageNet's layout, or a directory a class."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from etl.hashing import mix
from etl.hierarchy import dotted, folders
from etl.hierarchy.forms import nfc, normal
from etl.hierarchy.tree import Hierarchy, flat
from etl.images import ENDINGS
from etl.text.folders import is_text
from pipelines.partial.splits import parts

Files = list[tuple[Path, str]]
"""Paths and their classes."""
SAMPLE = 32
"""Files that are opened to see whether a directory holds texts."""


@dataclass(frozen=True)
class Listed:
    """Files to ask about and, if there are such, to judge by.

    Attributes
    ----------
    root : Path
    kind : {"image", "text"}
    train, test : list of (Path, str)
    own : Hierarchy
        That the directories make.
    reason : str
        Why that one.
    """

    root: Path
    kind: Literal["image", "text"]
    train: Files
    test: Files
    own: Hierarchy
    reason: str

    def split(self, part: int) -> "Listed":
        """The same with one file in so many to judge by, chosen by a hash of its name below the root."""
        names = [path.relative_to(self.root).as_posix() for path, _ in self.train]
        sums = np.array([zlib.crc32(name.encode("utf-8", "surrogateescape")) for name in names])
        is_held = mix(sums, 0) % np.uint64(part) == 0
        pairs = list(zip(self.train, is_held, strict=True))
        return replace(
            self, train=[f for f, held in pairs if not held], test=[f for f, held in pairs if held]
        )


def listed(root: Path, say: Callable[[str], None]) -> Listed:
    """All files of a directory, whose layout is said.

    Raises
    ------
    ValueError
        It is of no layout that is known, or its files are neither images nor texts.
    """
    if (root / "wnids.txt").is_file() and (root / "train").is_dir():
        say(f"items: {root.name} holds wnids.txt and train, so it is taken as Tiny ImageNet")
        return _tiny(root)
    begin, judged = parts(root, say)
    found = _own(begin)
    own = normal(found)
    _say_forms(root, found.classes, say)
    train = _of(begin, found.classes)
    test = _of(judged, folders.read(judged).classes) if judged else []
    kind, share = _kind(root, [path for path, _ in train])
    layout = f"{begin.name} and {judged.name}" if judged else "a directory a class"
    say(f"items: {root.name} has {layout}, and {share}, so they are taken as {kind}s")
    if any("/" in name for name in own.classes):
        return Listed(root, kind, train, test, own, "directories are nested, so they are its nodes")
    if kind == "text" and any("." in name for name in own.classes):
        return Listed(root, kind, train, test, dotted.parse(own.classes), "classes have names with dots")
    return Listed(root, kind, train, test, own, "directories are not nested, so each question is for a class")


def _own(root: Path) -> Hierarchy:
    try:
        return folders.read(root)
    except ValueError as error:
        raise ValueError(
            f"{root} holds neither train.npz, nor Tiny ImageNet's wnids.txt and train, nor two directories "
            f"of files, a class each ({error})"
        ) from error


def _say_forms(root: Path, classes: Sequence[str], say: Callable[[str], None]) -> None:
    other = [name for name in classes if nfc(name) != name]
    if other:
        say(
            f"items: {len(other):,} classes of {root.name}, first {other[0]!r}, are in another form of "
            "Unicode than NFC; names that look alike are one"
        )


def _of(root: Path, classes: tuple[str, ...]) -> Files:
    return [(path, nfc(name)) for name in classes for path in _inside(root / name)]


def _inside(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def _kind(root: Path, paths: list[Path]) -> tuple[Literal["image", "text"], str]:
    """What most files are, and the reason."""
    count = sum(path.suffix.lower() in ENDINGS for path in paths)
    if 2 * count > len(paths):
        return "image", f"{count:,} of {len(paths):,} files have names of images"
    some = paths[:: max(1, len(paths) // SAMPLE)]
    count = sum(map(is_text, some))
    if 2 * count > len(some):
        return "text", f"{count} of {len(some)} files that were opened begin like text"
    raise ValueError(
        f"{root}: most files are neither images ({', '.join(ENDINGS)}) nor texts, first {paths[0].name!r}; "
        "give a directory of either"
    )


def _tiny(root: Path) -> Listed:
    names = [name for name in (root / "wnids.txt").read_text().split() if (root / "train" / name).is_dir()]
    if len(names) < 2:
        raise ValueError(
            f"{root / 'train'} has directories of {len(names)} of wnids.txt's classes; fetch it again"
        )
    train = [(path, name) for name in names for path in _inside(_images(root / "train" / name))]
    notes = root / "val" / "val_annotations.txt"
    test = _noted(notes, set(names)) if notes.is_file() else []
    return Listed(root, "image", train, test, flat(names), "none was given, so each question is for a class")


def _images(folder: Path) -> Path:
    return folder / "images" if (folder / "images").is_dir() else folder


def _noted(notes: Path, names: set[str]) -> Files:
    """Images to judge by, of those classes: a line is file, class, and a box, between tabs."""
    found: Files = []
    for number, line in enumerate(notes.read_text().splitlines(), 1):
        file, *rest = line.split("\t")
        if not rest:
            raise ValueError(f"{notes}, line {number}, has no tab; a line is file, class, and a box")
        if rest[0] in names:
            found.append((notes.parent / "images" / file, rest[0]))
    return found
