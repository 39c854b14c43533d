"""Whether to vote: how far M workers' vote goes along the gradient, by one worker's micro-batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from models.signsgd.monitors import finite, same_length
from models.signsgd.network_model import Time

VOTES = ("sharded", "allgather", "server")


def expected_vote(n: int, workers: int, ties: str = "rotate") -> Tensor:
    """Mean vote of M workers where 0..n of n micro-batches say plus.

    Workers are micro-batches drawn without replacement, so the mean over micro-batches is unbiased; beyond
    n workers they are drawn with replacement, the binomial tail.

    Parameters
    ----------
    n : int
        Micro-batches.
    workers : int
        M.
    ties : {"rotate", "random", "abstain", "plus1"}
        A tie is 1 under ``plus1`` and 0 on average under the others.

    Returns
    -------
    float64 tensor, shape (n + 1,)
        -1 to 1.

    Raises
    ------
    ValueError
        No such rule for ties.

    Examples
    --------
    >>> expected_vote(4, 3).round(decimals=6).tolist()
    [-1.0, -1.0, 0.0, 1.0, 1.0]
    """
    if ties not in ("rotate", "random", "abstain", "plus1"):
        raise ValueError(f"ties is {ties!r}; it must be rotate, random, abstain or plus1")
    from scipy.stats import binom, hypergeom  # here, as workers that train need not wait for the import

    plus, positives = np.arange(workers + 1), np.arange(n + 1)[:, None]
    if workers <= n:
        chance = hypergeom.pmf(plus, n, positives, workers)
    else:
        chance = binom.pmf(plus, workers, positives / n)
    vote = np.sign(2.0 * plus - workers)
    vote[2 * plus == workers] = ties == "plus1"
    return torch.from_numpy(chance @ vote)


class Tally:
    """Signs and sums of each coordinate over micro-batches of one worker, streamed.

    Micro-batches go to two halves in turn.

    Parameters
    ----------
    merge : int
        Micro-batches that are averaged into one, to ask about a batch that much larger.
    zeros : {"random", "rotate", "plus"}
        What a gradient of exactly 0 votes; the first two are plus and minus in turn here.

    Attributes
    ----------
    n : int
        Micro-batches so far, after merging.

    Examples
    --------
    >>> tally = Tally().push(torch.tensor([[1.0, 2.0], [3.0, -1.0], [1.0, 2.0], [2.0, 1.0]]))
    >>> tally.efficiency(3, tally.mean), tally.efficiency(1, tally.mean)
    (1.0, 0.8181818181818182)
    """

    plus: Tensor
    above: Tensor
    below: Tensor

    def __init__(self, merge: int = 1, zeros: str = "random") -> None:
        if zeros not in ("random", "rotate", "plus"):
            raise ValueError(f"zeros is {zeros!r}; it must be random, rotate or plus")
        self.n, self.merge, self.zeros = 0, merge, zeros
        self._rest: Tensor | None = None

    def push(self, gradients: Tensor) -> "Tally":
        """Take in a gradient (d,) or several (k, d); itself. See `models.signsgd.monitors.Moments.push`."""
        rows = finite(gradients)
        if self._rest is not None:
            same_length(rows, self._rest)
            rows = torch.cat([self._rest, rows])
        whole = len(rows) - len(rows) % self.merge
        self._rest = rows[whole:].clone()
        for row in rows[:whole].view(-1, self.merge, rows.shape[1]).mean(1):
            self._add(row)
        return self

    def _add(self, row: Tensor) -> None:
        if not self.n:
            self.above = row.new_zeros(2, len(row))
            self.below, self.plus = self.above.clone(), torch.zeros_like(self.above, dtype=torch.int32)
        half = self.n % 2
        turn = torch.arange(self.n // 2, self.n // 2 + len(row), device=row.device) % 2 == 0
        self.plus[half] += (row > 0) | ((row == 0) & (turn | (self.zeros == "plus")))
        self.above[half] += row.clamp(min=0)
        self.below[half] += row.clamp(max=0)
        self.n += 1

    @property
    def mean(self) -> Tensor:
        """Mean gradient, float64 (d,)."""
        return (self.above + self.below).double().sum(0) / self.n

    def efficiency(self, workers: int, gradient: Tensor | None = None, *, ties: str = "rotate") -> float:
        """Predicted ``<vote, g> / ||g||_1`` of M workers, each with one such micro-batch; 1 - 2 x wrong mass.

        Parameters
        ----------
        workers : int
            M.
        gradient : tensor, shape (d,), optional
            ``g`` itself where it is known: ``mean`` after one pass over all data, which M workers would
            share out. Several passes take a tally each: the mean of their efficiencies errs less. Without
            it each micro-batch stands for ``g`` before votes of the others, and ``||g||_1`` is extrapolated
            from the halves: for micro-batches that are only a sample.
        ties : {"rotate", "random", "abstain", "plus1"}

        Raises
        ------
        ValueError
            There are fewer than 4 micro-batches.
        """
        if self.n < 4:
            raise ValueError(f"there are {self.n} micro-batches; 4 are the fewest to predict from")
        plus = self.plus.sum(0).long()
        if gradient is not None:
            g = gradient.double()
            return float((expected_vote(self.n, workers, ties).to(g.device)[plus] * g).sum() / g.abs().sum())
        vote = expected_vote(self.n - 1, workers, ties).to(plus.device)
        along = self.above.double().sum(0) * vote[(plus - 1).clamp(min=0)]
        along += self.below.double().sum(0) * vote[plus.clamp(max=self.n - 1)]
        return float(along.sum() / self.n / self._norm())

    def _norm(self) -> float:
        """``||g||_1`` without the first order of its upward bias, which goes with 1 / n."""
        sums = (self.above + self.below).double()
        sizes = torch.tensor([self.n - self.n // 2, self.n // 2], dtype=sums.dtype, device=sums.device)
        halves = float((sums.abs().sum(1) / sizes).mean())
        return max(2 * float(sums.sum(0).abs().sum()) / self.n - halves, halves / 2)

    def halves(self, workers: int, gradient: Tensor | None = None, *, ties: str = "rotate") -> list[float]:
        """Efficiency by either half against the other's mean gradient, or the one given.

        Half their distance is about the error of `efficiency` that comes from few micro-batches.

        Parameters
        ----------
        workers, gradient, ties
            See `efficiency`.
        """
        means = (self.above + self.below).double().flip(0)  # the scale of g does not matter
        found = []
        for half in (0, 1):
            g = means[half] if gradient is None else gradient.double()
            vote = expected_vote((self.n + 1 - half) // 2, workers, ties).to(g.device)
            found.append(float((vote[self.plus[half].long()] * g).sum() / g.abs().sum()))
        return found


def batch_advice(
    tallies: Sequence[Tally], workers: int, least: float, gradient: Tensor | None = None
) -> int | None:
    """The smallest ``merge`` among tallies whose votes go far enough along the gradient.

    Parameters
    ----------
    tallies : sequence of Tally
        Of one worker, with several ``merge``.
    workers : int
    least : float
        Efficiency that is wanted, -1 to 1.
    gradient : tensor, shape (d,), optional
        See `Tally.efficiency`.

    Returns
    -------
    int, or None where no tally reaches it
    """
    return min((t.merge for t in tallies if t.efficiency(workers, gradient) >= least), default=None)


@dataclass(frozen=True)
class Advice:
    """A verdict and why."""

    verdict: Literal["use", "level", "do not use"]
    reason: str


def advise(
    times: Sequence[Time],
    efficiency: float | None = None,
    *,
    error: float = 0.0,
    votes: Sequence[str] = VOTES,
    margin: float = 0.1,
) -> Advice:
    """Whether to vote, given times by `models.signsgd.network_model.rank`.

    Parameters
    ----------
    times : sequence of Time
    efficiency, error : float
        By `Tally`. One that two errors do not part from 0 forbids the vote.
    votes : sequence of str
        Transports that may be used; ``("allgather", "server")`` where workers may lie.
    margin : float
        Difference of step times that counts.

    Examples
    --------
    >>> advise([Time("sharded", 0.5, 0, 0, 0), Time("fp32", 1.5, 0, 0, 0)], 0.4).reason
    'a step by sharded vote takes 500 ms and by fp32 1500 ms: 3.00x as fast'
    """
    if efficiency is not None and efficiency <= 2 * error:
        return Advice(
            "do not use",
            f"the vote goes {efficiency:.2f} of the way along the gradient, give or take {2 * error:.2f}: "
            "it need not descend; take a larger batch a worker or more micro-batches",
        )
    ours = min((time for time in times if time.name in votes), key=lambda time: time.step)
    rival = min((time for time in times if time.name not in VOTES), key=lambda time: time.step)
    gain = rival.step / ours.step
    reason = (
        f"a step by {ours.name} vote takes {ours.step * 1e3:.0f} ms and by {rival.name} "
        f"{rival.step * 1e3:.0f} ms: {gain:.2f}x as fast"
    )
    if gain > 1 + margin:
        return Advice("use", reason)
    if gain * (1 + margin) >= 1:
        return Advice("level", f"{reason}; the network is not what holds training up")
    return Advice("do not use", f"{reason}; {rival.name} keeps sizes and is faster")
