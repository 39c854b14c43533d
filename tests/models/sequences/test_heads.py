"""Losses are those of scikit-learn and PyTorch, quantiles never cross, and truth is drawn as asked."""

import numpy as np
import pytest
import torch
from sklearn.metrics import mean_pinball_loss

from models.sequences.heads import Gaussian, Point, Quantile
from models.sequences.sampling import Sampling

GENERATOR = torch.Generator().manual_seed(0)
TRUTH = torch.randn(5, 7, dtype=torch.float64, generator=GENERATOR)


def outputs(head):
    return 3 * torch.randn(5, 7, head.outputs, dtype=torch.float64, generator=GENERATOR)


def test_quantiles_are_in_order_whatever_the_outputs():
    head = Quantile((95, 50, 80))
    found = head.bounds(outputs(head), (50, 80, 95))
    middle, lower, upper = found[0], found[1::2], found[2::2]
    ordered = torch.stack([*lower.flip(0), middle, *upper])
    assert (ordered.diff(dim=0) > 0).all()


def test_a_quantiles_loss_is_the_pinball_loss():
    head = Quantile((80, 95))
    found = outputs(head)
    median, *sides = head.bounds(found, (80, 95))
    quantiles = zip((0.5, 0.1, 0.9, 0.025, 0.975), (median, *sides), strict=True)
    wanted = 2 * np.mean([mean_pinball_loss(TRUTH.ravel(), q.ravel(), alpha=p) for p, q in quantiles])
    assert float(head.loss(found, TRUTH).mean()) == pytest.approx(wanted)
    torch.testing.assert_close(head.point(found), median)


def test_a_gaussians_loss_is_its_likelihood_and_bounds_hold_their_share():
    head = Gaussian()
    found = outputs(head)
    mean, lower, upper = head.bounds(found, (95,))
    deviation = (upper - lower) / 2 / 1.959963984540054
    normal = torch.distributions.Normal(mean, deviation)
    constant = 0.5 * np.log(2 * np.pi)
    torch.testing.assert_close(
        head.loss(found, TRUTH) + constant, -normal.log_prob(TRUTH), rtol=1e-6, atol=1e-6
    )


def test_levels_that_were_not_learnt_are_refused():
    head = Quantile((80,))
    with pytest.raises(ValueError, match="level 90 is not one of"):
        head.bounds(outputs(head), (90,))
    with pytest.raises(ValueError, match="between 0 and 100"):
        Quantile((100,))


@pytest.mark.parametrize("head", [Point(), Gaussian(), Quantile((80,))])
def test_each_value_has_a_loss_and_a_point(head):
    found = outputs(head)
    assert head.loss(found, TRUTH).shape == head.point(found).shape == TRUTH.shape


def test_truth_is_drawn_for_each_sample_and_step():
    sampling = Sampling("linear", 100, first=0.8, last=0.2, seed=3)
    drawn = sampling.draw(50, (400, 50), "cpu")
    assert abs(float(drawn.double().mean()) - 0.5) < 0.02
    assert drawn.double().mean(0).std() < 0.05
    assert drawn.double().mean(1).std() < 0.12
    assert drawn.equal(sampling.draw(50, (400, 50), "cpu"))
    assert not drawn.equal(sampling.draw(51, (400, 50), "cpu"))
    assert not drawn.equal(Sampling("linear", 100, 0.8, 0.2, seed=4).draw(50, (400, 50), "cpu"))


@pytest.mark.parametrize("fall", ["linear", "inverse_sigmoid", "none"])
def test_the_share_of_truth_falls_from_first_to_last(fall):
    shares = [Sampling(fall, 1000).share(step) for step in range(0, 100_000, 100)]
    assert (np.diff(shares) <= 0).all()
    assert shares[0] > 0.98
    assert shares[-1] == (1 if fall == "none" else pytest.approx(0))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"fall": "cosine"}, "fall is 'cosine'"),
        ({"steps": 0}, "steps is 0"),
        ({"last": -0.1}, "last is -0.1"),
    ],
)
def test_a_schedule_out_of_range_is_refused(given, told):
    with pytest.raises(ValueError, match=told):
        Sampling(**given)
