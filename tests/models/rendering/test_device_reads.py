"""A step of rendering and its losses waits for no number of the device, and is equal there."""

from typing import Any

import pytest
import torch
from torch.nn import functional as F

from models.rendering import losses, networks, paths
from models.rendering.maxmin import MaxMin
from models.rendering.render import Rendering
from tests.support.device_reads import Reads
from tests.support.ranks import run

MAKERS = {
    "small": lambda: networks.conv_small(1, 5, 8, (3, 4, 4, 5), dropout=0.1),
    "wide": lambda: networks.wide_resnet_28_2(1, 5, 8, 10, 1),
    "min": lambda: MaxMin(networks.conv_small(1, 5, 8, (3, 4, 4, 5))).smallest,
}


def step(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    with Rendering(model) as rendering:
        logits = rendering(x)
        total = F.cross_entropy(logits, y) + losses.reconstruction(rendering.render(y), x)
        total = total + losses.entropy(logits) + losses.rendering_paths(rendering, y)
        total = total + 0.01 * losses.moments(rendering, y) + losses.non_negativity(rendering, y)
        (total + rendering.eta(y).mean()).backward()
        paths.log_paths(rendering, y)
    return total.detach()


@pytest.mark.parametrize("name", MAKERS)
def test_a_step_reads_nothing(name: str) -> None:
    torch.manual_seed(0)
    model, x, y = MAKERS[name](), torch.randn(6, 1, 8, 8), torch.arange(6) % 5
    with Reads() as reads:
        step(model, x, y)
    assert reads.found == []


def learnt(rank: int) -> dict[str, Any]:
    from tests.support.device.host_reads import counting
    from tests.support.device.torch_device import DEVICE

    found: dict[str, Any] = {}
    for place in ("cpu", DEVICE):
        torch.manual_seed(0)
        model = networks.conv_small(1, 5, 8, (3, 4, 4, 5))
        x, y = torch.randn(6, 1, 8, 8), torch.arange(6) % 5
        model, x, y = model.to(place), x.to(place), y.to(place)
        with counting("step") as waits:
            total = step(model, x, y)
        slopes = torch.cat([each.grad.cpu().flatten() for each in model.parameters()])
        found[str(place)] = dict(waits), total.cpu(), slopes
    return found


def test_a_step_on_the_device_is_that_of_the_cpu_and_waits_for_nothing() -> None:
    answer = run(learnt, 1)[0]
    assert isinstance(answer, dict), answer
    (_, total, slopes), (waits, there, others) = answer.values()
    assert waits == {}
    torch.testing.assert_close(there, total)
    torch.testing.assert_close(others, slopes)
