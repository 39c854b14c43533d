"""No step of training and no forecast from windows waits for a number of the device."""

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from models.sequences.linear import DLinear, NLinear
from models.sequences.nvar import NVAR
from models.sequences.tensor_train import TTLSTMForecaster

READS = ("_local_scalar_dense", "is_nonzero", "item", "equal", "nonzero")
Y = torch.tensor(np.random.default_rng(0).normal(size=(4, 60)).cumsum(1))
Y[1, 20:24] = torch.nan


class Reads(TorchDispatchMode):
    """Names of operators that wait for the device."""

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function.overloadpacket.__name__
        self.found += [name] * (name in READS)
        return function(*args, **(kwargs or {}))


class Watched(TTLSTMForecaster):
    """Notes what its batches read, with their gradients."""

    reads = Reads()

    def _drawn(self, *told):
        with self.reads:
            loss = super()._drawn(*told)
            loss.backward(retain_graph=True)
            self.network_.zero_grad()
        return loss


def test_a_batch_and_its_gradient_read_nothing():
    Watched(3, 6, season=7, steps=4, check=2, hidden=4, batch_size=8).fit(Y)
    assert Watched.reads.found == []


@pytest.mark.parametrize(
    "model",
    [
        DLinear(3, 6, season=7),
        NLinear(3, 6),
        NVAR(3, 6, iterated=True, order=3),
        TTLSTMForecaster(3, 6, steps=2, check=1, hidden=4),
    ],
    ids=lambda model: type(model).__name__,
)
def test_a_forecast_reads_nothing_and_a_planted_read_is_found(model):
    model.fit(Y)
    with Reads() as reads:
        found = model.forecast(Y)
    assert reads.found == []
    with Reads() as reads:
        float(found.sum())
    assert reads.found
