"""How a number is spelled in a loan file, and what is said of one that is not: one rule on every device."""

import re

import pyarrow as pa

from etl.mortgage.schema import PERIOD

BLANKS = " \t"
"""Around a number they are passed over."""
IMPOSSIBLE = "the month is impossible or can be read in two ways; write MMYYYY, YYYYMM, YYYY-MM or MM/01/YYYY"
_WHOLE = r"^-?[0-9]+$"
_NUMBER = (
    r"^[-+]?([0-9]+\.?[0-9]*([eE][-+]?[0-9]+)?|\.[0-9]+([eE][-+]?[0-9]+)?"
    r"|[nN][aA][nN]|[iI][nN][fF]([iI][nN][iI][tT][yY])?)$"
)
_TIME = r"([T ][0-9:.]+(Z|[+-][0-9:]+)?)?"
_DIGITS = re.compile(r"([0-9]{5,8})(\.0*)?")
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})[-/.]([0-9]{{1,2}})([-/.]([0-9]{{1,2}}))?{_TIME}")
_MONTH_YEAR = re.compile(r"([0-9]{1,2})[-/.]([0-9]{4})")
_MONTH_FIRST = re.compile(rf"([0-9]{{1,2}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{4}}){_TIME}")


def month_digits(word: str) -> str:
    """Month as ``MMYYYY``, or the word itself where it can be read in no way or in two.

    Examples
    --------
    >>> [month_digits(word) for word in ("2014-03-31", "03/2014", "03/01/2014", "32014.0", "02/03/2014")]
    ['032014', '032014', '032014', '32014', '02/03/2014']
    """
    if found := _DIGITS.fullmatch(word):
        return found[1]
    if found := _YEAR_FIRST.fullmatch(word):
        return _digits(int(found[2]), found[1], int(found[4] or 1)) or word
    if found := _MONTH_YEAR.fullmatch(word):
        return _digits(int(found[1]), found[2], 1) or word
    if found := _MONTH_FIRST.fullmatch(word):
        month, day = int(found[1]), int(found[2])
        is_plain = day == 1 or day > 12 or day == month
        return (is_plain and _digits(month, found[3], day)) or word
    return word


def _digits(month: int, year: str, day: int) -> str:
    return f"{month:02d}{year}" if 1 <= month <= 12 and 1 <= day <= 31 else ""


def pattern(kind: pa.DataType) -> str:
    """Regular expression of the numbers that a column of the type takes, blanks around them stripped."""
    return _WHOLE if pa.types.is_integer(kind) else _NUMBER


def limit(kind: pa.DataType) -> float:
    """What the size of a whole number must be less than to fit the type."""
    return float(2 ** (kind.bit_width - 1))


def no_number(name: str) -> str:
    """Reason of a line whose text in the column is no number."""
    return IMPOSSIBLE if name == PERIOD else f"{name} is not a number"


def out_of_range(name: str) -> str:
    """Reason of a line whose whole number in the column does not fit it."""
    return IMPOSSIBLE if name == PERIOD else f"{name} is out of range"
