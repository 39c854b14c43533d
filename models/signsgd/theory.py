"""What the theorems promise, from numbers that a run can measure.

Sources: Bernstein, Wang, Azizzadenesheli and Anandkumar, "signSGD: compressed optimisation for non-convex
problems", ICML 2018, here [ICML]; Bernstein, Zhao, Azizzadenesheli and Anandkumar, "signSGD with majority
vote is communication efficient and fault tolerant", ICLR 2019, here [ICLR].
"""

from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor

CRITICAL = 2 / sqrt(3)
"""Signal-to-noise ratio above which Gauss' bound falls with its square."""


def density(v: Tensor) -> float:
    """``||v||_1^2 / (d ||v||_2^2)``, from 1/d (one coordinate) to 1 (all alike); NaN for zeros [ICML, eq. 1].

    Examples
    --------
    >>> density(torch.tensor([1.0, -1.0])), density(torch.tensor([3.0, 0.0]))
    (1.0, 0.5)
    """
    v = v.double()
    return float(v.abs().sum() ** 2 / (v.numel() * v.square().sum()))


def gauss_bound(snr: Tensor) -> Tensor:
    """Most often that a sign is wrong under unimodal symmetric noise, at ``|g_i| / sigma_i``.

    Source: Gauss 1823, as [ICLR, lemma 1].

    Examples
    --------
    >>> gauss_bound(torch.tensor([0.0, 2.0])) * 18
    tensor([9., 1.])
    """
    far = 2 / (9 * snr.clamp(min=CRITICAL).square())
    return torch.where(snr > CRITICAL, far, 0.5 - snr / (2 * sqrt(3)))


def snr_of(gradient: Tensor, noise: Tensor) -> Tensor:
    """``|g_i| / sigma_i``; 0 where both are 0.

    Parameters
    ----------
    gradient, noise : tensor, shape (d,)
        ``g``, and standard deviations ``sigma``.

    Returns
    -------
    tensor, shape (d,)

    Examples
    --------
    >>> snr_of(torch.tensor([-1.0, 1.0, 0.0]), torch.tensor([2.0, 0.0, 0.0])).tolist()
    [0.5, inf, 0.0]
    """
    return torch.where(gradient == 0, 0.0, gradient.abs() / noise)


def mixed_norm(gradient: Tensor, noise: Tensor) -> float:
    """Sum of ``|g_i|`` above the critical ratio and of ``g_i^2 / sigma_i`` below it [ICLR, theorem 1].

    Parameters
    ----------
    gradient, noise : tensor, shape (d,)
        ``g``, and standard deviations ``sigma``.

    Examples
    --------
    >>> mixed_norm(torch.tensor([2.0, 1.0]), torch.tensor([1.0, 2.0]))
    2.5
    """
    size, snr = gradient.abs().double(), snr_of(gradient, noise).double()
    return float(torch.where(snr > CRITICAL, size, size * snr).sum())


@dataclass(frozen=True)
class Problem:
    """Constants of a problem, and what they bound.

    Bounds are on the mean over steps of the gradient's l1 norm, in expectation.

    Attributes
    ----------
    smoothness : float
        ``||L||_1``, the sum of each coordinate's curvature.
    gap : float
        ``f(x_0) - f*``.
    noise : float
        ``||sigma||_1``, of one call of the stochastic gradient.

    Examples
    --------
    >>> problem = Problem(smoothness=4.0, gap=0.5, noise=1.0)
    >>> problem.large_batch(steps=100), problem.large_batch(steps=100, workers=16)
    (0.4, 0.25)
    """

    smoothness: float
    gap: float
    noise: float

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value >= 0:
                raise ValueError(f"{name} is {value}; it must be at least 0")

    def step_size(self, steps: int) -> float:
        """``1 / sqrt(||L||_1 K)``, with batches of K calls [ICML, theorem 1]."""
        return 1 / sqrt(self.smoothness * steps)

    def large_batch(self, steps: int, workers: int = 1, *, symmetric: bool = True) -> float:
        """Bound after K steps of ``step_size(K)`` with batches of K a worker.

        [ICML, theorem 1], and for several workers theorem 2: the noise falls with the square root of their
        number where it is unimodal and ``symmetric``, and need not fall otherwise.
        """
        shared = sqrt(workers) if symmetric else 1.0
        return (sqrt(self.smoothness) * (self.gap + 0.5) + 2 * self.noise / shared) / sqrt(steps)

    def mini_batch(self, steps: int) -> float:
        """Bound on the mean `mixed_norm` with batches of one call, unimodal symmetric [ICLR, theorem 1].

        The step size is ``sqrt((f_0 - f*) / (||L||_1 K))``.
        """
        return 3 * sqrt(self.smoothness * self.gap / steps)

    def byzantine(self, steps: int, workers: int, share: float = 0.0) -> float:
        """Bound with batches of K where a share of the workers sends negated signs [ICLR, theorem 2].

        Raises
        ------
        ValueError
            The share is not below a half: the theorem promises nothing.
        """
        if not 0 <= share < 0.5:
            raise ValueError(f"share is {share}; the theorem holds from 0 to below 1/2")
        noise = self.noise / ((1 - 2 * share) * sqrt(workers))
        return 2 * (noise + sqrt(self.smoothness * self.gap)) / sqrt(steps)
