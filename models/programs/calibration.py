"""One temperature that makes probabilities say how often they are right."""

import torch
from torch.nn import functional as F

from etl.engine.types import Tensor

GRID = torch.logspace(-1, 1, 201)
"""Temperatures that are tried."""
BINS = 10


def temperature(logits: Tensor, labels: Tensor) -> float:
    """The temperature of least logistic loss; 1 where there is nothing to judge by.

    Guo, Pleiss, Sun and Weinberger, On calibration of modern neural networks, ICML 2017, equation 9.

    Parameters
    ----------
    logits, labels : float tensors, shape (equations,)

    Examples
    --------
    >>> temperature(torch.tensor([4.0, 4.0, -4.0, 4.0]), torch.tensor([1.0, 1.0, 0.0, 0.0])) > 1
    True
    """
    if not len(labels):
        return 1.0
    grid = GRID.to(logits)
    scaled = logits[None] / grid[:, None]
    losses = F.binary_cross_entropy_with_logits(scaled, labels.expand_as(scaled), reduction="none").mean(1)
    return float(grid[losses.argmin()])


def calibration_error(probabilities: Tensor, labels: Tensor) -> float:
    """Expected calibration error: mean gap of probability and frequency over ten bins, by their sizes.

    Parameters
    ----------
    probabilities, labels : float tensors, shape (equations,)

    Examples
    --------
    >>> round(calibration_error(torch.tensor([0.9, 0.9]), torch.tensor([1.0, 0.0])), 6)
    0.4
    """
    bins = (probabilities * BINS).long().clamp(max=BINS - 1)
    gaps = torch.zeros(BINS, dtype=probabilities.dtype, device=probabilities.device)
    gaps = gaps.index_add(0, bins, probabilities - labels)
    return float(gaps.abs().sum() / max(len(labels), 1))
