"""Renderings are derivatives, path scores are the rest of the logit, and what cannot be rendered is named."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.rendering import identities
from models.rendering.render import Rendering
from tests.models.rendering.nets import odd, plain

CLASSES = torch.tensor([1, 0, 4])


def slope(logits, x, c, create_graph=False):
    chosen = logits.gather(1, c[:, None]).sum()
    return torch.autograd.grad(chosen, x, create_graph=create_graph, retain_graph=True)[0]


@pytest.mark.parametrize("kind", ["normal", "ties"])
@pytest.mark.parametrize("name", identities.NETWORKS)
def test_a_rendering_is_the_derivative_and_the_score_the_rest(name, kind):
    torch.manual_seed(0)
    model, images = identities.settled(identities.NETWORKS[name]()), torch.randn(2, 1, 14, 14).double()
    render, eta = identities.differences(model, identities.tied(images) if kind == "ties" else images)
    assert render <= 1e-12
    assert eta <= 1e-10


@pytest.mark.parametrize("training", [False, True])
def test_layers_of_odd_sizes_and_functions_in_place(training):
    torch.manual_seed(0)
    model, x = odd(), torch.randn(3, 2, 13, 12).double().requires_grad_()
    model.drop.train(training)
    with Rendering(model) as rendering:
        torch.manual_seed(1)
        logits = rendering(x)
        image, eta, layers = rendering.render(CLASSES), rendering.eta(CLASSES), rendering.layers(CLASSES)
    torch.manual_seed(1)
    torch.testing.assert_close(logits, model(x), rtol=0, atol=1e-14)
    torch.testing.assert_close(image, slope(logits, x, CLASSES), rtol=0, atol=1e-14)
    score = (image * x).flatten(1).sum(1) + eta
    torch.testing.assert_close(score, logits.gather(1, CLASSES[:, None])[:, 0], rtol=0, atol=1e-13)
    shapes = {"first": (3, 2, 13, 12), "inner": (3, 4, 13, 12), "grouped": (3, 8, 7, 6), "last": (3, 24)}
    assert {name: tuple(each.shape) for name, each in layers.items()} == shapes
    torch.testing.assert_close(layers["first"], image)


def test_a_rendering_is_the_difference_quotient():
    torch.manual_seed(0)
    model, x = plain(0.1), torch.randn(1, 1, 6, 6).double()
    with Rendering(model) as rendering, torch.no_grad():
        rendering(x)
        image = rendering.render(torch.tensor([2]))
    step = 1e-7 * torch.eye(36).double().reshape(36, 1, 6, 6)
    with torch.no_grad():
        quotient = (model(x + step) - model(x - step))[:, 2] / 2e-7
    torch.testing.assert_close(image.flatten(), quotient, rtol=0, atol=1e-7)


def test_images_of_one_mode_weights_and_averages_over_modes():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv1d(2, 4, 3, 2), nn.ReLU(), nn.MaxPool1d(3, 1, 1), nn.AvgPool1d(2)).double()
    last = nn.Linear(4, 3).double()

    def whole(x):
        return last(model(x).mean(2))

    class Whole(nn.Module):
        def __init__(self):
            super().__init__()
            self.model, self.last = model, last

        forward = staticmethod(whole)

    x, c = torch.randn(2, 2, 11).double().requires_grad_(), torch.rand(2, 3).double()
    with Rendering(Whole()) as rendering:
        logits = rendering(x)
        image = rendering.render(c)
        torch.testing.assert_close(image, torch.autograd.grad((logits * c).sum(), x, retain_graph=True)[0])
        score = (image * x).flatten(1).sum(1) + rendering.eta(c)
        torch.testing.assert_close(score, (logits * c).sum(1))


def test_in_training_the_statistics_of_the_batch_are_fixed():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 4))
    model.double()
    x, c = torch.randn(5, 1, 6, 6).double().requires_grad_(), torch.arange(5) % 4
    fixed, maps = copy.deepcopy(model).eval(), model[0](x).detach()
    fixed[1].running_mean = maps.mean((0, 2, 3))
    fixed[1].running_var = maps.var((0, 2, 3), correction=0)
    with Rendering(model) as rendering:
        rendering(x)
        image, eta = rendering.render(c), rendering.eta(c)
        running = model[1].running_mean.clone()
        rendering.null()
    assert model[1].running_mean.equal(running)
    logits = fixed(x)
    torch.testing.assert_close(image, slope(logits, x, c))
    torch.testing.assert_close((image * x).flatten(1).sum(1) + eta, logits.gather(1, c[:, None])[:, 0])


def test_weights_learn_by_a_rendering_as_by_second_derivatives():
    torch.manual_seed(0)
    model, x, c = odd(), torch.randn(3, 2, 13, 12).double().requires_grad_(), CLASSES
    with Rendering(model) as rendering:
        rendering(x)
        found = torch.autograd.grad(rendering.render(c).square().sum(), model.grouped.weight)[0]
    wanted = slope(model(x), x, c, create_graph=True).square().sum()
    torch.testing.assert_close(found, torch.autograd.grad(wanted, model.grouped.weight)[0])


def test_the_best_of_all_switches_is_the_networks_output():
    torch.manual_seed(0)
    model = identities.two_layers()
    for image in torch.randn(3, 1, 3, 3).double():
        wanted = model(image[None])[0].detach().numpy()
        np.testing.assert_allclose(
            identities.best_of_all(model, image[0].numpy()), wanted, rtol=0, atol=1e-12
        )


def tied_down(g, x, kernel, stride):
    """Each value goes to all places of its window that are largest, by a loop."""
    found = torch.zeros_like(x)
    for at in np.ndindex(*g.shape):
        rows, columns = (slice(i * stride, i * stride + kernel) for i in at[2:])
        window = x[at[0], at[1], rows, columns]
        found[at[0], at[1], rows, columns] += g[at] * (window == window.max())
    return found


@pytest.mark.parametrize(("kernel", "step"), [(2, 2), (3, 2)])
def test_all_ties_are_kept_or_the_first(kernel, step):
    x = torch.randint(2, (2, 2, 7, 7), generator=torch.Generator().manual_seed(0)).double().requires_grad_()
    torch.manual_seed(0)
    model = nn.Sequential(nn.MaxPool2d(kernel, step), nn.Flatten(), nn.Linear(18, 3)).double()
    c = torch.tensor([2, 0])
    g = model[2].weight[c].reshape(2, 2, 3, 3).detach()
    with Rendering(model, ties="all") as rendering:
        rendering(x)
        torch.testing.assert_close(rendering.render(c), tied_down(g, x, kernel, step))
    with Rendering(model) as rendering:
        logits = rendering(x)
        torch.testing.assert_close(rendering.render(c), slope(logits, x, c), rtol=0, atol=0)


def test_moments_are_of_what_a_layer_gave_and_of_what_comes_down_before_its_switches():
    torch.manual_seed(0)
    model, x, c = plain(), torch.randn(4, 1, 6, 6).double(), torch.arange(4)
    with Rendering(model) as rendering:
        rendering(x)
        found, layers = rendering.moments(c), rendering.layers(c)
    assert list(found) == ["0", "3"]
    maps = model[0](x)
    torch.testing.assert_close(found["0"].mean, maps.mean((0, 2, 3)))
    torch.testing.assert_close(found["0"].variance, maps.var((0, 2, 3), correction=0))
    torch.testing.assert_close(found["0"].rendered_mean, layers["3"].mean((0, 2, 3)))
    torch.testing.assert_close(found["0"].rendered_variance, layers["3"].var((0, 2, 3), correction=0))


class Over(nn.Module):
    """Writes over what a rectifier took, and over what a layer gave."""

    def __init__(self, is_written):
        super().__init__()
        self.layer, self.norm, self.last = nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Linear(96, 4)
        self.is_written = is_written

    def forward(self, x):
        y = self.layer(x)
        on = F.leaky_relu(y, 0.1)
        if self.is_written:
            y += 5
        else:
            y = y + 5
        wider = torch.cat([on + self.norm(y) + y, y.new_full(y.shape, 2.0)], 1)
        return self.last(wider.flatten(1))


def test_what_is_written_over_and_what_forks_before_a_batch_norm():
    torch.manual_seed(0)
    model = Over(True).double().eval()
    nn.init.normal_(model.norm.weight)
    model.layer.bias = None
    x, c = torch.randn(3, 1, 6, 6).double(), torch.tensor([0, 3, 2])
    with Rendering(model) as rendering, torch.no_grad():
        rendering(x)
        image, seen = rendering.render(c), rendering.moments(c)["layer"].mean
        eta = rendering.eta(c)
    x.requires_grad_()
    model.is_written = False
    logits = model(x)
    torch.testing.assert_close(image, slope(logits, x, c))
    score = (image * x).flatten(1).sum(1) + eta
    torch.testing.assert_close(score, logits.gather(1, c[:, None])[:, 0])
    torch.testing.assert_close(seen, model.layer(x).mean((0, 2, 3)))


class Fork(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.norm = nn.Conv2d(1, 3, (2, 4), padding="same", bias=False), nn.BatchNorm2d(3)

    def forward(self, x):
        y = self.layer(x)
        return (self.norm(y) + y).mean((2, 3))


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_a_kernel_of_even_sides_whose_output_is_used_twice():
    torch.manual_seed(0)
    model, x, c = Fork().double().eval(), torch.randn(3, 1, 6, 6).double().requires_grad_(), torch.arange(3)
    nn.init.normal_(model.norm.weight)
    with Rendering(model) as rendering:
        logits = rendering(x)
        torch.testing.assert_close(rendering.render(c), slope(logits, x, c))


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x):
        return self.layer(F.relu(self.layer(x)))


def test_a_layer_that_is_used_again_is_numbered():
    torch.manual_seed(0)
    model, x = Twice(), torch.randn(3, 4)
    with Rendering(model) as rendering:
        rendering(x)
        assert list(rendering.layers(torch.arange(3))) == ["layer", "layer#2"]
    assert model.layer._forward_hooks == {}
    assert model.layer._forward_pre_hooks == {}


class Called(nn.Module):
    """A function between two layers."""

    def __init__(self, function):
        super().__init__()
        self.layer, self.function = nn.Conv2d(1, 4, 3, padding=1), function

    def forward(self, x):
        return self.function(self.layer(x)).flatten(1)


REFUSED = {
    "sigmoid": nn.Sigmoid(),
    "softmax": nn.Softmax(1),
    "gelu": nn.GELU(),
    "group_norm": nn.GroupNorm(2, 4),
    "layer_norm": nn.LayerNorm(6),
    "lstm": nn.LSTM(6, 6),
    "linear": nn.MultiheadAttention(6, 2),
    "pad": nn.ReflectionPad2d(1),
    "instance_norm": nn.InstanceNorm2d(4),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_layer_that_cannot_be_rendered_is_named_with_its_place(name):
    layer = REFUSED[name]

    def call(x):
        flat = x[:, 0]
        if isinstance(layer, nn.MultiheadAttention):
            return layer(flat, flat, flat)[0]
        return layer(flat)[0] if isinstance(layer, nn.LSTM) else layer(x)

    model = nn.Sequential(nn.Identity(), Called(call))
    model[1].odd = layer
    where = rf"layer '1.odd' \({type(layer).__name__}\) calls .*"
    with Rendering(model) as rendering, pytest.raises(ValueError, match=where):
        rendering(torch.randn(2, 1, 6, 6))


@pytest.mark.parametrize("function", [lambda x: x * x, lambda x: x * (x > 0), lambda x: x - x.max()])
def test_products_of_what_depends_on_the_image_are_refused(function):
    with Rendering(Called(function)) as rendering, pytest.raises(ValueError, match="cannot be rendered"):
        rendering(torch.randn(2, 1, 6, 6))


def test_what_was_not_asked_rightly_is_told():
    model, x = plain(), torch.randn(3, 1, 6, 6).double()
    with pytest.raises(ValueError, match="ties is 'last'"):
        Rendering(model, ties="last")
    with Rendering(model) as rendering:
        with pytest.raises(ValueError, match="no batch went up yet"):
            rendering.render(torch.zeros(3, dtype=torch.long))
        rendering(x)
        for wrong in (torch.zeros(2, dtype=torch.long), torch.zeros(3), torch.zeros(3, 5)):
            with pytest.raises(ValueError, match=r"\(3,\) of whole numbers or \(3, 4\) of weights"):
                rendering.render(wrong)
    with Rendering(model[:3]) as rendering, pytest.raises(ValueError, match=r"it gave \(3, 3, 3, 3\)"):
        rendering(x)
