"""Curves against a Kaplan-Meier estimate written out loan by loan."""

import pytest

from etl.mortgage import vintage
from etl.records import collect, of_kind
from tests.support.loans import random_loans


def brute_force(rows, year: int) -> dict[int, tuple[int, int]]:
    at_risk: dict[int, int] = {}
    events: dict[int, int] = {}
    for _, history in rows.groupby("loan_id"):
        for row in history.itertuples():
            if (row.month - int(row.loan_age)) // 12 == year:
                at_risk[int(row.loan_age)] = at_risk.get(int(row.loan_age), 0) + 1
                events[int(row.loan_age)] = events.get(int(row.loan_age), 0) + (row.status >= 3)
            if row.status >= 3:
                break
    return {age: (n, events[age]) for age, n in at_risk.items()}


def test_curves_equal_kaplan_meier_over_any_pieces() -> None:
    rows = random_loans(11, loans=60)
    cutpoint = rows["loan_id"].searchsorted(rows["loan_id"].iloc[len(rows) // 2])
    with collect() as entries:
        for piece in (rows[:cutpoint], rows[cutpoint:]):
            assert vintage.count(piece) is piece
    counts = vintage.merge(*(entry.counts for entry in of_kind(entries, vintage.Vintage)))
    found = vintage.curves(counts, at_least=1)
    assert len(found) >= 2
    for year, (ages, shares) in found.items():
        good, table = 1.0, brute_force(rows, year)
        expected = {}
        for age in range(max(table) + 1):
            n, d = table.get(age, (0, 0))
            good *= 1 - d / n if n else 1
            if n:
                expected[age] = 1 - good
        assert dict(zip(ages, shares, strict=True)) == pytest.approx(expected)
