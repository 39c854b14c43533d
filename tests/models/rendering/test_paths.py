"""Paths are counted as enumeration counts them, and the bound grows with them."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from models.rendering.paths import bound, log_paths
from models.rendering.render import Rendering
from tests.models.rendering.nets import plain


def walked(model, x, c):
    """Paths of `plain` from class c of one image, walked one by one from layer to layer."""
    first, second = model[0](x)[0], None
    pooled, places = F.max_pool2d(model[:2](x), 2, return_indices=True)
    second = model[3](pooled)[0]
    total = 0
    for top in ((k, i, j) for k in range(2) for i in range(2) for j in range(2)):
        if second[top] <= 0:
            continue
        for k, i, j in ((k, i, j) for k in range(3) for i in range(2) for j in range(2)):
            row, column = divmod(int(places[0, k, top[1] + i, top[2] + j]), 6)
            if first[k, row, column] <= 0:
                continue
            steps = [(row + a, column + b) for a in (-1, 0, 1) for b in (-1, 0, 1)]
            total += sum(0 <= a < 6 and 0 <= b < 6 for a, b in steps)
    return total


@pytest.mark.parametrize("slope", [0.0, 0.1])
def test_counts_are_those_of_enumeration(slope):
    torch.manual_seed(0)
    model, x = plain(slope), torch.randn(4, 1, 6, 6).double()
    with Rendering(model) as rendering:
        rendering(x)
        found = log_paths(rendering, torch.tensor([0, 1, 2, 3])).exp()
    wanted = [walked(model, each[None], 0) for each in x]
    assert min(wanted) > 50
    assert found.tolist() == pytest.approx(wanted)


class Halves(nn.Module):
    """Groups, a dropout, averages and a sum with the input."""

    def __init__(self):
        super().__init__()
        self.layer, self.last = nn.Conv2d(4, 4, 3, padding=1, groups=2), nn.Linear(4, 3)

    def forward(self, x):
        return self.last(F.adaptive_avg_pool2d(self.layer(x) + x, 1).flatten(1))


def test_groups_sums_and_averages():
    torch.manual_seed(0)
    with Rendering(Halves()) as rendering:
        rendering(torch.randn(1, 4, 5, 5))
        found = log_paths(rendering, torch.tensor([1])).exp()
    within = sum((3 - (i in (0, 4))) * (3 - (j in (0, 4))) for i in range(5) for j in range(5))
    assert float(found) == pytest.approx(4 * within * 2 + 4 * 25)


def test_no_depth_overflows_and_a_network_that_is_off_has_no_path():
    parts = [each for _ in range(400) for each in (nn.Linear(100, 100), nn.ReLU())]
    model = nn.Sequential(*parts, nn.Linear(100, 2))
    with torch.no_grad():
        for each in model[::2]:
            each.weight.fill_(1e-2)
            each.bias.zero_()
    with Rendering(model) as rendering:
        rendering(torch.ones(1, 100))
        assert float(log_paths(rendering, torch.tensor([0]))) == pytest.approx(401 * math.log(100))
        rendering(-torch.ones(1, 100))
        assert float(log_paths(rendering, torch.tensor([0]))) == -math.inf


def test_the_bound_grows_with_paths_and_falls_with_images():
    curve = [bound(0.1, paths, 2.0, 1000) for paths in (-math.inf, 0.0, 5.0, 50.0, 500.0)]
    assert curve == sorted(curve)
    assert all(math.isfinite(each) for each in curve)
    assert curve[0] == curve[1] == pytest.approx(0.1 + math.sqrt(math.log(20) / 1000))
    assert bound(0.1, 50.0, 2.0, 4000) - 0.1 == pytest.approx((curve[3] - 0.1) / 2)
    for wrong in ((-0.1, 1, 1, 10, 0.1), (0, 1, 1, 0, 0.1), (0, 1, 1, 10, 1.0), (0, 1, math.inf, 10, 0.1)):
        with pytest.raises(ValueError, match="a bound takes"):
            bound(*wrong)
