"""Recurrent networks: the device's forecasts beside the host's, as one graph, and a step of training."""

from functools import partial

import torch

from benchmarks.device_check.checks import Facts, Items, Setting
from models.sequences.heads import Point
from models.sequences.rollout import Rollout
from models.sequences.seq2seq import Recurrence, Seq2Seq

NETWORKS = {
    "LSTM": Recurrence(16),
    "TT-LSTM of order 2": Recurrence(16, 2, 2, 3, 4),
    "TT-LSTM of order 3": Recurrence(16, 1, 3, 3, 4),
    "TT-RNN": Recurrence(16, 1, 2, 2, 2, "rnn"),
}
BATCH, LOOKBACK, HORIZON, FEATURES = 32, 12, 50, 2


def items(setting: Setting) -> Items:
    """One a network."""
    return {name: partial(_one, each, setting.cuda) for name, each in NETWORKS.items()}


def _one(recurrence: Recurrence, device: str) -> Facts:
    torch.manual_seed(0)
    network = Seq2Seq(FEATURES, 1, recurrence, Point().point)
    given = torch.randn(BATCH, LOOKBACK, 1 + FEATURES), torch.randn(BATCH, HORIZON, FEATURES)
    wanted, gradients = _learnt(network, *given)
    network.to(device)
    moved = [each.to(device) for each in given]
    found, theirs = _learnt(network, *moved)
    torch.testing.assert_close(found.cpu(), wanted, rtol=1e-3, atol=1e-3)
    for ours, other in zip(gradients, theirs, strict=True):
        torch.testing.assert_close(other.cpu(), ours, rtol=1e-2, atol=1e-4)
    rollout = Rollout(network, *moved)
    with torch.no_grad():
        again = [2 * moved[0], moved[1]]
        torch.testing.assert_close(rollout(*again), network(*again), rtol=1e-3, atol=1e-3)
    return {"graph": rollout.graph is not None}


def _learnt(
    network: Seq2Seq, window: torch.Tensor, known: torch.Tensor
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    network.zero_grad()
    out = network(window, known)
    out.square().mean().backward()
    return out.detach(), [each.grad.clone() for each in network.parameters() if each.grad is not None]
