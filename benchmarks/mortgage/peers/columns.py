"""Names and kinds of the combined layout's columns, as the peers' readers want them."""

from pathlib import Path

from etl.mortgage.names import normalise
from etl.mortgage.schema import CATEGORIES, COMBINED, FEATURES, HISTORY, NUMBERS, PERIOD, STATUS

FIELDS = COMBINED[:108]
NULLS = ["", "NULL", "XX", "X"]
FLOATS = [*(STATUS if name == "status" else name for name in NUMBERS), "zero_balance_code"]
USED = ["loan_id", PERIOD, *FLOATS, *CATEGORIES]
PLAIN = [name for name in FEATURES if name not in (*HISTORY, "status", "current_actual_upb", "seller_name")]


def files(data: str) -> list[str]:
    """The combined files in a directory, or the file itself."""
    path = Path(data)
    return [str(path)] if path.is_file() else sorted(map(str, path.glob("*.csv")))


def sellers(names: list[str]) -> dict[str, str]:
    """Normal form of each seller's name."""
    return dict(zip(names, normalise(names), strict=True))
