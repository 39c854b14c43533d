"""Groups of workers who err alike: a prior of confusions that knows hammers from spammers.

Source: Venanzi, Guiver, Kazai, Kohli and Shokouhi, "Community-based Bayesian aggregation models for
crowdsourcing", WWW 2014, section 3.2, with Dirichlet rows in place of their Gaussian scores, and the strength
of each group learnt.
"""

from dataclasses import dataclass

from etl.engine import engine_of
from etl.engine.types import Array
from models.crowd.dawid_skene import LEAST
from models.crowd.products import softmax
from models.crowd.random_draws import Draws, categorical

STRENGTHS = tuple(0.5 * 2.0**power for power in range(8))
"""Votes that a group's confusion may count as, for each of its workers and true labels."""
EVERY = 5
"""Sweeps between two draws of who is in which group and of the strengths."""


@dataclass
class Groups:
    """State of the groups.

    Attributes
    ----------
    member : int64 array, shape (workers,)
        Group of each worker.
    strength : float64 array, shape (groups,)
    draws : Draws
    """

    member: Array
    strength: Array
    draws: Draws
    sweeps: int = 0

    @classmethod
    def by_skill(cls, cube: Array, groups: int, draws: Draws) -> "Groups":
        """Groups of alike size, cut by the share of right votes.

        Parameters
        ----------
        cube : float64 array, shape (workers, labels, true labels)
            Votes by the labels that tasks have for now.
        groups : int
        draws : Draws
        """
        right = cube.diagonal(axis1=1, axis2=2).sum(axis=1)
        order = ((right + 1.0) / (cube.sum(axis=(1, 2)) + 2.0)).argsort().argsort()
        return cls(order * groups // len(cube), draws.xp.full(groups, 4.0), draws)

    def confusions(self, cube: Array) -> Array:
        """Draw the groups' confusions, then those of workers, given votes by label.

        Parameters
        ----------
        cube : float64 array, shape (workers, labels, true labels)

        Returns
        -------
        float64 array, shape (workers, labels, true labels)
            Sums to 1 over the labels.
        """
        xp = self.draws.xp
        inside = (self.member == xp.arange(len(self.strength))[:, None]).astype("float64")
        counts = (inside @ cube.reshape(len(cube), -1)).reshape(-1, *cube.shape[1:])
        expected = float(cube.shape[1] ** 2) * by_skill(counts)  # few parameters hold where classes are many
        base = xp.maximum(self.draws.dirichlet(counts + expected, axis=1), 1e-6)
        if self.sweeps % EVERY == 0:
            self._draw_strengths(cube, base, inside)
            self._draw_members(cube, base, inside)
        self.sweeps += 1
        prior = self.strength[self.member][:, None, None] * base[self.member]
        return xp.maximum(self.draws.dirichlet(cube + prior, axis=1), LEAST)

    def _draw_strengths(self, cube: Array, base: Array, inside: Array) -> None:
        xp, own = self.draws.xp, base[self.member]
        by_worker = xp.stack([log_marginal(cube, own * strength) for strength in STRENGTHS], axis=1)
        shares, _ = softmax(inside @ by_worker)
        chosen = categorical(shares, self.draws.uniform(len(base)))
        self.strength = STRENGTHS[0] * 2.0 ** chosen.astype("float64")

    def _draw_members(self, cube: Array, base: Array, inside: Array) -> None:
        xp, groups = self.draws.xp, range(len(base))
        scores = xp.stack([log_marginal(cube, base[g] * self.strength[g]) for g in groups], axis=1)
        share = self.draws.dirichlet(inside.sum(axis=1) + 1.0, axis=0)
        shares, _ = softmax(scores + xp.log(xp.maximum(share, LEAST)))
        self.member = categorical(shares, self.draws.uniform(len(cube)))


def by_skill(counts: Array) -> Array:
    """Confusions that differ by how often groups are right alone: where they err, they err as all do.

    Parameters
    ----------
    counts : float64 array, shape (groups, labels, true labels)
        Votes.

    Returns
    -------
    float64 array, shape (groups, labels, true labels)
        Sums to 1 over the labels.
    """
    xp, classes = engine_of(counts).xp, counts.shape[1]
    same = xp.eye(classes)
    right = (counts * same).sum(axis=(1, 2))
    skill = ((right + 1.0) / (counts.sum(axis=(1, 2)) + classes))[:, None, None]
    wrong = (counts.sum(axis=0) + 1.0 / classes) * (1.0 - same)
    return skill * same + (1.0 - skill) * wrong / wrong.sum(axis=0)


def log_marginal(cube: Array, prior: Array) -> Array:
    """Log probability of each worker's votes where confusions have this Dirichlet prior; see `Groups`.

    Parameters
    ----------
    cube : float64 array, shape (workers, labels, true labels)
        Votes.
    prior : float64 array, shape (labels, true labels) or that of ``cube``

    Returns
    -------
    float64 array, shape (workers,)
        In nats.
    """
    gammaln, all_of = engine_of(cube).special.gammaln, prior.sum(axis=-2)
    of_votes = (gammaln(cube + prior) - gammaln(prior)).sum(axis=(1, 2))
    return of_votes - (gammaln(cube.sum(axis=1) + all_of) - gammaln(all_of)).sum(axis=-1)
