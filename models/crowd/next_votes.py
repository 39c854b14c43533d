"""What to ask next under a budget of votes: which items, and how many workers each.

``NextVotes(skill).choose(budget, P, q, votes)`` is a list to send out: the votes that tell most of the
classes of items, by what their votes and a classifier say of them together.
"""

from dataclasses import dataclass
from typing import NamedTuple

from etl.engine import array_namespace
from etl.engine.types import Array
from etl.hashing import mix
from etl.ids import tally
from models.crowd.products import normalise

WHY = ("new", "disagreement", "doubtful")
"""No vote yet; the likeliest class by votes is not the classifier's; it is, but not surely."""
TINY = 1e-300
CENT = 1e-9
"""Gains that differ by less count as equal, and smaller ones as none."""
CELLS = 1 << 22
"""Items times classes, or times pairs of votes, that are worked on at a time."""


class Asked(NamedTuple):
    """A list to send out, the most telling first; each item is on it once.

    Attributes
    ----------
    items : int64 array, shape (m,)
        Rows of the beliefs.
    workers : int64 array, shape (m,)
        Workers to ask of each; they sum to the budget, or to less where no more votes can tell anything.
    gain : float64 array, shape (m,)
        Expected information of the item's next vote, in bits.
    why : int64 array, shape (m,)
        Place in `WHY`.
    """

    items: Array
    workers: Array
    gain: Array
    why: Array


@dataclass(frozen=True)
class NextVotes:
    """Spends votes where one tells most: ``I(class; vote)`` of an item's belief and an average worker.

    New items and those that have votes compete by this one score. An item whose votes and classifier agree
    gets no further vote; one where neither is sure gets it first. The gain of votes on one item falls with
    each, as workers err independently given the class, so that taking the largest is the best list. Source of
    the gain: Lindley, "On a measure of the information provided by an experiment", 1956; of a classifier as
    the prior of each item's votes: Branson, Van Horn and Perona, "Lean crowdsourcing", CVPR 2017.

    Before there is a classifier, all items have the same gain: the list is then drawn at random.

    Confusions must be learnt from all votes, with the classifier's probabilities as the prior of each item.
    Where only items of several votes are learnt from, the doubtful ones that were chosen here make all
    workers look worse than they are, round by round.

    Parameters
    ----------
    skill : float64 array, shape (labels, true labels)
        Confusion of an average worker, as of `models.crowd.pooled.of_all`; sums to 1 over the labels.
    most : int
        Workers that one list asks of an item, at most. With rounds, 1 is best: the next list knows the
        answer. The gain of a second vote is exact; those after it fall by the same ratio.
    seed : int
        Of ties.

    Raises
    ------
    ValueError
        ``most`` is below 1, or the skill is not square.

    Examples
    --------
    >>> import numpy
    >>> P = numpy.array([[0.5, 0.5], [0.9, 0.1], [0.9, 0.1]])
    >>> q = numpy.array([[0.8, 0.2], [0.9, 0.1], [0.2, 0.8]])
    >>> skill = numpy.array([[0.9, 0.1], [0.1, 0.9]])
    >>> asked = NextVotes(skill).choose(2, P, q, votes=numpy.array([0, 1, 1]))
    >>> asked.items.tolist(), [WHY[code] for code in asked.why]
    ([2, 0], ['disagreement', 'new'])
    """

    skill: Array
    most: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if self.most < 1:
            raise ValueError(f"most is {self.most}; it must be at least 1")
        if self.skill.ndim != 2 or self.skill.shape[0] != self.skill.shape[1]:
            raise ValueError(f"skill has shape {self.skill.shape}; it must be (labels, true labels)")

    def choose(
        self, budget: int, P: Array, q: Array | None, votes: Array, left: Array | None = None
    ) -> Asked:
        """The list for a budget of votes.

        Parameters
        ----------
        budget : int
            Votes to ask for, at most.
        P : float64 array, shape (n, K)
            Posterior of each item by its votes alone, under even class shares; even where it has none.
        q : float64 array, shape (n, K), or None
            Probabilities of a classifier that was not trained on the item; None before there is one.
        votes : int64 array, shape (n,)
            Votes that each item has.
        left : int64 array, shape (n,), optional
            Votes that each can still get; as many as are asked for by default.

        Raises
        ------
        ValueError
            The budget is negative, or shapes do not fit.
        """
        self._check(budget, P, q, votes)
        xp, S = array_namespace(P), P if q is None else combined(P, q)
        first = information(S, self.skill)
        if left is not None:
            first = xp.where(left > 0, first, 0.0)
        tie = mix(xp.arange(len(S)), self.seed).astype("float64")
        order = xp.lexsort(xp.stack([tie, -first.round(9)]))[:budget]
        order = order[first[order] > CENT]
        workers = self._workers(budget, first[order], S[order], None if left is None else left[order])
        kept = workers > 0
        items = order[kept]
        return Asked(items, workers[kept], first[items], reasons(P[items], q, votes[items], items))

    def _workers(self, budget: int, first: Array, S: Array, left: Array | None) -> Array:
        """Votes of each item of a list that is sorted by gain, int64, shape (m,)."""
        xp = array_namespace(S)
        if self.most == 1 or not len(S):
            return xp.ones(len(S), dtype="int64")
        ratio = second(S, self.skill) / first
        level = xp.arange(self.most, dtype="float64")[:, None]
        gain = first * ratio**level
        if left is not None:
            gain = xp.where(level < left, gain, 0.0)
        value = gain.round(9).ravel()
        order = xp.lexsort(xp.stack([xp.arange(len(value), dtype="float64"), -value]))[:budget]
        return tally(order[value[order] > 0] % len(S), len(S))

    def _check(self, budget: int, P: Array, q: Array | None, votes: Array) -> None:
        if budget < 0:
            raise ValueError(f"the budget is {budget} votes; it must be at least 0")
        if P.shape != (len(votes), len(self.skill)) or (q is not None and q.shape != P.shape):
            shapes = [P.shape, None if q is None else q.shape, votes.shape, self.skill.shape]
            raise ValueError(f"P, q, votes and skill have shapes {shapes}; give (n, K), (n, K), (n,), (K, K)")


