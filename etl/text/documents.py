"""Texts from files, and what is known of each: its id, its date, its label.

Rows without a text, or with another number of fields than there are columns, are set aside and counted in the
records; so are those without an id, if ids are asked for. A document without a date or label keeps its place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.tables import values
from etl.tables.delimited import Source
from etl.tables.form import Told
from etl.tables.losses import Losses
from etl.tables.read import Column, meant, sources
from etl.tables.whole import LINE, with_lines
from etl.text import plain
from etl.text.dates import Dates

NO_TEXT = "its text is missing"
FLAGS = "--text, --id, --date and --label"


@dataclass(frozen=True)
class Layout:
    """Which columns of a file are what.

    Attributes
    ----------
    text : tuple of str
        Columns that are joined by a blank, those of a row that are not blank; one may be of lists of tokens,
        and is left as it is.
    id, date, label : str, optional
        Columns that are called so in the result.
    date_format : str, optional
        See `etl.tables.dates.read`.
    names : sequence of str, optional
        Names of all columns, for a CSV or TSV file that has no line of names.
    quoted : bool, optional
        Whether fields may stand in double quotes; by default in CSV, and not in TSV.
    """

    text: tuple[str, ...] = ("text",)
    id: str | None = None
    date: str | None = None
    date_format: str | None = None
    names: Sequence[str] | None = None
    quoted: bool | None = None
    label: str | None = None

    @property
    def columns(self) -> list[str]:
        """Columns that are read."""
        return [*self.text, *(name for name in (self.id, self.date, self.label) if name)]


def tables(
    paths: Path | Sequence[Path], layout: Layout | None = None, told: Told | None = None
) -> Iterator[pa.Table]:
    """Documents of files, a block at a time.

    Parameters
    ----------
    paths : Path or sequence of Path
        Tables, see `etl.tables.read.batches`; or ``.txt``, see `etl.text.plain`.
    layout : Layout, optional
        Of tables; by default their column ``text``.
    told : Told, optional

    Yields
    ------
    pyarrow Table
        At least one row of ``text`` (large_string, or lists of tokens as they are in the file) and ``id``
        (string; by default the number of the row, from 0, among all rows of all files); and, if asked for,
        ``date`` (timestamp[s], or int64 of whole numbers) and ``label`` (string), which may be null.

    Raises
    ------
    FileNotFoundError
    ValueError
        A column is missing, a file is damaged or not of its kind, or too many rows are set aside.
    """
    every = [paths] if isinstance(paths, Path) else list(paths)
    if any(plain.is_plain(path) for path in every):
        yield from plain.tables(every, told or Told())
        return
    layout, first = layout or Layout(), 0
    told = replace(told or Told(), names=tuple(layout.names) if layout.names else None, quoted=layout.quoted)
    for path in every:
        for source, losses in sources(path, layout.columns, "texts", told):
            yield from _documents(source, losses, layout, first)
            first += losses.seen


def _documents(source: Source, losses: Losses, layout: Layout, first: int) -> Iterator[pa.Table]:
    dates = Dates(f"{losses.part}, column {layout.date}", layout.date_format, losses.part.unit)
    columns = [Column(name, "any", needed=False) for name in dict.fromkeys(layout.columns)]
    flags = "--text" if set(layout.columns) == set(layout.text) else FLAGS
    done, lost, texts = 0, 0, 0
    for batch in meant(with_lines(source), [*columns, Column(LINE, "any")], losses, flags):
        lines = batch[LINE].to_numpy()
        before = np.sort(losses.lines[lost:])
        number = first + done + np.arange(len(batch)) + np.searchsorted(before, lines)
        found = _tidy(batch, layout, losses, dates, number)
        done, lost, texts = losses.seen, len(losses.lines), texts + len(found)
        if len(found):
            yield found
    if not texts and losses.reasons <= {NO_TEXT}:
        where = " and ".join(layout.text)
        raise ValueError(
            f"{losses.part} holds no document: no row has text in {where}; name its columns with --text"
        )
    dates.close()


def _tidy(batch: pa.Table, layout: Layout, losses: Losses, dates: Dates, number: np.ndarray) -> pa.Table:
    """Texts joined, dates read, rows without a text or id set aside."""
    lines = batch[LINE].to_numpy()
    found = {"text": _texts(batch, layout, str(losses.part)), "id": pa.array(number).cast(pa.string())}
    if layout.id:
        found["id"] = values.ids(batch[layout.id], f"{losses.part}, column {layout.id}").cast(pa.string())
    if layout.label:
        where = f"{losses.part}, column {layout.label}"
        found["label"] = values.ids(batch[layout.label], where).cast(pa.string())
    missing = {name: found[name].is_null().to_numpy(zero_copy_only=False) for name in ("text", "id")}
    for row in np.flatnonzero(missing["text"] | missing["id"]).tolist():
        losses.add(int(lines[row]), NO_TEXT if missing["text"][row] else "its id is missing")
    good = ~(missing["text"] | missing["id"])
    if layout.date:
        found["date"] = dates.read(values.flat(batch[layout.date]), lines)
    table = pa.table(found)
    return table if good.all() else table.filter(pa.array(good))


def _texts(batch: pa.Table, layout: Layout, where: str) -> pa.Array:
    if len(layout.text) == 1:
        cells = values.flat(batch[layout.text[0]])
        is_list = pa.types.is_list(cells.type) or pa.types.is_large_list(cells.type)
        return cells if is_list else values.text(cells, f"{where}, column {layout.text[0]}")
    parts = [values.text(batch[name], f"{where}, column {name}") for name in layout.text]
    blank, found = pa.scalar(" ", pa.large_string()), parts[0]
    for part in parts[1:]:
        found = pc.coalesce(pc.binary_join_element_wise(found, part, blank), found, part)
    return found
