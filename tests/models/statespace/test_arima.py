"""ARIMA: statsmodels' likelihood and optimum, forecasts, gaps and bad series."""

import warnings

import numpy as np
import pandas as pd
import pytest
import torch

from models.statespace import arma
from models.statespace.arima import ARIMA
from models.statespace.sarima import Order
from models.statespace.transforms import from_coefficients, polynomial, to_coefficients
from tests.support.series import integrated, seasonal


def peer(y: np.ndarray, order: tuple, seasons: tuple = (0, 0, 0, 0), trend: str = "n"):
    api = pytest.importorskip("statsmodels.api")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = api.tsa.SARIMAX(y, order=order, seasonal_order=seasons, trend=trend, simple_differencing=True)
        return model.fit(disp=False, maxiter=500)


def random_arma(p: int, q: int, count: int = 5, n: int = 40):
    torch.manual_seed(p + 10 * q)
    w = torch.randn(count, n, dtype=torch.float64).cumsum(1) * 0.3
    phi = to_coefficients(torch.randn(count, p, dtype=torch.float64)).requires_grad_()
    theta = (-to_coefficients(torch.randn(count, q, dtype=torch.float64))).requires_grad_()
    mean = torch.randn(count, dtype=torch.float64).requires_grad_()
    return w, torch.tensor([0, 3, 0, 1, 0]), phi, theta, mean


@pytest.mark.parametrize(("p", "q"), [(0, 0), (1, 1), (2, 0), (0, 2), (3, 2), (1, 4)])
def test_the_likelihood_is_the_dense_gaussian(p: int, q: int) -> None:
    w, start, phi, theta, mean = random_arma(p, q)
    ours = arma.cost(w, start, phi, theta, mean)
    psi = arma.psi_weights(phi, theta, 4000)
    for b, value in enumerate(ours.tolist()):
        own, n = (w[b, start[b] :] - mean[b]).detach(), w.shape[1] - int(start[b])
        tail = psi[b].detach()
        gamma = torch.stack([(tail[: len(tail) - k] * tail[k:]).sum() for k in range(n)])
        V = gamma[(torch.arange(n)[:, None] - torch.arange(n)).abs()]
        square = own @ torch.linalg.solve(V, own)
        assert value == pytest.approx(float((square / n).log() + torch.logdet(V) / n) / 2, rel=1e-6)


@pytest.mark.parametrize(("p", "q"), [(1, 1), (2, 0), (0, 2), (3, 2), (1, 4)])
def test_the_kernel_and_its_adjoint_equal_array_code_and_autograd(p: int, q: int) -> None:
    w, start, phi, theta, mean = random_arma(p, q)
    given = [part for part in (phi, theta, mean) if part.numel()]
    compiled = arma.cost(w, start, phi, theta, mean)
    full, gain, first = arma.stationary(phi, theta)
    v, F, _, _ = arma.residuals(w, start, full, mean, gain, first)
    size = w.shape[1] - start
    plain = ((v * v / F).sum(1) / size).log() / 2 + F.log().sum(1) / (2 * size)

    torch.testing.assert_close(compiled, plain)
    expected = torch.autograd.grad(plain.sum(), given)
    for one, other in zip(torch.autograd.grad(compiled.sum(), given), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-10)


