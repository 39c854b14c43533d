"""The door: a table of any kind, in batches of columns whose meaning is declared."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa

from etl.records import Choice, collect, record
from etl.tables import delimited, excel, typed, values, wide
from etl.tables.delimited import Source
from etl.tables.form import Told, once
from etl.tables.losses import Losses
from etl.tables.parts import Part, listed

ENDINGS = (".csv", ".tsv", ".tab", ".parquet", ".jsonl", ".ndjson", ".xlsx")
Kind = Literal["id", "number", "float", "text", "any"]
Reader = Callable[[Part, Told, list[str], Losses], Source]
READERS: dict[str, Reader] = {
    ".parquet": typed.parquet,
    ".pq": typed.parquet,
    ".jsonl": typed.jsonl,
    ".ndjson": typed.jsonl,
    ".xlsx": excel.excel,
}
"""Of what is not delimited text."""


@dataclass(frozen=True)
class Column:
    """A column that is asked for, and what it means.

    Attributes
    ----------
    name : str
        As the file calls it.
    kind : {"id", "number", "float", "text", "any"}
        See `etl.tables.values`; a float may be infinite; any is left as the file has it, but for blanks,
        which are null.
    needed : bool
        Whether a row without it is set aside.
    called : str
        Its name in the result; the same by default.
    """

    name: str
    kind: Kind = "id"
    needed: bool = True
    called: str = ""

    @property
    def target(self) -> str:
        """Its name in the result."""
        return self.called or self.name


def batches(
    path: Path,
    columns: Sequence[Column],
    what: str,
    told: Told | None = None,
    flag: str = "--columns",
    rest: Kind | None = None,
) -> Iterator[pa.Table]:
    """Rows of one or more files that miss nothing that is needed; the others are set aside and counted.

    Parameters
    ----------
    path : Path
        A file or folder, see `etl.tables.parts.listed`. Kinds: delimited text by any name, ``.parquet``,
        ``.jsonl``, ``.xlsx``.
    columns : sequence of Column
        Those to read. Of a wide table: three, which are called task, worker and label in its long form.
    what : str
        What the table holds, for messages.
    told : Told, optional
        What the user tells of the files.
    flag : str
        Option that names the columns, for messages.
    rest : {"id", "number", "float", "text", "any"}, optional
        What the other columns are; by default they are not read.

    Yields
    ------
    pyarrow Table
        The columns by their targets: ids are int64 or string (of one batch: see `etl.tables.values.ids`),
        numbers float64, texts large_string.

    Raises
    ------
    FileNotFoundError
    ValueError
        A column is missing or twice there, a file is damaged, or too many rows are set aside.
    """
    names = [column.name for column in columns]
    is_wide = told is not None and told.wide
    for source, losses in sources(path, [] if is_wide or rest else names, what, told):
        table = wide.long(source, names, losses) if is_wide else source
        more = others(table, columns) if rest or not columns else []
        asked = [*columns, *(Column(name, rest or "any", needed=False) for name in more)]
        yield from meant(table, asked, losses, flag)


def others(source: Source, columns: Sequence[Column]) -> list[str]:
    """Names of a file's columns that are not asked for.

    Parameters
    ----------
    source : Source
    columns : sequence of Column
        Those that are.
    """
    asked = {column.name.strip().casefold() for column in columns}
    return [name for name in source.names if name.strip().casefold() not in asked]


def sources(
    path: Path, wanted: list[str], what: str, told: Told | None = None
) -> Iterator[tuple[Source, Losses]]:
    """The opened files, one after the other; when the next is asked for, what this one lost is told.

    Parameters
    ----------
    path : Path
    wanted : list of str
        Columns that are looked for; all if there are none, and then none may be there twice.
    what : str
    told : Told, optional
        See `batches`.
    """
    told = told or Told()
    for part in listed(path, ENDINGS, what):
        losses = Losses(part, told.bad_share)
        yield READERS.get(part.kind, delimited.batches)(part, told, wanted, losses), losses
        losses.close()


def names(path: Path, what: str, told: Told | None = None, wanted: Sequence[str] = ()) -> list[str]:
    """Names of the columns of a file, or of the first file of a folder.

    Parameters
    ----------
    path : Path
    what : str
    told : Told, optional
    wanted : sequence of str
        Columns that are looked for; they help to tell what parts the fields.
    """
    part = listed(path, ENDINGS, what)[0]
    quiet = Losses(part, 1.0)
    with collect():  # who reads the rows tells how
        return READERS.get(part.kind, delimited.batches)(part, told or Told(), list(wanted), quiet).names


def meant(source: Source, columns: Sequence[Column], losses: Losses, flag: str) -> Iterator[pa.Table]:
    """The rows of one file, by the meaning of their columns; those that miss something are set aside.

    Parameters
    ----------
    source : Source
    columns : sequence of Column
    losses : Losses
    flag : str
        See `batches`.
    """
    found = _places(losses.part, source.names, columns, flag)
    for table, lines in source.batches:
        yield _meaning(table.select(found), lines, columns, losses, source.comma)


def read(
    path: Path,
    columns: Sequence[Column],
    what: str,
    told: Told | None = None,
    flag: str = "--columns",
    rest: Kind | None = None,
) -> pa.Table:
    """The same rows as one table, whose columns are each of one type.

    Parameters
    ----------
    path : Path
    columns : sequence of Column
    what : str
    told : Told, optional
    flag : str
    rest : {"id", "number", "float", "text", "any"}, optional
        See `batches`.

    Raises
    ------
    FileNotFoundError
    ValueError
        See `batches`; or no row is left.
    """
    tables = list(batches(path, columns, what, told, flag, rest))
    if not sum(map(len, tables)):
        raise ValueError(f"{path} holds no row of {what} that misses nothing; fill in its columns")
    return joined(tables)


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables one below the other; a column that is text in one is text in all.

    Parameters
    ----------
    tables : sequence of pyarrow Table
        At least one, of the same names.
    """
    names = tables[0].column_names
    kinds = {name: _common([table[name].type for table in tables]) for name in names}
    schema = pa.schema(list(kinds.items()))
    return pa.concat_tables([table.select(names).cast(schema) for table in tables]).combine_chunks()


