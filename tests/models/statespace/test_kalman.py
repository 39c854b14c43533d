"""Filter and smoother equal statsmodels' on random models with gaps, and the direct Gaussian sums."""

import warnings

import numpy as np
import pytest
import torch

from models.statespace.kalman import StateSpace, kalman_filter
from models.statespace.root import root_filter
from models.statespace.smoother import kalman_smoother


def random_model(seed: int, k: int, p: int, diffuse: int):
    rng = np.random.default_rng(seed)
    T = rng.normal(size=(k, k))
    T *= 0.95 / np.abs(np.linalg.eigvals(T)).max()
    T[:diffuse] = np.eye(k)[:diffuse]
    half, first = rng.normal(size=(2, k, k))
    D = np.diag((np.arange(k) < diffuse).astype(float))
    P1 = first @ first.T
    P1[:diffuse] = P1[:, :diffuse] = 0
    arrays = (T, rng.normal(size=(p, k)), rng.random(p), half @ half.T, rng.normal(size=k), P1, D)
    return StateSpace(*(torch.tensor(a) for a in arrays), c=torch.tensor(rng.normal(size=k)))


def gappy(seed: int, count: int, n: int, p: int):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(count, n, p)).cumsum(1)
    y[rng.random(y.shape) < 0.2] = np.nan
    return torch.tensor(y)


def peer(y, model: StateSpace):
    mlemodel = pytest.importorskip("statsmodels.tsa.statespace.kalman_smoother")
    k, p = model.T.shape[0], model.Z.shape[0]
    other = mlemodel.KalmanSmoother(p, k, k)
    for name, value in (("transition", model.T), ("design", model.Z), ("state_cov", model.Q)):
        other[name] = value.numpy()
    other["obs_cov"], other["selection"] = np.diag(model.H.numpy()), np.eye(k)
    other["state_intercept"] = model.c.numpy()[:, None]
    other.initialize("known", constant=model.a1.numpy(), stationary_cov=model.P1.numpy())
    if bool(model.P1_diffuse.any()):
        from statsmodels.tsa.statespace.initialization import Initialization

        start, loose = Initialization(k), int(model.P1_diffuse.diagonal().sum())
        start.set((0, loose), "diffuse")
        start.set(
            (loose, k),
            "known",
            constant=model.a1.numpy()[loose:],
            stationary_cov=model.P1.numpy()[loose:, loose:],
        )
        other.initialize(start)
    other.bind(np.ascontiguousarray(y.numpy()))
    other.filter_univariate = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return other.smooth()