def test_coefficients_are_stationary_and_come_back() -> None:
    x = torch.randn(50, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    phi = to_coefficients(x)
    for row in phi.numpy():
        assert np.abs(np.roots(np.r_[1, -row])).max() < 1
    torch.testing.assert_close(from_coefficients(phi, 0.9999999), x)
    short, long = torch.rand(1, 2), torch.rand(1, 2)
    expected = np.polymul(np.r_[1, short[0]], np.r_[1, 0, 0, long[0, 0], 0, 0, long[0, 1]])
    np.testing.assert_allclose(polynomial(short, long, 3)[0], expected[1:], rtol=1e-6)


def test_optima_match_statsmodels_on_200_series(real_series: np.ndarray) -> None:
    Y = np.concatenate([integrated(100, 200, 1), real_series])
    ours = ARIMA((1, 1, 1)).fit(Y)
    ahead, below = ours.predict(5), ours.predict_interval(5)[0]
    worse, compared = 0, 0
    for b, y in enumerate(Y):
        other = peer(y, (1, 1, 1))
        gain = float(ours.loglik_[b]) - other.llf
        worse += gain < -0.01
        if abs(gain) < 1e-4 and abs(float(ours.phi_[b, 0] + ours.theta_[b, 0])) > 0.2:
            compared += 1
            forecast = other.get_forecast(5)
            np.testing.assert_allclose(other.params[0], ours.phi_[b, 0], atol=0.02)
            assert y[-1] + forecast.predicted_mean[0] == pytest.approx(ahead[b, 0], abs=0.02 * y.std())
            width = 1.959964 * np.sqrt(other.params[-1])
            assert ahead[b, 0] - below[b, 0] == pytest.approx(width, rel=0.01)
    assert worse <= 2  # of 200: another of several maxima
    assert compared > 50


def test_a_seasonal_model_matches_statsmodels() -> None:
    Y = np.log(seasonal(4, 120, 2))
    ours = ARIMA((0, 1, 1), seasonal_order=(0, 1, 1, 12)).fit(Y)
    for b, y in enumerate(Y):
        other = peer(y, (0, 1, 1), (0, 1, 1, 12))
        assert float(ours.loglik_[b]) > other.llf - 0.01


@pytest.mark.parametrize("constant", [False, True])
def test_forecasts_equal_statsmodels_at_the_same_parameters(constant: bool) -> None:
    Y = integrated(3, 60, 3)
    Y[1, 20:23] = np.nan
    ours = ARIMA((2, 1, 1), constant=constant).fit(Y)
    api = pytest.importorskip("statsmodels.api")
    for b, y in enumerate(Y):
        model = api.tsa.SARIMAX(y, order=(2, 1, 1), trend="c" if constant else "n")
        phi = ours.phi_[b].numpy()
        drift = [float(ours.constant_[b]) * (1 - phi.sum())] if constant else []
        other = model.smooth([*drift, *phi, *ours.theta_[b].numpy()[:1], float(ours.variance_[b])])
        ahead = other.get_forecast(8)
        lower, _ = ours.predict_interval(8, 80)
        np.testing.assert_allclose(ours.predict(8)[b], ahead.predicted_mean, rtol=1e-4)
        np.testing.assert_allclose(lower[b], ahead.conf_int(alpha=0.2)[:, 0], rtol=1e-4)
        scores = ours.anomaly_scores()[b]
        np.testing.assert_allclose(scores[30:], other.standardized_forecasts_error[0, 30:], atol=2e-3)


def test_gaps_leave_the_likelihood_exact() -> None:
    """The filter of levels on whole series gives what the recursions on differences give."""
    Y = integrated(4, 80, 4)
    whole = ARIMA((1, 1, 1)).fit(Y)
    holed = Y.copy()
    holed[0, 40] = np.nan
    mixed = ARIMA((1, 1, 1)).fit(holed)
    np.testing.assert_allclose(mixed.loglik_[1:], whole.loglik_[1:], rtol=1e-9)
    other = pytest.importorskip("statsmodels.api").tsa.SARIMAX(holed[0], order=(1, 1, 1))
    smoothed = other.smooth([float(mixed.phi_[0, 0]), float(mixed.theta_[0, 0]), float(mixed.variance_[0])])
    assert smoothed.llf == pytest.approx(float(mixed.loglik_[0]), abs=2e-3)  # its diffuse start is 1e6


def test_the_gradient_is_zero_where_the_search_ends() -> None:
    model = ARIMA((1, 0, 1), tol=1e-8).fit(integrated(5, 100, 6)[:, :60])
    assert "gradient small" in model.stop_reason_ or "no more decrease" in model.stop_reason_


def test_bad_series_spoil_no_other() -> None:
    good = integrated(2, 60, 5)
    bad = np.full((6, 60), np.nan)
    bad[0], bad[2, -2:], bad[3] = 7.0, [1.0, 2.0], good[0]
    bad[3, 10], bad[4], bad[5] = np.inf, np.arange(60.0), good[1]
    bad[5, :30] = np.nan
    model, alone = ARIMA().fit(np.concatenate([good, bad])), ARIMA().fit(good)
    ahead = model.predict(3)

    np.testing.assert_allclose(ahead[:2], alone.predict(3), rtol=1e-9)
    assert [note.split(":")[0] for note in model.notes_[2:]] == [
        "constant", "no value", "too short", "infinite values", "", "",
    ]  # fmt: skip
    np.testing.assert_array_equal(ahead[2], 7.0)
    lower, upper = model.predict_interval(3)
    np.testing.assert_array_equal(lower[2], upper[2])
    assert np.isnan(ahead[3:6]).all()
    np.testing.assert_allclose(ARIMA((0, 1, 0), constant=True).fit(bad[4:5]).predict(2), [[60, 61]])
    np.testing.assert_allclose(ahead[7], ARIMA().fit(bad[5:, 30:]).predict(3)[0], rtol=1e-6)


def test_frames_come_back_with_dates() -> None:
    y = integrated(2, 30, 7)
    months = pd.date_range("2020-01-01", periods=30, freq="MS")
    rows = [
        pd.DataFrame({"unique_id": name, "ds": months[: len(v)], "y": v})
        for name, v in zip("ab", (y[0], y[1, :25]), strict=True)
    ]
    frame = pd.concat(rows).sample(frac=1, random_state=0)
    model = ARIMA((0, 1, 1)).fit(frame)
    ahead = model.predict(2)

    assert list(ahead) == ["unique_id", "ds", "mean", "lo-80", "hi-80", "lo-95", "hi-95"]
    assert ahead["ds"].dt.strftime("%Y-%m").tolist() == ["2022-07", "2022-08", "2022-02", "2022-03"]
    np.testing.assert_allclose(ahead["mean"][:2], ARIMA((0, 1, 1)).fit(y[:1]).predict(2)[0])
    with pytest.raises(ValueError, match=r"1 dates occur twice, the first is 2020-01-01 of series a"):
        ARIMA().fit(pd.concat([frame, frame[(frame.unique_id == "a") & (frame.ds == "2020-01-01")]]))
    with pytest.raises(ValueError, match=r"dates are not of equal steps: .* of series a"):
        ARIMA().fit(frame.assign(ds=frame.ds.where(frame.ds != months[3], months[3] + pd.Timedelta("1D"))))
    with pytest.raises(ValueError, match="missing"):
        ARIMA().fit(frame.drop(columns="y"))


def test_errors_name_the_cause() -> None:
    with pytest.raises(ValueError, match="negative order, or a season"):
        ARIMA((1, 0, 0), seasonal_order=(1, 0, 0, 1)).fit(integrated(1, 30, 0))
    with pytest.raises(ValueError, match="horizon is 0"):
        ARIMA().fit(integrated(1, 30, 0)).predict(0)
    with pytest.raises(ValueError, match=r"shape \(series, time\)"):
        ARIMA().fit(integrated(1, 30, 0)[0])
    assert Order(1, 1, 1, 0, 1, 1, 12).lags == 13
