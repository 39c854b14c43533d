"""Dates of text and numbers: as pandas reads them by the same form, and named where they are none."""

import pandas as pd
import pyarrow as pa
import pytest

from etl.tables.dates import FORMS, likely, parse, read

DAYS = pd.date_range("2023-11-28", periods=70, freq="D")


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y%m%d", "%Y/%m/%d %H:%M", "%d %b %Y"])
def test_a_form_that_is_given_is_read_as_it_is_written(form: str) -> None:
    text = DAYS.strftime(form).tolist()

    assert parse(pa.array([*text, None]), form, "a").to_pylist() == [*DAYS.to_pydatetime().tolist(), None]


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"])
def test_the_form_of_iso_needs_no_option(form: str) -> None:
    found = parse(pa.chunked_array([DAYS.strftime(form).tolist()]), None, "a")

    assert found.to_pylist() == DAYS.to_pydatetime().tolist()


def test_zones_are_kept_as_utc() -> None:
    found = parse(pa.array(["2024-01-01T02:00:00+02:00", "2024-01-01T00:00:00Z"]), None, "a")

    assert str(found.type.tz) == "UTC"
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("number", "date"), [(2024, "2024-01-01"), (202402, "2024-02-01"), (20240229, "2024-02-29")]
)
def test_whole_numbers_spell_years_months_and_days(number: int, date: str) -> None:
    for kind in (pa.int64(), pa.int32(), pa.float64()):
        found = parse(pa.array([number, None], kind), None, "a").to_pylist()
        assert found == [pd.Timestamp(date).to_pydatetime(), None]


@pytest.mark.parametrize(
    ("values", "form", "message"),
    [
        (["01/02/2024", "01/13/2024"], None, "row 1: '01/02/2024' is no date .*--date-format %m/%d/%Y"),
        (["2024-01-01", "13.01.2024"], None, "a.csv, row 2: '13.01.2024' .*, as 1 of 2"),
        (["31.12.2024", "1.2.2024"], None, "--date-format %d.%m.%Y"),
        (
            ["10/01/2021", "10/31/2021"],
            "%d/%m/%Y",
            "row 2: '10/31/2021' is no date like %d/%m/%Y: .*%m/%d/%Y",
        ),
        (["soon"], None, "row 1: 'soon' is no date like 2024-01-31: write dates so, or say"),
        (["2024-Q1", "2024-Q2"], None, "write dates so, or say"),
        ([20241301], None, "row 1: 20241301 is no date"),
        ([1, 20240101], None, "row 1: 1 is no date"),
        ([2024.5], None, "row 1: 2024.5 is no date"),
        (["2024-02-30", "2024-02-28"], None, "row 1: '2024-02-30'"),
        (["2024-02-01 24:30", "2024-02-28"], None, "row 1: '2024-02-01 24:30'"),
        (
            ["2024-02-01 10:00Z", "2024-02-28 10:00Z", "2024-02-28 10:00"],
            None,
            "row 3: '2024-02-28 10:00' is",
        ),
    ],
)
def test_the_first_that_is_no_date_is_named(values: list, form: str | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(pa.array(values), form, "a.csv")


MONTHS = pd.date_range("2023-01-01", periods=30, freq="MS")


@pytest.mark.parametrize("form", ["%m/%Y", "%Y/%m", "%b %Y", "%b-%y", "%m.%Y", "%Y%m", "%Y", "%B %Y"])
def test_a_form_without_a_day_or_month_means_the_first(form: str) -> None:
    dates = MONTHS if form != "%Y" else MONTHS[::12]
    assert parse(pa.array(dates.strftime(form)), form, "a").to_pylist() == dates.to_pydatetime().tolist()


def test_months_are_read_as_iso_writes_them() -> None:
    text = [*MONTHS.strftime("%Y-%m"), "2024-13"]
    found, wrong = read(pa.array(text), None)
    assert found.to_pylist() == [*MONTHS.to_pydatetime(), None]
    assert wrong.tolist() == [False] * 30 + [True]


@pytest.mark.parametrize("form", FORMS)
def test_the_form_that_is_proposed_reads_the_dates(form: str) -> None:
    dates = DAYS if "%d" in form else MONTHS
    text = pa.array(dates.strftime(form))
    proposed = likely(text)
    assert parse(text, proposed, "a").to_pylist() == dates.to_pydatetime().tolist()
    assert likely(text, proposed) != proposed


def test_a_day_that_is_no_day_is_wrong_and_the_others_are_read() -> None:
    found, wrong = read(pa.chunked_array([["2024-01-31", "31.01.2024"], [" ", "2024-02-30T10:00"]]), None)
    assert found.to_pylist() == [pd.Timestamp("2024-01-31").to_pydatetime(), None, None, None]
    assert wrong.tolist() == [False, True, False, True]


@pytest.mark.parametrize(
    ("cell", "form"),
    [("30.02.2024", "%d.%m.%Y"), ("31/4/2023", "%d/%m/%Y"), ("Feb 30 2023", "%b %d %Y"),
     ("20230431", "%Y%m%d"), ("29/02/2023 10:31", "%d/%m/%Y %H:%M"), ("01/02/24", "%d/%m/%Y")],
)  # fmt: skip
def test_a_day_that_its_month_lacks_is_not_one_of_the_next(cell: str, form: str) -> None:
    found, wrong = read(pa.array([cell, pd.Timestamp("2024-03-01").strftime(form)]), form)
    assert found.to_pylist() == [None, pd.Timestamp("2024-03-01").to_pydatetime()]
    assert wrong.tolist() == [True, False]
