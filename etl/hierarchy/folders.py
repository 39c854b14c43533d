"""A hierarchy from nested directories, a class each."""

from os import scandir
from pathlib import Path

from etl.hierarchy.dotted import above
from etl.hierarchy.tree import Hierarchy, built
from etl.records import Rejected, record

STRAY = "the file is in no directory of a class"
"""Why a file is set aside that could be read."""


def read(path: Path) -> Hierarchy:
    """Read directories: those with files and no directory with files below are the classes.

    An id is the path from the root, with ``/``; classes are sorted by it. What begins with a dot is passed
    over, as is a link to a directory that was read already, so a loop of links ends. Files beside directories
    with files, such as a licence or a list, are in no class; they are set aside and counted in the records,
    since a data set that cannot be written to must still be read.

    Raises
    ------
    NotADirectoryError
    ValueError
        There are fewer than two classes.
    """
    if not path.is_dir():
        raise NotADirectoryError(f"{path} is no directory; give one that holds a directory a class")
    files = _files(path)
    parents: dict[str, tuple[str, ...]] = {}
    for name in files:
        parents.update(above(name, "/"))
    inner = {parent for (parent,) in parents.values()} | {""}
    stray = sum(count for name, count in files.items() if name in inner)
    if stray:
        record(Rejected(file=str(path), reason=STRAY, rows=stray))
    return built(path, sorted(set(files) - inner), parents, {})


def _files(root: Path) -> dict[str, int]:
    """Number of files of each directory that has some; directories come before links to them."""
    found: dict[str, int] = {}
    seen: set[Path] = set()
    own, links = [root], list[Path]()
    while own or links:
        folder = own.pop() if own else links.pop(0)
        real = folder.resolve()
        if real in seen:
            continue
        seen.add(real)
        count, inside, linked = _entries(folder)
        own += inside
        links += linked
        if count:
            found["" if folder == root else folder.relative_to(root).as_posix()] = count
    return found


def _entries(folder: Path) -> tuple[int, list[Path], list[Path]]:
    """Number of files, directories, and links to directories, of what is not hidden."""
    with scandir(folder) as entries:
        shown = [entry for entry in entries if not entry.name.startswith(".")]
    below = [entry for entry in shown if entry.is_dir()]
    own = [folder / entry.name for entry in below if not entry.is_symlink()]
    links = sorted(folder / entry.name for entry in below if entry.is_symlink())
    return len(shown) - len(below), own, links
