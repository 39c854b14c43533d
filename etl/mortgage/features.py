"""What is known of a loan in its observation month, as one float32 frame that a model reads in place."""

from dataclasses import dataclass

from etl.engine import array_namespace
from etl.engine.types import Array, Frame
from etl.handoff import assign, column, numbers, to_host
from etl.ids import tally
from etl.mortgage import label as labels
from etl.mortgage.coding import Vocabulary, vocabulary
from etl.mortgage.schema import FEATURES, LOAN, REMOVAL
from etl.records import Choice, Record, record

MASKED_MONTHS = 6
"""Loan age up to which the combined layout masks the balance as 0.00."""


@dataclass(frozen=True, kw_only=True)
class Shaped(Record):
    """Of one piece: rows left out, category values, and rows and rows of label 1 by month."""

    censored: int
    excluded: int
    words: Vocabulary
    months: dict[int, tuple[int, int]]


def history(key: Array, status: Array, months: int = 12) -> tuple[Array, Array]:
    """Worst status, and number of months late, over the ``months`` that end with each row's own.

    Statuses that are not known are passed over; where none is known the worst is NaN.

    Parameters
    ----------
    key : array of int64, shape (n,)
        From `etl.mortgage.label.keys`, sorted.
    status : array of float32, shape (n,)
        Months of delinquency, NaN where it is not known.
    months : int
        Calendar months, each row's own among them.

    Returns
    -------
    worst, times : arrays of float32, shape (n,)
    """
    xp = array_namespace(key)
    worst, times = status.copy(), (status >= 1).astype("float32")
    late, unknown = xp.flatnonzero(times), xp.flatnonzero(xp.isnan(status))
    for back in range(1, months):
        after = late[late + back < len(key)] + back
        after = after[key[after] - key[after - back] < months]
        worst[after] = xp.fmax(worst[after], status[after - back])
        times[after] += 1
        here = unknown[unknown >= back]
        here = here[key[here] - key[here - back] < months]
        worst[here] = xp.fmax(worst[here], status[here - back])
    return worst, times


def shape(frame: Frame, label: str = "default", horizon: int = 12) -> Frame:
    """Label tidy rows and keep the observations, with the features known then.

    Parameters
    ----------
    frame : DataFrame
        From `etl.mortgage.read.read`, sorted by loan and month.
    label : {"default", "rapids"}
        See `etl.mortgage.label`; ``rapids`` keeps every row.
    horizon : int
        Months ahead in which a default counts; ``rapids`` has its own.

    Returns
    -------
    DataFrame
        ``loan_id`` int64, ``month`` int32, ``label`` int8, then `schema.FEATURES`: float32, categories as
        such until `etl.mortgage.coding.encode`. The records keep the counts dropped, the vocabulary, and the
        rows by month.
    """
    xp = array_namespace(frame)
    outcome = labels.rapids(frame) if label == "rapids" else labels.default(frame, horizon)
    frame = assign(observed(frame), label=outcome)
    keep = outcome >= 0
    if not bool(xp.all(keep)):
        frame = frame[keep]
    frame = frame[[LOAN, "month", "label", *FEATURES]]
    censored, excluded = int((outcome == -1).sum()), int((outcome == -2).sum())
    words, by_month = vocabulary(frame), months(frame)
    record(Shaped(censored=censored, excluded=excluded, words=words, months=by_month))
    return frame


def observed(frame: Frame) -> Frame:
    """Tidy rows with what was known of each loan in each month: its past, and a balance that is not masked.

    Parameters
    ----------
    frame : DataFrame
        From `etl.mortgage.read.read`, sorted by loan and month.
    """
    key = labels.keys(column(frame, LOAN), column(frame, "month"))
    worst, times = history(key, column(frame, "status"))
    return assign(frame, worst_past_12=worst, times_past_12=times, current_actual_upb=unmask(frame))


def latest(frame: Frame) -> Frame:
    """The last month of each loan that is still there, with its features: what is to be scored.

    Parameters
    ----------
    frame : DataFrame
        From `etl.mortgage.read.read`, sorted by loan and month.

    Returns
    -------
    DataFrame
        ``loan_id, month``, then `schema.FEATURES`, a row a loan; loans that are removed are left out, and
        told.
    """
    xp = array_namespace(frame)
    rows = observed(frame)
    key = labels.keys(column(frame, LOAN), column(frame, "month"))
    last = labels.last_month(key) == key
    there = last & xp.isnan(column(frame, REMOVAL))
    ended, kept = numbers([(last & ~there).sum(), there.sum()])
    if ended:
        record(Choice(reason=f"loans: {int(kept):,} are scored, {int(ended):,} have ended and are not"))
    return rows[there][[LOAN, "month", *FEATURES]]


def unmask(frame: Frame) -> Array:
    """Balances, with NaN where a young, live loan shows 0: the file masks them, nobody owes nothing yet.

    Parameters
    ----------
    frame : DataFrame
        Tidy rows with ``current_actual_upb, loan_age, zero_balance_code``.

    Returns
    -------
    array of float32, shape (n,)
        Dollars.
    """
    balance, age = column(frame, "current_actual_upb"), column(frame, "loan_age")
    xp = array_namespace(balance)
    young = ~(age > MASKED_MONTHS) & xp.isnan(column(frame, REMOVAL))
    return xp.where((balance == 0) & young, xp.float32("nan"), balance)


def months(frame: Frame) -> dict[int, tuple[int, int]]:
    """Rows, and rows of label 1, by month: the sufficient statistic of `etl.mortgage.split.plan`."""
    month, label = column(frame, "month"), column(frame, "label")
    if not len(month):
        return {}
    first, last = map(int, numbers([month.min(), month.max()]))
    size = last - first + 1
    rows, positive = (to_host(tally(each - first, size)).tolist() for each in (month, month[label == 1]))
    return {first + m: (n, p) for m, (n, p) in enumerate(zip(rows, positive, strict=True)) if n}
