"""Delinquency by vintage: which share of a year's loans has been 90 days late by each age.

Counts per piece, a sum over pieces, and one closed step (Kaplan and Meier, 1958, equation 2a), so that loans
prepaid or still young do not count as good ones.
"""

from dataclasses import dataclass
from itertools import zip_longest

from etl.engine import array_namespace
from etl.engine.types import Frame
from etl.handoff import column, to_host
from etl.mortgage.label import keys
from etl.mortgage.schema import LOAN
from etl.records import Record, record

Counts = dict[int, tuple[list[int], list[int]]]
"""Loans at risk, and first times 90 days late, at each age in months from 0, by year of origination."""
_AGES = 481


@dataclass(frozen=True, kw_only=True)
class Vintage(Record):
    """Loans at risk and first times 90 days late in one piece, by origination year and age."""

    counts: Counts


def count(frame: Frame) -> Frame:
    """Record loans at risk and first times 90 days late, by origination year and age; pass the frame on."""
    record(Vintage(counts=_count(frame)))
    return frame


def _count(frame: Frame) -> Counts:
    month, age = column(frame, "month"), column(frame, "loan_age")
    xp = array_namespace(month)
    if not len(month):
        return {}
    key = keys(column(frame, LOAN), month)
    late = column(frame, "status") >= 3
    number = key >> 16
    before = xp.cumsum(late) - late
    starts = xp.flatnonzero(xp.append(xp.ones(1, dtype=bool), number[1:] != number[:-1]))
    at_risk = (before == before[starts][number]) & ~xp.isnan(age)
    age = xp.clip(xp.where(at_risk, age, 0), 0, _AGES - 1).astype("int64")
    year = (month - age) // 12
    first = int(year.min())
    place = (year - first) * _AGES + age
    counts = [to_host(xp.bincount(place[rows])).tolist() for rows in (at_risk, at_risk & late)]
    out: Counts = {}
    for vintage in range(int(year.max()) - first + 1):
        risk, events = (c[vintage * _AGES : (vintage + 1) * _AGES] for c in counts)
        if any(risk):
            out[first + vintage] = (risk, events + [0] * (len(risk) - len(events)))
    return out


def merge(left: Counts, right: Counts) -> Counts:
    """Sum of two pieces' counts.

    Parameters
    ----------
    left, right : dict of int to (list of int, list of int)
        See `Counts`.
    """
    out = dict(left)
    for year, (risk, events) in right.items():
        risk_before, events_before = out.get(year, ([], []))
        out[year] = (_sum(risk_before, risk), _sum(events_before, events))
    return out


def _sum(left: list[int], right: list[int]) -> list[int]:
    return [a + b for a, b in zip_longest(left, right, fillvalue=0)]


def curves(counts: Counts, at_least: int = 30) -> dict[int, tuple[list[int], list[float]]]:
    """Share of loans that have been 90 days late by each age, for each vintage.

    Parameters
    ----------
    counts : dict of int to (list of int, list of int)
        Of all pieces, see `Counts`.
    at_least : int
        Loans at risk at an age; ages with fewer are left out.

    Returns
    -------
    dict of int to (list of int, list of float)
        Ages in months, and shares from 0 to 1, by year of origination.
    """
    out = {}
    for year, (risk, events) in sorted(counts.items()):
        ages, shares, survival = [], [], 1.0
        for age, (n, d) in enumerate(zip(risk, events, strict=True)):
            survival *= 1 - d / n if n else 1.0  # equation 2a: the product of (n - d) / n
            if n >= at_least:
                ages.append(age)
                shares.append(1 - survival)
        if ages:
            out[year] = (ages, shares)
    return out
