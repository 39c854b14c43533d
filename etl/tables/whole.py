"""Files read whole, each row with its line, for columns that get their meaning from all of their cells."""

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

import numpy as np
import pyarrow as pa

from etl.tables.delimited import Source
from etl.tables.form import Told
from etl.tables.losses import Losses
from etl.tables.read import Column, Kind, joined, meant, others, sources

LINE = "\0line"
"""Column of the rows' lines, in tables on their way."""


@dataclass
class Whole:
    """The rows of one file that were not set aside.

    Attributes
    ----------
    table : pyarrow Table, shape (n, columns)
    lines : int64 array, shape (n,)
    losses : Losses
    comma : bool
        Whether a comma begins the decimals of its numbers.
    first : int
        Rows of the files before it.
    """

    table: pa.Table
    lines: np.ndarray
    losses: Losses
    comma: bool
    first: int = 0

    @property
    def number(self) -> np.ndarray:
        """Place of each row, from 0, among all of the files, those set aside too."""
        before = np.searchsorted(np.sort(self.losses.lines), self.lines)
        return self.first + np.arange(len(self.lines)) + before

    def set_aside(self, faults: dict[int, tuple[str, str]]) -> None:
        """Set rows aside, each with its reason and a cell.

        Parameters
        ----------
        faults : dict
            Reason and cell by row.

        Raises
        ------
        ValueError
            Too many of the file's rows are set aside by now.
        """
        if not faults:
            return
        good = self.losses.set_aside(faults, self.lines)
        self.losses.close()
        self.table, self.lines = self.table.filter(pa.array(good)), self.lines[good]

    def place(self, row: int) -> str:
        """File and line of a row, for messages."""
        return f"{self.losses.part}, {self.losses.part.unit} {self.lines[row]:,}"


def with_lines(source: Source) -> Source:
    """The same rows with a column of their lines.

    Parameters
    ----------
    source : Source
    """
    batches = ((table.append_column(LINE, pa.array(lines)), lines) for table, lines in source.batches)
    return replace(source, names=[*source.names, LINE], batches=batches)


def whole(
    source: Source, columns: Sequence[Column], losses: Losses, flag: str, first: int = 0
) -> Whole | None:
    """The rows of one file at once, by the meaning of their columns; none if no row is left.

    Parameters
    ----------
    source : Source
    columns : sequence of Column
    losses : Losses
    flag : str
        See `etl.tables.read.meant`.
    first : int
        Rows of the files before it.
    """
    parts = [
        part for part in meant(with_lines(source), [*columns, Column(LINE, "any")], losses, flag) if len(part)
    ]
    if not parts:
        return None
    table = joined(parts)
    return Whole(table.drop_columns(LINE), table[LINE].to_numpy(), losses, source.comma, first)


@dataclass(frozen=True)
class Together:
    """Rows of several files, one below the other.

    Attributes
    ----------
    table : pyarrow Table, shape (n, columns)
    files : list of Whole
    """

    table: pa.Table
    files: list[Whole]

    def place(self, row: int) -> str:
        """File and line of a row, for messages."""
        starts = [0, *accumulate(len(file.lines) for file in self.files)]
        at = bisect(starts, row) - 1
        return self.files[at].place(row - starts[at])


def together(
    path: Path,
    columns: Sequence[Column],
    what: str,
    told: Told | None = None,
    flag: str = "--columns",
    rest: Kind | None = None,
) -> Together:
    """The same as `etl.tables.read.read`, and the line of each row.

    Parameters
    ----------
    path : Path
    columns : sequence of Column
    what : str
    told : Told, optional
    flag : str
    rest : {"id", "number", "float", "text", "any"}, optional

    Raises
    ------
    FileNotFoundError
    ValueError
        See `etl.tables.read.read`.
    """
    files: list[Whole] = []
    for source, losses in sources(path, [] if rest else [one.name for one in columns], what, told):
        more = [Column(name, rest, needed=False) for name in others(source, columns)] if rest else []
        if file := whole(source, [*columns, *more], losses, flag):
            files.append(file)
    if not files:
        raise ValueError(f"{path} holds no row of {what} that misses nothing; fill in its columns")
    return Together(joined([file.table for file in files]), files)
