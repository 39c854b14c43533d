"""The log of an active learner's queries in a folder: what was asked, the curve, and the model's last state.

``settings.json``, and for each round ``queries-0003.jsonl`` (a query a line), ``point-0003.json`` and, for
the last, ``model-0003.bin``. Each file is written beside its place and moved there when it is on the disk, so
that a kill at any moment leaves whole files.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.files import write

Row = dict[str, Any]


@dataclass(frozen=True)
class QueryLog:
    """See `models.active.run_log` for what each method promises.

    Parameters
    ----------
    folder : Path
        Made if need be; one run, and one process at a time.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = QueryLog(Path(folder))
    ...     log.close(0, {"score": 0.5}, b"weights")
    ...     QueryLog(Path(folder)).points(), log.state()
    ([{'score': 0.5}], b'weights')
    """

    folder: Path

    def begin(self, settings: Row) -> None:
        """Write the settings of a new run, or compare those of the run that is here.

        Raises
        ------
        ValueError
            They differ; the message says in what.
        """
        path = self.folder / "settings.json"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            write(path, _text([settings]))
            return
        [before] = _rows(path)
        names = sorted(n for n in {*before, *settings} if before.get(n) != settings.get(n))
        if names:
            then = ", ".join(f"{n} {before.get(n)!r} (now {settings.get(n)!r})" for n in names)
            raise ValueError(f"{self.folder} holds a run with {then}; set them back, or take another folder")

    def ask(self, number: int, queries: list[Row]) -> None:
        """Write the queries of a round with their answers.

        Parameters
        ----------
        number : int
            Of the round, from 0.
        queries : list of dict
            One a query, of what JSON can hold.
        """
        write(self._path("queries", number, "jsonl"), _text(queries))

    def asked(self, number: int) -> list[Row] | None:
        """Queries of a round, or None."""
        path = self._path("queries", number, "jsonl")
        return _rows(path) if path.exists() else None

    def close(self, number: int, point: Row, state: bytes) -> None:
        """Write the model's state, then the point that says the round is over; older states are removed.

        Parameters
        ----------
        number : int
            Of the round, from 0.
        point : dict
            The curve's point, of what JSON can hold.
        state : bytes
        """
        kept = self._path("model", number, "bin")
        write(kept, state)
        write(self._path("point", number, "json"), _text([point]))
        for path in self.folder.glob("model-*.bin"):
            if path != kept:
                path.unlink()

    def points(self) -> list[Row]:
        """Points of the rounds that ended, in their order."""
        found: list[Row] = []
        while (path := self._path("point", len(found), "json")).exists():
            found += _rows(path)
        return found

    def state(self) -> bytes | None:
        """The model's state at the last point, or None before the first."""
        rounds = len(self.points())
        return self._path("model", rounds - 1, "bin").read_bytes() if rounds else None

    def _path(self, kind: str, number: int, suffix: str) -> Path:
        return self.folder / f"{kind}-{number:04d}.{suffix}"


def _text(rows: list[Row]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _rows(path: Path) -> list[Row]:
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            found.append(json.loads(line))
        except ValueError as error:
            raise ValueError(f"{path}, line {number}, is no JSON ({error}); restore the file") from error
    return found
