"""Where the loop leaves what it did, and finds it again after a kill."""

import json
from dataclasses import dataclass, field
from typing import Any, Protocol

Row = dict[str, Any]
"""A query, a point of the curve, or settings: names to what JSON can hold."""


class RunLog(Protocol):
    """Each method leaves all of what it is given, or nothing; `etl.labelling.query_log.QueryLog` is one."""

    def begin(self, settings: Row) -> None:
        """Note the settings of a new run.

        Raises
        ------
        ValueError
            A run with others was begun here.
        """
        ...

    def ask(self, number: int, queries: list[Row]) -> None:
        """Note the queries of a round with their answers, before training."""
        ...

    def asked(self, number: int) -> list[Row] | None:
        """Queries of a round, or None."""
        ...

    def close(self, number: int, point: Row, state: bytes) -> None:
        """Note the end of a round: its point of the curve, and the model's state. Earlier states may go."""
        ...

    def points(self) -> list[Row]:
        """Points of the rounds that ended."""
        ...

    def state(self) -> bytes | None:
        """The model's state at the last point, or None before the first."""
        ...


@dataclass
class Memory:
    """A log that lasts as long as the process.

    Examples
    --------
    >>> log = Memory()
    >>> log.close(0, {"score": 0.5}, b"weights")
    >>> log.points(), log.state()
    ([{'score': 0.5}], b'weights')
    """

    _settings: Row | None = None
    _asked: dict[int, str] = field(default_factory=dict)
    _points: list[str] = field(default_factory=list)
    _state: bytes | None = None

    def begin(self, settings: Row) -> None:
        """See `RunLog`."""
        if self._settings not in (None, settings):
            raise ValueError(f"a run with {self._settings} was begun here, not {settings}; take a new log")
        self._settings = settings

    def ask(self, number: int, queries: list[Row]) -> None:
        """See `RunLog`."""
        self._asked[number] = json.dumps(queries)  # a copy, as a file would be

    def asked(self, number: int) -> list[Row] | None:
        """See `RunLog`."""
        return json.loads(self._asked[number]) if number in self._asked else None

    def close(self, number: int, point: Row, state: bytes) -> None:
        """See `RunLog`."""
        self._points[number:], self._state = [json.dumps(point)], state

    def points(self) -> list[Row]:
        """See `RunLog`."""
        return [json.loads(point) for point in self._points]

    def state(self) -> bytes | None:
        """See `RunLog`."""
        return self._state
