"""A method that learnt from windows moves on by further values as if it had seen them at once."""

import numpy as np
import pytest
import torch

from models.sequences.learners import SHALLOW, lookback
from models.sequences.standing import Averaged, backtest, stand
from models.statespace.baselines import Plan, cycle_means

RNG = np.random.default_rng(2)


def waves(season, steps=160):
    wave = 5 * np.sin(2 * np.pi * np.arange(steps) / season)
    return torch.tensor(50 + wave + RNG.normal(size=(3, steps)).cumsum(1) * 0.3)


@pytest.mark.parametrize("season", [7, 60])
@pytest.mark.parametrize("name", SHALLOW)
def test_values_in_two_parts_are_those_at_once(name, season):
    y, plan = waves(season), Plan(season, 5)
    start = stand(name, y[:, :140], plan)
    whole = start.after(y[:, 140:], torch.tensor([20, 20, 20]))
    parts = start.after(y[:, 140:147], torch.tensor([7] * 3)).after(y[:, 147:], torch.tensor([13] * 3))
    torch.testing.assert_close(whole.forecast(), parts.forecast(), rtol=1e-9, atol=1e-9)
    late = start.after(y[:, 140:145], torch.tensor([0, 2, 5])).forecast()
    torch.testing.assert_close(late[:, 0], start.forecast()[:, 0], rtol=1e-9, atol=1e-9)
    assert not torch.isclose(late[0, 1:], start.forecast()[0, 1:]).all()


def test_what_is_moved_on_looks_at_the_newest_values_of_the_cycle():
    y, plan = waves(60), Plan(60, 5)
    start = stand("nlinear", y[:, :140], plan)
    moved = start.after(y[:, 140:], torch.tensor([20, 20, 20]))
    usual = cycle_means(y[:, :140], plan)
    left = y - usual[:, np.arange(160) % 60]
    found = start.model.forecast(left, first=0)[0] + usual[:, np.arange(160, 165) % 60]
    torch.testing.assert_close(moved.forecast()[0], found, rtol=1e-9, atol=1e-9)


def test_a_backtest_sees_nothing_after_its_origin_and_learns_before_the_first():
    y, plan = waves(7), Plan(7, 5)
    other = y.clone()
    other[:, 150:] = 1e6
    found = [backtest(each, plan, "dlinear", [140, 150]) for each in (y, other)]
    assert torch.equal(*found)
    model = stand("dlinear", y[:, :140], plan).model
    torch.testing.assert_close(found[0][1], model.forecast(y[:, :150]), rtol=1e-9, atol=1e-9)


def test_an_average_is_of_its_parts():
    y, plan = waves(7), Plan(7, 5)
    parts = {name: stand(name, y, plan) for name in ("naive", "dlinear")}
    found = Averaged(plan, {"naive": 0.25, "dlinear": 0.75}, parts).forecast()
    expected = 0.25 * parts["naive"].forecast() + 0.75 * parts["dlinear"].forecast()
    torch.testing.assert_close(found, expected)


def test_half_of_the_series_have_windows():
    y = waves(7)
    assert lookback(y, Plan(7, 5)) == 14
    assert lookback(y[:, :21], Plan(7, 5)) == 8
    assert lookback(y, Plan(60, 48)) == 48
