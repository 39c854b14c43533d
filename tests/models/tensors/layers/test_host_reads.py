"""On a device a step of each layer waits for nothing, and a network is tuned to the numbers of the CPU."""

from typing import Any

import pytest
import torch

from models.tensors.compress import compress
from models.tensors.tuning import Examples, tune
from tests.models.tensors.layers.battery import LAYERS
from tests.support.ranks import run

TUNING = {"models/tensors/tuning.py tune": "the order of an epoch comes from the host, once"}


def stepped(rank: int) -> dict[str, Any]:
    from tests.support.device.host_reads import counting
    from tests.support.device.torch_device import DEVICE

    found = {}
    for name, (make, shape) in LAYERS.items():
        torch.manual_seed(0)
        layer, x = make(), torch.randn(*shape)
        wanted = layer(x).detach()
        layer.to(DEVICE)
        x = x.to(DEVICE)
        with counting(name) as waits:
            y = layer(x)
            y.sum().backward()
        found[name] = dict(waits), float((y.detach().cpu() - wanted).abs().max())
    places = torch.device("cpu"), DEVICE
    return found | {"tuned": [tuned(place, counting) for place in places]}


def tuned(place: torch.device, counting: Any) -> tuple[dict[str, int], torch.Tensor, tuple[float, ...]]:
    """Waits of the tuning, a weight after it, and the accuracies of a compression."""
    torch.manual_seed(0)
    x = torch.randn(96, 12)
    y = (x[:, 0] > 0).long()
    data = Examples(*(each.to(place) for each in (x[:64], y[:64], x[64:], y[64:])))
    model = torch.nn.Sequential(torch.nn.Linear(12, 12), torch.nn.ReLU(), torch.nn.Linear(12, 2)).to(place)
    small = compress(model, 0.7, data, epochs=1, batch_size=16, timer=lambda module, batch: 1.0)
    with counting("tune") as waits:
        tune(model, data, 2, 1e-2, 16, 0)
    return waits.functions(), model[0].weight.detach().cpu(), small.accuracy


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    answer = run(stepped, 1)[0]
    assert isinstance(answer, dict), answer
    return answer


@pytest.mark.parametrize("name", LAYERS)
def test_a_step_waits_for_nothing_and_gives_what_the_cpu_gives(name: str, found: dict[str, Any]) -> None:
    waits, error = found[name]
    assert waits == {}
    assert error < 1e-5


def test_tuning_waits_once_an_epoch_and_comes_to_the_weights_of_the_cpu(found: dict[str, Any]) -> None:
    (_, weight, scores), (waits, own, own_scores) = found["tuned"]
    assert set(waits) == set(TUNING)
    assert sum(waits.values()) == 2
    torch.testing.assert_close(own, weight)
    assert own_scores == scores
