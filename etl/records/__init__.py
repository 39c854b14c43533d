"""What work leaves behind beside its result: bridges crossed, rows set aside, choices made, seconds.

A function records facts, each a dataclass that says what it holds; whoever runs the function collects them,
on whatever thread or worker that was. Outside of `collect`, recording does nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TypeVar


@dataclass(frozen=True, kw_only=True)
class Record:
    """A fact, and the stage of the run in which it was recorded."""

    stage: str = ""


@dataclass(frozen=True, kw_only=True)
class Bridge(Record):
    """Data passed between two libraries; ``copies`` is none, device or host, see `etl.handoff`."""

    source: str
    target: str
    bytes: int
    copies: str


@dataclass(frozen=True, kw_only=True)
class Rejected(Record):
    """Rows, or files, that were set aside: where they stand, why, and what the first of them holds."""

    file: str
    reason: str
    rows: int = 1
    line: int | None = None
    """From 1, of the first of them, where it is known."""
    text: str = ""
    unit: str = "line"
    """What ``line`` counts: lines of text, or rows of what has no lines."""


@dataclass(frozen=True, kw_only=True)
class Repeated(Record):
    """Rows that repeat earlier ones, and were dropped or merged into them."""

    rows: int
    what: str


@dataclass(frozen=True, kw_only=True)
class Choice(Record):
    """What was decided automatically, and why; a run prints it and shows it in its report."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Retry(Choice):
    """Work that was begun again after a fault."""


@dataclass(frozen=True, kw_only=True)
class Seconds(Record):
    """Time that a step took on one piece."""

    wall: float
    cpu: float


AnyRecord = TypeVar("AnyRecord", bound=Record)
Listener = Callable[[Record], None]


class Collector(list[Record]):
    """Records in the order in which they were made; ``listener`` hears of each as it comes."""

    def __init__(self, listener: Listener | None = None) -> None:
        super().__init__()
        self.listener = listener

    def add(self, entry: Record) -> None:
        """Take in one record."""
        self.append(entry)
        if self.listener:
            self.listener(entry)


_collector: ContextVar[Collector | None] = ContextVar("collector", default=None)
_stage: ContextVar[str] = ContextVar("stage", default="")


def record(entry: Record) -> None:
    """Note one fact, with the name of the stage in which it happened."""
    collector = _collector.get()
    if collector is not None:
        collector.add(replace(entry, stage=_stage.get()))


@contextmanager
def collect(listener: Listener | None = None) -> Iterator[Collector]:
    """Collect what is recorded inside the block.

    Examples
    --------
    >>> with collect() as entries, stage("load"):
    ...     record(Choice(reason="one piece, as the file is small"))
    >>> entries
    [Choice(stage='load', reason='one piece, as the file is small')]
    """
    collector = Collector(listener)
    token = _collector.set(collector)
    try:
        yield collector
    finally:
        _collector.reset(token)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Name the stage that records made inside the block belong to."""
    token = _stage.set(name)
    try:
        yield
    finally:
        _stage.reset(token)


def current() -> str:
    """Name of the stage that work is in, or the empty string."""
    return _stage.get()


def replay(entries: Iterable[Record]) -> None:
    """Hand records that were collected elsewhere, on a thread or worker, to the collector here."""
    collector = _collector.get()
    if collector is not None:
        for entry in entries:
            collector.add(entry)


def of_kind(entries: Iterable[Record], kind: type[AnyRecord]) -> list[AnyRecord]:
    """Records of one kind, in the order in which they were made.

    Parameters
    ----------
    entries : iterable of Record
    kind : type
        A record's class; records of classes derived from it count too.
    """
    return [entry for entry in entries if isinstance(entry, kind)]
