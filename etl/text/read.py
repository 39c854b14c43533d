"""Counts and texts from files, whole or in pieces of whole documents for what is larger than memory.

A file is read once, from its beginning to its end. Pieces wait on disk, uncompressed, so that each pass over
them after that reads no text; or in memory, where no disk is named.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
from scipy.sparse import csr_matrix

from etl import spill
from etl.engine import Engine
from etl.engine.types import Frame
from etl.executors import Executor, Threads
from etl.handoff import from_arrow
from etl.pieces import Pieces
from etl.tables.form import Told
from etl.text import documents, long, npz, svmlight, uci
from etl.text.blocks import joined, widened
from etl.text.counts import placed
from etl.text.documents import Layout

SIZE = 1 << 23
"""Counts of a piece."""
TEXTS = 1 << 14
"""Texts that are written together."""
FORMATS: dict[str, Callable[..., Iterator[csr_matrix]]] = {
    "uci": uci.blocks,
    "svmlight": svmlight.blocks,
    "npz": npz.blocks,
    "parquet": long.blocks,
}


def counts(path: Path, engine: Engine, kind: str | None = None, width: int = 0, **options: Any) -> Any:
    """All counts of a file as one matrix.

    Parameters
    ----------
    kind : {"uci", "svmlight", "npz", "parquet"}, optional
        Format of the file; by default its name tells.
    width : int
        Columns at least, for formats that do not tell how many words there are.
    **options
        Of the format: see the function ``blocks`` of its module.

    Returns
    -------
    csr_matrix of int32 (CuPy's of float32 on a device), shape (documents, words), indices sorted
    """
    return placed(joined(list(FORMATS[kind or format_of(path)](path, **options)), width), engine)


def pieces(
    path: Path,
    engine: Engine,
    scratch: Path | None = None,
    kind: str | None = None,
    size: int = SIZE,
    width: int = 0,
    executor: Executor | None = None,
    **options: Any,
) -> Pieces:
    """The same counts as `Pieces` of matrices of whole documents, in the order of the file, of one width.

    Parameters
    ----------
    scratch : Path, optional
        Directory to keep the pieces in; they stay there, unless reading fails. In memory by default.
    size : int
        Counts of a piece, about.
    """
    held: list[Any] = []
    try:
        for part in _gathered(FORMATS[kind or format_of(path)](path, **options), size):
            width = max(width, part.shape[1])
            held.append(part if scratch is None else spill.save_csr(part, scratch))
    except (OSError, ValueError):
        for item in held:
            if isinstance(item, Path):
                item.unlink()
        raise
    step = partial(_load, width=width, engine=engine)
    return Pieces(held, (("read counts", step),), executor or Threads(1))


def texts(
    paths: Path | Sequence[Path], engine: Engine, layout: Layout | None = None, told: Told | None = None
) -> tuple[Frame, pa.Table]:
    """All texts of one or more files as one frame, and what is known of them.

    Parameters
    ----------
    paths : Path or sequence of Path
    engine : Engine
    layout : Layout, optional
    told : Told, optional
        See `documents.tables`.

    Returns
    -------
    frame : DataFrame
        Column ``text``.
    about : pyarrow Table, on the host
        ``id``, and ``date`` and ``label`` if the layout names them.

    Raises
    ------
    FileNotFoundError, ValueError
        See `documents.tables`; or the files hold no text.
    """
    parts = list(documents.tables(paths, layout, told))
    if not parts:
        raise ValueError(f"{_named(paths)} holds no text; fill in its column, or name others with --text")
    with _of_one_type(paths):
        whole = pa.concat_tables(parts)
    return from_arrow(whole.select(["text"]), engine), whole.drop_columns("text")


def text_pieces(
    paths: Path | Sequence[Path],
    engine: Engine,
    scratch: Path,
    cuts: Callable[[int], list[tuple[int, int]]],
    layout: Layout | None = None,
    executor: Executor | None = None,
    told: Told | None = None,
) -> tuple[Pieces, pa.Table]:
    """The same as `texts`, with the texts in pieces on disk, which are cut once all are counted.

    Parameters
    ----------
    paths : Path or sequence of Path
    engine : Engine
    scratch : Path
        Directory to keep the texts in.
    cuts : callable
        Where each piece of so many rows begins and ends.
    layout : Layout, optional
    executor : Executor, optional
        Where pieces are worked on; by default this thread.
    told : Told, optional

    Returns
    -------
    frames : Pieces of DataFrame
    about : pyarrow Table
        See `texts`.

    Raises
    ------
    FileNotFoundError, ValueError
        See `texts`.
    """
    tables = documents.tables(paths, layout, told)
    first = next(tables, None)
    if first is None:
        raise ValueError(f"{_named(paths)} holds no text; fill in its column, or name others with --text")
    about = list[pa.Table]()

    def read() -> Iterator[pa.Table]:
        for table in _cut(chain([first], tables), TEXTS):
            about.append(table.drop_columns("text"))
            yield table.select(["text"])

    with _of_one_type(paths):
        path = spill.save_tables(read(), scratch)
        known = pa.concat_tables(about)
    places = cuts(len(known))
    items = [spill.Spilled(path, end - begin, engine.name, begin) for begin, end in places]
    return Pieces(items, executor=executor or Threads(1)), known


def _named(paths: Path | Sequence[Path]) -> str:
    return str(paths if isinstance(paths, Path) else paths[0])


@contextmanager
def _of_one_type(paths: Path | Sequence[Path]) -> Iterator[None]:
    try:
        yield
    except pa.ArrowInvalid as error:
        raise ValueError(
            f"{_named(paths)} and the other files have columns of several types ({error}); write them alike"
        ) from error


def format_of(path: Path) -> str:
    """Format of a file of counts, by its name.

    Examples
    --------
    >>> format_of(Path("docword.kos.txt.gz")), format_of(Path("train.npz"))
    ('uci', 'npz')
    """
    endings = {
        ".npz": "npz",
        ".parquet": "parquet",
        ".svm": "svmlight",
        ".svmlight": "svmlight",
        ".libsvm": "svmlight",
    }
    if path.name.startswith("docword."):
        return "uci"
    name = path.with_suffix("") if path.suffix == ".gz" else path
    if name.suffix not in endings:
        known = ", ".join(FORMATS)
        raise ValueError(
            f"{path} is packed or named so that its format ({known}) is not known; unpack it, and name it as "
            "in x.npz or x.svm"
        )
    return endings[name.suffix]


def _gathered(blocks: Iterable[csr_matrix], size: int) -> Iterator[csr_matrix]:
    """Blocks joined, and cut between documents, to about so many counts each."""
    held: list[csr_matrix] = []
    for block in blocks:
        held.append(block)
        if sum(part.nnz for part in held) < size:
            continue
        both = joined(held)
        first = 0
        while both.indptr[-1] - both.indptr[first] >= size:
            end = max(int((both.indptr <= both.indptr[first] + size).sum()) - 1, first + 1)
            yield both[first:end]
            first = end
        held = [both[first:]]
    if held and sum(part.shape[0] for part in held):
        yield joined(held)


def _load(item: Any, width: int, engine: Engine) -> Any:
    part = spill.load_csr(item) if isinstance(item, Path) else item
    return placed(widened(part, width), engine)


def _cut(tables: Iterable[pa.Table], size: int) -> Iterator[pa.Table]:
    """Tables of so many rows each but the last."""
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        while sum(map(len, held)) >= size:
            both = pa.concat_tables(held)
            yield both.slice(0, size)
            held = [both.slice(size)]
    if sum(map(len, held)):
        yield pa.concat_tables(held)
