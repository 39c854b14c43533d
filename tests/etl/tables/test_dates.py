"""Dates of text and numbers: as pandas reads them by the same form, and named where they are none."""

import pandas as pd
import pyarrow as pa
import pytest

from etl.tables.dates import parse

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
        (
            ["01/02/2024", "01/13/2024"],
            None,
            "row 1: '01/02/2024' is no date .*--date-format %m/%d/%Y",
        ),
        (["2024-01-01", "13.01.2024"], None, "a.csv, row 2: '13.01.2024' .*--date-format"),
        (["31.12.2024", "1.2.2024"], None, "--date-format %d.%m.%Y"),
        (
            ["10/01/2021", "10/31/2021"],
            "%d/%m/%Y",
            "row 2: '10/31/2021' is not a date like %d/%m/%Y, as 1 ",
        ),
        (["soon"], None, "row 1: 'soon'"),
        ([20241301], None, "row 1: '20241301' is not a date like %Y%m%d"),
        ([1, 20240101], None, "numbers such as 1 spell no dates"),
        ([2024.5], None, "are whole"),
    ],
)
def test_the_first_that_is_no_date_is_named(values: list, form: str | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(pa.array(values), form, "a.csv")
