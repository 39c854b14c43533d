"""A model is chosen where it beats the baselines beyond noise, and a baseline elsewhere."""

import numpy as np
import pytest
import torch
from scipy.stats import t as student

from models.statespace.baselines import BASELINES
from models.statespace.choose import AVERAGE, averaged, choose, paired, shares


def forecasts(truth, spread, seed=0):
    rng = np.random.default_rng(seed)
    return (truth + torch.tensor(rng.normal(size=truth.shape)) * spread)[:, None]


def world(origins=4, series=12, horizon=6, seed=1):
    truth = torch.tensor(np.random.default_rng(seed).normal(size=(origins, series, horizon)))
    found = {name: forecasts(truth, 1 + 0.5 * at, 10 + at) for at, name in enumerate(BASELINES)}
    return truth, found


def test_a_model_that_is_clearly_better_is_taken_with_its_reason():
    truth, found = world()
    near = truth[:, None] + 0.1 * (found["naive"] - truth[:, None])
    picked = choose(truth, found | {"ets": near, "arima": forecasts(truth, 30, 6)})
    assert picked.name == "ets"
    assert "of naive, the best baseline" in picked.reason
    rmse = {row["method"]: row["rmse"] for row in picked.tried}
    for name, value in (found | {"ets": near}).items():
        assert rmse[name] == pytest.approx(float((truth - value[:, 0]).square().mean().sqrt()), abs=1e-4)


def test_errors_of_series_in_small_units_are_told():
    truth, found = world()
    found |= {"ets": forecasts(truth, 3, 5)}
    small = choose(1e-7 * truth, {name: 1e-7 * value for name, value in found.items()})
    for row, wanted in zip(small.tried, choose(truth, found).tried, strict=True):
        assert row["method"] == wanted["method"]
        assert row["rmse"] == pytest.approx(1e-7 * wanted["rmse"], rel=1e-3)


def test_a_model_that_is_better_by_luck_is_not():
    taken = []
    for seed in range(40):
        truth, found = world(origins=2, series=3, seed=seed)
        same = forecasts(truth, 1, 100 + seed)
        taken.append(choose(truth, {k: v for k, v in found.items() if k == "naive"} | {"ets": same}).name)
    assert taken.count("ets") <= 12
    assert choose(*world()).reason.startswith("it is the best baseline")


def test_one_window_chooses_a_baseline():
    truth, found = world(origins=1, series=1)
    picked = choose(truth, found | {"ets": forecasts(truth, 0.01, 5)})
    assert picked.name in BASELINES
    assert "not known" in picked.reason


def test_errors_that_cancel_make_the_average_the_best():
    truth, _ = world(origins=6, series=20)
    shift = torch.tensor(np.random.default_rng(3).normal(size=truth.shape))
    up, down = (truth + 0.7 * shift)[:, None], (truth - 0.7 * shift)[:, None]
    picked = choose(truth, {"naive": up, "ets": down, "arima": forecasts(truth, 2, 8)})
    assert picked.name == AVERAGE
    assert sum(picked.weights.values()) == pytest.approx(1)
    mean = averaged({"naive": up, "ets": down, "arima": forecasts(truth, 2, 8)}, picked.weights)
    assert float((truth - mean[:, 0]).square().mean()) < float((0.7 * shift).square().mean())


def test_the_average_is_judged_by_weights_of_other_windows():
    truth, found = world(origins=3, series=2)
    found = {"naive": found["naive"], "ets": forecasts(truth, 0.8, 9)}
    total = 0.0
    for origin in range(3):
        others = [at for at in range(3) if at != origin]
        mse = {k: float((truth - v[:, 0])[others].square().mean()) for k, v in found.items()}
        inverse = {k: 1 / v for k, v in mse.items()}
        mean = sum(found[k][origin, 0] * w / sum(inverse.values()) for k, w in inverse.items())
        total += float((truth[origin] - mean).square().sum())
    row = next(row for row in choose(truth, found).tried if row["method"] == AVERAGE)
    assert row["rmse"] == pytest.approx((total / truth.numel()) ** 0.5, abs=1e-4)


def test_noise_is_of_the_worse_of_origins_and_series():
    rng = np.random.default_rng(0)
    passed = []
    for _ in range(300):
        draws = rng.normal(size=(30, 1)) + 0.1 * rng.normal(size=(30, 25))
        gain, noise = paired(torch.tensor(10 + draws), torch.full((30, 25), 10.0))
        passed.append(gain > noise)
    assert np.mean(passed) == pytest.approx(0.16, abs=0.07)


def test_the_gain_is_a_share_of_each_origin_and_of_each_series():
    rng = np.random.default_rng(1)
    rival, own = rng.random((4, 3)) + 1, rng.random((4, 3))
    shares = [[(r - m) / (r + m) for r, m in zip(rival.sum(a), own.sum(a), strict=True)] for a in (0, 1)]
    found = [(np.mean(each), np.std(each, ddof=1) / len(each) ** 0.5, len(each)) for each in shares]
    wanted = [(mean, error * student.ppf(0.84, n - 1)) for mean, error, n in found]
    assert paired(torch.tensor(rival), torch.tensor(own)) == pytest.approx(
        min(wanted, key=lambda w: w[0] - w[1])
    )


def test_a_method_with_gaps_is_not_taken():
    truth, found = world()
    holed = forecasts(truth, 0.1, 5)
    holed[0, 0, 0, 0] = torch.nan
    picked = choose(truth, found | {"ets": holed})
    assert picked.name in BASELINES
    assert "ets left gaps" in picked.reason
    with pytest.raises(ValueError, match="no value was forecast"):
        choose(truth * torch.nan, found)


def test_a_perfect_method_has_all_the_weight():
    assert shares({"naive": 0.0, "ets": 1.0}) == {"naive": 1.0, "ets": 0.0}
