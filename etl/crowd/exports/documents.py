"""Records of a file of JSON lines, of a JSON array, or of delimited text, one after the other."""

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from etl.crowd.exports.form import Record
from etl.tables import delimited
from etl.tables.decode import blocks
from etl.tables.form import Told
from etl.tables.losses import Losses
from etl.tables.parts import Part
from etl.tables.typed import objects

START = 1 << 16
"""Bytes by which a file's form is told."""
NAMES = (b"annotator", b"annotation_id", b"lead_time")
"""Columns of delimited text that a tool wrote."""
DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


@dataclass(frozen=True)
class Document(Part):
    """A file, and how its records stand in it.

    Attributes
    ----------
    form : {"lines", "array", "table", "other"}
        An object a line; an array of objects, or one over several lines; delimited text that a tool wrote;
        anything else.
    """

    form: Literal["lines", "array", "table", "other"] = "lines"

    @property
    def unit(self) -> str:
        """What its places are counted in."""
        return "record" if self.form == "array" else "line"


def document(part: Part, told: Told) -> Document | None:
    """The form of a file, by its beginning; None of an empty one.

    Parameters
    ----------
    part : Part
    told : Told
    """
    start = next(blocks(part, told.encoding, START), b"").lstrip()
    if not start:
        return None
    if start[:1] == b"[":
        return Document(part.path, part.member, "array")
    if start[:1] != b"{":
        is_export = all(name in start.split(b"\n", 1)[0] for name in NAMES)
        return Document(part.path, part.member, "table" if is_export else "other")
    line, *more = start.split(b"\n", 1)
    is_one = part.kind == ".json" and more and not _is_json(line)
    return Document(part.path, part.member, "array" if is_one else "lines")


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def records(document: Document, told: Told, losses: Losses) -> Iterator[tuple[int, Record]]:
    """Objects, each with its line or number from 1.

    Parameters
    ----------
    document : Document
    told : Told
    losses : Losses
        Takes what is no object.

    Raises
    ------
    ValueError
        An array is cut off or broken.
    """
    if document.form == "lines":
        yield from objects(document, told, losses)
    elif document.form == "table":
        source = delimited.batches(document, told, [], losses)
        for table, lines in source.batches:
            yield from zip(lines.tolist(), table.to_pylist(), strict=True)
    else:
        for number, value in enumerate(_values(document, told), 1):
            losses.seen += 1
            if isinstance(value, dict):
                yield number, value
            else:
                losses.add(number, "it is no JSON object", str(value))


def _values(document: Document, told: Told) -> Iterator[object]:
    """Values of an array, or one after the other, of which no more is held than the block they stand in."""
    text, line, count, depth = "", 1, 0, 0
    decoded = codecs.iterdecode(blocks(document, told.encoding), "utf-8")
    for block in chain(decoded, [None]):
        text += block or ""
        at = 0
        while (at := _next(text, at)) < len(text):
            if text[at] in "[]":
                depth += 1 if text[at] == "[" else -1
                at += 1
                continue
            try:
                value, end = DECODER.raw_decode(text, at)
            except (ValueError, RecursionError) as error:
                if block is None:
                    raise _broken(document, line, count, text, error) from error
                break
            count, at = count + 1, end
            yield value
        line += text.count("\n", 0, at)
        text = text[at:]
    if depth > 0:
        raise _broken(document, line, count, text, ValueError("its ] is missing"))


def _next(text: str, at: int) -> int:
    """Where the next value, or bracket of the array, begins."""
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at


def _broken(document: Document, line: int, count: int, text: str, error: Exception) -> ValueError:
    place = error.pos if isinstance(error, json.JSONDecodeError) else len(text)
    why = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    return ValueError(
        f"{document}, line {line + text.count(chr(10), 0, place):,}: its JSON is cut off or broken in record "
        f"{count + 1:,} ({why}); mend it, or export it again"
    )
