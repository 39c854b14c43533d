"""How a number is spelled in a loan file, and what is said of one that is not: one rule on every device."""

import pyarrow as pa

from etl.mortgage.schema import PERIOD

BLANKS = " \t"
"""Around a number they are passed over."""
IMPOSSIBLE = "the month is impossible"
_WHOLE = r"^-?[0-9]+$"
_NUMBER = (
    r"^[-+]?([0-9]+\.?[0-9]*([eE][-+]?[0-9]+)?|\.[0-9]+([eE][-+]?[0-9]+)?"
    r"|[nN][aA][nN]|[iI][nN][fF]([iI][nN][iI][tT][yY])?)$"
)


def pattern(kind: pa.DataType) -> str:
    """Regular expression of the numbers that a column of the type takes, blanks around them stripped."""
    return _WHOLE if pa.types.is_integer(kind) else _NUMBER


def limit(kind: pa.DataType) -> float:
    """What the size of a whole number must be less than to fit the type."""
    return float(2 ** (kind.bit_width - 1))


def no_number(name: str) -> str:
    """Reason of a line whose text in the column is no number."""
    return f"{name} is not a number"


def out_of_range(name: str) -> str:
    """Reason of a line whose whole number in the column does not fit it."""
    return IMPOSSIBLE if name == PERIOD else f"{name} is out of range"
