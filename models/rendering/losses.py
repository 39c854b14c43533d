"""Terms that a rendering adds to the training of a network, each a scalar to be weighed and summed.

Source: Ho and others, arXiv 1811.02657; the forms are those of the experiments' code, by a description of it.
``rendering`` is a `models.rendering.render.Rendering` that has seen the batch; ``c`` is what is rendered:
true classes where they are known, the network's own (detached) where not, or weights (batch, classes).
"""

from typing import Literal

import torch
from torch.nn import functional as F

from etl.engine.types import Tensor
from models.rendering.render import Rendering
from models.rendering.tape import Tape

EPS = 1e-5
"""Is added to variances: a channel may render nothing."""


def reconstruction(image: Tensor, x: Tensor) -> Tensor:
    """Half the mean squared error of a rendered image: -log p(x | z, c) of the normal distribution.

    Parameters
    ----------
    image, x : Tensor of float, shape (batch, channels, ...)
    """
    return 0.5 * (image - x).square().mean()


def entropy(logits: Tensor) -> Tensor:
    """Mean entropy of the classes' posterior, in nats: H(p) = -sum over k of p_k log p_k.

    The released code has the divergence from a uniform prior with its sign turned, H(p) - log K: the same
    gradient.

    Parameters
    ----------
    logits : Tensor of float, shape (batch, classes)
    """
    log_p = F.log_softmax(logits, 1)
    return -(log_p.exp() * log_p).sum(1).mean()


def lost_classes(logits: Tensor, shares: Tensor) -> Tensor:
    """How far classes fall below a third of their shares: sum over k of l_k max(0, log(l_k / mean p_k)).

    l is a third of the shares. Lower entropy alone can empty a class into one that looks like it. A batch
    may have other shares than were expected, so only the loss of a class counts, and not that they differ.

    Parameters
    ----------
    logits : Tensor of float, shape (batch, classes)
    shares : Tensor of float, shape (classes,)
        Of the classes, as they are expected.

    Examples
    --------
    >>> lost_classes(torch.tensor([[9.0, 0.0], [0.0, 9.0]]), torch.tensor([0.7, 0.3])).item()
    0.0
    """
    least = shares / 3
    mean = logits.softmax(1).mean(0).clamp(min=torch.finfo(logits.dtype).tiny)
    return (least * (least / mean).clamp(min=1).log()).sum()


def rendering_paths(rendering: Rendering, c: Tensor, template: Literal["ones", "class"] = "ones") -> Tensor:
    """Rendering path normalisation: sum over layers of mean |b mu a - b mu_null a_null|.

    b is what a layer learns to add (a bias, or the shift of a batch norm), mu its rendered coefficients, a
    its switches; the null path is that of an image of zeros, with its own switches. Means are over images
    and entries. Batch norm's statistics are those of the batch for both.

    Parameters
    ----------
    rendering : Rendering
    c : Tensor
        See `Rendering.render`.
    template : {"ones", "class"}
        What the null path renders: all classes at once, as released; or the classes ``c``, so that only
        switches differ.

    Raises
    ------
    ValueError
        Of a template by another name, or as `Rendering.render` does.
    """
    if template not in ("ones", "class"):
        raise ValueError(f"template is {template!r}; it is 'ones' or 'class'")
    tape, null = rendering.recorded(), rendering.null()
    top = rendering.weights(c)
    own = _learnt(tape, rendering.pass_down(c))
    without = _learnt(null, null.descend(torch.ones_like(top[:1]) if template == "ones" else top))
    total = top.new_zeros(())
    for (g, each), (other, _) in zip(own, without, strict=True):
        total = total + _mean_of_product((g - other).abs(), [b.abs() for b in each])
    return total


def _learnt(tape: Tape, values: dict[int, Tensor]) -> list[tuple[Tensor, list[Tensor]]]:
    """Coefficients mu a of each layer that learns a b, and all b that have these coefficients."""
    found: dict[int, tuple[Tensor, list[Tensor]]] = {}
    for step in tape.steps:
        if step.operator.shift is not None and step.target in values:
            g = values[step.target]
            found.setdefault(id(g), (g, []))[1].append(step.operator.shift)
    return list(found.values())


def _mean_of_product(values: Tensor, factors: list[Tensor]) -> Tensor:
    """The sum over factors of mean(values factor), summed first along modes where all are constant."""
    shapes = [[1] * (values.ndim - each.ndim) + list(each.shape) for each in factors]
    modes = [at for at in range(values.ndim) if all(shape[at] == 1 for shape in shapes)]
    total = values.sum(modes, keepdim=True)  # a mean's gradient would be written out before it is used
    return torch.stack([(total * each).sum() for each in factors]).sum() / values.numel()


def moments(rendering: Rendering, c: Tensor, detach: bool = True) -> Tensor:
    """Divergence of normal distributions with the rendered and the bottom-up moments, summed over layers.

    Of each layer, with m and v the mean and variance of a channel bottom-up, and m^ and v^ the rendered:
    1/2 mean((m^ - m)^2 / v) + 1/2 mean(v^ / v) - 1/2 mean(log v^ - log v) - 1/2, means over channels.

    Parameters
    ----------
    rendering : Rendering
    c : Tensor
        See `Rendering.render`.
    detach : bool
        Bottom-up moments count as fixed. The released code has False; with few labels a network then stops
        learning.
    """
    total = rendering.weights(c).new_zeros(())
    for each in rendering.moments(c, detach).values():
        mean, variance = each.mean, each.variance + EPS
        ratio = (each.rendered_variance + EPS) / variance
        distance = (each.rendered_mean - mean).square() / variance
        total = total + 0.5 * (distance + ratio - ratio.log() - 1).mean()
    return total


def non_negativity(rendering: Rendering, c: Tensor) -> Tensor:
    """Sum over layers of mean(relu(-mu)^2): inference is exact where rendered coefficients are not negative.

    Takes the place of `moments` in networks without batch norm. The image itself may be negative.

    Parameters
    ----------
    rendering : Rendering
    c : Tensor
        See `Rendering.render`.
    """
    total = rendering.weights(c).new_zeros(())
    for each in list(rendering.layers(c).values())[1:]:
        total = total + F.relu(-each).square().mean()
    return total


def maxmin(
    largest: Tensor, smallest: Tensor, target: Tensor, alpha_max: float = 0.5, alpha_min: float = 0.5
) -> Tensor:
    """Max-Min cross entropy: alpha_max CE(max branch) + alpha_min CE(min branch).

    Parameters
    ----------
    largest, smallest : Tensor of float, shape (batch, classes)
        Logits of the branches of a `models.rendering.maxmin.MaxMin`.
    target : Tensor, shape (batch,) of int or (batch, classes) of float
    alpha_max, alpha_min : float
    """
    return alpha_max * F.cross_entropy(largest, target) + alpha_min * F.cross_entropy(smallest, target)
