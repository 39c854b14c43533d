"""Frames become tables of equal steps and get dates back."""

import numpy as np
import pandas as pd
import pytest
import torch

from models.statespace.ets import ETS
from models.statespace.panel import panel


def long(ids: list, ds: list, y: list) -> pd.DataFrame:
    return pd.DataFrame({"unique_id": ids, "ds": ds, "y": y})


@pytest.mark.parametrize(
    ("dates", "coming"),
    [
        (list(range(10, 20)), [20, 21]),
        (list(range(0, 50, 5)), [50, 55]),
        (pd.date_range("2024-02-27", periods=10, freq="D"), ["2024-03-08", "2024-03-09"]),
        (
            pd.date_range("2024-02-29 22:30", periods=10, freq="30min"),
            ["2024-03-01 03:30", "2024-03-01 04:00"],
        ),
        (pd.date_range("2023-11-01", periods=10, freq="MS"), ["2024-09-01", "2024-10-01"]),
        (pd.date_range("2015-01-01", periods=10, freq="YS"), ["2025-01-01", "2026-01-01"]),
    ],
)
def test_dates_go_on(dates, coming) -> None:
    ahead = ETS("ANN").fit(long(["a"] * 10, list(dates), list(range(10)))).predict(2)
    found = ahead["ds"].tolist()

    assert found == [type(found[0])(value) for value in coming]


def test_rows_of_any_order_and_gaps() -> None:
    frame = long([2, 1, 1, 2, 1], [7, 3, 1, 6, 4], [1.0, 2.0, 3.0, 4.0, 5.0])
    found = panel(frame)

    np.testing.assert_array_equal(found.y, [[3.0, np.nan, 2.0, 5.0], [np.nan, np.nan, 4.0, 1.0]])
    assert found.ids.tolist() == [1, 2]
    assert found.last.tolist() == [4, 7]


def test_a_tensor_comes_back_as_one() -> None:
    y = torch.arange(20, dtype=torch.float32).reshape(2, 10).square()
    assert torch.is_tensor(ETS("ANN").fit(y).predict(3))


def test_errors_name_the_place() -> None:
    with pytest.raises(ValueError, match="rows"):
        panel(long([], [], []))
    with pytest.raises(ValueError, match="ds holds"):
        panel(long(["a", "a"], ["x", "y"], [1.0, 2.0]))
    with pytest.raises(ValueError, match="2 dates occur twice, the first is 1 of series b"):
        panel(long(["b"] * 4, [1, 1, 2, 2], [1.0] * 4))
    with pytest.raises(TypeError, match="belongs to no engine"):
        panel("text")
