"""The files of one quarter of synthetic loans, written a few thousand loans at a time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from etl.mortgage import simulate, text

CHUNK = 4_000
"""Loans simulated at a time: what a worker holds does not grow with the file."""
FIRST_YEAR, LAST_YEAR = 2012, 2019
QUARTERS = tuple(year * 12 + 3 * q for year in range(FIRST_YEAR, LAST_YEAR + 1) for q in range(4))
"""First months of the quarters that can be written, as year * 12 + month - 1."""


@dataclass(frozen=True)
class Task:
    """The loans of one quarter, and where they are written."""

    out: Path
    month: int
    """First month of the quarter."""
    rows: int
    """Loan months to write, met to within one loan."""
    layout: Literal["combined", "old"]
    seed: int
    fields: int

    @property
    def names(self) -> list[str]:
        """Names of the files to write: one, or the old layout's pair."""
        quarter = f"{self.month // 12}Q{self.month % 12 // 3 + 1}"
        if self.layout == "combined":
            return [f"{quarter}.csv"]
        return [f"{kind}_{quarter}.txt" for kind in ("Acquisition", "Performance")]


def month_of(quarter: str) -> int:
    """First month of a quarter.

    Raises
    ------
    ValueError
        It is not one that can be written.

    Examples
    --------
    >>> month_of("2017Q2") - 2017 * 12
    3
    """
    found = re.fullmatch(r"(\d{4})Q([1-4])", quarter)
    month = int(found[1]) * 12 + 3 * int(found[2]) - 3 if found else -1
    if month not in QUARTERS:
        raise ValueError(f"quarter {quarter!r} is not one of {FIRST_YEAR}Q1 to {LAST_YEAR}Q4")
    return month


def partial(path: Path) -> Path:
    """Where a file is while it is not whole."""
    return path.with_name(f".{path.name}.partial")


def write(task: Task) -> tuple[list[Path], int]:
    """Write the file or pair of one quarter; returns the paths and the rows.

    Raises
    ------
    OSError
        The files cannot be written; what was written of them is removed.
    """
    paths, rows = [task.out / name for name in task.names], 0
    try:
        with text.Writers([partial(path) for path in paths]) as writers:
            for histories, ids in _chunks(task):
                rows += len(histories.months["loan"])
                writers.write(_tables(task, histories, ids))
        return [partial(path).rename(path) for path in paths], rows
    except OSError as error:
        place = f"{paths[-1]} was not written ({error.strerror or error})"
        raise OSError(error.errno, f"{place}; ask for fewer --rows or another --out") from error
    finally:
        for path in paths:
            partial(path).unlink(missing_ok=True)


def _tables(task: Task, histories: simulate.Histories, ids: np.ndarray) -> list:
    """One table for each file of the task."""
    rng = np.random.default_rng([task.seed, task.month, int(ids[0]) % 2**31, 1])
    if task.layout == "combined":
        return [text.combined(rng, histories, ids, task.fields)]
    return text.old(rng, histories, ids)


def _chunks(task: Task) -> Iterator[tuple[simulate.Histories, np.ndarray]]:
    """Histories of a few thousand loans at a time, and their ids: 12 digits, rising, no two alike."""
    left, begin = task.rows, 0
    while left > 0:
        rng = np.random.default_rng([task.seed, task.month, begin])
        count = min(CHUNK, left // 20 + 1)  # loans live twice as long, so that one chunk often suffices
        steps = rng.integers(1, 40, count).cumsum()
        ids = 10**11 + (task.month - FIRST_YEAR * 12) * 9 * 10**9 + begin * 40 + steps
        histories = _first(simulate.simulate(rng, simulate.draw(rng, count, task.month)), left)
        kept = len(histories.loans["first"])
        yield histories, ids[:kept]
        left, begin = left - len(histories.months["loan"]), begin + kept


def _first(histories: simulate.Histories, rows: int) -> simulate.Histories:
    """The first loans of these, as many as it takes to have this many rows."""
    loan = histories.months["loan"]
    if len(loan) <= rows:
        return histories
    loans = int(loan[rows - 1]) + 1
    end = int(np.searchsorted(loan, loans))
    return simulate.Histories(
        {name: values[:loans] for name, values in histories.loans.items()},
        {name: values[:end] for name, values in histories.months.items()},
    )
