"""No step of training and no forecast from windows waits for a number of the device."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from models.sequences.linear import DLinear, NLinear
from models.sequences.nvar import NVAR
from models.sequences.schedule import Schedule
from models.sequences.tensor_train import TTLSTMForecaster
from models.sequences.training import Training
from models.statespace.baselines import Plan
from models.statespace.standing import Modelled
from tests.support.ranks import run

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


class OnlyNamed(torch.Generator):
    """Says that it is of the device, which has no generator of its own."""

    def __new__(cls, device: Any = "cpu"):
        return super().__new__(cls, "cpu")

    def __init__(self, device: Any = "cpu"):
        self.named = torch.device(device)

    @property
    def device(self):
        return self.named


def on_stand_in(rank: int, folder: Path) -> dict[str, Any]:
    """Waits for a device that is not there, by file and function."""
    from tests.support.device.host_reads import counting
    from tests.support.device.torch_device import DEVICE

    def moved(tree: Any, place: Any) -> Any:
        return pytree.tree_map_only(torch.Tensor, lambda each: each.detach().to(place), tree)

    save, load, found = torch.save, torch.load, {}
    torch.Generator = OnlyNamed
    torch.save = lambda state, path: save(moved(state, "cpu"), path)
    torch.load = lambda path, map_location, **told: moved(load(path, **told), map_location)

    def training(until: int, place: Any) -> None:
        network, x = torch.nn.Linear(3, 1).to(place), torch.ones(4, 3).to(place)

        def losses(_: torch.Generator, step: int) -> torch.Tensor:
            if step == until:
                raise KeyboardInterrupt
            return network(x).square().mean()

        Training(network, Schedule(8, check=4), folder / "a.pt").fit(losses, lambda: network(x).abs().mean())

    for name, until in (("begun", 4), ("gone on", 9)):
        with counting(name) as waits, suppress(KeyboardInterrupt):
            training(until, DEVICE)
        own = waits.functions("read").items()
        found[name] = {place: times for place, times in own if place.startswith("models/")}
    try:
        training(0, "cpu")
    except ValueError as error:
        found["elsewhere"] = str(error)
    for horizon in (3, 6):
        model = NVAR(horizon, 6, iterated=True, order=3).fit(Y)
        for name in ("weights_", "widths_", "bounds_"):
            setattr(model, name, getattr(model, name).to(DEVICE))
        y = Y.to(DEVICE)
        with counting("forecast") as waits:
            model.forecast(y)
        found[horizon] = waits.functions()
    standing = Modelled(Plan(1, 3), [], torch.arange(4).to(DEVICE))
    with counting("modelled") as waits:
        standing.forecast()
    return found | {"modelled": waits.functions()}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    answer = run(on_stand_in, 1, tmp_path_factory.mktemp("checkpoint"))[0]
    assert isinstance(answer, dict), answer
    return answer


def test_a_training_that_goes_on_waits_once_a_check_as_before(found):
    once = {"models/sequences/training.py Training._step": 1}
    assert (found["begun"], found["gone on"]) == (once, once)


def test_a_forecast_that_is_fed_back_copies_nothing_to_the_device_at_each_step(found):
    assert found[6] == found[3]


def test_a_forecast_of_models_is_made_where_it_is_wanted(found):
    assert found["modelled"] == {}


def test_a_checkpoint_of_another_device_is_refused(found):
    assert "checkpoint of another training" in found["elsewhere"]
