"""A result of the mortgage work as numbers that do not depend on the order of its rows."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from etl.mortgage.schema import CATEGORIES, FEATURES


def digest(table: pa.Table) -> dict[str, Any]:
    """Rows, positives; count, sum, least and most of each number; rows of each value of each category.

    ``mix`` sums feature times a hash of loan and month, so that values that stand in wrong rows are seen.
    """
    key = pc.add(
        pc.multiply(pc.bit_wise_and(table["loan_id"].cast(pa.int64()), 1023), 31),
        table["month"].cast(pa.int64()),
    )
    weight = pc.bit_wise_and(pc.multiply(key, 40_503), 4095).cast(pa.float64())
    out: dict[str, Any] = {"rows": len(table), "label": pc.sum(table["label"].cast(pa.int64())).as_py()}
    out["label.mix"] = pc.sum(pc.multiply(table["label"].cast(pa.float64()), weight)).as_py()
    for name in FEATURES:
        if name in CATEGORIES:
            for pair in pc.value_counts(table[name].cast(pa.string())).to_pylist():
                out[f"{name}={pair['values']}"] = pair["counts"]
            continue
        values = table[name].cast(pa.float64())
        values = pc.if_else(pc.is_nan(values), None, values)
        out[f"{name}.count"] = pc.count(values).as_py()
        out[f"{name}.sum"] = pc.sum(values).as_py()
        out[f"{name}.mix"] = pc.sum(pc.multiply(values, weight)).as_py()
        least_most = pc.min_max(values).as_py()
        out |= {f"{name}.min": least_most["min"], f"{name}.max": least_most["max"]}
    return out
