"""Exponential smoothing: statsmodels' likelihood and optimum, intervals, choice, gaps and bad series."""

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest
import torch

from etl.engine.types import Tensor
from models.statespace import smoothing
from models.statespace.ets import ETS, read
from models.statespace.smoothing import Form
from tests.support.series import integrated, seasonal

NAMES = [
    e + t + s for e, t, s in itertools.product("AM", ("N", "A", "Ad", "M", "Md"), "NAM")
]  # fmt: skip
WORDS = {"A": "add", "M": "mul", "N": None}


def peer(y: np.ndarray, form: Form):
    ets = pytest.importorskip("statsmodels.tsa.exponential_smoothing.ets")
    seasons = form.period if form.season != "N" else None
    words = {"error": WORDS[form.error], "trend": WORDS[form.trend], "seasonal": WORDS[form.season]}
    return ets.ETSModel(pd.Series(y), damped_trend=form.damped, seasonal_periods=seasons, **words)


def optimum(y: np.ndarray, form: Form):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return peer(y, form).fit(disp=False, maxiter=1000)


def given(form: Form, gap: bool = False):
    """Two series, their starts, weights and states; every weight that the form lacks is at rest."""
    y = torch.from_numpy(seasonal(2, 30, 3, 4) / 10)
    start = torch.tensor([0, 5])
    y[1, :5] = torch.nan
    if gap:
        y[0, 11] = torch.nan
    one = [0.3, 0.1 * (form.trend != "N"), 0.2 * (form.season != "N"), 0.9 if form.damped else 1.0]
    weights = torch.tensor([one] * 2, dtype=torch.float64).requires_grad_()
    neutral = {"N": 0.0, "A": 0.0, "M": 1.0}
    slope = neutral[form.trend] + (0.01 if form.trend != "N" else 0)
    seasons = [
        neutral[form.season] + (x if form.season != "N" else 0) for x in (0.1, -0.1, 0.2, -0.2)[: form.period]
    ]
    first = torch.tensor([[5.0, slope, *seasons]] * 2, dtype=torch.float64).requires_grad_()
    return y, start, weights, first


@pytest.mark.parametrize("name", NAMES)
def test_the_likelihood_is_statsmodels(name: str) -> None:
    """Gamma rests where a season is multiplicative: its filter divides by the level after the update."""
    form = read(name, 4)
    y, start, weights, first = given(form)
    if form.season == "M":
        weights = weights.detach().clone()
        weights[:, 2] = 0
    value = smoothing.cost(y, start, form, weights, first).detach()
    for b in range(2):
        own = y[b, start[b] :].numpy()
        model, w, x = peer(own, form), weights[b].tolist(), first[b].tolist()
        params = [w[0], *([w[1]] if form.trend != "N" else []), *([w[2]] if form.season != "N" else [])]
        params += [*([w[3]] if form.damped else []), x[0], *([x[1]] if form.trend != "N" else [])]
        params += x[2:][::-1] if form.season != "N" else []
        loglik = -len(own) * (float(value[b]) + 0.5 * (np.log(2 * np.pi) + 1))
        assert len(params) == len(model.param_names)
        assert loglik == pytest.approx(model.loglike(np.array(params)), rel=1e-9)


def recursion(y: Tensor, start: Tensor, form: Form, weights: Tensor, first: Tensor) -> tuple[Tensor, ...]:
    """What the kernel does, by array code: errors, values expected, and the states after the data."""
    state, errors, values = first, [], []
    for t in range(y.shape[1]):
        mu, moved = smoothing.update(y[:, t], state, form, weights)
        state = torch.where((t >= start)[:, None], moved, state)
        gap = torch.isnan(y[:, t])
        error = torch.where(gap, mu, y[:, t]) - mu  # no NaN may enter before the derivative
        errors.append(torch.where(gap, torch.nan, error / mu if form.error == "M" else error))
        values.append(mu)
    return torch.stack(errors, 1), torch.stack(values, 1), state


@pytest.mark.parametrize("name", NAMES)
def test_the_kernel_and_its_adjoint_equal_array_code_and_autograd(name: str) -> None:
    form = read(name, 4)
    y, start, weights, first = given(form, gap=True)
    compiled = smoothing.cost(y, start, form, weights, first)
    error, mu, last = recursion(y, start, form, weights, first)
    seen = ~torch.isnan(error)
    size = seen.sum(1)
    plain = (torch.where(seen, error, 0).square().sum(1) / size).log() / 2
    plain = plain + (torch.where(seen, mu, 1).log().sum(1) / size if form.error == "M" else 0)
    on = [
        0,
        *([1] if form.trend != "N" else []),
        *([2] if form.season != "N" else []),
        *([3] if form.damped else []),
    ]
    free = [0, *([1] if form.trend != "N" else []), *(range(2, 6) if form.season != "N" else [])]

    torch.testing.assert_close(compiled, plain)
    ours = torch.autograd.grad(compiled.sum(), (weights, first))
    theirs = torch.autograd.grad(plain.sum(), (weights, first))
    torch.testing.assert_close(ours[0][:, on], theirs[0][:, on], rtol=1e-8, atol=1e-10)
    torch.testing.assert_close(ours[1][:, free], theirs[1][:, free], rtol=1e-8, atol=1e-10)
    again, states = smoothing.run(y, start, form, weights, first)
    torch.testing.assert_close(again, error.detach(), equal_nan=True)
    torch.testing.assert_close(states[:, free], last[:, free].detach())


