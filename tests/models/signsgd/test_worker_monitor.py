"""Workers who lie are found and honest ones are not accused, on votes of a network that learns digits."""

import math

import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.func import functional_call, grad, vmap

from models.signsgd.monitors import Margins
from models.signsgd.worker_monitor import WorkerMonitor


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
    worker_monitor, momentum, accused = WorkerMonitor(workers), 0.0, []
    for step in range(steps):
        rows = torch.randint(0, len(images), (workers, batch), generator=generator)
        found = each(weights, images[rows], digits[rows])
        momentum = 0.9 * momentum + 0.1 * torch.cat([found[name].reshape(workers, -1) for name in weights], 1)
        signs = torch.where(momentum == 0, coins(momentum.shape, generator), momentum.sign())
        signs[:bad] = coins(signs[:bad].shape, generator) if kind == "random" else -signs[:bad]
        vote = majority(signs, worker_monitor.weights().float() if weigh else torch.ones(workers), generator)
        worker_monitor.update(
            (signs == vote).sum(1), signs.shape[1], 0.0 if weigh else Margins(workers).push(signs).close
        )
        accused.append(worker_monitor.suspicious)
        weights = moved(weights, vote, 1.5e-3 * (1 + math.cos(math.pi * step / steps)))
    return worker_monitor, torch.stack(accused), float(loss(weights, images, digits))


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
    worker_monitor, accused, _ = trained(workers, bad, kind)
    assert int(accused[:, bad:].sum()) == 0
    assert worker_monitor.expelled.tolist() == [m < bad for m in range(workers)]
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
    worker_monitor = WorkerMonitor(workers).update(
        (signs == vote).sum(1), 200_000, Margins(workers).push(signs).close
    )
    honest = float(worker_monitor.agreement_excess[1:].min())
    assert -0.25 * honest < float(worker_monitor.agreement_excess[0]) < 0.03 * honest


def test_average_and_error_are_those_of_weighted_rates():
    generator = torch.Generator().manual_seed(0)
    rates = torch.rand(40, 3, generator=generator, dtype=torch.float64)
    worker_monitor = WorkerMonitor(3, decay=0.9)
    for row in rates:
        worker_monitor.update(row * 1e9, 1e9)
    w = 0.9 ** torch.arange(39, -1, -1.0, dtype=torch.float64)
    w = (w / w.sum())[:, None]
    mean = (w * rates).sum(0)
    variance = (w * (rates - mean).square()).sum(0) / (1 - w.square().sum())
    torch.testing.assert_close(worker_monitor.agreement_excess, mean - 0.5)
    torch.testing.assert_close(worker_monitor.error, (variance * w.square().sum()).sqrt())


def told(worker_monitor, steps, *rates):
    for step in range(steps):
        wave = 3 * (-1) ** step
        worker_monitor.update([1000 * rate + wave for rate in rates], 1000)
    return worker_monitor


def test_expelling_waits_and_so_does_coming_back():
    worker_monitor = told(WorkerMonitor(5, decay=0.5, patience=5), 12, 0.7, 0.7, 0.7, 0.7, 0.3)
    assert worker_monitor.suspicious[4]
    assert not worker_monitor.expelled[4]
    told(worker_monitor, 8, 0.7, 0.7, 0.7, 0.7, 0.3)
    assert worker_monitor.expelled[4]
    assert worker_monitor.weights()[4] == 0
    told(worker_monitor, 4, 0.7, 0.7, 0.7, 0.7, 0.7)
    assert worker_monitor.expelled[4]
    told(worker_monitor, 12, 0.7, 0.7, 0.7, 0.7, 0.7)
    assert not worker_monitor.expelled.any()


def test_weights_are_log_odds_within_limits():
    worker_monitor = told(WorkerMonitor(4), 12, 0.75, 0.99, 0.6, 0.2)
    assert worker_monitor.weights(limit=2)[:3].tolist() == pytest.approx(
        [math.log(3), 2, math.log(1.5)], abs=0.02
    )
    assert float(worker_monitor.weights()[3]) == 0
    assert float(worker_monitor.weights(floor=-2)[3]) == pytest.approx(-math.log(4), abs=0.02)


def test_alarms():
    worker_monitor = told(WorkerMonitor(5), 12, 0.7, 0.7, 0.7, 0.4, 0.4)
    assert "2 of 5" in worker_monitor.alarm()
    assert "more than half" in worker_monitor.alarm(trusted=[3])
    assert "2 of 5" in worker_monitor.alarm(trusted=[0])
    assert told(WorkerMonitor(5), 12, 0.7, 0.7, 0.7, 0.7, 0.4).alarm(trusted=[0]) is None


def test_a_checkpoint_goes_on_as_the_run_would():
    whole, half = (
        told(WorkerMonitor(4), 30, 0.7, 0.6, 0.65, 0.4),
        told(WorkerMonitor(4), 14, 0.7, 0.6, 0.65, 0.4),
    )
    other = WorkerMonitor(4)
    other.load_state_dict(half.state_dict())
    told(other, 16, 0.7, 0.6, 0.65, 0.4)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])


def test_one_who_is_away_stays_as_it_was():
    worker_monitor = told(WorkerMonitor(3), 12, 0.7, 0.7, 0.6)
    before = worker_monitor.agreement_excess[2].clone(), worker_monitor.error[2].clone()
    worker_monitor.update([700, 710, 0], [1000, 1000, 0])
    assert (worker_monitor.agreement_excess[2], worker_monitor.error[2]) == before


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="worker 1 agrees in 9 of 8"):
        WorkerMonitor(3).update([1, 9, 2], 8)
    with pytest.raises(ValueError, match="2 numbers were given; there are 3 workers"):
        WorkerMonitor(3).update([1, 2], 8)
    with pytest.raises(ValueError, match="needs 3"):
        WorkerMonitor(2)
    with pytest.raises(ValueError, match="has 4 workers and the worker monitor 3"):
        WorkerMonitor(3).load_state_dict(WorkerMonitor(4).state_dict())
