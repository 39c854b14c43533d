"""Small random loan histories, and labels by brute force from their definitions."""

import numpy as np
import pandas as pd

from etl.mortgage.schema import CATEGORIES, NUMBERS


def random_loans(seed: int, loans: int = 40, longest: int = 60) -> pd.DataFrame:
    """Tidy rows with gaps, unknown statuses, events, removals and masked balances; sorted."""
    rng = np.random.default_rng(seed)
    frames = []
    for loan in range(loans):
        length = int(rng.integers(1, longest))
        month = 24_000 + int(rng.integers(0, 24)) + np.arange(length)
        status = rng.choice(
            [0, 0, 0, 0, 1, 2, 3, 4, np.nan], length, p=[0.8, 0, 0, 0, 0.1, 0.04, 0.02, 0.02, 0.02]
        )
        code = np.full(length, np.nan)
        if rng.random() < 0.5:
            code[-1] = rng.choice([1, 2, 3, 6, 9, 15, 16])
        upb = np.where(
            np.arange(length) < 6,
            rng.choice([0.0, np.nan, 5e4]),
            rng.choice([0.0, 9e4], length, p=[0.02, 0.98]),
        )
        frame = pd.DataFrame({"loan_id": 100_000_000_000 + loan * 7, "month": month, "status": status})
        frame = frame.assign(zero_balance_code=code, current_actual_upb=upb, loan_age=np.arange(length))
        frames.append(frame[rng.random(length) > 0.1])
    rows = pd.concat(frames, ignore_index=True).astype({"month": "int32"})
    for name in ("zero_balance_code", *NUMBERS):
        rows[name] = rows.get(name, pd.Series(rng.normal(size=len(rows)))).astype("float32")
    for name in CATEGORIES:
        rows[name] = pd.Categorical(rng.choice(["A", "B", "C"], len(rows)))
    return rows


def brute_force_default(rows: pd.DataFrame, horizon: int = 12) -> list[int]:
    """1, 0, -1 censored, -2 not an observation; row by row from the definition."""
    out = []
    histories = {loan: list(group.itertuples()) for loan, group in rows.groupby("loan_id")}
    for row in rows.itertuples():
        if row.status >= 3 or not np.isnan(row.zero_balance_code):
            out.append(-2)
            continue
        history = histories[row.loan_id]
        within = [later for later in history if row.month < later.month <= row.month + horizon]
        if any(later.status >= 3 or later.zero_balance_code in (2, 3, 9, 15) for later in within):
            out.append(1)
        else:
            out.append(0 if max(later.month for later in history) >= row.month + horizon else -1)
    return out


def rapids_loop(rows: pd.DataFrame) -> list[int]:
    """The notebook's label: twelve passes of a grouped maximum and minimum over blocks of twelve months."""
    base = pd.DataFrame({"loan_id": rows["loan_id"], "months": rows["month"] + 1, "place": range(len(rows))})
    base["late"] = rows["status"].fillna(-1).astype(int)
    base["upb"] = rows["current_actual_upb"].astype(float).fillna(999_999_999)
    passes = []
    for y in range(1, 13):
        block = ((base["months"] - 24_000 - y) // 12).rename("block")
        grouped = base.groupby(["loan_id", block]).agg(late=("late", "max"), upb=("upb", "min")).reset_index()
        grouped["label"] = (grouped["late"] > 3).astype(int) + (grouped["upb"] == 0).astype(int)
        grouped["months"] = grouped["block"] * 12 + 24_000 + y
        passes.append(grouped[["loan_id", "months", "label"]])
    joined = base.merge(pd.concat(passes), on=["loan_id", "months"], how="left").sort_values("place")
    return (joined["label"] > 0).astype(int).tolist()
