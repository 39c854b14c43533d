"""DLinear and NLinear beside least squares of NumPy; NVAR beside a literal loop."""

import itertools

import numpy as np
import pytest
import torch

from models.sequences.linear import DLinear, NLinear
from models.sequences.nvar import NVAR
from models.sequences.ridge import STRENGTHS

RNG = np.random.default_rng(5)
L, H = 8, 3
Y = RNG.normal(size=(4, 80)).cumsum(axis=1) * np.array([[1], [3], [0.2], [7]]) + 10
HOLED = np.where(RNG.random(Y.shape) < 0.1, np.nan, Y)
HOLED[:, 0] = Y[:, 0]


def by_loop(y, rows_of):
    """Features, and what is to come, of all windows, in deviations of their series."""
    X, T = [], []
    for series in y:
        past, last = [], np.nan
        for value in series:
            last = last if np.isnan(value) else value
            past.append(last)
        for start in range(len(series) - L - H + 1):
            target = series[start + L : start + L + H]
            if np.isfinite(target).any():
                x, t = rows_of(np.array(past[start : start + L]), target, series)
                X.append(x)
                T.append(t)
    return np.array(X), np.array(T)


def dlinear_rows(x, t, series):
    mean, own = np.nanmean(series), np.nanstd(series)
    x = (x - mean) / own
    padded = np.concatenate([[x[0]] * 2, x, [x[-1]] * 2])
    trend = np.array([padded[at : at + 5].mean() for at in range(L)])
    return [*trend, *(x - trend), 1.0], (t - mean) / own


def nlinear_rows(x, t, series):
    own = np.nanstd(series)
    return [*(x - x[-1]) / own, 1.0], (t - x[-1]) / own


def ridge(X, T, strength):
    """Weights of each step by least squares on rows and penalties below them."""
    out = []
    for step in range(T.shape[1]):
        seen = np.isfinite(T[:, step])
        A = X[seen]
        size = (A[:, :-1] ** 2).sum(0).mean() * strength
        penalty = np.diag(np.sqrt([size] * (X.shape[1] - 1) + [size * STRENGTHS[0]]))
        rows, values = np.concatenate([A, penalty]), np.concatenate([T[seen, step], np.zeros(X.shape[1])])
        out.append(np.linalg.lstsq(rows, values, rcond=None)[0])
    return np.array(out)


@pytest.mark.parametrize("y", [Y, HOLED], ids=["whole", "holed"])
@pytest.mark.parametrize(
    ("model", "rows_of"),
    [
        (DLinear(H, L, kernel=5, strengths=(1e-3,)), dlinear_rows),
        (NLinear(H, L, strengths=(1e-3,)), nlinear_rows),
    ],
    ids=["dlinear", "nlinear"],
)
def test_weights_are_those_of_least_squares(model, rows_of, y):
    X, T = by_loop(y, rows_of)
    np.testing.assert_allclose(model.fit(y).weights_, ridge(X, T, 1e-3), rtol=1e-6, atol=1e-9)


def test_the_strength_is_the_best_on_the_last_windows():
    strengths = (1e-6, 1e-2, 1.0, 100.0)
    alone = {s: DLinear(H, L, strengths=(s,)).fit(Y).validation_ for s in strengths}
    model = DLinear(H, L, strengths=strengths).fit(Y)
    assert model.strength_ == min(alone, key=alone.get)
    assert model.validation_ == pytest.approx(min(alone.values()))
    assert "of 4" in model.stop_reason_


def monomials(x, order):
    out = []
    for factors in range(1, order + 1):
        out += [np.prod(each) for each in itertools.combinations_with_replacement(x, factors)]
    return [*out, 1.0]


@pytest.mark.parametrize(("order", "skip"), [(1, 1), (2, 2), (3, 3)])
def test_features_are_all_products_of_delayed_values(order, skip):
    mean, own = Y.mean(), Y.std()

    def rows_of(x, t, series):
        unit = own / series.std()
        return monomials((x[::-1][::skip] - mean) / own * unit, order), (t - mean) / own * unit

    X, T = by_loop(Y, rows_of)
    model = NVAR(H, L, order=order, skip=skip, strengths=(1e-2,)).fit(Y)
    np.testing.assert_allclose(model.weights_, ridge(X, T, 1e-2), rtol=1e-5, atol=1e-8)


def test_an_iterated_forecast_feeds_itself_back():
    model = NVAR(H, L, order=2, iterated=True, scaling="series", strengths=(1e-2,)).fit(Y)
    weights = model.weights_.numpy()[0]
    for found, series in zip(model.predict(), Y, strict=True):
        x = list((series[-L:] - series.mean()) / series.std())
        for step in range(H):
            x.append(x[-1] + np.dot(monomials(x[-1 : -L - 1 : -1], 2), weights))
            assert found[step] == pytest.approx(x[-1] * series.std() + series.mean())


def test_an_iterated_forecast_that_grows_without_bound_is_held():
    y = np.exp(np.arange(60) / 4)[None]
    found = NVAR(40, 4, order=3, iterated=True, strengths=(1e-8,)).fit(np.tile(y, (3, 1))).predict()
    assert np.isfinite(found).all()


def test_phases_and_covariates_are_features():
    wave = np.sin(2 * np.pi * np.arange(200) / 50)[None]
    short = DLinear(20, 2, season=50, scaling="global").fit(wave).predict()
    np.testing.assert_allclose(short[0], np.sin(2 * np.pi * np.arange(200, 220) / 50), atol=1e-3)
    known = RNG.normal(size=(1, 203, 1))
    found = DLinear(H, L, scaling="global").fit(known[:, :200, 0] * 5, known).predict()
    np.testing.assert_allclose(found, 5 * known[:, 200:, 0], atol=0.01)


def test_frames_of_torch_give_tensors():
    found = DLinear(H, L).fit(torch.tensor(Y)).predict()
    assert isinstance(found, torch.Tensor)
    np.testing.assert_array_equal(found, DLinear(H, L).fit(Y).predict())


@pytest.mark.parametrize("iterated", [False, True])
def test_products_of_what_was_not_seen_are_kept_in_the_range_of_training(iterated: bool) -> None:
    rng = np.random.default_rng(0)
    y = torch.from_numpy(
        np.sin(np.arange(200) * 0.3 + rng.uniform(0, 6, (5, 1))) + rng.normal(0, 0.05, (5, 200))
    )
    model = NVAR(6, 4, order=3, iterated=iterated, strengths=(1e-10,)).fit(y)
    strange = y.clone()
    strange[:, -1] += 8
    found = model.forecast(strange)[0]
    found = (found - strange.mean(1, keepdim=True)) / strange.std(1, keepdim=True, correction=0)
    usual = (y - y.mean(1, keepdim=True)) / y.std(1, keepdim=True, correction=0)
    low, high = float(usual.min()), float(usual.max())
    assert low - 0.15 * (high - low) < float(found.min()) < float(found.max()) < high + 0.15 * (high - low)


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (NVAR, "delays", 0),
        (NVAR, "delays", -1),
        (DLinear, "strengths", (1.0, float("nan"))),
        (NLinear, "strengths", (-1.0,)),
    ],
)
def test_an_option_that_makes_no_regression_is_refused_by_its_name(kind, name, value):
    with pytest.raises(ValueError, match=f"^{name} (is|are) "):
        kind(H, L, **{name: value}).fit(Y)
