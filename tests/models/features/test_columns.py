"""Columns as numbers: standing in for what is missing, a column a category, and what is left out."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from etl.engine import Engine
from etl.engine.types import Frame
from etl.handoff import from_arrow, to_host
from etl.records import Choice, collect, of_kind
from models.features.columns import ColumnFeatures


def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    size = rng.normal(size=40)
    size[::7] = np.nan
    kind = [None if n % 9 == 0 else "abc"[n % 3] for n in range(40)]
    return pd.DataFrame(
        {"size": size, "count": np.arange(40), "kind": kind, "name": [f"n{n}" for n in range(40)]}
    )


def placed(frame: pd.DataFrame, engine: Engine) -> Frame:
    return from_arrow(pa.Table.from_pandas(frame, preserve_index=False), engine)


def test_numbers_and_categories_are_those_of_pandas(engine: Engine) -> None:
    frame = table()
    with collect() as told:
        made = ColumnFeatures().fit(placed(frame, engine))
    kinds = pd.get_dummies(frame["kind"].fillna("missing"), dtype="float64")
    expected = np.column_stack(
        [frame["size"].fillna(frame["size"].mean()), frame["count"], frame["size"].isna(), kinds[list("abc")]]
    )
    seen = [
        name
        for name in made.names
        if name in ("size", "count", "size is missing", "kind=a", "kind=b", "kind=c")
    ]
    assert seen == ["size", "count", "size is missing", "kind=a", "kind=b", "kind=c"]
    assert not any(name.startswith("name") for name in made.names)
    found = to_host(made.transform(placed(frame, engine)))
    assert found.dtype == "float32"
    np.testing.assert_allclose(found[:, [made.names.index(name) for name in seen]], expected, rtol=1e-6)
    assert any("column name: left out" in entry.reason for entry in of_kind(told, Choice))


def test_what_was_not_seen_is_no_category_and_nothing_else_changes(engine: Engine) -> None:
    made = ColumnFeatures().fit(placed(table(), engine))
    new = table().assign(kind="z", extra=1)
    found = to_host(made.transform(placed(new, engine)))
    assert found[:, [name.startswith("kind=") for name in made.names]].sum() == 0
    before = to_host(made.transform(placed(table(), engine)))
    own = [not name.startswith("kind=") for name in made.names]
    np.testing.assert_array_equal(found[:, own], before[:, own])


def test_an_infinite_number_counts_as_missing_and_is_told(engine: Engine) -> None:
    gaps, endless = table().iloc[:, :2], table().iloc[:, :2].astype("float64")
    gaps["count"] = gaps["count"].astype("float64")
    gaps.loc[[3, 4, 5], "count"] = np.nan
    endless.loc[[3, 4, 5], "count"] = [np.inf, -np.inf, 1e300]
    with collect() as told:
        made = ColumnFeatures().fit(placed(endless, engine))
    expected = ColumnFeatures().fit(placed(gaps, engine))
    assert made.names == expected.names
    np.testing.assert_array_equal(
        to_host(made.transform(placed(endless, engine))), to_host(expected.transform(placed(gaps, engine)))
    )
    assert any("column count: 3 numbers are infinite" in entry.reason for entry in of_kind(told, Choice))


def test_facts_give_the_same_columns_again(engine: Engine) -> None:
    frame = placed(table(), engine)
    made = ColumnFeatures().fit(frame)
    again = ColumnFeatures.of(made.facts(), engine)
    np.testing.assert_array_equal(to_host(again.transform(frame)), to_host(made.transform(frame)))
    assert again.names == made.names


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (table().drop(columns="size"), "there is no column size"),
        (table().assign(size="large"), "columns size, count held numbers in training"),
    ],
)
def test_what_cannot_be_read_is_told(frame: pd.DataFrame, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ColumnFeatures().fit(table()).transform(frame)
