"""Identities of rendering in float64: each row has the largest difference over images and classes.

- ``render``: of the rendered image from the derivative of the logit, by autograd;
- ``eta``: of <rendered image, image> + path score from the logit;
- ``enumeration``: of the logits of a small network from the best of all its switches, enumerated.
"""

import itertools
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from benchmarks import harness
from etl.engine.types import Array, Module, Tensor
from models.rendering import networks
from models.rendering.maxmin import MaxMin
from models.rendering.render import Rendering

if TYPE_CHECKING:
    from benchmarks.rendering.run import Config

IMAGES, CLASSES, SIZE = 3, 5, 14


class Block(nn.Module):
    """A residual block of functions, with its sum in place."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 4, h, w) to the same."""
        inner = self.second(F.relu(self.norm(self.first(x))))
        inner += x
        return torch.relu(inner)


def _vgg() -> Module:
    parts = [nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
    parts += [nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(128, 16), nn.ReLU(), nn.Linear(16, CLASSES))


def _residual() -> Module:
    return nn.Sequential(nn.Conv2d(1, 4, 3), Block(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(144, CLASSES))


NETWORKS: dict[str, Callable[[], Module]] = {
    "ConvSmall": lambda: networks.conv_small(1, CLASSES, SIZE),
    "ConvLarge": lambda: networks.conv_large(1, CLASSES, SIZE, 16),
    "WRN-10-2": lambda: networks.wide_resnet_28_2(1, CLASSES, SIZE, 10),
    "VGG-like": _vgg,
    "residual block": _residual,
    "Max-Min, max branch": lambda: MaxMin(networks.conv_small(1, CLASSES, SIZE)).largest,
    "Max-Min, min branch": lambda: MaxMin(networks.conv_small(1, CLASSES, SIZE)).smallest,
}
"""Makers of small networks of each kind."""


def settled(model: Module) -> Module:
    """In evaluation and float64, with batch norms that are no identities and derivatives near 1."""
    for each in model.modules():
        if isinstance(each, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(each.weight)
        if isinstance(each, nn.BatchNorm2d):
            nn.init.normal_(each.running_mean, 0, 0.3)
            nn.init.uniform_(each.running_var, 0.3, 2)
            nn.init.normal_(each.weight, 1, 0.3)
            nn.init.normal_(each.bias, 0, 0.3)
        elif isinstance(each, networks.Bias):
            nn.init.normal_(each.bias, 0, 0.3)
    return model.double().eval()


def differences(model: Module, images: Tensor) -> tuple[float, float]:
    """Largest differences of renderings from derivatives, and of path scores from logits, of all classes."""
    x = images.detach().requires_grad_()
    render, eta = 0.0, 0.0
    with Rendering(model) as rendering:
        logits = rendering(x)
        for each in range(logits.shape[1]):
            c = torch.full((len(x),), each)
            image = rendering.render(c).detach()
            (slope,) = torch.autograd.grad(logits[:, each].sum(), x, retain_graph=True)
            score = (image * x).flatten(1).sum(1) + rendering.eta(c)
            render = max(render, (image - slope).abs().max().item())
            eta = max(eta, (score - logits[:, each]).abs().max().item())
    return render, eta


def tied(images: Tensor) -> Tensor:
    """Images of two values, with a blank half: many windows of a pool have several largest places."""
    found = (images > 0).to(images.dtype)
    found[..., : images.shape[-1] // 2] = 0
    return found


def two_layers() -> Module:
    """A network of few switches; weights above the first layer are not negative, as the identity needs."""
    parts = [nn.Conv2d(1, 2, 2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
    model = nn.Sequential(*parts, nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 3)).double()
    with torch.no_grad():
        for each in (model[4], model[6]):
            each.weight.abs_()
    return model


def best_of_all(model: Module, image: Array) -> Array:
    """The largest <h, x> + eta over all switches of `two_layers`, of each class, by enumeration.

    Parameters
    ----------
    model : Module
    image : Array of float64, shape (3, 3)
    """
    w, b, u, d, v, e = (each.detach().numpy() for each in model.parameters())
    best = np.full(len(e), -np.inf)
    places = list(itertools.product(range(2), range(2)))
    for t in itertools.product(places, repeat=2):
        for s in itertools.product((0, 1), repeat=2):
            for top in itertools.product((0, 1), repeat=2):
                best = np.maximum(best, _scores((w, b, u, d, v, e), image, (t, s, top)))
    return best


def _scores(weights: Sequence[Array], image: Array, switches: Sequence[Any]) -> Array:
    """<h, x> + eta of each class for one configuration of switches: h is put together from kernels."""
    (w, b, u, d, v, e), (t, s, top) = weights, switches
    found = np.empty(len(e))
    for c in range(len(e)):
        hidden = v[c] * np.array(top)
        below = (u.T @ hidden) * np.array(s)
        h = np.zeros_like(image)
        for unit, (row, column) in enumerate(t):
            h[row : row + 2, column : column + 2] += below[unit] * w[unit, 0]
        found[c] = (h * image).sum() + e[c] + hidden @ d + below @ b
    return found


def _enumerated(seed: int) -> float:
    torch.manual_seed(seed)
    model, images = two_layers(), torch.randn(8, 1, 3, 3).double()
    best = np.stack([best_of_all(model, each[0].numpy()) for each in images])
    return float(np.abs(best - model(images).detach().numpy()).max())


def main(config: "Config") -> list[dict[str, Any]]:
    """Print and write the rows."""
    rows: list[dict[str, Any]] = []
    for name, make in NETWORKS.items():
        torch.manual_seed(config.seed)
        model, images = settled(make()), torch.randn(IMAGES, 1, SIZE, SIZE).double()
        for kind, batch in (("normal", images), ("ties", tied(images))):
            render, eta = differences(model, batch)
            rows.append({"network": name, "images": kind, "render": render, "eta": eta})
    rows.append({"network": "two layers", "images": "normal", "enumeration": _enumerated(config.seed)})
    print(json.dumps(rows, indent=1))
    if config.out:
        harness.write(config.out, rows)
    return rows
