"""Streamed moments against those of the whole, and breaches against noise that keeps or breaks the rule."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.signsgd.monitors import Margins, Moments


def draws(kind, shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    if kind == "normal":
        return torch.randn(shape, generator=generator)
    uniform = torch.rand(shape, generator=generator)
    if kind == "uniform":
        return (uniform - 0.5) * 12**0.5
    return torch.where(uniform < 0.1, 50.0, -1.0)  # positive in the mean, wrong nine times of ten


@settings(deadline=None)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=6), st.integers(0, 99), st.sampled_from([0.0, 1e6]))
def test_any_split_gives_the_moments_of_the_whole(sizes, seed, offset):
    rows = torch.randn(sum(sizes) + 1, 4, generator=torch.Generator().manual_seed(seed)).double() + offset
    moments = Moments().push(rows[0])
    for part in rows[1:].split(sizes):
        moments.push(part)
    torch.testing.assert_close(moments.mean, rows.mean(0))
    torch.testing.assert_close(moments.noise, rows.std(0), rtol=1e-6, atol=1e-9)
    assert moments.plus.tolist() == (rows > 0).sum(0).tolist()


@pytest.mark.parametrize("n", [8, 16, 64])
@pytest.mark.parametrize("signal", [0.0, 0.3, 1.0, 2.0])
@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_sampling_noise_is_no_breach(kind, signal, n):
    """The bound is what uniform noise shows, so a margin too small would accuse it."""
    assert Moments().push(draws(kind, (n, 20_000)) + signal).health().broken <= 1e-3


def test_skewed_noise_is_a_breach():
    rows = draws("normal", (64, 4000))
    rows[:, :1000] = draws("skewed", (64, 1000))
    health = Moments().push(rows).health()
    mean = rows.mean(0).abs()
    assert health.broken == pytest.approx(0.25, abs=0.02)
    assert health.broken_mass == pytest.approx(float(mean[:1000].sum() / mean.sum()), abs=0.02)


def test_health_is_what_its_words_say():
    rows = draws("normal", (40, 500)) * torch.linspace(0.1, 3, 500) + 0.7
    rows[:, 400:] = 0
    health, mean, sigma = Moments().push(rows).health(), rows.mean(0), rows.std(0)
    assert health.batches == 40
    assert health.dead == pytest.approx(0.2)
    assert health.gradient_l1 == pytest.approx(float(mean.abs().sum()), rel=1e-5)
    assert health.noise_l1 == pytest.approx(float(sigma.sum()), rel=1e-5)
    assert health.noise_density == pytest.approx(
        float(sigma.sum() ** 2 / (500 * sigma.square().sum())), rel=1e-5
    )
    above = (mean.abs() > 2 / 3**0.5 * sigma)[:400]
    assert health.above_critical == pytest.approx(float(above.float().mean()))


@pytest.mark.parametrize("workers", [4, 5])
def test_margins_count_sums(workers):
    signs = torch.randint(0, 2, (workers, 300), generator=torch.Generator().manual_seed(0)) * 2 - 1
    margins = Margins(workers).push(signs[:, :100]).push(signs[:, 100:])
    sums = [abs(sum(column)) for column in signs.T.tolist()]
    assert margins.counts.tolist() == [sums.count(size) for size in range(workers + 1)]
    assert margins.tie_rate == pytest.approx(sums.count(0) / 300)
    assert margins.close == pytest.approx(sums.count(workers % 2) / 300)


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="gradient 0 is inf at coordinate 1"):
        Moments().push(torch.tensor([1.0, float("inf")]))
    with pytest.raises(ValueError, match="2 micro-batches"):
        _ = Moments().push(torch.ones(3)).noise
    with pytest.raises(ValueError, match="there are 4 workers"):
        Margins(4).push(torch.ones(3, 2))
