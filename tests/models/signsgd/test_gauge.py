"""Workers who lie are found and honest ones are not accused, on votes of a network that learns digits."""

import math

import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.func import functional_call, grad, vmap

from models.signsgd.gauge import Gauge
from models.signsgd.monitors import Margins


def coins(shape, generator):
    return torch.randint(0, 2, shape, generator=generator) * 2.0 - 1


def majority(signs, weights, generator):
    vote = (weights[:, None] * signs).sum(0).sign()
    return torch.where(vote == 0, coins(vote.shape, generator), vote)


def trained(workers, bad, kind, *, weigh=False, steps=200, seed=0, batch=16):
    """Steps of Signum by a vote whose first workers are bad: gauges' accusations, and the loss at the end."""
    images, digits = load_digits(return_X_y=True)
    images, digits = torch.tensor(images / 16, dtype=torch.float32), torch.tensor(digits)
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    weights = {name: part.detach() for name, part in net.named_parameters()}

    def loss(weights, rows, targets):
        return nn.functional.cross_entropy(functional_call(net, weights, (rows,)), targets)

    each, generator = vmap(grad(loss), in_dims=(None, 0, 0)), torch.Generator().manual_seed(seed)
    gauge, momentum, accused = Gauge(workers), 0.0, []
    for step in range(steps):
        rows = torch.randint(0, len(images), (workers, batch), generator=generator)
        found = each(weights, images[rows], digits[rows])
        momentum = 0.9 * momentum + 0.1 * torch.cat([found[name].reshape(workers, -1) for name in weights], 1)
        signs = torch.where(momentum == 0, coins(momentum.shape, generator), momentum.sign())
        signs[:bad] = coins(signs[:bad].shape, generator) if kind == "random" else -signs[:bad]
        vote = majority(signs, gauge.weights().float() if weigh else torch.ones(workers), generator)
        gauge.update(
            (signs == vote).sum(1), signs.shape[1], 0.0 if weigh else Margins(workers).push(signs).close
        )
        accused.append(gauge.suspicious)
        weights = moved(weights, vote, 1.5e-3 * (1 + math.cos(math.pi * step / steps)))
    return gauge, torch.stack(accused), float(loss(weights, images, digits))


def moved(weights, vote, rate):
    parts = vote.split([part.numel() for part in weights.values()])
    return {name: w - rate * part.view_as(w) for (name, w), part in zip(weights.items(), parts, strict=True)}


@pytest.mark.parametrize(
    ("workers", "bad", "kind"),
    [
        (15, 0, "flip"),
        (15, 4, "flip"),
        (15, 7, "flip"),
        (15, 4, "random"),
        (15, 7, "random"),
        (4, 1, "random"),
    ],
)
def test_liars_are_found_and_the_honest_are_not(workers, bad, kind):
    gauge, accused, _ = trained(workers, bad, kind)
    assert int(accused[:, bad:].sum()) == 0
    assert gauge.expelled.tolist() == [m < bad for m in range(workers)]
    if bad < 7:
        assert bool(accused[60:, :bad].all())


def test_weights_save_a_vote_that_liars_slow_down():
    """7 of 15 flip: the loss without weights, with them, and without liars."""
    plain, weighed = trained(15, 7, "flip")[2], trained(15, 7, "flip", weigh=True)[2]
    assert weighed < 0.5 * plain
    assert weighed < trained(8, 0, "flip")[2] * 1.5


@pytest.mark.parametrize("workers", [4, 5, 15])
def test_a_coin_has_little_excess(workers):
    """The part that a vote owes to the worker itself is taken away."""
    generator = torch.Generator().manual_seed(0)
    signs = torch.where(torch.rand(workers, 200_000, generator=generator) < 0.7, 1.0, -1.0)
    signs[0] = coins((200_000,), generator)
    vote = majority(signs, torch.ones(workers), generator)
    gauge = Gauge(workers).update((signs == vote).sum(1), 200_000, Margins(workers).push(signs).close)
    honest = float(gauge.excess[1:].min())
    assert -0.25 * honest < float(gauge.excess[0]) < 0.03 * honest


