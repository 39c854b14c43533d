"""Observations split by time *and* by loan: a loan judged was never trained on, nor was its period.

Rows to train on and to stop by have labels that are known before the first month that is judged; the three
sets share no loan.
"""

from dataclasses import dataclass
from typing import Any

from etl.engine import engine_of
from etl.handoff import column
from etl.mortgage.schema import LOAN

TEST_LOANS, LATER_LOANS = 20, 15
"""Percent of the loans kept for judging, and for deciding when to stop training."""
TEST_ROWS, LATER_ROWS = 0.25, 0.2
"""Share of the rows, by time, from which judging takes its months, and stopping of those before."""


@dataclass(frozen=True)
class Split:
    """First month judged; last month trained on; first month of the later period that stops training.

    ``until`` is the last month whose label is not cut short by the data's end.
    """

    test: int
    develop: int
    later: int
    until: int
    seed: int = 0

    def __str__(self) -> str:
        return (
            f"train to {name(self.later - 1)}, stop by {name(self.later)} to {name(self.develop)}, "
            f"judge {name(self.test)} to {name(self.until)}; "
            f"{TEST_LOANS} % of the loans are judged, {LATER_LOANS} % stop, the others train"
        )


def name(month: int) -> str:
    """``2017-01`` for a month number."""
    return f"{month // 12}-{month % 12 + 1:02d}"


def plan(rows: dict[int, int], cutoff: int, horizon: int = 12, seed: int = 0) -> Split:
    """Choose the periods.

    Parameters
    ----------
    rows : dict
        Labelled rows by month number.
    cutoff : int
        Last month of the whole data: later than ``cutoff - horizon`` only events are seen.

    Raises
    ------
    ValueError
        The labelled months span too little time to train before what is judged.
    """
    usable = {month: count for month, count in sorted(rows.items()) if month <= cutoff - horizon}
    if usable:
        test = _quantile(usable, 1 - TEST_ROWS)
        before = {month: count for month, count in usable.items() if month <= test - horizon}
        if len(before) >= 2:
            later = max(_quantile(before, 1 - LATER_ROWS), min(before) + 1)
            return Split(test, max(before), later, max(usable), seed)
    raise ValueError(
        f"{len(usable)} months have labels known {horizon} months ahead (the data ends {name(cutoff)}); "
        f"splitting by time needs about {3 * horizon}. Give a longer history"
    )


def add(one: dict[int, int], other: dict[int, int]) -> dict[int, int]:
    """Sum of two pieces' rows by month."""
    return {month: one.get(month, 0) + other.get(month, 0) for month in {*one, *other}}


def _quantile(rows: dict[int, int], share: float) -> int:
    total, so_far = sum(rows.values()), 0
    for month, count in rows.items():
        so_far += count
        if so_far >= share * total:
            return month
    raise AssertionError("unreachable: the shares sum to one")


def bucket(loan: Any, seed: int) -> Any:
    """A number from 0 to 99 for each loan, the same on every device: SplitMix64's mixing of id and seed.

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, figure 16.
    """
    xp = engine_of(loan).xp
    z = loan.astype("uint64") + xp.uint64((seed + 1) * 0x9E3779B97F4A7C15 % 2**64)
    z = (z ^ (z >> xp.uint64(30))) * xp.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> xp.uint64(27))) * xp.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> xp.uint64(31))) % xp.uint64(100)).astype("int32")


def split(frame: Any, periods: Split) -> tuple[Any, Any, Any]:
    """Rows to train on, to stop by, and to judge; the other rows are dropped."""
    month, part = column(frame, "month"), bucket(column(frame, LOAN), periods.seed)
    test = (part < TEST_LOANS) & (month >= periods.test) & (month <= periods.until)
    held = (part >= TEST_LOANS) & (part < TEST_LOANS + LATER_LOANS)
    later = held & (month >= periods.later) & (month <= periods.develop)
    train = (part >= TEST_LOANS + LATER_LOANS) & (month < periods.later)
    return frame[train], frame[later], frame[test]
