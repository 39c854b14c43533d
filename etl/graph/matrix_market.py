"""Graphs in Matrix Market's format, as sparse matrix collections ship them; nodes are numbered from 1."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.graph.words import Words, split
from etl.machine import memory_limit, show
from etl.records import Choice, record
from etl.tables.decode import whole_lines
from etl.tables.form import Told
from etl.tables.parts import Part

BANNER = b"%%matrixmarket"
"""Beginning of such a file, in any case."""
ROOM = 100
"""Bytes that a node without an edge takes, about."""
Size = tuple[int, int]
"""Numbers of nodes and entries."""


def is_banner(part: Part) -> bool:
    """Whether the file begins like one.

    Parameters
    ----------
    part : Part
    """
    with part.open() as file:
        return file.read(len(BANNER)).lower() == BANNER


def read(
    part: Part, told: Told, ends: tuple[str, str], weight: str | None, directed: bool
) -> tuple[pa.Table, int]:
    """Entries as edges, and the number of nodes.

    Parameters
    ----------
    part : Part
    told : Told
    ends : (source, target)
        Names of the columns of rows and columns of the matrix.
    weight : str, optional
        Name of the column of values; of a pattern there are none.
    directed : bool
        Whether a symmetric matrix, which names each edge once, is read both ways.

    Raises
    ------
    ValueError
        It is no square, sparse, real matrix, or is not as its line of sizes says.
    """
    texts = whole_lines(part, told.encoding)
    first, _ = next(texts)
    kind = _kind(part, first.split(b"\n", 1)[0].decode())
    sizes, cells = None, list[list[pa.Array]]()
    for words in _words(part, first, texts):
        begin = 0
        if not len(words.counts):
            continue
        if sizes is None:
            sizes, begin = _sizes(part, words), 1
        cells.append(_entries(part, words, begin, sizes[0], kind[0] != "pattern"))
    if sizes is None:
        raise ValueError(f"{part} ends before its line of sizes; get the file again")
    if sizes[1] != (found := sum(len(row) for row, *_ in cells)):
        raise ValueError(
            f"{part}: its line of sizes says {sizes[1]:,} entries, and {found:,} follow; get it again"
        )
    columns = [pa.concat_arrays(parts) for parts in zip(*cells, strict=True)]
    return _table(part, columns, kind, ends, weight, directed), sizes[0]


def _words(part: Part, first: bytes, texts: Iterator[tuple[bytes, int]]) -> Iterator[Words]:
    yield split(part, first, 1)
    for text, line in texts:
        yield split(part, text, line)


def _kind(part: Part, banner: str) -> tuple[str, str]:
    """``real``, ``integer`` or ``pattern``, and ``general`` or ``symmetric``."""
    words = banner.lower().split()[1:]
    if words[:2] != ["matrix", "coordinate"] or len(words) != 4:
        raise ValueError(f"{part}: {banner.strip()!r} is no sparse matrix; give a matrix of coordinates")
    if words[2] not in ("real", "integer", "double", "pattern") or words[3] not in ("general", "symmetric"):
        raise ValueError(
            f"{part}: a matrix that is {words[2]} and {words[3]} is no graph here; give one that is real, "
            "integer or pattern, and general or symmetric"
        )
    return words[2], words[3]


def _sizes(part: Part, words: Words) -> Size:
    head = words.first(0)
    if len(head) != 3 or not all(word.isdecimal() for word in head):
        raise ValueError(
            f"{part}, line {words.lines[0]:,}: {' '.join(head)!r} should be rows, columns, entries"
        )
    rows, columns, entries = map(int, head)
    if rows != columns:
        raise ValueError(
            f"{part} is a matrix of {rows:,} rows and {columns:,} columns; a graph's is square: write its "
            "edges as lines of two nodes"
        )
    room = memory_limit()
    if rows * ROOM > room.bytes:
        raise ValueError(
            f"{part}, line {words.lines[0]:,}: {rows:,} nodes take {show(rows * ROOM)}, and there are "
            f"{show(room.bytes)}, {room.reason}; mend the line, or give the edges alone"
        )
    return rows, entries


def _entries(part: Part, words: Words, begin: int, size: int, has_value: bool) -> list[pa.Array]:
    rows, wanted = np.arange(begin, len(words.counts)), 2 + has_value
    try:
        cells = [words.column(place, rows) for place in range(wanted)]
        found = [cell.cast(pa.int64() if place < 2 else pa.float64()) for place, cell in enumerate(cells)]
    except pa.ArrowInvalid as error:
        raise ValueError(f"{part}, after line {words.lines[0]:,}: {error}; entries are numbers") from error
    for cell in found:
        if cell.null_count:
            line = words.lines[begin + int(cell.is_null().to_numpy(zero_copy_only=False).argmax())]
            raise ValueError(f"{part}, line {line:,}: an entry is {wanted} numbers; mend the line")
    for cell in found[:2]:
        wrong = pc.or_(pc.less(cell, 1), pc.greater(cell, size)).to_numpy(zero_copy_only=False)
        if wrong.any():
            line, value = words.lines[begin + int(wrong.argmax())], cell[int(wrong.argmax())]
            raise ValueError(f"{part}, line {line:,}: {value} is none of the {size:,} nodes, numbered from 1")
    return found


def _table(
    part: Part,
    columns: list[pa.Array],
    kind: tuple[str, str],
    ends: tuple[str, str],
    weight: str | None,
    directed: bool,
) -> pa.Table:
    if weight is not None and len(columns) == 2:
        raise ValueError(f"{part} is a pattern, which has no weights; leave --weight out")
    record(
        Choice(reason=f"{part}: a {kind[1]} matrix in Matrix Market's format; its rows and columns are nodes")
    )
    names = [*ends, weight or "weight"][: len(columns)]
    table = pa.table(dict(zip(names, columns, strict=True)))
    if directed and kind[1] == "symmetric":
        apart = table.filter(pc.not_equal(columns[0], columns[1]))
        table = pa.concat_tables([table, apart.select([ends[1], ends[0], *names[2:]]).rename_columns(names)])
    return table
