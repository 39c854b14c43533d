"""Savings are those of the papers' tables, and counting them creates no tensor that holds values."""

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from models.tensors.layers.conv import FactorizedConv2d
from models.tensors.layers.linear import FactorizedLinear
from models.tensors.layers.tcl import TCL
from models.tensors.layers.trl import TRL
from models.tensors.savings import savings


class Created(TorchDispatchMode):
    """Devices of all that operators return."""

    def __init__(self) -> None:
        super().__init__()
        self.devices: set[str] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        found = func(*args, **(kwargs or {}))
        self.devices |= {each.device.type for each in tree_leaves(found) if isinstance(each, torch.Tensor)}
        return found


def dense(before: int, after: int) -> nn.Module:
    return nn.Linear(before, after, device="meta")


def test_heads_of_resnet_101_save_what_the_paper_says_and_nothing_is_allocated() -> None:
    head = nn.Sequential(nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), dense(2048, 1000)))
    batch = torch.empty(16, 2048, 7, 7, device="meta")
    found = []
    with Created() as created:
        for rank in (200, 150, 100, 50):
            own = TRL((2048, 7, 7), (1000,), (rank, 1, 1, rank), device="meta")
            found.append(savings(head, {"0": own}, batch)[0])
            assert found[-1].flops == (2 * 16 * 2048 * 1000, own.plan(16).factored)
    assert created.devices == {"meta"}
    assert [each.percent for each in found] == [68.28, 76.58, 84.63, 92.44]
    assert found[0].parameters == (2_049_000, 650_614)
    assert found[0].bytes == (4 * 2_049_000, 4 * 650_614)


@pytest.mark.parametrize(
    ("rank", "wide", "percent"), [((512, 7, 7), 4096, -0.21), ((384, 5, 5), 3072, 65.87)]
)
def test_heads_of_vgg_19_save_what_the_paper_says(rank, wide: int, percent: float) -> None:
    size = rank[0] * rank[1] * rank[2]
    head = [nn.Flatten(), dense(25088, 4096), nn.ReLU(), dense(4096, 4096), nn.ReLU(), dense(4096, 1000)]
    own = [TCL((512, 7, 7), rank, device="meta"), nn.Flatten(), dense(size, wide), dense(wide, wide)]
    spec = {"0": nn.Sequential(*own, dense(wide, 1000))}
    model = nn.Sequential(nn.Sequential(*head))
    row, whole = savings(model, spec, torch.empty(2, 512, 7, 7, device="meta"))
    assert row.percent == whole.percent == percent


@pytest.mark.parametrize(
    ("old", "new", "shape"),
    [
        (nn.Linear(64, 27), FactorizedLinear((8, 8), (3, 9), (2, 3, 4, 5)), (7, 64)),
        (nn.Linear(64, 27), FactorizedLinear((8, 8), (3, 9), 4, "block_tt"), (7, 64)),
        (nn.Linear(64, 27), FactorizedLinear((64,), (27,), 4, "cp"), (7, 64)),
        (nn.Conv2d(6, 8, 3, 2, 1), FactorizedConv2d(6, 8, 3, (4, 3, 2, 2), "tucker", 2, 1), (2, 6, 8, 8)),
    ],
)
def test_operations_counted_are_those_of_the_plan(old: nn.Module, new: nn.Module, shape) -> None:
    row = savings(nn.Sequential(old), {"0": new}, torch.empty(shape))[0]
    assert not any(each.is_meta for each in (*old.parameters(), *new.parameters()))
    if isinstance(old, nn.Linear):
        plan = new.plan(shape[0])
        assert row.flops[1] == plan.factored
        assert row.flops[0] == plan.rebuilt - new.weight.rebuild_flops()
    else:
        point_in, core, point_out = 8 * 8 * 3 * 6, 4 * 4 * 4 * 3 * 9, 4 * 4 * 8 * 4
        kernel = 4 * 3 * 2 * 2 * 3 + 4 * 3 * 3 * 2 * 3
        assert row.flops == (2 * 2 * 4 * 4 * 8 * 6 * 9, 2 * 2 * (point_in + core + point_out) + 2 * kernel)


def test_a_name_that_is_not_there_and_a_layer_that_does_not_fit_are_refused() -> None:
    model, batch = nn.Sequential(dense(4, 3)), torch.empty(2, 4)
    with pytest.raises(ValueError, match="no layer 'fc'"):
        savings(model, {"fc": dense(4, 3)}, batch)
    with pytest.raises(ValueError, match="does not run on a batch of shape \\(2, 4\\)"):
        savings(model, {"0": dense(5, 3)}, batch)
