"""Lines of text files, gzip too, and the classes that are asked for."""

import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from etl.hierarchy.forms import nfc
from etl.hierarchy.tree import Hierarchy, built

Asked = Path | str | Sequence[str]
"""Classes asked for: a file with one a line, or their names."""


def lines(path: Path) -> Iterator[str]:
    """Lines of a UTF-8 text, with their ends; unpacked if the name ends in ``.gz``.

    Raises
    ------
    FileNotFoundError
    ValueError
        The file is cut short, damaged, or no text; the line is named.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is no file; give the path of one")
    number = 0
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
        try:
            for line in file:
                number += 1
                yield line
        except (EOFError, gzip.BadGzipFile, zlib.error, UnicodeDecodeError) as error:
            raise ValueError(
                f"{path} cannot be read after line {number} ({error}); fetch it again, or save it as UTF-8"
            ) from error


def named(classes: Asked) -> list[tuple[str, str]]:
    """Place and name of each class asked for; blank lines of a file are passed over.

    Examples
    --------
    >>> named(["cat", "dog"])
    [('classes[0]', 'cat'), ('classes[1]', 'dog')]
    """
    if isinstance(classes, str | Path):
        path = Path(classes)
        rows = ((f"{path}, line {n}", line.strip()) for n, line in enumerate(lines(path), 1))
        return [(place, nfc(name)) for place, name in rows if name]
    return [(f"classes[{place}]", nfc(name)) for place, name in enumerate(classes)]


def narrowed(hierarchy: Hierarchy, classes: Asked, place: Path) -> Hierarchy:
    """The same hierarchy above other classes, which are nodes of it.

    Parameters
    ----------
    hierarchy : Hierarchy
    classes : path or sequence of str
        A file with a class a line, or the classes, in the order of their codes.
    place : Path
        Where the hierarchy came from, for errors.

    Raises
    ------
    ValueError
        A class is no node, or together they form no hierarchy.
    """
    asked = named(classes)
    known = {*hierarchy.classes, *hierarchy.parents}.union(*hierarchy.parents.values())
    lacking = [(where, name) for where, name in asked if name not in known]
    if lacking:
        raise ValueError(
            f"{place} lacks {len(lacking)} of the {len(asked)} classes asked for, {_near(*lacking[0], known)}"
        )
    return built(place, [name for _, name in asked], hierarchy.parents, hierarchy.titles)


def _near(where: str, name: str, known: set[str]) -> str:
    """The first class that is lacking, and which node may be meant."""
    first = f"first {name!r} ({where})"
    if same := sorted(node for node in known if node.casefold() == name.casefold()):
        return f"{first}; did you mean {same[0]!r}? It differs in case only, so write both the same"
    if ends := sorted(node for node in known if re.split(r"[/.]", node)[-1] == name):
        return f"{first}; did you mean {ends[0]!r}? A class is named with all that is above it"
    near = get_close_matches(name, sorted(known), 1)
    return f"{first}; did you mean {near[0]!r}?" if near else f"{first}; correct the names, or add them to it"
