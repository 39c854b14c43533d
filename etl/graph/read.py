"""Edges from files, CSV, TSV, Parquet or plain text, and from votes; onto the device."""

import gzip
from pathlib import Path

import pandas
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from etl.crowd.votes import Votes
from etl.engine import Engine
from etl.engine.types import Frame
from etl.graph.edges import Graph
from etl.handoff import from_arrow
from etl.records import Rejected, record

TABLES = (".csv", ".tsv", ".parquet")
PLAIN = (".txt", ".edges", ".el", ".edgelist")
"""Lines of two nodes, and perhaps a weight, between blanks; # and % begin a comment."""


def table(path: Path) -> pa.Table:
    """The rows of a file as they are, in host memory; columns of plain text are source, target and weight.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no such file, or it is of another kind, damaged or empty.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is no file; give an edge list: {', '.join((*TABLES, *PLAIN))}")
    kind = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if kind not in (*TABLES, *PLAIN):
        raise ValueError(
            f"{path} is of an unknown format; its name must end in {', '.join((*TABLES, *PLAIN))}"
        )
    try:
        if kind == ".parquet":
            return pyarrow.parquet.read_table(path)
        if kind in PLAIN:
            return _plain(path)
        options = pyarrow.csv.ParseOptions(delimiter="\t" if kind == ".tsv" else ",")
        return _named(pyarrow.csv.read_csv(path, parse_options=options))
    except (pa.ArrowInvalid, pandas.errors.ParserError, pandas.errors.EmptyDataError) as error:
        raise ValueError(f"{path} cannot be read as {kind[1:]} ({error})") from error


def _named(rows: pa.Table) -> pa.Table:
    """Empty texts as missing ones; a text such as NA is a name."""
    for place, name in enumerate(rows.column_names):
        if pa.types.is_string(rows[name].type):
            rows = rows.set_column(place, name, pc.if_else(pc.equal(rows[name], ""), None, rows[name]))
    return rows


def _plain(path: Path) -> pa.Table:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", errors="replace") as file:
        mark = "%" if file.readline().startswith("%") else "#"
    frame = pandas.read_csv(path, sep=r"\s+", comment=mark, header=None)
    if frame.shape[1] < 2:
        raise ValueError(f"{path} has one word a line; an edge is two, and perhaps a weight")
    frame.columns = [*("source", "target", "weight")[: frame.shape[1]], *map(str, frame.columns[3:])]
    return pa.Table.from_pandas(frame, preserve_index=False)


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
