"""How many rendering paths an image has, counted exactly, and what that says of unseen images.

A rendering path leads from a class to a place of the image through entries of kernels and units that are on
(leaky units off count as off); its number is what the renderer gives with all weights one.
"""

import math

import torch

from etl.engine.types import Tensor
from models.rendering.render import Rendering
from models.rendering.tape import Tape


def log_paths(rendering: Rendering, c: Tensor) -> Tensor:
    """Natural logarithms of the numbers of active rendering paths of each image.

    Counts are in float64 with an exponent of their own, so that no depth overflows; up to 2^53 they are
    exact.

    Parameters
    ----------
    rendering : Rendering
        Has seen the batch.
    c : Tensor
        See `Rendering.render`; all classes with a weight other than zero count.

    Returns
    -------
    Tensor of float64, shape (batch,)
        Minus infinity where all paths are off.
    """
    with torch.no_grad():
        top = (rendering.weights(c) != 0).double()
        count, exponent = _descend(rendering.recorded(), top)
        return count.flatten(1).sum(1).log() + exponent * math.log(2)


Scaled = tuple[Tensor, Tensor]
"""Numbers (batch, ...) and the exponents of 2 (batch,) by which they are to be multiplied."""


def _descend(tape: Tape, top: Tensor) -> Scaled:
    """Paths that end in each place of the image."""
    values: dict[int, Scaled] = {tape.last: (top, top.new_zeros(len(top)))}
    for step in reversed(tape.steps):
        if step.target not in values:
            continue
        count, exponent = values.pop(step.target)
        for source, part in zip(step.sources, step.operator.count(count), strict=True):
            scaled = _scaled(part, exponent)
            values[source] = _sum(values[source], scaled) if source in values else scaled
    return values[0]


def _scaled(count: Tensor, exponent: Tensor) -> Scaled:
    """Divided by the power of 2 that leaves the largest number of an image between 1/2 and 1."""
    power = torch.frexp(count.flatten(1).amax(1)).exponent
    return torch.ldexp(count, -_over(power, count)), exponent + power


def _sum(one: Scaled, other: Scaled) -> Scaled:
    exponent = torch.maximum(one[1], other[1])
    parts = [torch.ldexp(count, _over(each - exponent, count)) for count, each in (one, other)]
    return parts[0] + parts[1], exponent


def _over(value: Tensor, like: Tensor) -> Tensor:
    """(batch,) as it broadcasts over (batch, ...)."""
    return value.reshape(-1, *[1] * (like.ndim - 1))


def bound(margin_loss: float, log_paths: float, norms: float, n: int, delta: float = 0.05) -> float:
    """A curve of the form of the paper's bound on the error of unseen images.

    margin_loss + norms sqrt(log_paths / n) + sqrt(log(1 / delta) / n). The paper's theorem (Ho and others,
    arXiv 1811.02657) says that the risk is at most the empirical margin loss, a complexity that grows with
    the number of active rendering paths and with the norms of paths, over sqrt(n), and this last term. The
    constants were not checked against the paper: compare values of this curve, do not quote one as a
    guarantee.

    Parameters
    ----------
    margin_loss : float
        Share of training images whose margin is below gamma.
    log_paths : float
        Logarithm of the number of active rendering paths, such as the mean of what the function of that
        name gives.
    norms : float
        Norm of the rendered paths, divided by gamma.
    n : int
        Training images.
    delta : float
        One minus the confidence, between 0 and 1.

    Raises
    ------
    ValueError
        A number is out of range.

    Examples
    --------
    >>> round(bound(0.1, 4.0, 1.0, 400), 3)
    0.287
    """
    if n < 1 or not 0 < delta < 1 or min(margin_loss, norms) < 0 or not math.isfinite(norms + margin_loss):
        got = f"{margin_loss}, {norms}, {n}, {delta}"
        raise ValueError(f"a bound takes a loss and norms of at least 0, n of 1, delta in (0, 1); got {got}")
    complexity = norms * math.sqrt(max(0.0, log_paths) / n)
    return margin_loss + complexity + math.sqrt(math.log(1 / delta) / n)
