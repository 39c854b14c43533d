"""The batched search finds what scipy's finds, row by row."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize, rosen, rosen_der

from models.statespace.lbfgs import REASONS, challenge, minimise


def rosenbrock(x, rows):
    points = x.numpy()
    return torch.tensor([rosen(p) for p in points]), torch.tensor(np.array([rosen_der(p) for p in points]))


def test_it_finds_the_valley_of_rosenbrock() -> None:
    x = torch.tensor(np.random.default_rng(0).normal(size=(20, 4)))
    found = minimise(rosenbrock, x, steps=300)
    for b, start in enumerate(x.numpy()):
        other = minimize(rosen, start, jac=rosen_der, method="L-BFGS-B")
        assert float(found.f[b]) <= other.fun + 1e-7
    assert len(set(found.n_iter.tolist())) > 3  # each row has an end of its own


def test_a_row_is_not_moved_by_its_neighbours() -> None:
    x = torch.tensor(np.random.default_rng(1).normal(size=(6, 3)))
    whole = minimise(rosenbrock, x, steps=60)
    for b in range(6):
        alone = minimise(rosenbrock, x[b : b + 1], steps=60)
        torch.testing.assert_close(alone.x[0], whole.x[b], rtol=1e-6, atol=1e-6)
        assert alone.n_iter[0] == whole.n_iter[b]


def test_it_says_why_it_stopped() -> None:
    def log(x, rows):
        return x[:, 0] - x[:, 0].log(), 1 - 1 / x

    def wall(x, rows):
        return torch.full_like(x[:, 0], torch.nan), x

    x = torch.tensor([[5.0], [1.0]], dtype=torch.float64)
    assert [REASONS[r] for r in minimise(log, x).reason] == ["gradient small"] * 2
    assert float(minimise(log, x).x[0]) == pytest.approx(1, abs=1e-5)  # steps past 0 are not finite
    assert [REASONS[r] for r in minimise(wall, x).reason] == ["not finite at the start"] * 2
    assert REASONS[minimise(rosenbrock, x.repeat(1, 2), steps=2).reason[0]] == "steps too many"


def test_a_second_search_only_improves() -> None:
    def waves(x, rows):
        return (x**2 / 20 + x.sin()).sum(1), x / 10 + x.cos()

    far, near = (torch.full((3, 1), v, dtype=torch.float64) for v in (9.0, -1.0))
    first = minimise(waves, far)
    both = challenge(waves, first, near, steps=50, gtol=1e-5)
    assert bool((both.f < first.f - 1).all())
    assert torch.equal(challenge(waves, both, far, steps=50, gtol=1e-5).x, both.x)
