"""Ids stay as they are written; numbers are numbers; blanks are missing."""

import re
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.tables.values import ids, numbers

NUMBER = re.compile("0|-?[1-9][0-9]*")
WHOLE = st.integers(-(2**63), 2**64).map(str)
ID = st.one_of(
    WHOLE, st.text(st.sampled_from("017.-+eA "), max_size=4), st.sampled_from(["NA", "nan", "True", "-0"])
)


@given(st.one_of(st.lists(ID), st.lists(WHOLE), st.lists(st.integers(-99, 99).map(str))))
def test_ids_are_text_as_written_or_whole_numbers_that_say_the_same(values: list[str]) -> None:
    found = ids(pa.array(values, pa.string()), "votes.csv, column task")
    assert [None if value is None else str(value) for value in found.to_pylist()] == [
        value if value.strip() else None for value in values
    ]
    known = [value for value in values if value.strip()]
    whole = bool(known) and all(NUMBER.fullmatch(value) and abs(int(value)) < 2**63 for value in known)
    assert pa.types.is_integer(found.type) == whole


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array(["007", "7"]), ["007", "7"]),
        (pa.array(["1.10", "1.1"]), ["1.10", "1.1"]),
        (pa.array([7.0, None, float("nan")]), [7, None, None]),
        (pa.array([0.5, 1.0, None]), ["0.5", "1", None]),
        (pa.array([2**64 - 1, 5], pa.uint64()), [str(2**64 - 1), "5"]),
        (pa.array([True, None]), ["True", None]),
        (pa.array(["a", None, "a"]).dictionary_encode(), ["a", None, "a"]),
        (pa.array([Decimal("1.10")]), ["1.10"]),
        (pa.array([date(2020, 1, 2)]), ["2020-01-02"]),
        (pa.array([3, 4], pa.int8()), [3, 4]),
        (pa.nulls(2), [None, None]),
    ],
)
def test_ids_of_every_type_that_files_hold(values: pa.Array, expected: list[object]) -> None:
    assert ids(values, "x").to_pylist() == expected


def test_lists_name_nothing() -> None:
    with pytest.raises(ValueError, match=r"votes.parquet, column label holds list<.*names nothing"):
        ids(pa.array([["a"]]), "votes.parquet, column label")


def test_numbers_blanks_and_what_is_neither() -> None:
    cells = ["1", " 2.5 ", "+3", "-.5e2", "", "NA", "nan", None, "x", "1,5", "inf", "1e999", "0x1F", "1_000"]
    found, wrong = numbers(pa.array(cells))
    assert found.to_pylist()[:4] == [1, 2.5, 3, -50]
    assert found.null_count == 10
    assert [cell for cell, is_wrong in zip(cells, wrong.to_pylist(), strict=True) if is_wrong] == cells[8:]


def test_decimal_commas() -> None:
    found, wrong = numbers(pa.array(["1,5", "1.234,5", "2", "2.5", "1,2,3"]), comma=True)
    assert found.to_pylist() == [1.5, 1234.5, 2, 2.5, None]
    assert wrong.to_pylist() == [False] * 4 + [True]


@pytest.mark.parametrize(
    "values", [pa.array([Decimal("1.50")]), pa.array([1.5]), pa.array(["1.5"]).dictionary_encode()]
)
def test_numbers_of_every_type(values: pa.Array) -> None:
    assert numbers(values)[0].to_pylist() == [1.5]


def test_what_cannot_be_a_number_is_wrong() -> None:
    assert numbers(pa.array([["a"], None]))[1].to_pylist() == [True, False]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1.500", "2.250", "980", "12.400"], [1500, 2250, 980, 12400]),
        (["1.234", "1.234,50"], [1234, 1234.5]),
        (["1.5", "1.500"], [1.5, 1.5]),
        (["0.125", "2"], [0.125, 2]),
        (["1,234.56", "1,5"], [None, 1.5]),
        (["1.5,3", "1.234.567,8", "-1.000,5"], [None, 1234567.8, -1000.5]),
        (["1,5e3", "2e3"], [1500, 2000]),
    ],
)
def test_points_beside_decimal_commas_part_thousands_or_are_refused(
    cells: list[str], expected: list[float | None]
) -> None:
    found, wrong = numbers(pa.array(cells), comma=True)
    assert found.to_pylist() == expected
    assert wrong.to_pylist() == [value is None for value in expected]


def test_views_are_text() -> None:
    assert ids(pa.array(["07", None], pa.string_view()), "x").to_pylist() == ["07", None]
    assert numbers(pa.array(["1.5"], pa.string_view()))[0].to_pylist() == [1.5]