def combined(P: Array, q: Array) -> Array:
    """Belief by votes and classifier together, ``P * q`` with rows that sum to 1.

    Parameters
    ----------
    P, q : float64 array, shape (n, K)
        See `NextVotes.choose`. Where they exclude each other, votes are believed.
    """
    xp = array_namespace(P)
    return normalise(P * xp.maximum(q, CENT))[0]


def information(S: Array, skill: Array) -> Array:
    """Mutual information of an item's class and one vote: ``H(vote) - H(vote | class)``.

    Parameters
    ----------
    S : float64 array, shape (n, K)
        Beliefs of items.
    skill : float64 array, shape (labels, true labels)

    Returns
    -------
    float64 array, shape (n,)
        In bits, not negative.

    Examples
    --------
    >>> import numpy
    >>> information(numpy.array([[0.5, 0.5], [1.0, 0.0]]), numpy.eye(2)).tolist()
    [1.0, 0.0]
    """
    xp, noise = array_namespace(S), entropy(skill.T)
    found = xp.empty(len(S))
    for rows in _blocks(len(S), S.shape[1]):
        found[rows] = entropy(S[rows] @ skill.T) - S[rows] @ noise
    return xp.maximum(found, 0.0)


def second(S: Array, skill: Array) -> Array:
    """Information of a second vote of another worker, expected over the first: ``I(class; v2 | v1)``.

    It is ``H(v1, v2) - H(v1) - H(v | class)``, where ``P(v1, v2) = sum of S[k] skill[v1, k] skill[v2, k]``.

    Parameters
    ----------
    S, skill
        See `information`.

    Returns
    -------
    float64 array, shape (n,)
        In bits; no more than that of the first.
    """
    xp, noise, K = array_namespace(S), entropy(skill.T), S.shape[1]
    found = xp.empty(len(S))
    for rows in _blocks(len(S), K * K):
        pairs = (S[rows][:, None, :] * skill) @ skill.T
        found[rows] = entropy(pairs.reshape(-1, K * K)) - entropy(S[rows] @ skill.T) - S[rows] @ noise
    return xp.maximum(found, 0.0)


def entropy(p: Array) -> Array:
    """Of each row, in bits."""
    xp = array_namespace(p)
    return -(p * xp.log2(xp.maximum(p, TINY))).sum(axis=1)


def reasons(P: Array, q: Array | None, votes: Array, items: Array) -> Array:
    """Why each item is asked, int64 places in `WHY`.

    Parameters
    ----------
    P : float64 array, shape (m, K)
        Of the items asked.
    q : float64 array, shape (n, K), or None
        Of all items.
    votes : int64 array, shape (m,)
    items : int64 array, shape (m,)
    """
    xp = array_namespace(P)
    differs = xp.zeros(len(P), dtype=bool) if q is None else P.argmax(axis=1) != q[items].argmax(axis=1)
    return xp.where(votes == 0, 0, xp.where(differs, 1, 2))


def _blocks(n: int, width: int) -> list[slice]:
    size = max(1, CELLS // width)
    return [slice(begin, begin + size) for begin in range(0, n, size)]
