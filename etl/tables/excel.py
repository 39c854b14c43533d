"""The first sheet of an Excel file, as batches."""

import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import BinaryIO, Protocol

from etl.files import reading
from etl.records import Choice, record
from etl.tables.delimited import Source
from etl.tables.form import Told
from etl.tables.losses import Losses
from etl.tables.parts import Part
from etl.tables.typed import tables


class CellRange(Protocol):
    """Corners of merged cells, counted from 1."""

    min_row: int
    min_col: int
    max_row: int
    max_col: int


def excel(part: Part, told: Told, wanted: list[str], losses: Losses) -> Source:
    """The first sheet of an Excel file; dates are written as in ISO 8601.

    Parameters
    ----------
    part : Part
    told : Told
    wanted : list of str
    losses : Losses

    Raises
    ------
    ValueError
        openpyxl is not installed, or the file is damaged.
    """
    cells = _cells(part)
    first = next((place for place, row in enumerate(cells) if any(row)), None)
    if first is None:
        raise ValueError(f"{part} is empty; give a table with a line of names")
    names, body = (
        list(
            told.names
            or [(name or "").strip() or f"unnamed {place}" for place, name in enumerate(cells[first], 1)]
        ),
        cells[first + 1 :],
    )
    if told.names:
        body = cells[first:]
    begin = len(cells) - len(body) + 1
    rows = [(begin + place, row) for place, row in enumerate(body) if any(row)]
    losses.seen += len(rows)
    start = [(number, dict(zip(names, row, strict=False))) for number, row in rows]
    return Source(names, tables(names, start, [], losses))


def _cells(part: Part) -> list[list[str | None]]:
    try:
        import openpyxl
    except ImportError as error:
        raise ValueError(
            f"{part}: Excel files need openpyxl, which is not installed; run pip install openpyxl, or save "
            "the sheet as CSV"
        ) from error
    with (
        reading(part.path, "a whole Excel file (.xlsx)", KeyError, TypeError, AttributeError),
        part.open() as file,
    ):
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        if len(book.sheetnames) > 1:
            record(Choice(reason=f"{part}: the first of {len(book.sheetnames)} sheets, {book.sheetnames[0]}"))
        cells = [[_cell(value) for value in row] for row in book.worksheets[0].iter_rows(values_only=True)]
        book.close()
        formulas = openpyxl.load_workbook(file, read_only=True)
        _refuse_formulas(part, formulas.worksheets[0].iter_rows(values_only=True), cells)
        formulas.close()
        if _has_merged(file):
            _fill(part, openpyxl.load_workbook(file).worksheets[0].merged_cells.ranges, cells)
    return cells


def _has_merged(file: BinaryIO) -> bool:
    """Whether cells of a sheet are merged, of which a workbook that is read row by row does not tell."""
    with zipfile.ZipFile(file) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return any(b"<mergeCell " in archive.read(name) for name in sheets if name.endswith(".xml"))


def _fill(part: Part, ranges: Iterable[CellRange], cells: list[list[str | None]]) -> None:
    """What merged cells show, in each of them."""
    filled = 0
    for one in ranges:
        shown = cells[one.min_row - 1][one.min_col - 1]
        for row in cells[one.min_row - 1 : one.max_row]:
            size = len(row[one.min_col - 1 : one.max_col])
            row[one.min_col - 1 : one.max_col] = [shown] * size
        filled += shown is not None
    if filled:
        record(
            Choice(
                reason=f"{part}: {filled:,} merged cells hold in all their rows and columns what they show"
            )
        )


def _refuse_formulas(part: Part, rows: Iterable[Sequence[object]], cells: list[list[str | None]]) -> None:
    """Formulas whose values were never computed read as blanks."""
    for number, (row, values) in enumerate(zip(rows, cells, strict=True), 1):
        for formula, value in zip(row, values, strict=True):
            if value is None and str(formula or "").startswith("="):
                raise ValueError(
                    f"{part}, row {number}: the value of the formula {formula} was not saved; open the "
                    "file in Excel and save it, or save the sheet as CSV"
                )


def _cell(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        value = value.date()
    return value.isoformat() if isinstance(value, date) else str(value)
