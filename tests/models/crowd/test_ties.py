"""Weights that only the order of a sum tells apart are equal; those that differ by more are not."""

from itertools import permutations

import numpy as np
import pytest

from etl.engine import Engine
from etl.handoff import to_host
from models.crowd.ties import winner

PARTS = (0.1, 0.2, 0.3, 0.7, 1e-3, 1.1)
SUMS = np.unique([np.add.accumulate(order)[-1] for order in permutations(PARTS)])


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_one_sum_in_any_order_of_its_parts_is_a_tie(engine: Engine, scale: float) -> None:
    assert len(SUMS) > 1  # rounding tells the orders apart
    rows = engine.xp.asarray(np.stack([SUMS, SUMS[::-1]]) * scale)

    assert to_host(winner(rows, "first")).tolist() == [0, 0]
    many = engine.xp.asarray(np.tile(SUMS * scale, (300 * len(SUMS), 1)))
    drawn = np.bincount(to_host(winner(many, "random", seed=1)), minlength=len(SUMS))
    assert len(drawn) == len(SUMS)
    assert (abs(drawn - 300) < 6 * 300**0.5).all()  # six standard deviations of a count, about


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
@pytest.mark.parametrize("ties", ["first", "random"])
def test_a_weight_that_is_more_by_a_millionth_wins(engine: Engine, ties: str, scale: float) -> None:
    rows = engine.xp.asarray(np.array([[1.0, 1.0 + 1e-6, 0.0], [1.0 - 1e-6, 0.5, 1.0]]) * scale)

    for seed in range(20):
        assert to_host(winner(rows, ties, seed)).tolist() == [1, 2]  # type: ignore[arg-type]


def test_a_task_draws_the_same_in_any_piece(engine: Engine) -> None:
    rows = engine.xp.ones((50, 4))
    whole = to_host(winner(rows, "random", seed=3))

    assert len(set(whole.tolist())) == 4
    parts = [winner(rows[:20], "random", seed=3), winner(rows[20:], "random", seed=3, first=20)]
    assert np.concatenate([to_host(part) for part in parts]).tolist() == whole.tolist()
