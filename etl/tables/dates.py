"""Dates that are text or numbers as timestamps: by ISO's form, or by one that is given; none is guessed."""

import re
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

Values: TypeAlias = pa.Array | pa.ChunkedArray
SPELT = {4: "%Y", 6: "%Y%m", 8: "%Y%m%d"}
"""How whole numbers of so many digits spell dates."""
REST = {"%Y": "0101", "%Y%m": "01"}
"""What makes a day of a year or a month."""
DAY_OF_ISO = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$"


def parse(values: Values, form: str | None, where: str) -> Values:
    """Timestamps of dates.

    Parameters
    ----------
    values : pyarrow array of text, numbers, dates or timestamps, shape (n,)
        Null is no date and stays so; timestamps stay as they are.
    form : str, optional
        As in strptime, such as ``%d/%m/%Y``. By default text is in ISO's form, and whole numbers are years,
        months (202401) or days (20240131).
    where : str
        File and column, for errors.

    Returns
    -------
    pyarrow array of timestamp, shape (n,)
        With the zone that text in ISO's form names, in UTC.

    Raises
    ------
    ValueError
        A value is no such date; the message names the first, its row from 1, and what to do.

    Examples
    --------
    >>> parse(pa.array(["31/01/2024", None]), "%d/%m/%Y", "a.csv, column day").to_pylist()
    [datetime.datetime(2024, 1, 31, 0, 0), None]
    >>> parse(pa.array([202402]), None, "a.csv, column month").to_pylist()
    [datetime.datetime(2024, 2, 1, 0, 0)]
    """
    if pa.types.is_timestamp(values.type):
        return values
    if pa.types.is_date(values.type):
        return values.cast(pa.timestamp("s"))
    if pa.types.is_floating(values.type):
        values = _whole(values, where)
    number = pa.types.is_integer(values.type)
    text = pc.utf8_trim_whitespace(values.cast(pa.string()))
    if form is None and not number:
        return _iso(text, where)
    form = form or _spelling(text, where)
    rest = REST.get(form, "")  # strptime of some systems reads no month alone
    dated = pc.binary_join_element_wise(text, rest, "") if rest else text
    found = pc.strptime(dated, format="%Y%m%d" if rest else form, unit="s", error_is_null=True)
    return _checked(found, text, f"a date like {form}", where)


def _whole(values: Values, where: str) -> Values:
    try:
        return values.cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise ValueError(f"{where}: dates that are numbers are whole, such as 20240131 ({error})") from error


def _spelling(text: Values, where: str) -> str:
    lengths = pc.unique(pc.drop_null(pc.utf8_length(text))).to_pylist()
    if len(lengths) == 1 and lengths[0] in SPELT:
        return SPELT[lengths[0]]
    first = text.drop_null()[0].as_py() if len(text) > text.null_count else ""
    raise ValueError(
        f"{where}: numbers such as {first} spell no dates; years have 4 digits, months 6 (202401) and days 8 "
        "(20240131): say what they are with --date-format"
    )


def _iso(text: Values, where: str) -> Values:
    known = pc.match_substring_regex(text, DAY_OF_ISO)
    first = pc.index(pc.fill_null(known, True), False).as_py()
    if first < 0:
        return _as_iso(text, where)
    bad = text[first].as_py()
    raise ValueError(
        f"{where}, row {first + 1}: {bad!r} is no date like 2024-01-31; say what dates look like, such as "
        f"--date-format {_likely(text)}"
    )


def _as_iso(text: Values, where: str) -> Values:
    try:
        return text.cast(pa.timestamp("us", "UTC")) if _zoned(text) else text.cast(pa.timestamp("us"))
    except pa.ArrowInvalid as error:
        raise ValueError(f"{where}: a zone is lacking, or a day is not in its month ({error})") from error


def _zoned(text: Values) -> bool:
    zoned = pc.match_substring_regex(text, r"\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$")
    return bool(pc.any(zoned).as_py())


def _likely(text: Values) -> str:
    """A form that suits the first values, for a remedy."""
    parts = [re.split(r"([./-])", one) for one in text.drop_null()[:1000].to_pylist()]
    dates = [part for part in parts if len(part) == 5 and all(each.isdigit() for each in part[::2])]
    if not dates or len(dates[0][4]) != 4:
        return "%d.%m.%Y"
    month_first = any(int(part[2]) > 12 for part in dates)
    mark = dates[0][1]
    return mark.join(["%m", "%d", "%Y"] if month_first else ["%d", "%m", "%Y"])


def _checked(found: Values, text: Values, wanted: str, where: str) -> Values:
    bad = pc.and_(found.is_null(), text.is_valid())
    if not pc.any(bad).as_py():
        return found
    first = pc.index(bad, True).as_py()
    raise ValueError(
        f"{where}, row {first + 1}: {text[first].as_py()!r} is not {wanted}, as {pc.sum(bad).as_py():,} "
        "are not; say what dates look like with --date-format"
    )
