"""Layers stay dense whose weights are needed elsewhere, and what a network shares is counted once."""

import re

import pytest
import torch
from torch import nn

from models.tensors.candidates import candidates
from models.tensors.compress import compress
from models.tensors.tuning import Examples

BATCH = torch.randn(40, 6, generator=torch.Generator().manual_seed(0))


class Chain(nn.Module):
    """Linear layers one after the other, by their names."""

    def __init__(self, **layers: nn.Module) -> None:
        super().__init__()
        for name, layer in layers.items():
            setattr(self, name, layer)
        self.order = list(layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for name in self.order:
            x = torch.relu(getattr(self, name)(x))
        return x


class Attending(nn.Module):
    """A block of a transformer, whose fast path takes weights of layers, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.into = nn.Linear(6, 16)
        self.block = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
        self.out = nn.Linear(16, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.block(self.into(x)[:, None])[:, 0])


class Scaled(nn.Linear):
    """A linear layer of twice its weight."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 2 * super().forward(x)


def examples(classes: int = 3) -> Examples:
    y = torch.arange(len(BATCH)) % classes
    return Examples(BATCH[:30], y[:30], BATCH[30:], y[30:])


def square(size: int = 6) -> nn.Linear:
    return nn.Linear(size, size)


def tied() -> Chain:
    found = Chain(a=square(), b=square(), c=square())
    found.c.weight = found.b.weight
    return found


def never() -> Chain:
    found = Chain(a=square(), b=square())
    found.order = ["a"]
    return found


@pytest.mark.parametrize(
    ("made", "left", "why"),
    [
        (tied, {"b", "c"}, "its weight is that of"),
        (never, {"b"}, "never calls it"),
        (lambda: Chain(a=square(), b=Scaled(6, 6)), {"b"}, "Scaled computes something of its own"),
        (
            lambda: Chain(a=square(), b=nn.utils.parametrizations.weight_norm(square())),
            {"b"},
            "of its own|hooks",
        ),
        (
            Attending,
            {"block.self_attn.out_proj", "block.linear1", "block.linear2"},
            "never calls it|takes its weight",
        ),
    ],
)
def test_a_layer_that_something_else_needs_stays_dense_and_the_network_runs(made, left, why) -> None:
    torch.manual_seed(0)
    model = made().eval()
    layers, inputs, others = candidates(model, BATCH)
    assert set(others) == left
    linear = {name for name, each in model.named_modules() if isinstance(each, nn.Linear)}
    assert set(layers) == set(inputs) == linear - left
    assert all(re.search(why, reason) for reason in others.values())
    before = model(BATCH)
    found = compress(model, 0.9, examples(), epochs=1, slower=1e9, timer=lambda module, batch: 1.0)
    assert found.parameters[0] == sum(each.numel() for each in model.parameters())
    assert found.parameters[1] == sum(each.numel() for each in found.model.parameters())
    assert {row.name for row in found.rows} == set(layers) | left
    assert all(row.reason.startswith("dense: ") and not row.rank for row in found.rows if row.name in left)
    assert torch.equal(model(BATCH), before)


def test_a_weight_that_is_taken_beside_a_call_is_found_by_running_the_network() -> None:
    torch.manual_seed(0)

    class Peeking(Chain):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.b(self.a(x)) @ self.b.weight.T

    layers, _, others = candidates(Peeking(a=square(), b=square()).eval(), BATCH)
    assert (set(layers), set(others)) == ({"a"}, {"b"})
    assert "takes its weight" in others["b"]


def test_a_module_of_two_names_is_in_factors_under_both_and_is_counted_once() -> None:
    torch.manual_seed(0)
    once = nn.Linear(40, 40)
    model = Chain(a=nn.Linear(6, 40), b=once, again=once, out=nn.Linear(40, 3))
    found = compress(model, 0.4, examples(), epochs=0, timer=lambda module, batch: 1.0)
    assert found.model.b is found.model.again
    assert type(found.model.b) is not nn.Linear
    assert found.met
    assert (
        found.parameters[1]
        == sum(each.numel() for each in found.model.parameters())
        <= 0.4 * found.parameters[0]
    )
    by_hand = Chain(a=found.model.a, b=found.model.b, out=found.model.out)
    by_hand.order = ["a", "b", "b", "out"]
    torch.testing.assert_close(found.model(BATCH), by_hand(BATCH))
