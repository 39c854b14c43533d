"""The check of host reads finds each planted mistake at its line, and nothing where there is none."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from tests.support.ranks import run

WAITS: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "float": ("read", lambda x, device: float(x.sum())),
    "item": ("read", lambda x, device: x[0].item()),
    "if": ("read", lambda x, device: 1 if (x > 3).any() else 0),
    "tolist": ("read", lambda x, device: x.tolist()),
    "nonzero": ("read", lambda x, device: x.nonzero()),
    "index by a mask": ("read", lambda x, device: x[x > 3]),
    "values set by a mask": ("read", lambda x, device: x.__setitem__(x > 3, x[:2] + 1)),
    "where without branches": ("read", lambda x, device: torch.where(x > 3)),
    "unique": ("read", lambda x, device: x.unique()),
    "masked_select": ("read", lambda x, device: x.masked_select(x > 3)),
    "equal": ("read", lambda x, device: torch.equal(x, x + 1)),
    "bincount": ("read", lambda x, device: torch.bincount(x.long())),
    "repeats on the device": ("read", lambda x, device: torch.repeat_interleave(x, x.long())),
    "cpu": ("read", lambda x, device: x.cpu()),
    "to": ("read", lambda x, device: x.to("cpu")),
    "copy to the host": ("read", lambda x, device: torch.zeros(6).copy_(x)),
    "tensor of numbers": ("upload", lambda x, device: torch.tensor([1, 2], device=device)),
    "to the device": ("upload", lambda x, device: torch.ones(3).to(device)),
    "index in host memory": ("upload", lambda x, device: x[torch.tensor([1, 2])]),
    "one number set": ("upload", lambda x, device: x.__setitem__(0, 2.0)),
}
FREE: dict[str, Callable[[Any, Any], Any]] = {
    "arithmetic": lambda x, device: (x * 2 + torch.tensor(3.0)).sqrt_(),
    "masked_fill": lambda x, device: x.masked_fill(x > 3, 0),
    "number set by a mask": lambda x, device: x.__setitem__(x > 3, 1.0),
    "number in where": lambda x, device: torch.where(x > 1, x, 0),
    "stretch set": lambda x, device: x.__setitem__(slice(1, 3), 3.0),
    "index on the device": lambda x, device: x[x.long().flip(0)],
    "shapes": lambda x, device: x[: len(x) // 2].view(torch.int32).shape,
    "known repeats": lambda x, device: torch.repeat_interleave(x, x.long(), output_size=15),
    "one_hot": lambda x, device: torch.nn.functional.one_hot(x.long(), 7),
    "made there": lambda x, device: [torch.arange(3, device=device), torch.full((2,), 1, device=device)],
    "copy that is not waited for": lambda x, device: torch.ones(3).to(device, non_blocking=True),
    "order": lambda x, device: [x.sort(), x.topk(2), x.argmax(), torch.randperm(4, device=device)],
}
REFUSED: dict[str, Callable[[Any, Any], Any]] = {
    "sum of both": lambda x, device: x + torch.ones(6),
    "rows of both": lambda x, device: torch.cat([x, torch.ones(6)]),
    "network of the host": lambda x, device: torch.nn.Linear(6, 1)(x),
    "numpy": lambda x, device: x.numpy(),
    "array": lambda x, device: np.asarray(x),
}


def found_in_child(rank: int) -> dict[str, Any]:
    from tests.support.device.host_reads import counting
    from tests.support.device.torch_device import DEVICE

    found: dict[str, Any] = {}
    for name, work in {**{name: work for name, (_, work) in WAITS.items()}, **FREE}.items():
        x = torch.arange(6.0, device=DEVICE)
        with counting(name) as waits:
            work(x, DEVICE)
        found[name] = dict(waits)
    for name, work in REFUSED.items():
        try:
            found[name] = repr(work(torch.arange(6.0, device=DEVICE), DEVICE))
        except (RuntimeError, TypeError) as error:
            found[name] = error
    return found | learnt(DEVICE)


def learnt(device: Any) -> dict[str, Any]:
    """Gradients of a recurrent network, on the device and in host memory."""
    torch.manual_seed(0)
    network, x = torch.nn.LSTM(5, 3), torch.randn(4, 2, 5)
    gradients = []
    for place in (torch.device("cpu"), device):
        network.to(place).zero_grad()
        network(x.to(place))[0].pow(2).sum().backward()
        gradients.append([p.grad.cpu() for p in network.parameters()])
    return {"gradients": gradients}


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    answer = run(found_in_child, 1)[0]
    assert isinstance(answer, dict), answer
    return answer


@pytest.mark.parametrize("name", WAITS)
def test_a_wait_is_found_at_its_line(name: str, found: dict[str, Any]) -> None:
    kind, work = WAITS[name]
    place = ("tests/models/test_host_reads.py", work.__code__.co_firstlineno)
    assert [(key[0], *key[2:4]) for key in found[name]] == [(kind, *place)]


@pytest.mark.parametrize("name", FREE)
def test_what_the_device_does_alone_is_no_wait(name: str, found: dict[str, Any]) -> None:
    assert found[name] == {}


@pytest.mark.parametrize("name", REFUSED)
def test_host_memory_does_not_mix_with_the_device(name: str, found: dict[str, Any]) -> None:
    assert isinstance(found[name], RuntimeError | TypeError)
    assert "device" in str(found[name])


def test_a_recurrent_layer_has_the_same_gradients(found: dict[str, Any]) -> None:
    for host, device in zip(*found["gradients"], strict=True):
        torch.testing.assert_close(device, host)
