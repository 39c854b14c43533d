"""Times are told only at residuals that are no higher; entries are missing as they are named."""

import numpy as np
import pytest

from benchmarks.tensors import completion, decompositions
from benchmarks.tensors.run import Config


def test_a_higher_residual_stops_the_comparison(monkeypatch):
    pytest.importorskip("tensorly")
    monkeypatch.setattr(decompositions, "CASES", (decompositions.Case("tucker", 12, 2),))
    rows = decompositions.main(Config(repeat=1))
    assert [row["engine"] for row in rows] == ["numpy", "pytorch"]
    assert all(row["ratio"] > 0 for row in rows)
    monkeypatch.setattr(decompositions, "ours", lambda case, x: decompositions.tucker(0 * x, 2))
    with pytest.raises(ValueError, match="our residual is above TensorLy's"):
        decompositions.main(Config(repeat=1))


def test_days_are_missing_whole_and_baselines_fill_them():
    x = np.random.default_rng(0).normal(60, 5, (8, 7, 12))
    mask = completion.masks("sensor-days", 0.3, x.shape, 0)
    assert set(mask.sum(-1).ravel()) == {0, 12}
    for method in (completion.linear, completion.seasonal):
        filled = np.broadcast_to(method(x * mask, mask), x.shape)
        assert 40 < filled[~mask].min() <= filled[~mask].max() < 80