def _common(kinds: list[pa.DataType]) -> pa.DataType:
    kinds = [kind for kind in kinds if not pa.types.is_null(kind)] or kinds
    texts = [kind for kind in kinds if values.is_text(kind)]
    return texts[0] if texts else kinds[0]


def _places(part: Part, names: list[str], columns: Sequence[Column], flag: str) -> list[str]:
    """Name in the file of each column: as asked for, or different only in case and blanks."""
    found, exact = [], set(names)
    folded: dict[str, list[str]] = {}
    for name in exact:
        folded.setdefault(name.strip().casefold(), []).append(name)
    once(part, names, [column.name for column in columns] or [""])
    for column in columns:
        alike = [column.name] if column.name in exact else folded.get(column.name.strip().casefold(), [])
        if len(alike) != 1:
            raise ValueError(_no_column(part, names, columns, flag))
        if alike[0] != column.name:
            record(Choice(reason=f"{part}: column {alike[0]!r} is taken for {column.name}"))
        found.append(alike[0])
    return found


def _no_column(part: Part, names: list[str], columns: Sequence[Column], flag: str) -> str:
    names = [name for name in names if not name.startswith("\0")]  # ours, of numbers of lines
    known, asked = {name.strip().casefold() for name in names}, [column.name for column in columns]
    lacking = [name for name in asked if name.strip().casefold() not in known and not name.startswith("\0")]
    shown = ", ".join(names[:12]) + (f" and {len(names) - 12:,} more" if len(names) > 12 else "")
    if not lacking:
        return f"{part} has several columns that differ in case or blanks only: {shown}; rename them"
    option = f"name its columns with {flag} (or their places, as 1 2 3, if it has no line of names), or "
    remedy = option * flag.startswith("--") + "call its columns so in the first line"
    return f"{part} has no column {', '.join(lacking)}; it has {shown}: {remedy}"


def _meaning(
    table: pa.Table, lines: np.ndarray, columns: Sequence[Column], losses: Losses, comma: bool
) -> pa.Table:
    arrays: list[pa.Array] = []
    faults: dict[int, tuple[str, str]] = {}
    for place, column in enumerate(columns):
        where = f"{losses.part}, column {column.name}"
        array, wrong = _cells(table[place], column.kind, where, comma)
        missing = ~array.is_valid().to_numpy(zero_copy_only=False) & ~wrong & column.needed
        for row in np.flatnonzero(wrong | missing).tolist():
            fault = ("missing", "") if missing[row] else ("no number", str(table[place][row]))
            faults.setdefault(row, (f"its {column.target} is {fault[0]}", fault[1]))
        arrays.append(array)
    whole = pa.Table.from_arrays(arrays, names=[column.target for column in columns])
    if not faults:
        return whole
    return _kept(whole.filter(pa.array(losses.set_aside(faults, lines))), columns)


def _kept(table: pa.Table, columns: Sequence[Column]) -> pa.Table:
    """Ids once more, which may be whole numbers without the rows that were set aside."""
    kinds = {column.target: column.kind for column in columns}
    arrays = [
        values.ids(cells, name) if kinds[name] == "id" else cells
        for name, cells in zip(table.column_names, table.columns, strict=True)
    ]
    return pa.Table.from_arrays(arrays, names=table.column_names)


def _cells(cells: pa.ChunkedArray, kind: str, where: str, comma: bool) -> tuple[pa.Array, np.ndarray]:
    """What they mean, and which are wrong."""
    if kind in ("number", "float"):
        found, wrong = values.numbers(cells, comma, infinite=kind == "float")
        return found, wrong.to_numpy(zero_copy_only=False)
    if kind == "id":
        array = values.ids(cells, where)
    elif kind == "text":
        array = values.text(cells, where)
    else:
        array = values.flat(cells)
        array = values.blank_as_null(array) if values.is_text(array.type) else array
    return array, np.zeros(len(array), bool)
