"""Loan files in both layouts written from tidy rows, by hand, for tests of reading."""

from pathlib import Path

import numpy as np
import pandas as pd

from etl.mortgage.schema import ACQUISITION, CATEGORIES, COMBINED, NUMBERS, PERFORMANCE, RENAMED, TIDY

_RAW = {new: old for old, new in RENAMED.items()}
FILE_COLUMNS = [_RAW.get(name, name) for name in TIDY]


def _text(name: str, value: object, layout: str) -> str:
    if name == "month":
        year, month = divmod(int(value), 12)
        return f"{month + 1:02d}{year}" if layout == "combined" else f"{month + 1:02d}/01/{year}"
    if value is None or value != value:
        return "XX" if name == "status" and layout == "combined" else ""
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e4 else str(value).removesuffix(".0")


def lines(rows: pd.DataFrame, fields: tuple[str, ...], layout: str) -> list[str]:
    """One line of text for each row, with the fields given."""
    written = {_RAW.get(name, name): [_text(name, v, layout) for v in rows[name]] for name in TIDY}
    blank = [""] * len(rows)
    columns = [written.get(field, blank) for field in fields]
    return ["|".join(values) for values in zip(*columns, strict=True)]


def write_combined(rows: pd.DataFrame, path: Path, fields: int = 108) -> Path:
    """Write a combined file."""
    path.write_text("".join(line + "\n" for line in lines(rows, COMBINED[:fields], "combined")))
    return path


def write_old(rows: pd.DataFrame, folder: Path, quarter: str = "2000Q1") -> list[Path]:
    """Write a pair of old files, months in the order of their strings, as the real ones are."""
    at_start = rows.drop_duplicates("loan_id")
    order = rows.assign(text=[_text("month", m, "old") for m in rows["month"]]).sort_values(
        ["loan_id", "text"]
    )
    paths = [folder / f"Acquisition_{quarter}.txt", folder / f"Performance_{quarter}.txt"]
    for path, part, fields in zip(paths, (at_start, order), (ACQUISITION[:25], PERFORMANCE), strict=True):
        path.write_text("".join(line + "\n" for line in lines(part, fields, "old")))
    return paths


def tidy(seed: int = 0, loans: int = 40) -> pd.DataFrame:
    """Rows whose loan attributes are constant, with whole numbers, so that both layouts hold them exactly."""
    from tests.support.loans import random_loans

    rows = random_loans(seed, loans)
    rng = np.random.default_rng(seed + 1)
    number = rows["loan_id"].rank(method="dense").astype(int) - 1
    monthly = {"status", "current_actual_upb", "loan_age", "interest_rate", "msa"}
    for name in NUMBERS:
        if name not in monthly:
            rows[name] = rng.integers(1, 800, number.max() + 1).astype("float32")[number]
        elif name in ("interest_rate", "msa"):
            rows[name] = rng.integers(1, 9, len(rows)).astype("float32")
    for name in CATEGORIES:
        values = (
            rng.choice(["R", "C", "B"], number.max() + 1)[number]
            if name != "mod_flag"
            else rows[name].astype(str)
        )
        rows[name] = pd.Categorical(values)
    rows["dti"] = rows["dti"].where(rows["dti"] > 100)
    return rows[list(TIDY)]