@pytest.mark.parametrize("diffuse", [0, 1, 2])
@pytest.mark.parametrize(("k", "p"), [(2, 1), (4, 1), (3, 2)])
def test_likelihood_states_and_smoother_equal_statsmodels(k: int, p: int, diffuse: int) -> None:
    model, y = random_model(k + p + diffuse, k, p, diffuse), gappy(3, 4, 40, p)
    model.a1[:diffuse] = 0
    ours = kalman_filter(y, model)
    mean, variance = kalman_smoother(ours, model)
    for b in range(len(y)):
        other = peer(y[b], model)
        assert float(ours.loglik[b]) == pytest.approx(other.llf_obs.sum(), rel=1e-6)
        predicted = np.stack([m[b].numpy() for m in ours.mean], 1)
        np.testing.assert_allclose(predicted, other.predicted_state, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(mean[b].numpy().T, other.smoothed_state, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(
            variance[b].numpy().transpose(1, 2, 0), other.smoothed_state_cov, rtol=1e-6, atol=1e-6
        )


def test_likelihood_and_smoother_equal_the_joint_gaussian() -> None:
    model, n = random_model(5, 3, 1, 0), 12
    y = gappy(8, 1, n, 1)
    T, Z, Q = model.T.numpy(), model.Z.numpy(), model.Q.numpy()
    means, blocks = [model.a1.numpy()], [model.P1.numpy()]
    for _ in range(n - 1):
        means.append(T @ means[-1] + model.c.numpy())
        blocks.append(T @ blocks[-1] @ T.T + Q)
    joint = np.zeros((3 * n, 3 * n))
    for s in range(n):
        for t in range(s, n):
            joint[3 * t : 3 * t + 3, 3 * s : 3 * s + 3] = np.linalg.matrix_power(T, t - s) @ blocks[s]
            joint[3 * s : 3 * s + 3, 3 * t : 3 * t + 3] = joint[3 * t : 3 * t + 3, 3 * s : 3 * s + 3].T
    kept = ~np.isnan(y[0, :, 0].numpy())
    observe = np.kron(np.eye(n), Z)[kept]
    residual = y[0, kept, 0].numpy() - observe @ np.concatenate(means)
    V = observe @ joint @ observe.T + model.H.numpy() * np.eye(kept.sum())
    expected = -0.5 * (
        kept.sum() * np.log(2 * np.pi) + np.linalg.slogdet(V)[1] + residual @ np.linalg.solve(V, residual)
    )
    states = np.concatenate(means) + joint @ observe.T @ np.linalg.solve(V, residual)

    ours = kalman_filter(y, model)

    assert float(ours.loglik) == pytest.approx(expected, rel=1e-9)
    np.testing.assert_allclose(
        kalman_smoother(ours, model)[0][0].numpy().ravel(), states, rtol=1e-8, atol=1e-8
    )


def test_each_series_may_have_a_model_of_its_own() -> None:
    alone = [random_model(seed, 3, 1, 1) for seed in range(3)]
    y = gappy(2, 3, 20, 1)
    whole = StateSpace(
        *(torch.stack([getattr(m, n) for m in alone]) for n in StateSpace.__dataclass_fields__)
    )

    expected = [float(kalman_filter(y[b : b + 1], m).loglik) for b, m in enumerate(alone)]

    assert kalman_filter(y, whole).loglik.tolist() == pytest.approx(expected)


def test_the_gradient_is_that_of_finite_differences() -> None:
    model, y = random_model(1, 2, 1, 1), gappy(4, 2, 8, 1)

    def value(T):
        return kalman_filter(
            y, StateSpace(T, *(getattr(model, n) for n in ("Z", "H", "Q", "a1", "P1", "P1_diffuse", "c")))
        ).loglik

    assert torch.autograd.gradcheck(value, model.T.clone().requires_grad_())


def test_the_root_form_stays_right_in_float32() -> None:
    """Two nearly equal states, a sharp observation: variances lose all digits, roots half of them."""
    eye = torch.eye(2, dtype=torch.float64)
    Z = torch.tensor([[1.0, 1.0001]], dtype=torch.float64)
    model = StateSpace(eye, Z, torch.tensor([1e-6], dtype=torch.float64), 1e-9 * eye, 0 * eye[0], 100 * eye)
    y = gappy(1, 3, 50, 1) * 0.01
    exact = kalman_filter(y, model)
    single = StateSpace(*(None if v is None else v.float() for v in vars(model).values()))

    _, root, loglik = root_filter(y.float(), single)

    np.testing.assert_allclose(root_filter(y, model)[2], exact.loglik, rtol=1e-5)
    np.testing.assert_allclose(loglik, exact.loglik, rtol=1e-2)
    np.testing.assert_allclose(
        (root @ root.mT).diagonal(0, 1, 2), exact.variance[-1].diagonal(0, 1, 2), rtol=1e-2
    )
    plain = kalman_filter(y.float(), single)
    assert float((plain.loglik - exact.loglik).abs().max()) > float((loglik - exact.loglik).abs().max())


def test_errors_name_the_remedy() -> None:
    model = random_model(1, 2, 1, 1)
    with pytest.raises(ValueError, match="give a finite P1"):
        root_filter(gappy(1, 2, 5, 1), model)
    with pytest.raises(ValueError, match=r"T has shape \(2, 2\)|Z has shape"):
        kalman_filter(
            gappy(1, 2, 5, 1),
            StateSpace(model.T, model.Z[None].repeat(3, 1, 1), model.H, model.Q, model.a1, model.P1),
        )