@pytest.mark.parametrize("name", ["ANN", "AAdN"])
def test_optima_match_statsmodels_on_200_series(name: str, real_series: np.ndarray) -> None:
    Y, form = np.concatenate([integrated(100, 200, 1), real_series]), read(name, 1)
    ours = ETS(name).fit(Y)
    ahead, (lower, _) = ours.predict(5), ours.predict_interval(5)
    gains = []
    for b, y in enumerate(Y):
        other = optimum(y, form)
        gains.append(float(ours.loglik_[b]) - other.llf)
        if abs(gains[-1]) < 1e-5:
            np.testing.assert_allclose(ahead[b], other.forecast(5), atol=0.02 * y.std())
            bounds = other.get_prediction(200, 204).pred_int(0.05).iloc[:, 0]
            assert ahead[b, 0] - lower[b, 0] == pytest.approx(
                (ahead[b, 0] - bounds.iloc[0]), rel=0.02, abs=0.04 * y.std()
            )
    worse, better = ([side * gain > 0.01 for gain in gains] for side in (-1, 1))
    assert sum(worse) <= 6  # of 200: another of several maxima
    assert min(gains) > -0.5
    assert sum(better) >= sum(worse)
    assert sum(abs(gain) < 1e-5 for gain in gains) > 100


@pytest.mark.parametrize("name", ["AAA", "MAM", "MNA", "AAdM", "MMN"])
def test_seasonal_and_multiplicative_optima_match_statsmodels(name: str) -> None:
    Y, form = seasonal(6, 96, 4), read(name, 12)
    ours = ETS(name, period=12).fit(Y)
    gains = [float(ours.loglik_[b]) - optimum(y, form).llf for b, y in enumerate(Y)]

    assert sum(gain < -0.01 for gain in gains) <= 1


def test_simulated_intervals_agree_with_exact_ones() -> None:
    """With small relative errors a multiplicative error is an additive one."""
    Y = 1000 + integrated(4, 100, 8)
    bounds = {name: ETS(name).fit(Y).predict_interval(6, 80) for name in ("ANN", "MNN")}
    width = bounds["ANN"][1] - bounds["ANN"][0]

    np.testing.assert_allclose(bounds["MNN"][1] - bounds["MNN"][0], width, rtol=0.08)
    one, other = (ETS("MNN", random_state=seed).fit(Y).predict_interval(3)[0] for seed in (0, 1))
    assert not np.array_equal(one, other)
    np.testing.assert_allclose(ETS("MNN").fit(Y[2:]).predict_interval(3)[0], one[2:], rtol=1e-6)


def test_intervals_cover() -> None:
    rng = np.random.default_rng(0)
    e, level = rng.normal(size=(110, 400)), np.full(400, 50.0)
    rows = []
    for step in e:
        rows.append(level + step)
        level = level + 0.4 * step
    Y = np.stack(rows, 1)
    model = ETS("ANN").fit(Y[:, :100])
    for percent in (80, 95):
        lower, upper = model.predict_interval(10, percent)
        inside = (lower <= Y[:, 100:]) & (Y[:, 100:] <= upper)
        assert inside.mean() == pytest.approx(percent / 100, abs=0.03)
    assert np.nanstd(model.anomaly_scores()) == pytest.approx(1, abs=0.02)


def test_auto_chooses_season_and_trend_where_they_are() -> None:
    Y = np.concatenate([seasonal(5, 96, 6), np.random.default_rng(0).normal(50, 1, (5, 96))])
    model = ETS("auto", period=12).fit(Y)

    assert all(name[-1] in "AM" for name in model.models_[:5])
    assert all(name[-1] == "N" for name in model.models_[5:])
    aicc = [ETS(name, period=12).fit(Y[:5]).aicc_ for name in ("ANN", "MAM", "MAA")]
    assert bool((model.aicc_[:5] <= torch.stack(aicc).amin(0) + 1e-9).all())
    assert ETS("auto").fit(-Y).models_[0][0] == "A"


def test_gaps_and_bad_series_spoil_no_other() -> None:
    good = integrated(2, 60, 5)
    bad = np.full((5, 60), np.nan)
    bad[0], bad[2, -2:], bad[3], bad[4, 20:] = 7.0, [1.0, 2.0], good[0], good[1, 20:]
    bad[3, 10] = -np.inf
    model = ETS("AAN").fit(np.concatenate([good, bad]))
    ahead = model.predict(3)

    np.testing.assert_allclose(ahead[:2], ETS("AAN").fit(good).predict(3), rtol=1e-6)
    kinds = [note.split(":")[0] for note in model.notes_[2:]]
    assert kinds == ["constant", "no value", "too short", "infinite values", ""]
    np.testing.assert_allclose(ahead[2], 7.0)
    assert float(model.predict_interval(3)[1][2, 2]) == pytest.approx(7.0)
    np.testing.assert_allclose(ahead[6], ETS("AAN").fit(good[1:, 20:]).predict(3)[0], rtol=1e-6)
    assert ETS("MNN").fit(np.r_[good, -good]).notes_[2].startswith("values that are not positive")
    line = np.arange(1.0, 31.0)
    np.testing.assert_allclose(ETS("AAN").fit(line[None]).predict(2), [[31, 32]], rtol=1e-4)
    line[12] = np.nan
    np.testing.assert_allclose(ETS("AAN").fit(line[None]).predict(2), [[31, 32]], rtol=1e-4)


def test_errors_name_the_remedy() -> None:
    for letters in ("XNN", "AN", "ANdN", "AAAA"):
        with pytest.raises(ValueError, match=f"model is '{letters}'"):
            ETS(letters).fit(integrated(1, 30, 0))
    with pytest.raises(ValueError, match="give period="):
        ETS("AAA").fit(integrated(1, 30, 0))
