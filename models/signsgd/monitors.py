"""Whether the theorems' assumptions hold on a run: one pass over micro-batches, a few vectors of memory."""

from dataclasses import dataclass

import torch
from torch import Tensor

from models.signsgd.theory import CRITICAL, density, gauss_bound, mixed_norm, snr_of


@dataclass(frozen=True)
class Health:
    """What the micro-batches show; shares are of the coordinates that were ever non-zero.

    Attributes
    ----------
    batches : int
    dead : float
        Share of all coordinates whose gradient was 0 every time.
    gradient_density, noise_density : float
        See `models.signsgd.theory.density`.
    gradient_l1, noise_l1 : float
        ``||g||_1`` and ``||sigma||_1`` of one micro-batch.
    mixed : float
        See `models.signsgd.theory.mixed_norm`.
    above_critical : float
        Share with ``|g_i| / sigma_i`` above 2 / sqrt(3).
    broken, broken_mass : float
        Share of coordinates, and of ``||g||_1``, whose signs are wrong more often than unimodal symmetric
        noise allows.
    """

    batches: int
    dead: float
    gradient_density: float
    noise_density: float
    gradient_l1: float
    noise_l1: float
    mixed: float
    above_critical: float
    broken: float
    broken_mass: float


class Moments:
    """Mean, variance and counts of signs of each coordinate, streamed.

    Source: Chan, Golub and LeVeque, "Algorithms for computing the sample variance", The American
    Statistician 37, 1983, equation 1.5; one row at a time it is Welford's.

    Attributes
    ----------
    n : int
        Micro-batches so far.
    mean, squares : tensor, shape (d,)
        Mean, and sum of squared deviations from it.
    plus, minus : int32 tensor, shape (d,)
        Micro-batches with a gradient above, and below, 0.

    Examples
    --------
    >>> moments = Moments().push(torch.tensor([[1.0, 2.0], [3.0, 2.0]])).push(torch.tensor([5.0, -1.0]))
    >>> moments.mean.tolist(), moments.noise.tolist()
    ([3.0, 1.0], [2.0, 1.7320507764816284])
    """

    n: int = 0
    mean: Tensor
    squares: Tensor
    plus: Tensor
    minus: Tensor

    def push(self, gradients: Tensor) -> "Moments":
        """Take in a gradient (d,) or several (k, d); itself.

        Raises
        ------
        ValueError
            There is a NaN or an infinity, or the number of coordinates has changed.
        """
        rows = finite(gradients)
        if not self.n:
            self.mean, self.squares = torch.zeros_like(rows[0]), torch.zeros_like(rows[0])
            self.plus = torch.zeros_like(rows[0], dtype=torch.int32)
            self.minus = self.plus.clone()
        same_length(rows, self.mean)
        k, mean = len(rows), rows.mean(0)
        apart = mean - self.mean
        self.squares += (rows - mean).square().sum(0) + apart.square() * (self.n * k / (self.n + k))
        self.mean += apart * (k / (self.n + k))
        self.plus += (rows > 0).sum(0, dtype=torch.int32)
        self.minus += (rows < 0).sum(0, dtype=torch.int32)
        self.n += k
        return self

    @property
    def noise(self) -> Tensor:
        """Standard deviation of each coordinate, shape (d,)."""
        if self.n < 2:
            raise ValueError(f"noise needs 2 micro-batches and there are {self.n}; push more")
        return (self.squares / (self.n - 1)).sqrt()

    def broken(self, level: float = 1e-3) -> Tensor:
        """Coordinates whose signs are wrong too often for unimodal symmetric noise, bool (d,).

        The count of wrong signs has at most the chance ``level`` under `gauss_bound`, by Chernoff's bound
        on the binomial tail.
        """
        allowed = gauss_bound(snr_of(self.mean, self.noise)).double()
        wrong = torch.where(self.mean > 0, self.minus, self.plus) / self.n
        excess = torch.special.xlogy(wrong, wrong / allowed)
        excess = excess + torch.special.xlogy(1 - wrong, (1 - wrong) / (1 - allowed))
        surprise = torch.log(torch.tensor(1 / level))
        return (wrong > allowed) & (self.mean != 0) & (self.n * excess > surprise)

    def health(self, level: float = 1e-3) -> Health:
        """The assumptions as they stand."""
        live, noise, size = self.plus + self.minus > 0, self.noise, self.mean.abs().double()
        count, mass, broken = max(int(live.sum()), 1), max(float(size.sum()), 1e-300), self.broken(level)
        return Health(
            batches=self.n,
            dead=1 - int(live.sum()) / live.numel(),
            gradient_density=density(self.mean),
            noise_density=density(noise),
            gradient_l1=float(size.sum()),
            noise_l1=float(noise.double().sum()),
            mixed=mixed_norm(self.mean, noise),
            above_critical=int((snr_of(self.mean, noise) > CRITICAL).sum()) / count,
            broken=int(broken.sum()) / count,
            broken_mass=float(size[broken].sum()) / mass,
        )


class Margins:
    """How clear the votes are.

    Attributes
    ----------
    counts : int64 tensor, shape (M + 1,)
        Coordinates whose sum of signs had each size, 0 (a tie) to M (all agree).

    Examples
    --------
    >>> margins = Margins(2).push(torch.tensor([[1, 1, -1, 1], [1, -1, -1, 1]]))
    >>> margins.counts.tolist(), margins.tie_rate
    ([1, 0, 3], 0.25)
    """

    def __init__(self, workers: int) -> None:
        self.counts = torch.zeros(workers + 1, dtype=torch.int64)

    def push(self, signs: Tensor) -> "Margins":
        """Take in votes (M, d) of -1, 0 or 1; itself."""
        if len(signs) != len(self.counts) - 1:
            raise ValueError(f"signs have {len(signs)} rows; there are {len(self.counts) - 1} workers")
        sizes = signs.to(torch.int32).sum(0).abs()
        self.counts += torch.bincount(sizes, minlength=len(self.counts)).cpu()
        return self

    @property
    def tie_rate(self) -> float:
        """Share of votes that are ties."""
        return float(self.counts[0] / self.counts.sum())

    @property
    def close(self) -> float:
        """Share of votes that one worker could turn: sums of 1, or ties where the workers are even."""
        return float(self.counts[int(len(self.counts) % 2 == 0)] / self.counts.sum())


def finite(gradients: Tensor) -> Tensor:
    """Rows of at least float32, shape (k, d); a ValueError names the first that is not finite."""
    rows = gradients.detach().reshape(-1, gradients.shape[-1])
    rows = rows if rows.dtype == torch.float64 else rows.float()
    if not bool(rows.isfinite().all()):
        row, k = (~rows.isfinite()).nonzero()[0].tolist()
        raise ValueError(
            f"gradient {row} is {float(rows[row, k])} at coordinate {k}; leave out such micro-batches"
        )
    return rows


def same_length(rows: Tensor, known: Tensor) -> None:
    """Check that the number of coordinates has not changed.

    Parameters
    ----------
    rows, known : tensor, shape (..., d)
        New gradients, and earlier ones.

    Raises
    ------
    ValueError
        It has.
    """
    if rows.shape[-1] != known.shape[-1]:
        raise ValueError(f"a gradient has {rows.shape[-1]:,} coordinates; earlier ones {known.shape[-1]:,}")
