"""What a piece of work leaves behind beside its result: bridges crossed, rows set aside, seconds spent.

A function records facts; whoever runs it collects them, on whatever thread or worker that was. Outside of
`collect`, recording does nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Entry = dict[str, Any]

_entries: ContextVar[list[Entry] | None] = ContextVar("entries", default=None)
_stage: ContextVar[str] = ContextVar("stage", default="")


def record(kind: str, **values: Any) -> None:
    """Note one fact under ``kind``, with the name of the stage in which it happened."""
    entries = _entries.get()
    if entries is not None:
        entries.append({"kind": kind, "stage": _stage.get(), **values})


@contextmanager
def collect() -> Iterator[list[Entry]]:
    """Collect what is recorded inside the block.

    Examples
    --------
    >>> with collect() as entries, stage("load"):
    ...     record("rows", count=3)
    >>> entries
    [{'kind': 'rows', 'stage': 'load', 'count': 3}]
    """
    entries: list[Entry] = []
    token = _entries.set(entries)
    try:
        yield entries
    finally:
        _entries.reset(token)


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


def replay(entries: list[Entry]) -> None:
    """Hand entries that were collected elsewhere, on a thread or worker, to the collector here."""
    mine = _entries.get()
    if mine is not None:
        mine.extend(entries)


def of_kind(entries: list[Entry], kind: str) -> list[Entry]:
    """Entries of one kind, in the order they were made."""
    return [entry for entry in entries if entry["kind"] == kind]
