"""Delimited text, a block of whole rows at a time, every field as it is written."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from etl.tables.form import Form, Told, chosen, opened
from etl.tables.losses import Losses
from etl.tables.parts import Part
from etl.tables.rows import LONE_RETURN, NAMES_AGAIN, Rows, rows

Batch = tuple[pa.Table, np.ndarray]
"""Columns of text, and the line of each row."""


@dataclass(frozen=True)
class Source:
    """An opened file.

    Attributes
    ----------
    names : list of str
        Of its columns.
    batches : iterator of Batch
    comma : bool
        Whether a comma begins the decimals of its numbers.
    """

    names: list[str]
    batches: Iterator[Batch]
    comma: bool = False


def batches(part: Part, told: Told, wanted: list[str], losses: Losses) -> Source:
    """Names of a file's columns, and its rows; those of another number of fields are set aside.

    Parameters
    ----------
    part : Part
    told : Told
    wanted : list of str
        Columns that are looked for; they help to tell the delimiter.
    losses : Losses
        Takes what is set aside.

    Raises
    ------
    ValueError
        See `form.opened` and `rows.rows`.
    """
    form, text = opened(part, told, wanted)
    return Source(form.names, _tables(part, form, text, losses, wanted), comma=form.delimiter == ";")


def _tables(
    part: Part, form: Form, text: Iterator[bytes], losses: Losses, wanted: list[str]
) -> Iterator[Batch]:
    is_first, kept = bool(form.first), chosen(form.names, wanted)
    for found in rows(part, text, form.delimiter, form.quoted, form.first):
        found.lines[:] += form.skipped
        good = _good(found, form, losses, is_first)
        is_first = False
        if good.any():
            yield _parsed(found, good, form, kept), found.lines if good.all() else found.lines[good]


def _good(found: Rows, form: Form, losses: Losses, is_first: bool) -> np.ndarray:
    """Rows to read; the others are told, but for the line of names and blank lines."""
    size = len(form.names)
    good = found.fields == size
    bad = ~good & (found.fields != 0)
    if is_first:
        bad[0] = False
    losses.seen += int(good.sum() + bad.sum())
    for row in np.flatnonzero(bad).tolist():
        text = found.text(row)
        losses.add(int(found.lines[row]), _why(int(found.fields[row]), size, text, form), text)
    return good


def _why(fields: int, size: int, text: str, form: Form) -> str:
    if fields == NAMES_AGAIN:
        return "it is the line of names again"
    if fields == LONE_RETURN:
        return "a carriage return stands inside of it"
    behind_blank = form.quoted and fields > size and f'{form.delimiter} "' in text
    remedy = (
        ", as a quote behind a blank quotes nothing: take out the blank before it" if behind_blank else ""
    )
    return f"it has {fields} fields, and there are {size} columns{remedy}"


def _parsed(found: Rows, good: np.ndarray, form: Form, kept: list[int]) -> pa.Table:
    """The rows' columns at some places."""
    view = pa.py_buffer(found.data)
    if good.all():
        data = view.slice(0, int(found.starts[-1]))
    else:
        whole = np.frombuffer(found.data, np.uint8)[: found.starts[-1]]
        data = pa.py_buffer(whole[np.repeat(good, np.diff(found.starts))])
    names = [f"{place}" for place in range(len(form.names))]  # names may stand twice
    table = pyarrow.csv.read_csv(
        pa.BufferReader(data),
        pyarrow.csv.ReadOptions(
            column_names=names, block_size=max(len(data) + 1, 1 << 16), use_threads=False
        ),
        pyarrow.csv.ParseOptions(
            delimiter=form.delimiter,
            quote_char='"' if form.quoted else False,
            newlines_in_values=False,  # it says where blocks may be cut, and this one is whole
        ),
        pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=[names[place] for place in kept],
            check_utf8=False,  # it was, when the bytes were read
            strings_can_be_null=True,
            null_values=[""],
        ),
    )
    columns = (
        [_without_padding(column, form.quoted) for column in table.columns] if form.padded else table.columns
    )
    return pa.Table.from_arrays(columns, names=[form.names[place] for place in kept])


def _without_padding(cells: pa.ChunkedArray, quoted: bool) -> pa.ChunkedArray:
    """Cells behind blanks, and behind blanks in quotes, in which Arrow sees a part of the text."""
    bare = pc.utf8_ltrim(cells, " ")
    if not quoted:
        return bare
    inside = pc.replace_substring(pc.utf8_slice_codeunits(bare, 1, -1), '""', '"')
    behind = pc.and_(pc.starts_with(cells, " "), pc.match_substring_regex(bare, '^"([^"]|"")*"$'))
    return pc.if_else(behind, inside, bare) if pc.any(behind).as_py() else bare
