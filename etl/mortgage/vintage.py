"""Delinquency by vintage: which share of a year's loans has been 90 days late by each age.

Counts per piece, a sum over pieces, and one closed step (Kaplan and Meier, 1958, equation 2a), so that loans
prepaid or still young do not count as good ones.
"""

from dataclasses import dataclass
from typing import Any

from etl.engine import array_namespace
from etl.handoff import column
from etl.mortgage.label import keys
from etl.mortgage.schema import LOAN
from etl.records import Record, record

Counts = dict[int, tuple[list[int], list[int]]]
_AGES = 481


@dataclass(frozen=True, kw_only=True)
class Vintage(Record):
    """Loans at risk and first times 90 days late in one piece, by origination year and age."""

    counts: Counts


def count(frame: Any) -> Any:
    """Record loans at risk and first times 90 days late, by origination year and age; pass the frame on."""
    record(Vintage(counts=_count(frame)))
    return frame


def _count(frame: Any) -> Counts:
    month, age = column(frame, "month"), column(frame, "loan_age")
    xp = array_namespace(month)
    if not len(month):
        return {}
    key = keys(column(frame, LOAN), month)
    late = column(frame, "status") >= 3
    number = key >> 16
    before = xp.cumsum(late) - late
    starts = xp.flatnonzero(xp.append(xp.asarray([True]), number[1:] != number[:-1]))
    at_risk = (before == before[starts][number]) & ~xp.isnan(age)
    age = xp.clip(xp.where(at_risk, age, 0), 0, _AGES - 1).astype("int64")
    year = (month - age) // 12
    first = int(year.min())
    place = (year - first) * _AGES + age
    counts = [xp.bincount(place[rows]) for rows in (at_risk, at_risk & late)]
    out: Counts = {}
    for vintage in range(int(year.max()) - first + 1):
        risk, events = (c[vintage * _AGES : (vintage + 1) * _AGES].tolist() for c in counts)
        if any(risk):
            out[first + vintage] = (risk, events + [0] * (len(risk) - len(events)))
    return out


def merge(one: Counts, other: Counts) -> Counts:
    """Sum of two pieces' counts."""
    out = dict(one)
    for year, sides in other.items():
        mine = out.get(year, ([], []))
        out[year] = (_sum(mine[0], sides[0]), _sum(mine[1], sides[1]))
    return out


def _sum(one: list[int], other: list[int]) -> list[int]:
    size = max(len(one), len(other))
    return [
        a + b for a, b in zip(one + [0] * (size - len(one)), other + [0] * (size - len(other)), strict=True)
    ]


def curves(counts: Counts, at_least: int = 30) -> dict[int, tuple[list[int], list[float]]]:
    """Ages in months and the share of loans that have been 90 days late by then, for each vintage year.

    Ages with fewer than ``at_least`` loans at risk are left out.
    """
    out = {}
    for year, (risk, events) in sorted(counts.items()):
        ages, shares, good = [], [], 1.0
        for age, (n, d) in enumerate(zip(risk, events, strict=True)):
            good *= 1 - d / n if n else 1.0
            if n >= at_least:
                ages.append(age)
                shares.append(1 - good)
        if ages:
            out[year] = (ages, shares)
    return out
