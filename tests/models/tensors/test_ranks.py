"""Ranks by energy, by the Bayesian threshold and by held-out entries find those that were put in."""

import numpy as np
import pytest

from etl.engine import Engine
from etl.handoff import from_host, to_host
from models.tensors.completion import Completion
from models.tensors.cp_estimator import CP
from models.tensors.held_out import split, whole_fibres
from models.tensors.local import carried
from models.tensors.ranks import evbmf
from models.tensors.tucker_estimator import Tucker


def made(seed=0, noise=0.1, shape=(20, 18, 16), rank=3):
    rng = np.random.default_rng(seed)
    factors = [rng.normal(size=(size, rank)) for size in shape]
    return np.einsum("ir,jr,kr->ijk", *factors) + noise * rng.normal(size=shape)


def test_energy_is_kept_with_the_least_ranks():
    x = made()
    model = Tucker("energy", energy=0.98).fit(x)
    for mode, rank in enumerate(model.rank_):
        squares = np.linalg.svd(np.moveaxis(x, mode, 0).reshape(x.shape[mode], -1), compute_uv=False) ** 2
        assert squares[:rank].sum() >= 0.98 * squares.sum() > squares[: rank - 1].sum()
    assert "0.98" in model.choices_[0]


@pytest.mark.parametrize(("rank", "noise"), [(0, 1.0), (1, 0.5), (5, 1.0), (5, 3.0)])
def test_the_threshold_finds_rank_and_noise_of_matrices(rank, noise):
    rng = np.random.default_rng(rank)
    x = 4 * rng.normal(size=(60, rank)) @ rng.normal(size=(rank, 100)) + noise * rng.normal(size=(60, 100))
    found, variance = evbmf(np.linalg.svd(x, compute_uv=False) ** 2, 60, 100)
    assert found == rank
    assert variance == pytest.approx(noise**2, rel=0.1)


def test_the_threshold_and_held_out_entries_find_the_rank_of_tensors():
    x = made()
    assert Tucker("evbmf").fit(x).rank_ == [3, 3, 3]
    assert CP("evbmf").fit(x).rank_ == 3
    mask = np.random.default_rng(1).random(x.shape) < 0.6
    model = CP("held-out", ranks=(1, 2, 3, 4, 6)).fit(x, mask)
    assert model.rank_ == 3
    assert "rank 3: error" in model.choices_[0]
    assert "10% of the entries held out" in model.choices_[0]
    error = np.sqrt(np.mean((model.inverse_transform() - x)[~mask] ** 2))
    assert error < 0.2 < x.std()
    assert Tucker("held-out", ranks=(1, 2, 3, 5)).fit(x, mask).rank_ == [3, 3, 3]


def test_entries_are_held_out_as_they_are_missing():
    rng = np.random.default_rng(0)
    points = (rng.random((1, 20, 7, 30)) < 0.1) * 1.0
    assert whole_fibres(points) is None
    fibres = np.broadcast_to(rng.random((1, 20, 7, 1)) < 0.7, points.shape) * 1.0
    assert whole_fibres(fibres) == 2
    learnt, held, how = split(fibres, 0.2, 0)
    np.testing.assert_array_equal(learnt + held, fibres)
    assert set(held.sum(-1).ravel()) == {0.0, 30.0}
    assert "whole fibres along mode 2" in how
    assert whole_fibres(np.ones((1, 3, 3, 3))) is None
    own_draws = (np.random.default_rng(0).random((1, 20, 7, 30)) >= 0.3) * 1.0
    assert split(own_draws, 0.1, 0)[1].sum() > 0.08 * own_draws.sum()


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 12, 13])
def test_carried_remainders_solve_their_equations(size: int, engine: Engine) -> None:
    rng = np.random.default_rng(0)
    left, seen = rng.normal(size=(2, 3, size))
    seen = (seen > 0) * 1.0
    gaps = rng.random(size - 1) + 0.2
    steps = np.diff(np.eye(size), axis=0)
    for stiffness, pull, apart in ((0.3, 0.01, None), (3.0, 0.2, gaps)):
        given = [None if each is None else from_host(each, engine) for each in (left, seen, apart)]
        found = to_host(carried(given[0], given[1], stiffness, pull, given[2]))
        links = stiffness * np.diag(np.ones(size - 1) if apart is None else 1 / apart)
        for own, mask, estimate in zip(left, seen, found, strict=True):
            system = np.diag(mask) + steps.T @ links @ steps + pull * np.eye(size)
            np.testing.assert_allclose(estimate, np.linalg.solve(system, mask * own), atol=1e-12)


def test_completion_is_better_than_its_decomposition_and_than_a_line():
    rng = np.random.default_rng(0)
    drift = np.cumsum(rng.normal(size=(12, 160)), axis=1).reshape(12, 4, 40) * 0.3
    x = made(shape=(12, 4, 40), rank=2, noise=0.02) + drift
    mask = rng.random(x.shape) < 0.6
    model = Completion((1, 2), ranks=(1, 2, 4)).fit(np.where(mask, x, np.nan), mask)
    filled = model.transform(x, mask)
    np.testing.assert_array_equal(filled[mask], x[mask])

    def error(other):
        return np.sqrt(np.mean((other - x)[~mask] ** 2))

    flat, known = x.reshape(12, -1), mask.reshape(12, -1)
    line = [np.interp(np.arange(160), np.flatnonzero(k), f[k]) for f, k in zip(flat, known, strict=True)]
    plain = CP(model.setting_.rank, ridge=2e-2).fit(x, mask).inverse_transform()
    assert error(filled) < 0.8 * min(error(np.reshape(line, x.shape)), error(plain))
    with pytest.raises(ValueError, match=r"along=\(1, 1\) is not made of different modes of 0 to 2"):
        Completion((1, 1)).fit(x, mask)


def test_smoothness_betters_an_ordered_mode():
    time = np.linspace(0, 3, 60)
    factors = np.random.default_rng(0).normal(size=(2, 6, 2))
    x = np.einsum("ir,jr,rk->ijk", *factors, [np.sin(time), np.cos(2 * time)])
    rng = np.random.default_rng(1)
    noisy, mask = x + 0.3 * rng.normal(size=x.shape), rng.random(x.shape) < 0.3
    errors = [
        np.abs(CP(2, smooth=smooth, penalty=3.0).fit(noisy, mask).inverse_transform() - x).mean()
        for smooth in ((), (2,))
    ]
    assert errors[1] < 0.7 * errors[0]
