"""On a device training waits for it once a check, a rollout never, and both come to what the CPU gives."""

from typing import Any

import pytest
import torch

from models.video.forecaster import VideoForecaster
from models.video.network import NetworkSettings
from tests.support.ranks import run

SMALL = NetworkSettings(hidden=(3, 3), layers=1, kernel=3, order=2, steps=3, rank=2, skip_stride=1)
CHECK = {"models/sequences/training.py Training._step": "the loss by which states are compared"}


class OfTheHost(torch.Generator):
    """The device that is not there has no generator of its own."""

    def __new__(cls, device: Any = "cpu") -> "OfTheHost":
        return super().__new__(cls, "cpu")


def learnt(rank: int) -> dict[str, Any]:
    from tests.support.device.host_reads import counting
    from tests.support.device.torch_device import DEVICE

    torch.Generator = OfTheHost
    torch.manual_seed(0)
    clips, held, found = torch.rand(4, 6, 1, 5, 5), torch.rand(2, 6, 1, 5, 5), {}
    for name, place, steps in (("cpu", "cpu", 4), ("device", DEVICE, 4), ("longer", DEVICE, 8)):
        forecaster = VideoForecaster(SMALL, 3, 3, steps=steps, check=2, batch_size=2)
        with counting(name) as waits:
            forecaster.fit(clips.to(place), held.to(place))
        seen = held[:, :3].to(place)
        with counting(name) as rolled:
            forecaster.network_(seen, 4)
        weights = torch.cat([each.detach().cpu().flatten() for each in forecaster.network_.parameters()])
        found[name] = waits.functions("read"), dict(rolled), weights
    return found


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    answer = run(learnt, 1)[0]
    assert isinstance(answer, dict), answer
    return answer


def test_training_waits_once_a_check(found: dict[str, Any]) -> None:
    reads, longer = found["device"][0], found["longer"][0]
    more = {name: longer[name] - reads[name] for name in longer if longer[name] != reads[name]}
    assert more == dict.fromkeys(CHECK, 2)


def test_a_rollout_waits_for_nothing(found: dict[str, Any]) -> None:
    assert found["longer"][1] == {}


def test_weights_are_those_of_the_cpu(found: dict[str, Any]) -> None:
    torch.testing.assert_close(found["device"][2], found["cpu"][2])
