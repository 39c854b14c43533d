import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.engine import Engine
from etl.handoff import to_host
from models.topics import components, decompose, recover, spectrum
from models.topics.online import online

METHODS = sorted(decompose.METHODS)


def orthogonal(engine: Engine, k: int = 6, noise: float = 0.0):
    """A tensor of known orthogonal components, strongest first, with symmetric noise."""
    rng = np.random.default_rng(0)
    V, strengths = np.linalg.qr(rng.normal(size=(k, k)))[0], np.linspace(4, 1, k)
    T = np.einsum("r,ar,br,cr->abc", strengths, V, V, V)
    E = rng.normal(size=(k, k, k)) * noise
    T += sum(E.transpose(p) for p in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))) / 6
    return engine.xp.asarray(T), V, strengths


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_known_components(engine: Engine, method: str) -> None:
    T, V, strengths = orthogonal(engine)

    found = decompose.METHODS[method](T, restarts=10)

    np.testing.assert_allclose(to_host(found.strengths), strengths, rtol=2e-2)
    np.testing.assert_allclose((V * to_host(found.V)).sum(axis=0), 1, atol=2e-3)  # signs too
    assert found.residual < 0.02
    assert found.n_iter > 0


@pytest.mark.parametrize("method", ["polar", "power", "online"])
def test_noise_moves_components_a_little(engine: Engine, method: str) -> None:
    T, V, _ = orthogonal(engine, noise=0.05)

    found = decompose.METHODS[method](T, restarts=10)

    assert np.abs(V.T @ to_host(found.V)).max(axis=0).min() > 0.98


def test_the_residual_is_what_components_leave(engine: Engine) -> None:
    T, _, _ = orthogonal(engine, noise=0.3)
    found = decompose.polar(T)
    V, strengths = to_host(found.V), to_host(found.strengths)

    rest = to_host(T) - np.einsum("r,ar,br,cr->abc", strengths, V, V, V)

    assert found.residual == pytest.approx(np.linalg.norm(rest) / np.linalg.norm(to_host(T)), rel=1e-6)
    np.testing.assert_allclose(V.T @ V, np.eye(6), atol=1e-5)


def test_polar_beats_no_start_it_was_given(engine: Engine) -> None:
    T, _, _ = orthogonal(engine, noise=0.3)
    starts = components.random_starts(T, 5, seed=3)

    scores = [float((decompose.polar(T, start=V).strengths ** 2).sum()) for V in starts]

    assert float((decompose.polar(T, restarts=5, seed=3).strengths ** 2).sum()) >= max(scores) * 0.98


def test_the_online_form_averages_noise_over_batches(engine: Engine) -> None:
    exact, V, _ = orthogonal(engine)
    noisy = [orthogonal(engine, noise=0.0)[0] + sign * 0.1 * engine.xp.ones_like(exact) for sign in (1, -1)]

    alone, both = decompose.polar(noisy[0]), online(noisy)

    errors = [1 - np.abs(V.T @ to_host(found.V)).max(axis=0).min() for found in (alone, both)]
    assert errors[1] < 1e-3 < errors[0]


def test_krylov_finds_the_largest_eigenvalues_not_the_largest_in_size(engine: Engine) -> None:
    rng, xp = np.random.default_rng(0), engine.xp
    Q = np.linalg.qr(rng.normal(size=(300, 300)))[0]
    values = np.concatenate([[9, 7, 5, 3], np.linspace(1, -8, 296)])
    A = xp.asarray(Q * values @ Q.T)

    found, vectors = spectrum.top(lambda x: A @ x, xp.asarray(rng.normal(size=(300, 12))), 4, 10)

    np.testing.assert_allclose(to_host(found), [9, 7, 5, 3], rtol=1e-5)
    assert np.abs(np.abs(to_host(vectors).T @ Q[:, :4]) - np.eye(4)).max() < 1e-3


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-3, 3), min_size=1, max_size=8))
def test_the_projection_is_the_nearest_point_of_the_simplex(values: list[float]) -> None:
    row = np.array(values)
    found = recover.simplex(row[None])[0]

    assert found.sum() == pytest.approx(1)
    assert found.min() >= 0
    others = np.random.default_rng(0).dirichlet(np.ones(len(row)), 200)
    assert ((found - row) ** 2).sum() <= ((others - row) ** 2).sum(axis=1).min() + 1e-9
