"""The RAPIDS notebook's steps in pandas, for its own label: twelve grouped passes, concatenated and merged.

Written from the steps, with the two history features added so that the results can be compared; those use
this repository's code, which costs little beside the rest. Files are read by pyarrow's reader through pandas.
"""

from typing import Any

import pandas as pd
import pyarrow as pa

from benchmarks.mortgage.peers.columns import FIELDS, FLOATS, NULLS, USED, files, sellers
from benchmarks.mortgage.peers.digest import digest as _digest
from etl.mortgage import features
from etl.mortgage.label import keys
from etl.mortgage.schema import CATEGORIES, FEATURES, PERIOD, STATUS


def run(data: str, threads: int, label: str) -> Any:
    """Labelled rows with features.

    Raises
    ------
    ValueError
        Another label than the notebook's is asked for.
    """
    if label != "rapids":
        raise ValueError("the notebook has one label: rapids")
    kinds = dict.fromkeys(FLOATS, "float32") | dict.fromkeys(CATEGORIES, "category")
    read = [
        pd.read_csv(
            file, sep="|", names=list(FIELDS), usecols=USED, dtype=kinds, na_values=NULLS,
            keep_default_na=False, quoting=3, engine="c",
        )
        for file in files(data)
    ]  # fmt: skip
    rows = pd.concat(read, ignore_index=True)
    for name in CATEGORIES:
        rows[name] = rows[name].astype("category")
    rows["month"] = (rows[PERIOD] % 10_000 * 12 + rows[PERIOD] // 10_000 - 1).astype("int32")
    rows = rows.sort_values(["loan_id", "month"], ignore_index=True)
    rows = rows.merge(_twelve_passes(rows), on=["loan_id", "month"], how="left")
    return _features(rows.sort_values(["loan_id", "month"], ignore_index=True))


def _twelve_passes(rows: pd.DataFrame) -> pd.DataFrame:
    """Label of each loan and month: maximum lateness and least balance over blocks of twelve months."""
    base = pd.DataFrame({"loan_id": rows["loan_id"], "months": rows["month"] + 1})
    base["late"], base["upb"] = rows[STATUS].fillna(-1), rows["current_actual_upb"].fillna(999_999_999)
    passes = []
    for y in range(1, 13):
        base["block"] = (base["months"] - 24_000 - y) // 12
        grouped = base.groupby(["loan_id", "block"], as_index=False).agg({"late": "max", "upb": "min"})
        grouped["label"] = ((grouped["late"] > 3) | (grouped["upb"] == 0)).astype("int8")
        grouped["month"] = (grouped["block"] * 12 + 24_000 + y - 1).astype("int32")
        passes.append(grouped[["loan_id", "month", "label"]])
    return pd.concat(passes, ignore_index=True)


def _features(rows: pd.DataFrame) -> pd.DataFrame:
    key = keys(rows["loan_id"].to_numpy(), rows["month"].to_numpy())
    worst, times = features.history(key, rows[STATUS].to_numpy())
    names = rows["seller_name"].cat.categories.to_list()
    return rows.assign(
        worst_past_12=worst,
        times_past_12=times,
        current_actual_upb=features.unmask(rows),
        seller_name=rows["seller_name"].map(sellers(names)),
    ).rename(columns={STATUS: "status"})[["loan_id", "month", "label", *FEATURES]]


def digest(frame: Any) -> dict[str, Any]:
    """See `benchmarks.mortgage.peers.digest`."""
    return _digest(pa.Table.from_pandas(frame.astype(dict.fromkeys(CATEGORIES, "str")), preserve_index=False))