def test_average_and_error_are_those_of_weighted_rates():
    generator = torch.Generator().manual_seed(0)
    rates = torch.rand(40, 3, generator=generator, dtype=torch.float64)
    gauge = Gauge(3, decay=0.9)
    for row in rates:
        gauge.update(row * 1e9, 1e9)
    w = 0.9 ** torch.arange(39, -1, -1.0, dtype=torch.float64)
    w = (w / w.sum())[:, None]
    mean = (w * rates).sum(0)
    variance = (w * (rates - mean).square()).sum(0) / (1 - w.square().sum())
    torch.testing.assert_close(gauge.excess, mean - 0.5)
    torch.testing.assert_close(gauge.error, (variance * w.square().sum()).sqrt())


def told(gauge, steps, *rates):
    for step in range(steps):
        wave = 3 * (-1) ** step
        gauge.update([1000 * rate + wave for rate in rates], 1000)
    return gauge


def test_expelling_waits_and_so_does_coming_back():
    gauge = told(Gauge(5, decay=0.5, patience=5), 12, 0.7, 0.7, 0.7, 0.7, 0.3)
    assert gauge.suspicious[4]
    assert not gauge.expelled[4]
    told(gauge, 8, 0.7, 0.7, 0.7, 0.7, 0.3)
    assert gauge.expelled[4]
    assert gauge.weights()[4] == 0
    told(gauge, 4, 0.7, 0.7, 0.7, 0.7, 0.7)
    assert gauge.expelled[4]
    told(gauge, 12, 0.7, 0.7, 0.7, 0.7, 0.7)
    assert not gauge.expelled.any()


def test_weights_are_log_odds_within_limits():
    gauge = told(Gauge(4), 12, 0.75, 0.99, 0.6, 0.2)
    assert gauge.weights(limit=2)[:3].tolist() == pytest.approx([math.log(3), 2, math.log(1.5)], abs=0.02)
    assert float(gauge.weights()[3]) == 0
    assert float(gauge.weights(floor=-2)[3]) == pytest.approx(-math.log(4), abs=0.02)


def test_alarms():
    gauge = told(Gauge(5), 12, 0.7, 0.7, 0.7, 0.4, 0.4)
    assert "2 of 5" in gauge.alarm()
    assert "more than half" in gauge.alarm(trusted=[3])
    assert "2 of 5" in gauge.alarm(trusted=[0])
    assert told(Gauge(5), 12, 0.7, 0.7, 0.7, 0.7, 0.4).alarm(trusted=[0]) is None


def test_a_checkpoint_goes_on_as_the_run_would():
    whole, half = told(Gauge(4), 30, 0.7, 0.6, 0.65, 0.4), told(Gauge(4), 14, 0.7, 0.6, 0.65, 0.4)
    other = Gauge(4)
    other.load_state_dict(half.state_dict())
    told(other, 16, 0.7, 0.6, 0.65, 0.4)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])


def test_one_who_is_away_stays_as_it_was():
    gauge = told(Gauge(3), 12, 0.7, 0.7, 0.6)
    before = gauge.excess[2].clone(), gauge.error[2].clone()
    gauge.update([700, 710, 0], [1000, 1000, 0])
    assert (gauge.excess[2], gauge.error[2]) == before


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="worker 1 agrees in 9 of 8"):
        Gauge(3).update([1, 9, 2], 8)
    with pytest.raises(ValueError, match="2 numbers were given; there are 3 workers"):
        Gauge(3).update([1, 2], 8)
    with pytest.raises(ValueError, match="needs 3"):
        Gauge(2)
    with pytest.raises(ValueError, match="has 4 workers and the gauge 3"):
        Gauge(3).load_state_dict(Gauge(4).state_dict())
