"""Observations split by time *and* by loan: a loan judged was never trained on, nor was its period.

Rows to train on and to stop by have labels that are known before the first month that is judged; the three
sets share no loan.
"""

from dataclasses import dataclass

from etl.engine import array_namespace
from etl.engine.types import Array, Frame
from etl.handoff import column
from etl.hashing import mix
from etl.mortgage.schema import LOAN

TEST_LOANS, LATER_LOANS = 20, 15
"""Percent of the loans kept for judging, and for deciding when to stop training."""
TEST_ROWS, LATER_ROWS = 0.25, 0.2
"""Share of the rows, by time, from which judging takes its months, and stopping of those before."""


Months = dict[int, tuple[int, int]]
"""Rows, and rows of label 1, by month number."""


LEAST = 20
"""Rows of label 1 that there must be to learn from."""


@dataclass(frozen=True)
class Split:
    """Months to train on (to ``train``), stop by (``later`` to ``develop``), judge (``test`` to ``until``).

    Labels of the first two are known by ``test``; ``until`` is the last month whose label the data's end does
    not cut short. Where ``by_time`` is false the periods are one, and only the loans differ.
    """

    train: int
    later: int
    develop: int
    test: int
    until: int
    by_time: bool = True
    seed: int = 0

    def __str__(self) -> str:
        if not self.by_time:
            return (
                f"by loan only, {name(self.test)} to {name(self.until)}: no cut in time leaves defaults both "
                f"to learn from and to judge; {TEST_LOANS} % of the loans are judged, {LATER_LOANS} % stop"
            )
        return (
            f"train to {name(self.train)}, stop by {name(self.later)} to {name(self.develop)}, "
            f"judge {name(self.test)} to {name(self.until)}; "
            f"{TEST_LOANS} % of the loans are judged, {LATER_LOANS} % stop, the others train"
        )


def name(month: int) -> str:
    """``2017-01`` for a month number."""
    return f"{month // 12}-{month % 12 + 1:02d}"


def plan(months: Months, cutoff: int, horizon: int = 12, seed: int = 0) -> Split:
    """Choose the periods: the last quarter of the rows is judged, or less if nothing could be learnt before.

    Parameters
    ----------
    months : dict
        Labelled rows and positives by month number, from `etl.mortgage.features.months`.
    cutoff : int
        Last month of the whole data: later than ``cutoff - horizon`` only events are seen.
    horizon : int
        Months that a label looks ahead.
    seed : int
        Of the loans' buckets.

    Raises
    ------
    ValueError
        The labelled months span too little time to train before what is judged.
    """
    usable = {month: months[month] for month in sorted(months) if month <= cutoff - horizon}
    if len(usable) <= horizon + 2:
        raise ValueError(
            f"{len(usable)} months have labels known {horizon} months ahead (the data ends {name(cutoff)}); "
            f"splitting by time needs about {3 * horizon}. Give a longer history"
        )
    first, until = min(usable), max(usable)
    for test in range(_quantile(usable, 1 - TEST_ROWS), until + 1):
        before = {month: counts for month, counts in usable.items() if month <= test - horizon}
        if len(before) < 2:
            continue
        later = max(_quantile(before, 1 - LATER_ROWS), first + 1)
        learnt = sum(positive for month, (_, positive) in before.items() if month < later)
        judged = sum(positive for month, (_, positive) in usable.items() if month >= test)
        if learnt >= LEAST and judged:
            return Split(later - 1, later, max(before), test, until, True, seed)
    return Split(until, first, until, first, until, False, seed)


def add(left: Months, right: Months) -> Months:
    """Sum of two pieces' rows by month.

    Parameters
    ----------
    left, right : dict of int to (int, int)
        Rows, and rows of label 1, by month.
    """
    none = (0, 0)
    return {
        month: (
            left.get(month, none)[0] + right.get(month, none)[0],
            left.get(month, none)[1] + right.get(month, none)[1],
        )
        for month in {*left, *right}
    }


def _quantile(months: Months, share: float) -> int:
    total, so_far = sum(rows for rows, _ in months.values()), 0
    for month, (rows, _) in months.items():
        so_far += rows
        if so_far >= share * total:
            return month
    raise AssertionError("unreachable: the shares sum to one")


def bucket(loan: Array, seed: int) -> Array:
    """A bucket for each loan, the same on every device.

    Parameters
    ----------
    loan : array of int64, shape (n,)
        Ids.
    seed : int

    Returns
    -------
    array of int32, shape (n,)
        From 0 to 99.
    """
    return (mix(loan, seed) % array_namespace(loan).uint64(100)).astype("int32")


def split(frame: Frame, periods: Split) -> tuple[Frame, Frame, Frame]:
    """Rows to train on, to stop by, and to judge; the other rows are dropped.

    Parameters
    ----------
    frame : DataFrame
        With ``loan_id`` and ``month``.
    periods : Split

    Returns
    -------
    train, later, test : DataFrame
    """
    month, percent = column(frame, "month"), bucket(column(frame, LOAN), periods.seed)
    test = (percent < TEST_LOANS) & (month >= periods.test) & (month <= periods.until)
    held = (percent >= TEST_LOANS) & (percent < TEST_LOANS + LATER_LOANS)
    later = held & (month >= periods.later) & (month <= periods.develop)
    train = (percent >= TEST_LOANS + LATER_LOANS) & (month <= periods.train)
    return frame[train], frame[later], frame[test]
