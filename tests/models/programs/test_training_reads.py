"""On a device training waits for it once an epoch, and comes to what the CPU gives."""

from typing import Any

import pytest
import torch

from models.programs import equation_verifier
from models.programs.equation_verifier import EquationVerifier
from tests.models.programs.random_equations import random_equations
from tests.support.ranks import run

KINDS = {
    "tree_lstm": {"network": "tree_lstm"},
    "values": {"network": "tree_nn", "values": True},
    "transformer": {"network": "transformer"},
}


class OfTheHost(torch.Generator):
    """The device that is not there has no generator of its own."""

    def __new__(cls, device: Any = "cpu") -> "OfTheHost":
        return super().__new__(cls, "cpu")


def learnt(rank: int) -> dict[Any, Any]:
    from tests.support.device.host_reads import counting
    from tests.support.device.torch_device import DEVICE

    torch.Generator = OfTheHost
    given = random_equations(12, depth=2)
    found: dict[Any, Any] = {}
    for kind, options in KINDS.items():
        for name, place, epochs in (("cpu", "cpu", 2), ("device", DEVICE, 2), ("longer", DEVICE, 3)):
            equation_verifier._device = lambda roots, place=place: torch.device(place)
            model = EquationVerifier(**options, hidden=4, epochs=epochs, batch_size=8, dropout=0)
            with counting(name) as waits:
                model.fit(given)
            found[kind, name] = waits.functions("read", "upload"), model.history_
    return found


@pytest.fixture(scope="module")
def found() -> dict[Any, Any]:
    answer = run(learnt, 1)[0]
    assert isinstance(answer, dict), answer
    return answer


@pytest.mark.parametrize("kind", KINDS)
def test_training_waits_once_an_epoch(kind: str, found: dict[Any, Any]) -> None:
    reads, longer = found[kind, "device"][0], found[kind, "longer"][0]
    more = {name: longer[name] - reads.get(name, 0) for name in longer if longer[name] != reads.get(name, 0)}
    assert more == {"models/programs/history.py History.note": 1}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_learnt_is_that_of_the_cpu(kind: str, found: dict[Any, Any]) -> None:
    there, here = ([entry["loss"] for entry in found[kind, name][1]] for name in ("device", "cpu"))
    assert there == pytest.approx(here, rel=1e-3)
