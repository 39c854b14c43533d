"""Documents for the topics pipeline: texts or counts, whole in memory or in pieces on disk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet

from etl.engine import Engine
from etl.engine.types import Array
from etl.executors import Executor, Threads
from etl.machine import device_memory, memory_limit, show
from etl.pieces import Pieces
from etl.text import long, read, uci
from models.topics.documents import as_pieces, cuts, together
from pipelines.topics.config import Config
from pipelines.topics.demo import demonstration
from pipelines.topics.files import Source, find

SIZE = 1 << 22
"""Counts of a piece on disk."""
TEXTS = 1 << 14
"""Texts of a piece, at most."""
SHARE = 0.5
"""Share of free memory that documents may take and still be read whole."""


class Desk(Protocol):
    """What reading needs of a run."""

    @property
    def engine(self) -> Engine:
        """Where documents are held."""
        ...

    @property
    def scratch(self) -> Path:
        """Folder for pieces."""
        ...

    @property
    def executor(self) -> Executor:
        """Of the pieces."""
        ...

    def say(self, choice: str) -> None:
        """Tell a choice."""
        ...


@dataclass(frozen=True)
class Loaded:
    """What was read: texts yet to be counted, or counts.

    Attributes
    ----------
    source : Source, optional
        None of the demonstration.
    whole : bool
        Everything is in memory.
    frames, counts : Pieces, optional
        One of them.
    about : pyarrow Table, optional
        Id of each text, and its date and label if they were asked for.
    terms : list of str
        Words of the counts.
    known : array, optional
        The topics that the demonstration was drawn from.
    """

    source: Source | None
    whole: bool
    frames: Pieces | None = None
    counts: Pieces | None = None
    about: pa.Table | None = None
    terms: Sequence[str] = ()
    known: Array | None = None


def load(config: Config, run: Desk) -> Loaded:
    """Read the files, or make the demonstration."""
    executor = run.executor
    if config.data is None:
        run.say("data: none was given, so documents of known topics are made")
        drawn, words, known = demonstration(run.engine, config.seed)
        counts = replace(as_pieces(drawn, executor.workers), executor=executor)
        return Loaded(None, isinstance(executor, Threads), counts=counts, terms=words, known=known)
    source = find(config.data, config.columns)
    if not config.columns.text:
        raise ValueError("--text names no column; name those that hold the texts")
    whole, reason = _fits(source, run.engine, executor)
    run.say(reason)
    scratch = None if whole else run.scratch
    if source.kind == "text":
        frames, about = _texts(config, source, run.engine, executor, scratch)
        return Loaded(source, whole, frames=frames, about=about)
    counts, terms = _counts(config, source, run.engine, executor, scratch)
    return Loaded(source, whole, counts=counts, terms=terms)


def _fits(source: Source, engine: Engine, executor: Executor) -> tuple[bool, str]:
    if not isinstance(executor, Threads):
        return False, f"documents: in pieces on disk, for the {executor.workers} workers of a cluster"
    room = min(memory_limit(), device_memory(engine), key=lambda limit: limit.bytes)
    whole = source.memory <= SHARE * room.bytes
    need = f"they may take {show(source.memory)}; there are {show(room.bytes)}, {room.reason}"
    return whole, f"documents: {'whole in memory' if whole else 'in pieces on disk'}, as {need}"


def _texts(
    config: Config, source: Source, engine: Engine, executor: Executor, scratch: Path | None
) -> tuple[Pieces, pa.Table]:
    layout, told = config.columns.layout(), config.told()
    if scratch is None:
        frame, about = read.texts(source.files, engine, layout, told)
        pieces = [frame.iloc[begin:end] for begin, end in text_cuts(len(frame))]
        return Pieces(pieces, executor=executor), about
    return read.text_pieces(source.files, engine, scratch, text_cuts, layout, executor, told)


def text_cuts(rows: int) -> list[tuple[int, int]]:
    """Where texts are cut: alike in memory and on disk, so that sums over pieces are the same.

    Examples
    --------
    >>> text_cuts(1000), len(text_cuts(1_000_000))
    ([(0, 500), (500, 1000)], 62)
    """
    return cuts(rows, TEXTS)


def _counts(
    config: Config, source: Source, engine: Engine, executor: Executor, scratch: Path | None
) -> tuple[Pieces, list[str]]:
    """Counts of all files, as wide as the widest, and their words."""
    terms = _terms(config, source)
    parts, width = _parts(source, terms, engine, executor, scratch)
    if not parts:
        raise ValueError(f"{source} holds no documents")
    if terms and len(terms) != width:
        raise ValueError(
            f"{config.vocabulary or source.words} has {len(terms):,} words, and {source} has {width:,}; "
            "give the file of its own words, one a line"
        )
    counts = replace(parts[-1], items=[item for part in parts for item in part.items])
    whole = counts if scratch else as_pieces(together(counts), executor.workers)
    return whole, terms or [f"w{number}" for number in range(width)]


def _parts(
    source: Source, terms: list[str], engine: Engine, executor: Executor, scratch: Path | None
) -> tuple[list[Pieces], int]:
    """Pieces of each file that holds documents, each as wide as all before it, and the width of the last."""
    given = {"terms": pa.array(terms, pa.large_string())} if source.kind == "parquet" and terms else {}
    width = len(terms) if source.kind in ("svmlight", "parquet") else 0
    parts: list[Pieces] = []
    for path in source.files:
        part = read.pieces(path, engine, scratch, source.kind, SIZE, width, executor, **given)
        if len(part):
            parts.append(part)
            width = next(iter(part)).shape[1]
    return parts, width


def _terms(config: Config, source: Source) -> list[str]:
    """Words from a file of them, or those that long tables hold; none where columns are only numbered."""
    path = config.vocabulary or source.words
    if path:
        words = uci.terms(path).to_pylist()
        if not words:
            raise ValueError(f"{path} is empty; give a vocabulary, a word a line")
        return words
    if source.kind != "parquet" or _coded(source.files[0]):
        return []
    return sorted({word for file in source.files for word in long.terms_of(file).to_pylist()})


def _coded(path: Path) -> bool:
    return pa.types.is_integer(pyarrow.parquet.read_schema(path).field(long.COLUMNS[1]).type)
