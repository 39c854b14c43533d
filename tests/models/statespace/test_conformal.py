"""What split conformal prediction promises of a few errors holds of them exactly."""

import math

import numpy as np
import pytest
import torch

from models.statespace.baselines import Plan
from models.statespace.conformal import widened, widening


def factor(scores: np.ndarray, level: int) -> float:
    """`widening` of errors above and below 0 in turn, whose scores these are: half widths are 2 and 3."""
    signs = np.resize([1.0, -1.0], len(scores))
    error = torch.tensor(scores * np.where(signs > 0, 3.0, 2.0) * signs)[:, None, None]
    value = torch.zeros(len(scores), 3, 1, 1, dtype=torch.float64)
    value[:, 1], value[:, 2] = -2, 3
    (found,) = widening(error, value, Plan(1, 1, levels=(level,)))
    return found


@pytest.mark.parametrize("level", [50, 80, 90, 95])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 9, 10, 18, 19, 20, 21, 39, 40])
def test_each_of_some_errors_is_held_by_the_others_as_often_as_promised(count: int, level: int) -> None:
    scores = np.random.default_rng(count).permutation(
        np.arange(1.0, count + 2)
    )  # of errors that may change places
    held = [scores[left] <= factor(np.delete(scores, left), level) for left in range(count + 1)]

    least = math.ceil((count + 1) * level / 100)  # the fewest of count + 1 that are level percent of them
    assert sum(held) == min(least, count)  # no interval of count errors holds all count + 1


def test_the_factor_is_the_smallest_error_that_has_enough_at_or_below_it() -> None:
    rng = np.random.default_rng(0)
    for count in range(1, 60):
        scores = rng.integers(1, 8, count) / 2.0  # with ties
        for level in (1, 50, 77, 80, 95, 99):
            enough = [s for s in sorted(scores) if 100 * (scores <= s).sum() >= level * (count + 1)]
            assert factor(scores, level) == pytest.approx(enough[0] if enough else scores.max(), rel=1e-12)


def test_errors_that_are_not_known_do_not_count() -> None:
    scores = np.array([np.nan, 4.0, np.inf, 1.0, 3.0, np.nan, 2.0])
    assert factor(scores, 50) == factor(scores[np.isfinite(scores)], 50) == 3
    assert factor(np.full(3, np.nan), 80) == 1


def test_half_widths_are_multiplied_on_their_own_sides() -> None:
    value = torch.tensor([10.0, 9.0, 12.0, 6.0, 20.0])[:, None, None]
    assert widened(value, [2.0, 0.5], (80, 95)).flatten().tolist() == [10.0, 8.0, 14.0, 8.0, 15.0]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_an_interval_holds_those_of_lower_levels(order: tuple[int, ...]) -> None:
    half = np.random.default_rng(0).uniform(1, 2, (3, 2, 4, 5)).cumsum(0)  # levels, sides, series, steps
    factors, levels = np.array([3.0, 0.2, 1.5]), (50, 80, 95)
    wanted = np.maximum.accumulate(half * factors[:, None, None, None])
    bounds = [half[i, side] * (-1, 1)[side] for i in order for side in (0, 1)]
    value = 7 + torch.tensor(np.stack([np.zeros((4, 5)), *bounds]))
    found = widened(value, [factors[i] for i in order], [levels[i] for i in order]).numpy() - 7
    for place, i in enumerate(order):
        np.testing.assert_allclose(found[1 + 2 * place : 3 + 2 * place], wanted[i] * [[[-1]], [[1]]])
