"""Each term equals a loop over its definition."""

import copy
import math

import pytest
import torch
from torch import nn

from models.rendering import losses
from models.rendering.networks import Bias
from models.rendering.render import Rendering
from tests.models.rendering.nets import plain


@pytest.fixture
def model():
    torch.manual_seed(0)
    parts = [nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3), Bias(3), nn.ReLU(), nn.MaxPool2d(2)]
    found = nn.Sequential(*parts, nn.Conv2d(3, 2, 2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 4)).double()
    for each in (found[1].bias, found[2].bias):
        nn.init.normal_(each)
    return found


def batch(model):
    x = torch.randn(4, 1, 6, 6).double()
    return x, torch.tensor([0, 3, 1, 1])


def test_reconstruction_and_entropy():
    torch.manual_seed(0)
    image, x = torch.randn(2, 1, 3, 3), torch.randn(2, 1, 3, 3)
    pairs = zip(image.flatten().tolist(), x.flatten().tolist(), strict=True)
    wanted = sum((a - b) ** 2 for a, b in pairs) / 18 / 2
    assert losses.reconstruction(image, x).item() == pytest.approx(wanted)
    logits = torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 500.0]])
    odds = [math.exp(each) for each in (1, 2, 3)]
    wanted = -sum(each / sum(odds) * math.log(each / sum(odds)) for each in odds) / 2
    assert losses.entropy(logits).item() == pytest.approx(wanted)


def by_derivative(model, x, c):
    """Derivatives of the scores of ``c`` (batch, classes) with respect to what each module gave."""
    kept, handles = {}, []
    for number, each in enumerate(model):
        handles.append(each.register_forward_hook(lambda m, i, y, n=number: kept.update({n: y})))
    total = (model(x) * c).sum()
    for each in handles:
        each.remove()
    return dict(zip(kept, torch.autograd.grad(total, list(kept.values())), strict=True))


def looped(g, other, b):
    """Mean |b mu - b mu_null|, one entry after the other."""
    total = 0.0
    for image in range(len(g)):
        for channel in range(g.shape[1]):
            for mine, null in zip(g[image, channel].flatten(), other[0, channel].flatten(), strict=True):
                total += abs(b[channel].item() * (mine.item() - null.item()))
    return total / g.numel()


def test_rendering_paths_of_a_network_with_batch_norm(model):
    model.eval()
    x, c = batch(model)
    with Rendering(model) as rendering:
        rendering(x)
        found = losses.rendering_paths(rendering, c)
    weights = torch.eye(4).double()[c]
    own = by_derivative(model, x, weights)
    null = by_derivative(model, torch.zeros(1, 1, 6, 6).double(), torch.ones(1, 4).double())
    learnt = {0: model[0].bias, 1: model[1].bias, 2: model[2].bias, 5: model[5].bias, 8: model[8].bias}
    wanted = sum(looped(own[at], null[at], b) for at, b in learnt.items())
    assert found.item() == pytest.approx(wanted)


def test_rendering_paths_of_the_same_classes_differ_by_switches_alone(model):
    model.eval()
    x, c = batch(model)
    with Rendering(model) as rendering:
        rendering(torch.zeros_like(x))
        assert losses.rendering_paths(rendering, c, "class").item() == 0
        rendering(x)
        assert losses.rendering_paths(rendering, c, "class").item() > 0
        with pytest.raises(ValueError, match="template is 'mean'"):
            losses.rendering_paths(rendering, c, "mean")


def test_in_training_the_null_path_has_the_batchs_norms(model):
    x, c = batch(model)
    fixed, maps = copy.deepcopy(model).eval(), model[0](x).detach()
    fixed[1].running_mean, fixed[1].running_var = maps.mean((0, 2, 3)), maps.var((0, 2, 3), correction=0)
    found = []
    for each in (model, fixed):
        with Rendering(each) as rendering:
            rendering(x)
            found.append(losses.rendering_paths(rendering, c))
    torch.testing.assert_close(*found)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("detach", [False, True])
def test_moments(model, training, detach):
    model.train(training)
    x, c = batch(model)
    with Rendering(model) as rendering:
        rendering(x)
        found = losses.moments(rendering, c, detach)
        layers = rendering.layers(c)
    wanted = 0.0
    for maps, down in ((model[0](x), layers["5"]), (model[:6](x), by_derivative(model, x, 0)[6])):
        if down.abs().sum() == 0:
            down = layers["8"].reshape(4, 2, 2, 2)
        term = 0.0
        for k in range(maps.shape[1]):
            m, v = maps[:, k].mean().item(), maps[:, k].var(correction=0).item() + losses.EPS
            mh, vh = down[:, k].mean().item(), down[:, k].var(correction=0).item() + losses.EPS
            term += 0.5 * ((mh - m) ** 2 / v + vh / v - math.log(vh / v) - 1)
        wanted += term / maps.shape[1]
    assert found.item() == pytest.approx(wanted)


def test_detached_moments_send_no_gradient_up(model):
    x, c = batch(model)
    first = model[0].bias  # only the way up has it
    with Rendering(model) as rendering:
        for detach in (True, False):
            rendering(x)
            (slope,) = torch.autograd.grad(losses.moments(rendering, c, detach), first, allow_unused=True)
            assert (slope is None or not slope.any()) is detach


def test_non_negativity():
    torch.manual_seed(0)
    model, x, c = plain(0.1), torch.randn(3, 1, 6, 6).double(), torch.tensor([0, 1, 3])
    with Rendering(model) as rendering:
        rendering(x)
        found, layers = losses.non_negativity(rendering, c), rendering.layers(c)
    rest = [layers["3"], layers["6"]]
    wanted = sum(sum(max(0.0, -v) ** 2 for v in each.flatten().tolist()) / each.numel() for each in rest)
    assert found.item() == pytest.approx(wanted)


def test_max_min_cross_entropy():
    largest, smallest = torch.tensor([[1.0, 3.0]]), torch.tensor([[0.0, 1.0]])
    wanted = 0.7 * math.log(1 + math.exp(2)) + 0.2 * math.log(1 + math.exp(1))
    found = losses.maxmin(largest, smallest, torch.tensor([0]), 0.7, 0.2)
    assert found.item() == pytest.approx(wanted)
    soft = losses.maxmin(largest, smallest, torch.tensor([[1.0, 0.0]]), 0.7, 0.2)
    assert soft.item() == pytest.approx(wanted)
