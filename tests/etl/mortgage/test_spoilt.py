"""A spoilt field or line: kept with the same value, or set aside for the same reason, on every device.

On the CPU a line is read in one way where its piece can be trusted, and in another beside a bad line; the
outcome may not depend on that.
"""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from etl.engine import Engine, choose
from etl.mortgage import parse
from etl.mortgage.schema import CATEGORIES, COMBINED
from etl.mortgage.spelling import IMPOSSIBLE
from tests.support.files import lines, tidy

FIELDS = COMBINED[:108]
LTV, LOAN, MONTH = "orig_ltv", "loan_id", "monthly_reporting_period"
STATUS = "current_loan_delinquency_status"
NO_NUMBERS = (
    *("N/A", "null", "abc", "  ", "8+0", "1,000", "1_000", ".", "1e", "--8", "0x10", "8\x0b", " NULL"),
    *("1e+", "infinit", "\N{ARABIC-INDIC DIGIT FIVE}"),
)
KEPT = [
    *[("seller_name", text, text) for text in ("N/A", "NA", "null", "nan", "None", '"BANK, N.A."', " B ")],
    ("seller_name", "NULL", None),
    ("seller_name", "B\udcffNK", "B\N{REPLACEMENT CHARACTER}NK"),
    *[(LTV, text, np.nan) for text in ("", "NULL", "XX", "X", "nan", "NaN", "-nan")],
    *[(LTV, text, np.inf) for text in ("inf", "+INF", "Infinity", "1e39", "1e400")],
    *[(LTV, text, 80.0) for text in (" 80 ", "\t80", "+80", "80.", "00080", "8e1", "8E+01", "800e-1")],
    (LTV, ".5", 0.5),
    (LTV, "-0", 0.0),
    *[("orig_upb", text, np.float32(text)) for text in ("123456.78", "16777217", "8388608.5", "0.1")],
    *[("orig_interest_rate", text, np.float32(text)) for text in ("4.375", "3.123", "6.99")],
    (STATUS, "XX", np.nan),
    *[(LOAN, text, 12) for text in (" 12", "0" * 25 + "12")],
    *[(LOAN, text, int(text)) for text in ("-5", "9007199254740993", "1000000000000000001")],
]
ASIDE = [
    *[(LTV, text, "orig_ltv is not a number") for text in NO_NUMBERS],
    (STATUS, "R", f"{STATUS} is not a number"),
    *[(LOAN, text, "loan_id is not a number") for text in ("12.7", "1e3", "1+2", "+12", "12-", "-", " ")],
    *[(LOAN, text, "loan_id is out of range") for text in ("9223372036854775808", "9" * 20, "-" + "9" * 30)],
    *[(LOAN, text, "loan_id is missing") for text in ("", "NULL")],
    *[(MONTH, text, IMPOSSIBLE) for text in ("12017.5", " ", "02/03/2017", "2017-13", "13/2017")],
    *[(MONTH, text, IMPOSSIBLE) for text in ("4294999308", "2147483648", "9" * 19)],
    (MONTH, "", f"{MONTH} is missing"),
]
WHOLE = {
    "": "loan_id is missing",
    "a|b": "2 fields instead of 108",
    "|" * 113: "114 fields instead of 108",
    "\x00\udcff": "1 fields instead of 108",
}


@cache
def as_written() -> tuple[str, ...]:
    return tuple(lines(tidy().iloc[:3], FIELDS, "combined"))


def put(name: str, text: str, line: int = 1) -> str:
    values = as_written()[line].split("|")
    values[FIELDS.index(name)] = text
    return "|".join(values)


def read(text: str, engine: Engine) -> tuple[pd.DataFrame, parse.Lines]:
    found = parse.Lines(text.encode("utf-8", "surrogateescape"))
    frame = parse.table(found, FIELDS, engine)
    frame = frame if engine.name == "cpu" else frame.to_pandas()
    return frame.astype(dict.fromkeys(CATEGORIES, object)).set_index("line"), found


@cache
def plain() -> pd.DataFrame:
    """What the lines hold as they are written, read on the CPU."""
    return read("\n".join(as_written()), choose("cpu"))[0]


def reasons(text: parse.Lines) -> list[tuple[int, str]]:
    return [(number, reason) for number, reason, _ in text.rejected()]


def check(frame: pd.DataFrame, number: int, name: str, value: object) -> None:
    """One field is the value, all others of the line are as written."""
    got = frame.loc[number, name]
    assert (pd.isna(got) and pd.isna(value)) or got == value, (name, got, value)
    others = [other for other in frame.columns if other != name]
    one, other = (part[others].reset_index(drop=True) for part in (frame.loc[[number]], plain().loc[[1]]))
    pd.testing.assert_frame_equal(one, other)


def test_spoilt_lines_beside_one_another(engine: Engine) -> None:
    good = as_written()[0]
    bad = [*(put(name, text) for name, text, _ in ASIDE), *WHOLE]
    kept = [put(name, text) for name, text, _ in KEPT]
    frame, text = read("\n".join([good, *bad, *kept, good]) + "\n", engine)
    expected = [*(reason for *_, reason in ASIDE), *WHOLE.values()]
    assert reasons(text) == list(enumerate(expected, start=1))
    first = len(bad) + 1
    assert text.count == first + len(kept) + 1
    assert list(frame.index) == [0, *range(first, text.count)]
    assert dict(frame.dtypes) == dict(plain().dtypes)
    for number, (name, _, value) in enumerate(KEPT, start=first):
        check(frame, number, name, value)


@pytest.mark.parametrize(("name", "text", "value"), KEPT)
def test_a_field_alone_is_kept(name: str, text: str, value: object) -> None:
    first, _, last = as_written()
    frame, found = read("\n".join([first, put(name, text), last]), choose("cpu"))
    assert not reasons(found)
    check(frame, 1, name, value)
    pd.testing.assert_frame_equal(frame.drop(index=1), plain().drop(index=1))


@pytest.mark.parametrize(
    ("line", "reason"), [*((put(*field), reason) for *field, reason in ASIDE), *WHOLE.items()]
)
def test_a_line_alone_is_set_aside(line: str, reason: str) -> None:
    first, _, last = as_written()
    frame, found = read("\n".join([first, line, last]), choose("cpu"))
    assert reasons(found) == [(1, reason)]
    pd.testing.assert_frame_equal(frame, plain().drop(index=1))


def test_the_first_reason_is_that_of_the_first_column(engine: Engine) -> None:
    values = put(MONTH, "9" * 12).split("|")
    values[FIELDS.index(LOAN)], values[FIELDS.index(LTV)] = "", "abc"
    _, found = read("|".join(values), engine)
    assert reasons(found) == [(0, IMPOSSIBLE)]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_lines_end_as_on_any_machine(end: str, engine: Engine) -> None:
    first, second, last = as_written()
    frame, found = read(end.join([first, second[:50], last]), engine)
    assert [number for number, _ in reasons(found)] == [1]
    pd.testing.assert_frame_equal(frame, plain().drop(index=1))


def test_a_piece_of_bad_lines_only_has_no_rows(engine: Engine) -> None:
    frame, found = read("a|b\n\nc\n", engine)
    assert reasons(found) == list(
        enumerate(["2 fields instead of 108", "loan_id is missing", "1 fields instead of 108"])
    )
    pd.testing.assert_frame_equal(frame, plain().iloc[:0], check_index_type=False)
