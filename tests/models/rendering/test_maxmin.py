"""A min branch is what the network would be with minima, and both branches learn one weight."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from models.rendering import networks
from models.rendering.maxmin import MaxMin, mixed


@pytest.fixture
def both():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.LeakyReLU(0.1), nn.MaxPool2d(2))
    return MaxMin(nn.Sequential(*network, nn.Flatten(), nn.Linear(12, 4)))


def test_the_min_branch_takes_minima(both):
    both.eval()
    x = torch.randn(3, 1, 6, 6)
    maps = both.largest[:2](x)
    maps = torch.where(maps < 0, maps, 0.1 * maps)
    smallest = maps.unfold(2, 2, 2).unfold(3, 2, 2).amin((4, 5))
    torch.testing.assert_close(both.smallest(x), both.largest[4:](smallest))
    torch.testing.assert_close(both.largest(x), both.branches(x)[0])


def test_weights_are_shared_and_running_statistics_are_not(both):
    x, y = torch.randn(8, 1, 6, 6), torch.arange(8) % 4
    assert len(list(both.parameters())) == len(list(both.largest.parameters()))
    for model in (both, copy.deepcopy(both)):
        torch.optim.SGD(model.parameters(), 0.1).zero_grad()
        F.cross_entropy(model(x), y).backward()
        for one, other in zip(model.largest.parameters(), model.smallest.parameters(), strict=True):
            assert one is other
        norms = [each for each in model.modules() if isinstance(each, nn.BatchNorm2d)]
        assert len(norms) == 2
        assert norms[0].running_mean is not norms[1].running_mean


def test_the_prediction_is_the_average_of_probabilities(both):
    one, other = both.eval().branches(torch.randn(3, 1, 6, 6))
    wanted = (one.softmax(1) + other.softmax(1)) / 2
    torch.testing.assert_close(mixed(one, other).softmax(1), wanted)
    torch.testing.assert_close(mixed(one, other).exp(), wanted)


def test_saved_branches_load_and_what_writes_over_its_input_is_refused(both):
    torch.manual_seed(1)
    other = MaxMin(copy.deepcopy(both.largest))
    other.load_state_dict(both.state_dict())
    x = torch.randn(2, 1, 6, 6)
    assert other.eval()(x).equal(both.eval()(x))

    class Over(nn.Module):
        def forward(self, x):
            return torch.relu_(x)

    with pytest.raises(ValueError, match="and not torch.relu_"):
        MaxMin(Over()).smallest(torch.ones(1, 2))


@pytest.mark.parametrize("size", [8, 14, (9, 28), 32])
@pytest.mark.parametrize(
    "make",
    [
        lambda *sizes: networks.conv_small(*sizes, widths=(4, 4, 4, 4)),
        lambda *sizes: networks.conv_large(*sizes, width=2),
        lambda *sizes: networks.conv_large(*sizes, width=2, last_kernel=1),
        lambda *sizes: networks.wide_resnet_28_2(*sizes, depth=10, width=1),
    ],
)
def test_networks_take_images_of_each_size(make, size):
    sides = (size, size) if isinstance(size, int) else size
    with torch.no_grad():
        assert make(3, 7, size).eval()(torch.zeros(2, 3, *sides)).shape == (2, 7)


def test_sizes_of_the_published_networks():
    def count(model):
        return sum(each.numel() for each in model.parameters())

    assert count(networks.wide_resnet_28_2(3, 10, 32)) == 1_467_610
    maps = networks.conv_small(1, 10, 28)[:-3](torch.zeros(1, 1, 28, 28))
    assert maps.shape == (1, 128, 6, 6)
    large = networks.conv_large(3, 10, 32).eval()
    assert large[:-3](torch.zeros(1, 3, 32, 32)).shape == (1, 128, 6, 6)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        (lambda: networks.conv_small(1, 10, 7), "at least 8 x 8"),
        (lambda: networks.conv_small(1, 1, 8), "2 classes or more"),
        (lambda: networks.conv_small(1, 10, 8, (1, 2)), "four convolutions"),
        (lambda: networks.wide_resnet_28_2(1, 10, 8, 12), "6 n \\+ 4"),
    ],
)
def test_networks_that_cannot_be_are_refused(wrong, match):
    with pytest.raises(ValueError, match=match):
        wrong()
