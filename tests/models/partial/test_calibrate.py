"""A temperature is found again from candidates, and it mends an overconfident model."""

import numpy as np
import pytest

from etl.engine import Engine
from models.partial.calibrate import GRID, temperature, tempered


def drawn(heat: float, seed: int = 0, n: int = 4000, classes: int = 6):
    """Probabilities, of which the true ones are a power, classes drawn by these, and an answer about each."""
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.full(classes, 0.3), n)
    true = P ** (1 / heat) / (P ** (1 / heat)).sum(axis=1, keepdims=True)
    y = (rng.random((n, 1)) > true.cumsum(axis=1)[:, :-1]).sum(axis=1)
    before = rng.random((n, classes)) < 0.8
    before[np.arange(n), y] = True
    asked = rng.random((n, classes)) < 0.5
    after = before & (asked == asked[np.arange(n), y][:, None])
    return P, before.astype("float32"), after.astype("float32")


@pytest.mark.parametrize("heat", [0.5, 1.0, 2.0, 4.0])
def test_the_temperature_of_answers_is_found(engine: Engine, heat: float) -> None:
    found = temperature(*map(engine.xp.asarray, drawn(heat)))
    assert found in GRID
    assert 0.8 <= found / heat <= 1.25


def test_tempering_keeps_the_order_and_sums_to_one(engine: Engine) -> None:
    P = np.random.default_rng(1).dirichlet(np.full(5, 0.2), 50)
    hot = tempered(engine.xp.asarray(P), 3.0)
    assert np.allclose(hot.sum(axis=1).tolist(), 1)
    assert (hot.argmax(axis=1) == engine.xp.asarray(P.argmax(axis=1))).all()
    assert (hot.max(axis=1) <= engine.xp.asarray(P.max(axis=1)) + 1e-12).all()
    np.testing.assert_allclose(tempered(P, 1.0), P)
