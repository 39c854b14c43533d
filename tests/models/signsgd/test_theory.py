"""Bounds against distributions that attain them, and against runs on quadratics with known constants."""

from math import comb

import numpy as np
import pytest
import torch
from scipy import stats

from models.signsgd.theory import CRITICAL, Problem, density, gauss_bound, mixed_norm

D, STEPS = 32, 4000


def test_density_of_known_vectors():
    assert density(torch.ones(7)) == pytest.approx(1)
    assert density(torch.tensor([0.0, 0.0, 5.0, 0.0])) == pytest.approx(1 / 4)
    normal = torch.randn(100_000, generator=torch.Generator().manual_seed(0))
    assert density(normal) == pytest.approx(2 / np.pi, abs=0.01)


@pytest.mark.parametrize(
    "family", [stats.norm, stats.laplace, stats.uniform(-0.5), stats.t(3), stats.logistic]
)
def test_no_unimodal_symmetric_noise_is_wrong_more_often(family):
    snr = np.linspace(0, 5, 101)
    wrong = family.cdf(-snr * family.std())
    assert np.all(wrong <= gauss_bound(torch.tensor(snr)).numpy() + 1e-12)


def test_bound_is_attained_on_both_sides_of_the_critical_ratio():
    low = np.linspace(0, CRITICAL, 20)
    assert gauss_bound(torch.tensor(low)).numpy() == pytest.approx(
        stats.uniform(-0.5).cdf(-low / np.sqrt(12))
    )
    high = np.linspace(CRITICAL, 6, 20)
    # An atom at 0, and a uniform part of weight p on [-a, a], a = 3 S / 2, whose variance p a^2 / 3 is 1.
    a = 1.5 * high
    wrong = 3 / a**2 * (a - high) / (2 * a)
    assert gauss_bound(torch.tensor(high)).numpy() == pytest.approx(wrong)


def test_mixed_norm_term_by_term():
    g, sigma = torch.tensor([3.0, -1.0, 0.0, 0.5]), torch.tensor([1.0, 4.0, 0.0, 0.0])
    assert mixed_norm(g, sigma) == pytest.approx(3 + 1 / 4 + 0 + 0.5)


class Quadratic:
    """``sum of L_i x_i^2 / 2`` and Gaussian noise, from a start whose gap is a half."""

    def __init__(self, noise, seed=0):
        generator = torch.Generator().manual_seed(seed)
        self.L = torch.rand(D, generator=generator) + 0.5
        self.L /= self.L.sum()
        self.start = torch.where(torch.rand(D, generator=generator) < 0.5, -1.0, 1.0)
        self.sigma = torch.rand(D, generator=generator) + 0.5
        self.sigma *= noise / self.sigma.sum()
        self.problem = Problem(float(self.L.sum()), float((self.L * self.start**2).sum() / 2), noise)


def gradients(L, start, sigma, workers, step_size, steps, *, liars=0, halve=False, seed=1):
    """l1 norm of the gradient at each step of the majority vote, (steps,); and its `mixed_norm`s."""
    generator, x, norms, mixed = torch.Generator().manual_seed(seed), start.clone(), [], []
    for k in range(steps):
        if k % 500 == 0:
            noise = torch.randn(500, workers, len(L), generator=generator) * sigma
        g = L * x
        norms.append(float(g.abs().sum()))
        if halve and norms[-1] < norms[0] / 2:
            break
        mixed.append(mixed_norm(g, sigma) if workers == 1 else 0.0)
        signs = (g + noise[k % 500]).sign()
        signs[:liars] *= -1
        x = x - step_size * signs.sum(0).sign()
    return norms, mixed


def mean_norm(quadratic, workers, *, factor=1.0, liars=0):
    """Mean norm with batches of as many calls as steps, as the theorems have it."""
    sigma, step_size = quadratic.sigma / STEPS**0.5, factor * quadratic.problem.step_size(STEPS)
    given = quadratic.L, quadratic.start, sigma, workers, step_size, STEPS
    return float(np.mean(gradients(*given, liars=liars)[0]))


@pytest.mark.parametrize("workers", [1, 4, 16])
@pytest.mark.parametrize("noise", [0.2, 1.0])
def test_runs_stay_under_the_bound(workers, noise):
    quadratic = Quadratic(noise)
    bound = quadratic.problem.large_batch(STEPS, workers)
    assert 0.35 * bound < mean_norm(quadratic, workers) < 0.95 * bound


@pytest.mark.parametrize("wrong", [{"factor": 3.0}, {"factor": 1 / 3}, {"factor": -1.0}, {"liars": 9}])
def test_wrong_steps_break_the_bound(wrong):
    quadratic = Quadratic(0.2)
    assert mean_norm(quadratic, 16, **wrong) > 1.3 * quadratic.problem.large_batch(STEPS, 16)


def test_noise_falls_with_the_square_root_of_the_workers():
    """Where noise rules, steps until the norm is halved are proportional to the theorem's noise term."""
    L, start = torch.ones(D), torch.ones(D)
    steps = {M: len(gradients(L, start, 10 * L, M, 1e-3, 60_000, halve=True)[0]) for M in (1, 4, 16)}
    assert steps[4] / steps[16] == pytest.approx(2, rel=0.1)
    # The slope of the vote's mean at a half, M C(M - 1, (M - 1) / 2) / 2^(M - 1); 4 and 16 count as 3 and 15,
    # because ties move nothing.
    assert steps[1] / steps[4] == pytest.approx(3 * comb(2, 1) / 2**2, rel=0.1)
    assert steps[1] / steps[16] == pytest.approx(15 * comb(14, 7) / 2**14, rel=0.1)


def test_mini_batches_stay_under_their_bound():
    quadratic = Quadratic(1.0)
    step_size = (2 * quadratic.problem.gap) ** 0.5 * quadratic.problem.step_size(STEPS)
    given = quadratic.L, quadratic.start, quadratic.sigma, 1, step_size, STEPS
    bound = quadratic.problem.mini_batch(STEPS)
    assert 0.1 * bound < np.mean(gradients(*given)[1]) < 0.95 * bound


@pytest.mark.parametrize("liars", [0, 3, 6])
def test_liars_stay_under_the_byzantine_bound(liars):
    quadratic = Quadratic(0.5)
    factor = quadratic.problem.gap**0.5
    bound = quadratic.problem.byzantine(STEPS, 16, liars / 16)
    assert 0.1 * bound < mean_norm(quadratic, 16, factor=factor, liars=liars) < 0.95 * bound
    assert mean_norm(quadratic, 16, factor=factor, liars=9) > bound


def test_bounds_by_hand():
    problem = Problem(4.0, 0.25, 3.0)
    assert problem.large_batch(100, 9) == pytest.approx((2 * 0.75 + 2) / 10)
    assert problem.large_batch(100, 9, symmetric=False) == problem.large_batch(100)
    assert problem.mini_batch(100) == pytest.approx(0.3)
    assert problem.byzantine(100, 9, 0.25) == pytest.approx(2 * (2 + 1) / 10)


def test_what_no_theorem_covers_is_refused():
    with pytest.raises(ValueError, match="below 1/2"):
        Problem(1, 1, 1).byzantine(10, 5, 0.5)
    with pytest.raises(ValueError, match="noise is -1"):
        Problem(1, 1, -1)
