"""Edges from files, tables or plain text, and from votes; onto the device."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from etl.crowd.votes import Votes
from etl.engine import Engine
from etl.engine.types import Frame
from etl.graph import lines, matrix_market
from etl.graph.edges import ENDS, Graph
from etl.handoff import from_arrow
from etl.records import Rejected, record
from etl.tables import read as door
from etl.tables.form import Told
from etl.tables.parts import Part, listed
from etl.tables.read import Column

PLAIN = (".txt", ".edges", ".el", ".edgelist", ".mtx")
"""Lines of two nodes, and perhaps a weight, between blanks; # and % begin a line of comment."""
KINDS = (*door.ENDINGS, *PLAIN)
FLAGS = "--ends and --weight"


@dataclass(frozen=True)
class Edges:
    """Edges in host memory.

    Attributes
    ----------
    rows : pyarrow Table
        Both ends, int64 or string, and weights if they were asked for.
    nodes : int
        Nodes, numbered from 1, where the file says how many there are; else 0.
    """

    rows: pa.Table
    nodes: int = 0


def edges(
    path: Path,
    ends: tuple[str, str] = ENDS,
    weight: str | None = None,
    told: Told | None = None,
    directed: bool = False,
) -> Edges:
    """Edges of a file, or of those of a folder; rows that lack an end or a weight are set aside and counted.

    Parameters
    ----------
    path : Path
        A table, see `etl.tables.read.batches`; plain text, see `etl.graph.lines`; or a matrix in Matrix
        Market's format. The name tells; and of a matrix, the first line.
    ends : (source, target)
        Columns of the two nodes; in plain text the first two, if no line names them.
    weight : str, optional
        Column of weights; in plain text the third is ``weight``.
    told : Told, optional
    directed : bool
        Whether edges of a symmetric matrix lead both ways.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no such file, or it is of another kind, damaged or empty.
    """
    told, parts = told or Told(), files(path)
    if parts[0].kind not in PLAIN:
        columns = [Column(end) for end in ends] + ([Column(weight, "number")] if weight else [])
        return Edges(door.read(path, columns, "edges", told, FLAGS))
    if any(map(matrix_market.is_banner, parts)):
        if len(parts) > 1:
            raise ValueError(f"{path} holds matrices and more; give one of them, such as {parts[0]}")
        return Edges(*matrix_market.read(parts[0], told, ends, weight, directed))
    if parts[0].kind == ".mtx":
        raise ValueError(f"{parts[0]} does not begin with %%MatrixMarket; call lines of two nodes .txt")
    found = [table for part in parts for table in lines.read(part, told, ends, weight)]
    return Edges(door.joined(found))


def files(path: Path) -> list[Part]:
    """Files of edges, tables or plain text.

    Parameters
    ----------
    path : Path
        A file or folder.

    Raises
    ------
    FileNotFoundError, ValueError
        There is none, one is of an unknown kind, or tables and plain text lie together.
    """
    parts = listed(path, KINDS, "edges")
    for part in parts:
        if part.kind not in KINDS:
            raise ValueError(f"{part} is of an unknown format; its name must end in {', '.join(KINDS)}")
        if (part.kind in PLAIN) != (parts[0].kind in PLAIN):
            raise ValueError(
                f"{parts[0]} is a table or plain text, and {part} the other; give one of the two"
            )
    return parts


def frame(rows: pa.Table, engine: Engine, ends: tuple[str, str], weight: str | None = None) -> Frame:
    """Edges on the device: both ends, of one type, and weights; rows that lack one are left out and counted.

    Parameters
    ----------
    rows : pyarrow Table
        An edge a row, such as `table` gives.
    engine : Engine
        Where the frame is made.
    ends : (source, target)
        Columns of the two nodes; where their types differ, both become text.
    weight : str, optional
        Column of weights.

    Returns
    -------
    DataFrame
        The columns ``ends`` and, if asked for, ``weight``, under their own names.

    Raises
    ------
    ValueError
        A column is missing; the message shows those that are there.

    Examples
    --------
    >>> from etl.engine import choose
    >>> rows = pa.table({"from": [1, 2, None], "to": ["a", "b", "c"]})
    >>> frame(rows, choose("cpu"), ("from", "to")).to_numpy().tolist()
    [['1', 'a'], ['2', 'b']]
    """
    names = [*ends, *([] if weight is None else [weight])]
    if lacking := [name for name in names if name not in rows.column_names]:
        raise ValueError(
            f"there is no column {', '.join(lacking)}; there are {', '.join(rows.column_names)}: name the "
            "columns of the two ends, and of the weight"
        )
    rows = rows.select(names)
    whole = rows.drop_null()
    if len(rows) > len(whole):
        record(Rejected(file="", reason="an end or the weight is missing", rows=len(rows) - len(whole)))
    types = [whole.schema.field(end).type for end in ends]
    if types[0] != types[1]:
        for end in ends:
            place = whole.schema.get_field_index(end)
            whole = whole.set_column(place, end, pc.cast(whole[end], pa.string()))
    return from_arrow(whole.combine_chunks(), engine)


def agreements(votes: Votes) -> Graph:
    """Workers who gave an equal label to a task; weights count such tasks. All workers are nodes.

    Examples
    --------
    >>> import pandas
    >>> from etl.crowd.votes import encode
    >>> rows = {"task": [0, 0, 0, 1], "worker": ["a", "b", "c", "a"], "label": [1, 1, 0, 1]}
    >>> found = agreements(encode(pandas.DataFrame(rows)))
    >>> found.source.tolist(), found.target.tolist(), found.weight.tolist()
    ([0], [1], [1.0])
    """
    xp, sparse = votes.engine.xp, votes.engine.sparse
    worker, label = votes.flat // len(votes.labels), votes.flat % len(votes.labels)
    place = votes.task.astype("int64") * len(votes.labels) + label
    _, place = xp.unique(place, return_inverse=True)
    shape = (len(votes.workers), int(place.max()) + 1)
    gave = sparse.csr_matrix((xp.ones(len(place)), (worker.astype("int32"), place.astype("int32"))), shape)
    gave.data[:] = 1.0
    both = (gave @ gave.T).tocoo()
    above = both.row < both.col
    source, target = both.row[above].astype("int64"), both.col[above].astype("int64")
    order = xp.argsort(source * len(votes.workers) + target)
    return Graph(votes.workers, source[order], target[order], both.data[above][order])
