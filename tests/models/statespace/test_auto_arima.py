"""Differences and orders that are chosen are those of statsmodels' test and of a whole grid."""

import itertools
import warnings

import numpy as np
import pytest
import torch

from models.statespace.arima import ARIMA
from models.statespace.auto_arima import AutoARIMA
from models.statespace.differencing import LEVEL, STRONG, differences, kpss, strength
from tests.support.series import integrated, seasonal


def test_the_statistic_is_statsmodels() -> None:
    peer = pytest.importorskip("statsmodels.tsa.stattools").kpss
    rng = np.random.default_rng(0)
    for y in (rng.normal(size=90), rng.normal(size=170).cumsum(), integrated(1, 120, 2)[0]):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = peer(y, regression="c", nlags=int(3 * np.sqrt(len(y)) / 13))[0]
        assert float(kpss(torch.from_numpy(y)[None])) == pytest.approx(expected)


def test_differences_are_those_of_the_process() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(40, 200))
    for d in range(3):
        found, _ = differences(torch.from_numpy(noise), 1)
        assert (found == d).double().mean() > 0.8
        noise = noise.cumsum(1)
    waves = torch.from_numpy(np.log(seasonal(20, 120, 3)))
    assert bool((strength(waves, 12) > STRONG).all())
    assert differences(waves, 12)[1].tolist() == [1] * 20
    plain = torch.from_numpy(rng.normal(size=(20, 120)))
    assert bool((differences(plain, 12)[1] == 0).all())
    assert bool((kpss(plain) < LEVEL).double().mean() > 0.85)


def test_the_walk_ends_near_the_best_of_the_grid() -> None:
    rng = np.random.default_rng(2)
    e, Y = rng.normal(size=(160, 12)), np.zeros((160, 12))
    for t in range(2, 160):
        Y[t] = 0.6 * Y[t - 1] - 0.3 * Y[t - 2] + e[t]
    model = AutoARIMA(max_p=2, max_q=2).fit(Y.T)
    grid = torch.stack([ARIMA((p, 0, q)).fit(Y.T).aicc_ for p, q in itertools.product(range(3), repeat=2)])
    level = torch.tensor([order.d == 0 for order in model.orders_])

    assert int(level.sum()) >= 10
    assert float((model.aicc_ - grid.amin(0))[level].max()) < 1.0
    assert sum(order.p == 2 for order in model.orders_) >= 6


def test_seasons_are_found_and_forecast() -> None:
    Y = np.log(seasonal(4, 108, 4))
    model = AutoARIMA(period=12, max_p=1, max_q=1, max_rounds=2).fit(Y[:, :96])
    plain = AutoARIMA(max_p=1, max_q=1, max_rounds=2).fit(Y[:, :96])
    error, worse = (np.abs(each.predict(12) - Y[:, 96:]).mean() for each in (model, plain))

    assert all(order.D == 1 for order in model.orders_)
    assert error < worse / 2


def test_bad_series_spoil_no_other() -> None:
    good = integrated(2, 80, 5)
    bad = np.full((3, 80), np.nan)
    bad[0], bad[2, -4:] = 3.0, 1.0 + np.arange(4)
    model = AutoARIMA(max_p=1, max_q=1).fit(np.r_[good, bad])

    np.testing.assert_allclose(
        model.predict(3)[:2], AutoARIMA(max_p=1, max_q=1).fit(good).predict(3), rtol=1e-6
    )
    np.testing.assert_array_equal(model.predict(3)[2], 3.0)
    assert np.isnan(model.predict(3)[3:]).all()
