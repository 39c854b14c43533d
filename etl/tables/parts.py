"""Files that a path stands for: packed or not, one or a folder of them, and none of them twice."""

import bz2
import gzip
import lzma
import os
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from etl.files import reading
from etl.records import Choice, record

PACKED = (".gz", ".bz2", ".xz", ".zip")
"""Endings that say how a file is packed; they are passed over when its kind is asked for."""
ROWS = (".parquet", ".pq", ".xlsx")
"""Kinds that have rows and no lines."""
START = 1 << 16
"""Bytes by which files are compared first."""
BLOCK = 1 << 24
"""Bytes read at a time to compare files whole."""
_OPENERS: dict[str, Callable[[Path, str], Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


@dataclass(frozen=True)
class Part:
    """A file, or a member of a zip file.

    Attributes
    ----------
    path : Path
    member : str, optional
        Name within the zip file.

    Examples
    --------
    >>> Part(Path("votes.csv.gz")).kind, str(Part(Path("a.zip"), "2014Q1.txt"))
    ('.csv', 'a.zip/2014Q1.txt')
    """

    path: Path
    member: str | None = None

    def __str__(self) -> str:
        return f"{self.path}/{self.member}" if self.member else str(self.path)

    @property
    def name(self) -> str:
        """Name of the file without the ending of its packing."""
        name = Path(self.member or self.path.name)
        return name.stem if name.suffix.lower() in PACKED else name.name

    @property
    def kind(self) -> str:
        """Ending of that name, in small letters, without the number of a file cut in several: ``.txt_1``."""
        return re.sub(r"_\d+$", "", Path(self.name).suffix.lower())

    @property
    def unit(self) -> str:
        """What its places are counted in: lines of text, rows of what has none."""
        return "row" if self.kind in ROWS else "line"

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the unpacked bytes.

        Raises
        ------
        ValueError
            The file is damaged; see `etl.files.reading`, which holds while it is open.
        """
        with reading(
            self.path, "a file that can be unpacked and read whole", RuntimeError, NotImplementedError
        ):
            if self.member is not None:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
                    yield cast(BinaryIO, file)
                return
            with _OPENERS.get(self.path.suffix.lower(), Path.open)(self.path, "rb") as file:
                yield cast(BinaryIO, file)


def listed(
    path: Path,
    endings: tuple[str, ...],
    what: str,
    *,
    deep: bool = False,
    wanted: Callable[[Part], bool] = lambda part: True,
    once: bool = True,
) -> list[Part]:
    """Files of a path, in the order of their names; what is passed over in a folder is told.

    Parameters
    ----------
    path : Path
        A file, packed or not, or a folder of such files. Hidden files and those of no known ending are passed
        over in a folder and in a zip file.
    endings : tuple of str
        Kinds that are read, such as ``(".csv", ".tsv")``. A file that is named itself may have any.
    what : str
        What the files hold, for messages.
    deep : bool
        Whether folders within the folder are looked into.
    wanted : callable
        Whether a file of a right kind, in a folder or a zip file, is one of them; others are passed over.
    once : bool
        Whether two files that hold the same data are refused.

    Raises
    ------
    FileNotFoundError
        There is nothing, or no such file in the folder.
    ValueError
        The path is a pipe or device, a file is damaged, or two hold the same data.
    """
    kinds = ", ".join(filter(None, endings))
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; give a file or folder of {what}: {kinds}")
    if not path.is_dir():
        if not path.is_file():
            raise ValueError(f"{path} is a pipe or a device, not a file; save {what} as a file first")
        every, parts = [path], _members(path, endings, what)
    else:
        every = sorted(path.rglob("*") if deep else path.iterdir())
        files = [file for file in every if file.is_file() and not _is_hidden(file.relative_to(path))]
        parts = [part for file in files for part in _members(file, endings, what) if part.kind in endings]
    found = [part for part in parts if (part.path == path and part.member is None) or wanted(part)]
    others = _tell_others(path, every, [part for part in parts if part not in found], found, what, deep)
    if not found:
        raise FileNotFoundError(
            f"{path} holds no file of {what}{others}; give some that end in {kinds}, packed or not"
        )
    if once:
        refuse_twins(found)
    return found


def _members(path: Path, endings: tuple[str, ...], what: str) -> list[Part]:
    """The file itself, or those files in a zip file that are of a kind that is read."""
    if path.suffix.lower() != ".zip":
        return [Part(path)]
    with reading(path, f"a zip file of {what}"), zipfile.ZipFile(path) as archive:
        names = sorted(info.filename for info in archive.infolist() if not info.is_dir())
    shown = [Part(path, name) for name in names if not _is_hidden(Path(name))]
    is_meant = len(shown) == 1 and not shown[0].name.casefold().startswith("readme")
    return shown if is_meant else [part for part in shown if part.kind in endings]


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "__MACOSX", "~$")) and part != ".." for part in path.parts)


def _may_be_told(path: Path, deep: bool) -> bool:
    """Files, links to nothing, and folders that were not looked into."""
    return not path.is_dir() or not (deep or path.name.startswith("."))


def _tell_others(
    path: Path, every: list[Path], foreign: list[Part], found: list[Part], what: str, deep: bool
) -> str:
    """Tell which files are passed over; returns their names for the message where none is left."""
    read = {part.path for part in (*foreign, *found)}
    others = [file for file in every if _may_be_told(file, deep) and file not in read and file != path]
    names = sorted(os.path.relpath(str(one), path) for one in (*others, *foreign))
    if not names:
        return ""
    words = ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")
    if found:
        record(Choice(reason=f"{path}: {words} passed over, as no file of {what}"))
    return f" ({words} passed over)"


def refuse_twins(parts: Iterable[Part]) -> None:
    """Refuse files that hold the same bytes, unpacked: what they say would count twice.

    Parameters
    ----------
    parts : iterable of Part
        Two with equal beginnings are read whole, the others only so far.

    Raises
    ------
    ValueError
        Names the two.
    """
    alike: dict[bytes, list[Part]] = defaultdict(list)
    every = list(parts)
    for part in every if len(every) > 1 else []:
        with part.open() as file:
            alike[file.read(START)].append(part)
    for start, same in alike.items():
        seen: dict[tuple[int, int], Part] = {}
        for part in same if start and len(same) > 1 else []:
            if (first := seen.setdefault(fingerprint(part), part)) is not part:
                raise ValueError(
                    f"{first} and {part} hold the same data, which would count twice; remove one of them"
                )


def fingerprint(part: Part) -> tuple[int, int]:
    """Length and checksum of the unpacked bytes."""
    size = check = 0
    with part.open() as file:
        while block := file.read(BLOCK):
            size, check = size + len(block), zlib.crc32(block, check)
    return size, check


def size_of(parts: Iterable[Part]) -> int:
    """Bytes on disk of the files, those of a zip file counted once."""
    return sum(os.path.getsize(path) for path in {part.path for part in parts})
