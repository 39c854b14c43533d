"""Equations from a file: a line each, as text or LaTeX, or the JSON of the corpora."""

import codecs
import gzip
import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from etl.equations.corpus_records import check_sides, label, looks_latex, rejected, root, rows
from etl.equations.forest import Builder, Equations
from etl.equations.latex import parse_latex
from etl.equations.parse import parse
from etl.equations.tokens import ParseError
from etl.files import check_exists, reading
from etl.records import Rejected, record

FORMATS: Final = ("auto", "infix", "latex", "json")
WANTED: Final = "a text file with an equation a line, such as sin(x)**2 + cos(x)**2 = 1"
_LABEL: Final = re.compile(r"\t\s*(true|false|1|0)\s*$", re.IGNORECASE)
_WIDE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_equations(path: Path, format: str = "auto", boxes: tuple[str, ...] = ()) -> Equations:
    r"""All equations of a file; lines that cannot be read are set aside, and counted in the records.

    Parameters
    ----------
    path : Path
        A text file with an equation a line, in UTF-8; ``#`` begins a comment, in LaTeX ``%``, and a tab and
        true, false, 1 or 0 at the end of a line is its label. Or JSON, also packed by gzip.
    format : str
        infix, latex or json. ``auto`` goes by the ending, and takes lines with a backslash for LaTeX.
    boxes : tuple of str
        Names of black boxes.

    Returns
    -------
    Equations
        ``refused`` has what was set aside, with line, column and reason.

    Raises
    ------
    FileNotFoundError
    ValueError
        No line can be read, or the file is damaged.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "equations.txt"
    ...     _ = path.write_text("sin(x) = 0\tfalse\n\n$\\frac{x}{x} = 1$ % but at 0\nsin x = 1\n")
    ...     found = read_equations(path)
    >>> found.labels.tolist(), found.refused[0].line, found.refused[0].reason
    ([0, -1], 4, "column 1: 'sin' takes its argument in parentheses, as in sin(x)")
    """
    check_exists(path)
    if format not in FORMATS:
        raise ValueError(f"format {format!r} is unknown; take one of {', '.join(FORMATS)}")
    build = Builder(boxes=boxes)
    as_json = format == "json" or (format == "auto" and path.name.endswith((".json", ".json.gz", ".tar.gz")))
    roots, labels, places, refused = _of_rows(path, build) if as_json else _of_lines(path, format, build)
    if not roots:
        why = f" ({refused[0].unit} {refused[0].line}, {refused[0].reason})" if refused else ""
        raise ValueError(f"{path} holds no equation that can be read{why}; give {WANTED}")
    if refused:
        record(replace(refused[0], rows=len(refused)))
    return replace(build.equations(roots, labels), places=tuple(places), refused=tuple(refused))


Found = tuple[list[int], list[int], list[str], list[Rejected]]


def _of_rows(path: Path, build: Builder) -> Found:
    roots, labels, places, refused = list[int](), list[int](), list[str](), list[Rejected]()
    for place, row in rows(path):
        try:
            roots.append(root(row, build))
        except ValueError as error:
            refused.append(rejected(place, error))
            continue
        labels.append(label(row))
        places.append(str(place))
    return roots, labels, places, refused


def _of_lines(path: Path, format: str, build: Builder) -> Found:
    roots, labels, places, refused = list[int](), list[int](), list[str](), list[Rejected]()
    for number, line in enumerate(lines(path), 1):
        try:
            text, told = statement(line, format, number)
            if not text.strip():
                continue
            check_sides(text, number)
            latex = format == "latex" or (format == "auto" and looks_latex(text))
            roots.append((parse_latex if latex else parse)(text, build, number))
        except ParseError as error:
            reason = f"column {error.column}: {error.reason}"
            shown = line.decode("utf-8", "replace").strip()[:200]
            refused.append(Rejected(file=str(path), reason=reason, line=number, text=shown))
            continue
        labels.append(told)
        places.append(f"{path}:{number}")
    return roots, labels, places, refused


def lines(path: Path) -> list[bytes]:
    """Lines of a text file, which may be packed by gzip.

    Parameters
    ----------
    path : Path

    Raises
    ------
    ValueError
        The file is damaged, or in UTF-16.
    """
    with reading(path, WANTED):
        data = path.read_bytes()
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    if data.startswith(_WIDE):
        raise ValueError(f"{path} is in UTF-16; save it as UTF-8")
    return re.split(rb"\r\n|\n|\r", data.removeprefix(codecs.BOM_UTF8))


def statement(line: bytes, format: str = "auto", number: int = 1) -> tuple[str, int]:
    """A line without its comment and its label, and that label, or -1.

    Parameters
    ----------
    line : bytes
    format : str
        See `read_equations`.
    number : int
        Of the line, for errors.

    Raises
    ------
    ParseError
        It is not UTF-8.
    """
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        column = len(line[: error.start].decode()) + 1
        raise ParseError("it is not UTF-8; save the file so", number, column) from error
    sign = "%" if format == "latex" or (format == "auto" and looks_latex(text)) else "#"
    text = text.partition(sign)[0]
    told = _LABEL.search(text)
    if told:
        return text[: told.start()], int(told[1].lower() in ("true", "1"))
    return text, -1
