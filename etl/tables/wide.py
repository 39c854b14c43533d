"""Wide tables as long ones: a row a task and a column a rater, or a row a date and a column a series."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.tables import values
from etl.tables.delimited import Batch, Source
from etl.tables.losses import Losses


def long(source: Source, names: list[str], losses: Losses) -> Source:
    """Rows of three columns: the first one's value, a column's name, and the cell, where it is not blank.

    Parameters
    ----------
    source : Source
        Of all columns of a file.
    names : list of three str
        Of the result.
    losses : Losses
        For messages.

    Raises
    ------
    ValueError
        There is no second column, one that holds something has no name, or the table has the columns of a
        long one.

    Examples
    --------
    >>> from pathlib import Path
    >>> from etl.tables.parts import Part
    >>> table = pa.table({"task": ["1", "2"], "ann": ["yes", None], "bob": ["no", "no"]})
    >>> wide = Source(table.column_names, iter([(table, np.array([2, 3]))]))
    >>> found = long(wide, ["task", "worker", "label"], Losses(Part(Path("votes.csv")), 0.5))
    >>> [table.to_pylist()[1] for table, _ in found.batches]
    [{'task': '1', 'worker': 'bob', 'label': 'no'}]
    """
    if len(source.names) < 2:
        raise ValueError(
            f"{losses.part} has one column; a wide table has one of {names[0]} and others, a {names[1]} "
            "each; remove a title above the names"
        )
    there = {name.strip().casefold() for name in source.names}
    if all(name.strip().casefold() in there for name in names):
        raise ValueError(
            f"{losses.part} has the columns {', '.join(names)}, so it is long and not wide; "
            "leave out --wide, or where a run is applied that read a wide table, give one"
        )
    return Source(names, _melted(source, names, losses), source.comma)


def _melted(source: Source, names: list[str], losses: Losses) -> Iterator[Batch]:
    raters = pa.array(source.names[1:])
    for table, lines in source.batches:
        rows, count = len(table), len(raters)
        cells = [
            _text(table[place], f"{losses.part}, column {name}") for place, name in enumerate(source.names)
        ]
        by_rater = np.arange(rows)[:, None] + rows * np.arange(count)
        label = pa.concat_arrays(cells[1:]).take(pa.array(by_rater.ravel()))
        _refuse_nameless(source, cells, lines, names, losses)
        row = np.repeat(np.arange(rows), count)
        voted = label.is_valid().to_numpy(zero_copy_only=False)
        rater = raters.take(pa.array(np.tile(np.arange(count), rows)[voted]))
        losses.seen += int(voted.sum()) - rows  # what is lost are rows of the long form
        columns = [cells[0].take(pa.array(row[voted])), rater, label.filter(pa.array(voted))]
        yield pa.Table.from_arrays(columns, names=names), lines[row[voted]]


def _refuse_nameless(
    source: Source, cells: list[pa.Array], lines: np.ndarray, names: list[str], losses: Losses
) -> None:
    """What stands below no name is nobody's; mostly a title stands above the names."""
    for place, column in enumerate(cells):
        if not place or source.names[place] != f"unnamed {place + 1}" or column.null_count == len(column):
            continue
        row = pc.index(column.is_valid(), True).as_py()
        raise ValueError(
            f"{losses.part}, {losses.part.unit} {lines[row]:,}: {column[row].as_py()[:40]!r} stands in "
            f"column {place + 1}, which has no name; name its {names[1]}, and remove a title above the names"
        )


def _text(cells: pa.ChunkedArray, where: str) -> pa.Array:
    return pc.cast(values.ids(cells, where), pa.string())
