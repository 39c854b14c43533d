"""On a device training waits for it once a check, and comes to what the CPU gives."""

from typing import Any

import pytest
import torch
from torch import nn

from models.rendering.gan import ConditionalGAN
from models.rendering.objectives import METHODS
from models.rendering.semi_supervised import SemiSupervised
from tests.support.ranks import run


class OfTheHost(torch.Generator):
    """The device that is not there has no generator of its own."""

    def __new__(cls, device: Any = "cpu") -> "OfTheHost":
        return super().__new__(cls, "cpu")


def network(channels: int, classes: int, size: int) -> nn.Module:
    layers = (
        nn.Conv2d(channels, 4, 3, padding=1, bias=False),
        nn.BatchNorm2d(4),
        nn.LeakyReLU(0.1),
        nn.MaxPool2d(2),
    )
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(size * size, classes))


def learnt(rank: int) -> dict[str, Any]:
    from tests.support.device.host_reads import counting
    from tests.support.device.torch_device import DEVICE

    torch.Generator = OfTheHost
    torch.manual_seed(0)
    x, y = torch.rand(20, 1, 8, 8), torch.arange(20) % 3
    y[12:] = -1
    found: dict[str, Any] = {}
    for method in METHODS:
        for name, place, steps in (("cpu", "cpu", 4), ("device", DEVICE, 4), ("longer", DEVICE, 8)):
            model = SemiSupervised(network, method, steps=steps, check=2, batch_size=4, flip=True)
            with counting(name) as waits:
                model.fit(x.to(place), y.to(place))
            weights = torch.cat([each.cpu().flatten() for each in model.network_.parameters()])
            found[method, name] = waits.functions("read", "upload"), weights
    for name, place, steps in (("cpu", "cpu", 4), ("device", DEVICE, 4), ("longer", DEVICE, 8)):
        found["gan", name] = made(x[:12].to(place), y[:12].to(place), steps)
    return found


def made(x: torch.Tensor, y: torch.Tensor, steps: int) -> tuple[dict[str, int], torch.Tensor]:
    """Waits of a maker of images, and what it makes."""
    from tests.support.device.host_reads import counting

    model = ConditionalGAN(steps=steps, check=2, batch_size=4, noise=4, hidden=4)
    with counting("gan") as waits:
        model.fit(x, y)
    return waits.functions("read", "upload"), model.sample(y[:3]).cpu()


@pytest.fixture(scope="module")
def found() -> dict[Any, Any]:
    answer = run(learnt, 1)[0]
    assert isinstance(answer, dict), answer
    return answer


@pytest.mark.parametrize("method", [*METHODS, "gan"])
def test_training_waits_once_a_check(method: str, found: dict[Any, Any]) -> None:
    reads, longer = found[method, "device"][0], found[method, "longer"][0]
    more = {name: longer[name] - reads.get(name, 0) for name in longer if longer[name] != reads.get(name, 0)}
    assert more == {"models/rendering/averages.py Averages.note": 2}


@pytest.mark.parametrize("method", [*METHODS, "gan"])
def test_what_is_learnt_is_that_of_the_cpu(method: str, found: dict[Any, Any]) -> None:
    torch.testing.assert_close(found[method, "device"][1], found[method, "cpu"][1])
