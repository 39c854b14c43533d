"""Ranks under one budget are the best there are, slower layers stay dense, and a network learns again."""

from collections.abc import Callable
from itertools import product

import pytest
import torch
from torch import nn

from etl import records
from models.tensors.allocation import Option, allocate, hull, options
from models.tensors.compress import compress, factored
from models.tensors.layers.conv import FactorizedConv2d
from models.tensors.layers.linear import FactorizedLinear
from models.tensors.tuning import Examples


def made(seed: int = 0, count: int = 600) -> Examples:
    """Images of two classes: bright on the left, or on the right."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.randint(2, (count,), generator=generator)
    x = torch.randn(count, 1, 8, 8, generator=generator)
    x[..., :4] += 1.5 * (y[:, None, None, None] == 0)
    x[..., 4:] += 1.5 * (y[:, None, None, None] == 1)
    return Examples(x[:400], y[:400], x[400:], y[400:])


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Flatten(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 2),
    )  # fmt: skip


@pytest.mark.parametrize("most", [70, 150, 260])
def test_the_greedy_choice_is_the_best_of_all_with_as_many_parameters(most: int) -> None:
    torch.manual_seed(1)
    layers = {"a": nn.Linear(8, 12), "b": nn.Conv2d(3, 6, 3), "c": nn.Linear(6, 6)}
    paths = {name: options(layer) for name, layer in layers.items()}
    chosen = allocate(paths, most)
    count, cost = (sum(getattr(each, of) for each in chosen.values()) for of in ("parameters", "cost"))
    ways = [
        sum(each.cost for each in way)
        for way in product(*paths.values())
        if sum(each.parameters for each in way) <= count
    ]
    assert count <= most
    assert cost == pytest.approx(min(ways))


def test_a_hull_leaves_out_what_two_others_beat() -> None:
    path = [Option((), 100, 0.0), Option((4,), 80, 0.5), Option((3,), 60, 0.3), Option((1,), 10, 0.8)]
    assert hull(path) == [path[0], path[2], path[3]]


@pytest.mark.parametrize(
    ("kind", "least"), [(lambda: nn.Linear(20, 14), 1e-4), (lambda: nn.Conv2d(6, 10, 3), 0.1)]
)
def test_energy_lost_is_what_an_option_says_to_the_digit_for_a_matrix(
    kind: Callable[[], nn.Module], least: float
) -> None:
    """Of more modes the option tells that of a truncated HOSVD, which sweeps then make less."""
    torch.manual_seed(0)
    layer = kind()
    whole = layer.weight.detach().square().sum()
    for option in options(layer)[1::3]:
        own = factored(layer, option)
        assert sum(each.numel() for each in own.weight.parameters()) == option.parameters
        left = own.weight.matrix().reshape(layer.weight.shape) - layer.weight
        lost = float(left.detach().square().sum() / whole)
        assert option.lost - least < lost < option.lost + 1e-4


def test_a_network_is_compressed_learns_again_and_is_left_as_it_was() -> None:
    data, model = made(), network()
    compress(model, 0.9, data, epochs=0, timer=lambda module, batch: 1.0)
    before = {name: held.clone() for name, held in model.state_dict().items()}
    found = compress(model, 0.25, data, epochs=3, lr=1e-2, timer=lambda module, batch: 1.0)
    assert all(held.equal(before[name]) for name, held in model.state_dict().items())
    counted = sum(each.numel() for each in found.model.parameters())
    assert found.met
    assert found.parameters == (sum(each.numel() for each in model.parameters()), counted)
    assert counted <= 0.25 * found.parameters[0]
    assert found.accuracy[2] > 0.95
    assert {row.name for row in found.rows} == {"0", "2", "6", "8"}
    again = compress(model, 0.25, data, epochs=3, lr=1e-2, timer=lambda module, batch: 1.0)
    assert again.accuracy == found.accuracy


def test_a_layer_that_is_slower_in_factors_stays_dense_and_others_pay_for_it() -> None:
    def timer(module: nn.Module, batch: torch.Tensor) -> float:
        return 3.0 if isinstance(module, FactorizedConv2d) else 2.0

    found = compress(network(), 0.5, made(), epochs=0, timer=timer)
    kinds = {name: type(each) for name, each in found.model.named_modules()}
    assert kinds["2"] is nn.Conv2d
    assert kinds["6"] is FactorizedLinear
    row = next(row for row in found.rows if row.name == "6")
    assert (row.seconds, row.reason[:11]) == ((2.0, 2.0), "in factors:")
    assert found.met


def test_a_budget_that_speed_forbids_is_told() -> None:
    def timer(module: nn.Module, batch: torch.Tensor) -> float:
        return 1.5 if isinstance(module, FactorizedConv2d | FactorizedLinear) else 1.0

    model = network()
    with records.collect() as entries:
        found = compress(model, 0.2, made(), timer=timer)
    before, after = (each.state_dict().items() for each in (model, found.model))
    assert all(torch.equal(one, other) for (_, one), (_, other) in zip(before, after, strict=True))
    told = [choice.reason for choice in records.of_kind(entries, records.Choice)]
    assert "tuning: there is none, as no layer is in factors" in told
    assert not found.met
    assert found.parameters[0] == found.parameters[1]
    reasons = [row.reason for row in found.rows if row.seconds]
    assert reasons
    assert set(reasons) == {"dense: in factors it takes 1.50 times as long"}
    kept = compress(network(), 0.2, made(), epochs=0, timer=timer, slower=2.0)
    assert kept.met


def test_layers_that_cannot_pay_for_slower_ones_keep_their_ranks() -> None:
    def timer(module: nn.Module, batch: torch.Tensor) -> float:
        late = isinstance(module, FactorizedLinear) and module.in_features == 256
        return 2.0 if late else 1.0

    found, free = (
        compress(network(), 0.3, made(), epochs=0, timer=each) for each in (timer, lambda module, batch: 1.0)
    )
    assert free.met
    assert not found.met
    ranks = {row.name: row.rank for row in free.rows if row.name != "6"}
    assert {row.name: row.rank for row in found.rows if row.name != "6"} == ranks
    assert next(row for row in found.rows if row.name == "6").rank == ()


def test_what_cannot_be_compressed_is_refused() -> None:
    with pytest.raises(ValueError, match="the budget is 3"):
        compress(network(), 3, made())
    with pytest.raises(ValueError, match="no linear layer or convolution"):
        compress(nn.Sequential(nn.ReLU()), 0.5, made())
