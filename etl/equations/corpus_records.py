"""Records of the corpora' JSON files: lists by depth of objects with an ``equation``."""

import gzip
import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from etl.equations.corpus import decode
from etl.equations.forest import Builder
from etl.equations.latex import parse_latex
from etl.equations.parse import ParseError, parse
from etl.files import check_exists, reading
from etl.records import Rejected

WANTED: Final = 'a list of objects with an "equation", or lists of such, as the corpora of neuralMath'
_SIDES: Final = re.compile(r"=|\bEq\s*\(|[\u2260<>\u2264\u2265]|\\[nlg]eq?")
Row = dict[str, object]


class Place(NamedTuple):
    """Where a row is: its file, and its number in that from 1."""

    file: str
    record: int

    def __str__(self) -> str:
        return f"{self.file}, record {self.record}"


def rows(path: Path) -> Iterator[tuple[Place, Row]]:
    """All rows of ``.json``, ``.json.gz``, or of the JSON files in ``.tar.gz``, which are taken by name.

    Parameters
    ----------
    path : Path

    Raises
    ------
    FileNotFoundError
    ValueError
        The file is damaged, or no such list.
    """
    check_exists(path)
    with reading(path, WANTED, json.JSONDecodeError, RecursionError, tarfile.TarError):
        if path.name.endswith((".tar.gz", ".tgz")):
            with tarfile.open(path) as archive:
                found = {each.name: archive.extractfile(each) for each in archive if each.isfile()}
                names = sorted(name for name in found if name.endswith(".json"))
                texts = [(f"{path}:{name}", file.read()) for name in names if (file := found[name])]
        else:
            data = path.read_bytes()
            texts = [(str(path), gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)]
        loaded = [(name, json.loads(text)) for name, text in texts]
    for name, content in loaded:
        if not isinstance(content, list):
            raise ValueError(f"{name} holds no list; give {WANTED}")
        flat = [row for entry in content for row in (entry if isinstance(entry, list) else [entry])]
        yield from ((Place(name, number), row) for number, row in enumerate(flat, 1))


def lists(row: Row) -> tuple[list[str], list[str]]:
    """Functions and values of a row's equation.

    Parameters
    ----------
    row : dict

    Raises
    ------
    ValueError
        It lacks them.
    """
    equation = row.get("equation") if isinstance(row, dict) else None
    if isinstance(equation, dict):
        func, values = equation.get("func"), equation.get("vars")
        if isinstance(func, str) and isinstance(values, str):
            return func.split(","), values.split(",")
    raise ValueError('it has no "equation" with "func" and "vars"')


def root(row: Row, build: Builder) -> int:
    """The node of a row's equation, which is a tree in preorder, or text.

    Parameters
    ----------
    row : dict
    build : Builder
        Is left as it was where the row cannot be read.

    Raises
    ------
    ValueError
    """
    sizes = build.sizes()
    try:
        if isinstance(row, dict) and isinstance(text := row.get("equation"), str):
            check_sides(text)
            return (parse_latex if looks_latex(text) else parse)(text, build)
        func, values = lists(row)
        if func[0] != "Equality":
            raise ValueError("it is no equation, as its first function is not Equality")
        return decode(func, values, build)
    except ValueError:
        build.shrink(sizes)
        raise


def check_sides(text: str, line: int = 1) -> None:
    """Refuse what can be no equation.

    Parameters
    ----------
    text : str
    line : int

    Raises
    ------
    ParseError
    """
    if not _SIDES.search(text):
        raise ParseError("there is no '=' in it; an equation has two sides", line, 1)


def looks_latex(text: str) -> bool:
    r"""Whether a line has a backslash, a dollar, or braces beside ``^`` or ``_``.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> looks_latex(r"\sin x = y"), looks_latex("sin(x) = y")
    (True, False)
    """
    return any(sign in text for sign in ("\\", "$", "^{", "_{"))


def label(row: Row) -> int:
    """1, 0, or -1 where it is not told.

    Parameters
    ----------
    row : dict
    """
    return {"1": 1, "0": 0}.get(str(row.get("label")), -1)


def rejected(place: Place, error: ValueError) -> Rejected:
    """What is said of a row that cannot be read.

    Parameters
    ----------
    place : Place
    error : ValueError
    """
    return Rejected(file=place.file, reason=str(error), line=place.record, unit="record")
