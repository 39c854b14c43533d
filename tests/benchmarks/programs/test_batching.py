"""Node by node and batched steps are compared before they are timed."""

import pytest
import torch

from benchmarks.programs import batching
from etl.equations.forest import Builder, Equations
from etl.equations.parse import parse

TEXTS = ("sin(x)**2 + cos(x)**2 = 1", "exp(x*y) = exp(x)**y", "2*(x + pi) = x + x + 2*pi", "x = y")


def _equations() -> Equations:
    build = Builder()
    return build.equations([parse(text, build) for text in TEXTS])


def test_both_ways_give_the_same() -> None:
    slow, fast = batching.measured(_equations(), 4, turns=1)
    assert fast["difference"] < 1e-6
    assert slow["equations"] == fast["equations"] == 4


def test_a_wrong_result_stops_it(monkeypatch) -> None:
    plain = batching.by_node

    def off(*given):
        step = plain(*given)

        def moved():
            logits, gradients = step()
            return logits + torch.tensor(1e-3), gradients

        return moved

    monkeypatch.setattr(batching, "by_node", off)
    with pytest.raises(ValueError, match="differ by"):
        batching.measured(_equations(), 4, turns=1)
