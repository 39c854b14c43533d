"""A tagger on a device learns without waiting for it, and learns what it learns on the CPU."""

from dataclasses import fields
from typing import Any

import pytest
import torch

from models.tagger import training
from models.tagger.outputs import best_tags, collect
from models.tagger.sentences import Sentences, Tensors
from tests.models.tagger.made import RULE, TAGS, sentences, small
from tests.support.ranks import run

KINDS = {
    "cnn lstm": ("cnn", "lstm", None, "sgd"),
    "cnn lstm, beam": ("cnn", "lstm", RULE, "adam"),
    "cnn crf": ("cnn", "crf", RULE, "sgd"),
    "transformer crf": ("transformer", "crf", None, "adam"),
    "transformer linear": ("transformer", "linear", RULE, "adam"),
    "cnn linear": ("cnn", "linear", None, "sgd"),
}
EPOCH = {"models/tagger/training.py epoch": 1}
"""The loss, read once an epoch for the history and to stop where it is no number."""


def on(device: Any, soft: bool) -> Tensors:
    given = sentences(9)
    parts = {field.name: torch.as_tensor(getattr(given, field.name)) for field in fields(given)}
    if soft:
        parts["tags"] = torch.nn.functional.one_hot(parts["tags"], len(TAGS)) * 0.9 + 0.1 / len(TAGS)
    return Tensors(Sentences(**{name: part.to(device) for name, part in parts.items()}))


def learnt(kind: str, device: Any, soft: bool, size: int) -> dict[str, Any]:
    """Waits of an epoch and of decoding, and what came out."""
    from tests.support.device.host_reads import counting

    encoder, decoder, rule, optimizer = KINDS[kind]
    torch.manual_seed(0)
    network = small(encoder, decoder, rule, **({"beam": 2} if "beam" in kind else {}))().to(device)
    for part in network.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    data, order = on(device, soft), torch.Generator().manual_seed(0)
    step = training.optimizer(network, optimizer, 0.01, 0.9)
    options = {"size": size, "clip": 5.0, "average": "token", "mixed": False, "generator": order}
    with counting("epoch") as epoch:
        loss = training.epoch(network, data, step, training.falling(step, 9), **options)
    with counting("decoding") as decoding, torch.no_grad():
        tags, found = best_tags(network, data, 40), collect(network, data, 3)
    flat = torch.cat([part.detach().cpu().flatten() for part in network.parameters()])
    drawn = found.samples.cpu()
    waits = {"epoch": epoch.functions(), "decoding": decoding.functions()}
    return waits | {"loss": loss, "flat": flat, "drawn": drawn, "tags": tags.cpu()}


def both(rank: int) -> dict[Any, Any]:
    from tests.support.device.torch_device import DEVICE

    places = {"cpu": torch.device("cpu"), "device": DEVICE}
    return {
        (kind, soft, name): learnt(kind, place, soft, 3)
        for kind in KINDS
        for soft in (False, True)
        for name, place in places.items()
    }


@pytest.fixture(scope="module")
def found() -> dict[Any, Any]:
    answer = run(both, 1)[0]
    assert isinstance(answer, dict), answer
    return answer


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_steps_and_decoding_wait_for_nothing(kind: str, soft: bool, found: dict[Any, Any]) -> None:
    device = found[kind, soft, "device"]
    assert device["epoch"] == EPOCH
    assert device["decoding"] == {}


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_device_learns_what_the_cpu_learns(kind: str, soft: bool, found: dict[Any, Any]) -> None:
    cpu, device = found[kind, soft, "cpu"], found[kind, soft, "device"]
    assert device["loss"] == pytest.approx(cpu["loss"], rel=1e-5)
    torch.testing.assert_close(device["flat"], cpu["flat"], rtol=1e-3, atol=1e-4)
    assert torch.equal(device["tags"], cpu["tags"])
    assert torch.equal(device["drawn"][:, :-1], cpu["drawn"][:, :-1])
