"""Contracted in factors, layers do what the dense layer of the rebuilt weight does."""

import copy

import pytest
import torch

from models.tensors.layers.linear import FactorizedLinear
from models.tensors.layers.trl import TRL
from tests.models.tensors.layers.battery import DENSE, LAYERS, shaped


def relative(found: torch.Tensor, wanted: torch.Tensor) -> float:
    found, wanted = found.detach(), wanted.detach()
    return float((found.double() - wanted.double()).norm() / wanted.double().norm())


@pytest.mark.parametrize("name", DENSE)
@pytest.mark.parametrize("batch", [1, 64])
def test_a_layer_equals_its_dense_one_and_so_do_its_gradients(name: str, batch: int) -> None:
    make, shape = DENSE[name]
    torch.manual_seed(0)
    layer = make(dtype=torch.float64)
    torch.nn.init.normal_(layer.bias)
    x = torch.randn(batch, *shape[1:], dtype=torch.float64, requires_grad=True)
    dense = layer.dense()
    wanted = dense(shaped(name, x)).reshape(layer(x).shape)
    torch.testing.assert_close(layer(x), wanted)
    (pulled,), (back,) = (torch.autograd.grad(y.square().sum(), x) for y in (layer(x), wanted))
    torch.testing.assert_close(pulled, back)
    wanted = torch.autograd.grad(dense(shaped(name, x)).square().sum(), dense.weight)[0]
    rebuilt = layer.weight.matrix().reshape(wanted.shape)
    whole = torch.autograd.grad(rebuilt, list(layer.weight.parameters()), wanted)
    own = torch.autograd.grad(layer(x).square().sum(), list(layer.weight.parameters()))
    for one, other in zip(own, whole, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize(
    ("shape", "rank"), [((512, 7, 7), (64, 3, 3, 100)), ((2048, 7, 7), (200, 1, 1, 200))]
)
def test_published_heads_equal_their_dense_layer(shape: tuple[int, ...], rank: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    layer = TRL(shape, (100,), (*rank[:3], min(rank[3], 100)))
    x = torch.randn(16, *shape)
    with torch.no_grad():
        assert layer.plan(16).way == "factored"
        assert relative(layer(x), x.flatten(1) @ layer.weight.matrix().T) < 1e-5


def test_whole_ranks_lose_nothing_of_a_dense_layer() -> None:
    torch.manual_seed(0)
    dense = torch.nn.Linear(12, 10)
    x = torch.randn(7, 12)
    for kind, rank in (("tucker", (2, 5, 4, 3)), ("block_tt", 8), ("cp", 60)):
        layer = FactorizedLinear((4, 3), (2, 5), rank, kind).init_from(dense)
        assert relative(layer(x), dense(x)) < 1e-4, kind
        assert layer.bias.equal(dense.bias)


@pytest.mark.parametrize("name", DENSE)
def test_a_dense_layer_of_these_ranks_is_found_again(name: str) -> None:
    make, shape = DENSE[name]
    torch.manual_seed(1)
    dense, layer = make(dtype=torch.float64).dense(), make(dtype=torch.float64)
    x = torch.randn(*shape, dtype=torch.float64)
    layer.init_from(dense)
    wanted = dense(shaped(name, x))
    assert relative(layer(x).reshape(wanted.shape), wanted) < (0.05 if "cp" in name else 1e-8)


def test_a_large_batch_is_multiplied_by_the_rebuilt_weight_and_says_so() -> None:
    layer = FactorizedLinear((8, 8), (8, 8), 8, "tucker", dtype=torch.float64)
    small, large = layer.plan(1), layer.plan(100_000)
    assert (small.way, large.way) == ("factored", "rebuilt")
    assert str(large).startswith("rebuilt: ")
    assert large.rebuilt < large.factored
    x = torch.randn(3000, 64, dtype=torch.float64)
    assert layer.plan(3000).way == "rebuilt"
    torch.testing.assert_close(layer(x)[:5], layer(x[:5]))


@pytest.mark.parametrize("name", LAYERS)
def test_copies_saved_states_and_low_precision(name: str) -> None:
    make, shape = LAYERS[name]
    torch.manual_seed(0)
    layer, other, x = make(), make(), torch.randn(*shape)
    wanted = layer(x)
    assert layer(x).equal(copy.deepcopy(layer)(x))
    other.load_state_dict(layer.state_dict())
    assert other(x).equal(wanted)
    assert relative(copy.deepcopy(layer).bfloat16()(x.bfloat16()), wanted) < 2e-2
    meta = make(device="meta")(torch.empty(*shape, device="meta"))
    assert meta.is_meta
    assert meta.shape == wanted.shape
    assert relative(layer(x.transpose(0, -1).contiguous().transpose(0, -1)), wanted) < 1e-5  # strided


@pytest.mark.parametrize("name", LAYERS)
def test_a_compiler_traces_each_layer_in_one_graph(name: str) -> None:
    make, shape = LAYERS[name]
    layer, x = make(), torch.randn(*shape)
    torch._dynamo.reset()
    assert torch.compile(layer, fullgraph=True, backend="eager")(x).equal(layer(x))
