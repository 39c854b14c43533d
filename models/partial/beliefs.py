"""What is known of each item's class: candidates that answers have left, or soft ones where workers err."""

from dataclasses import dataclass, field
from math import inf
from typing import Any, Protocol

from etl.engine import array_namespace
from etl.engine.types import Array
from etl.ids import tally
from models.active.random_order import uniform
from models.partial import bits, noise
from models.partial.chains import Chains, chains, concatenate
from models.partial.questions import Questions
from models.partial.scores import Best, Score, best


class Belief(Protocol):
    """Candidates of a pool's items, and how they are asked about."""

    asked: Questions

    def open(self) -> Array:
        """Numbers of the items that are still asked about, int64, shape (n,)."""
        ...

    def chains(self, items: Array, P: Array, score: Score, budget: float = inf) -> Chains:
        """Questions that these items would get until they are settled, ``item`` being places in ``items``.

        Those that the budget surely does not pay, going by priority alone, may be left out.

        Parameters
        ----------
        items : int64 array, shape (n,)
        P : float array, shape (n, K)
            Prior of each item.
        score : {"eig", "erc", "edc"}
        budget : float
        """
        ...

    def learn(self, items: Array, found: Chains) -> Array:
        """Take the answers of questions bought.

        Parameters
        ----------
        items : int64 array, shape (n,)
        found : Chains
            Questions, ordered by step within an item; ``item`` is a place in ``items``.

        Returns
        -------
        bool array, shape (questions,)
            The answers.
        """
        ...

    def targets(self, items: Array) -> Array:
        """Candidates to learn from of these items, int64 (n,); float32, shape (n, K)."""
        ...


@dataclass
class Exact:
    """Answers are true: candidates are a set of bits.

    Attributes
    ----------
    asked : Questions
    truth : int64 array, shape (items,), optional
        Class by which items are answered, in `chains` and `learn`; people answer through `tell`.
    count : int
        Items of the pool, where there is no truth.
    workers : int
        Threads that chains are found on.
    bits_ : uint64 array, shape (items, ceil(K / 64))
    contradictions_ : int
        Answers that left no class: their items were begun anew.

    Examples
    --------
    >>> import numpy
    >>> from etl.engine import choose
    >>> from models.partial.questions import from_matrix
    >>> belief = Exact(from_matrix(numpy.eye(3), choose("cpu")), count=2)
    >>> belief.tell(numpy.array([1]), numpy.array([0]), numpy.array([False]))
    array([], dtype=int64)
    >>> belief.targets(numpy.array([0, 1])).tolist()
    [[1.0, 1.0, 1.0], [0.0, 1.0, 1.0]]
    """

    asked: Questions
    truth: Array = None
    count: int = 0
    workers: int = 1
    contradictions_: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        xp, size = array_namespace(self.asked.matrix), len(self.asked.classes)
        count = self.count if self.truth is None else len(self.truth)
        self._all = bits.pack(xp.ones((1, size), dtype=bool))[0]
        self._rows = bits.pack(self.asked.matrix)
        self.bits_ = xp.tile(self._all, (count, 1))

    def open(self) -> Array:
        """See `Belief`: items with several candidates."""
        xp = array_namespace(self.bits_)
        several = (self.bits_ & (self.bits_ - xp.uint64(1))) != 0
        return xp.flatnonzero(several.any(axis=1) | ((self.bits_ != 0).sum(axis=1) > 1))

    def candidates(self, items: Array) -> Array:
        """Candidates of some items, bool, shape (n, K)."""
        return bits.unpack(self.bits_[items], len(self.asked.classes))

    def propose(self, items: Array, P: Array, score: Score) -> Best:
        """The next question of each of these items, int64 (n,), with the prior ``P``, float (n, K)."""
        return best(P, self.candidates(items), self.asked.matrix, self.asked.costs, score)

    def chains(self, items: Array, P: Array, score: Score, budget: float = inf) -> Chains:
        """See `Belief`."""
        Y, truth = self.candidates(items), self.truth[items]
        return chains(P, Y, truth, self.asked, score, self.workers, budget)

    def learn(self, items: Array, found: Chains) -> Array:
        """See `Belief`."""
        xp, owner = array_namespace(self.bits_), items[found.item]
        yes = self.asked.matrix[found.question, self.truth[owner]]
        for step in range(int(found.step.max()) + 1 if len(found) else 0):
            now = xp.flatnonzero(found.step == step)
            self.tell(owner[now], found.question[now], yes[now])
        return yes

    def tell(self, items: Array, question: Array, yes: Array) -> Array:
        """Take answers, one an item; returns the items whose answers contradict earlier ones.

        Such an item begins anew, with all classes, as any of its answers may be the wrong one.

        Parameters
        ----------
        items, question : int64 arrays, shape (n,)
        yes : bool array, shape (n,)

        Returns
        -------
        int64 array
            Items that have all classes again.
        """
        xp = array_namespace(self.bits_)
        after = bits.answered(self.bits_[items], self._rows[question], yes)
        empty = ~(after != 0).any(axis=1)
        after[empty] = self._all
        self.bits_[items] = after
        self.contradictions_ += int(empty.sum())
        return items[xp.flatnonzero(empty)]

    def targets(self, items: Array) -> Array:
        """See `Belief`."""
        return self.candidates(items).astype("float32")


@dataclass(frozen=True)
class Workers:
    """Simulated workers, of whom each answer is asked of another: the same question may get another answer.

    Attributes
    ----------
    truth : int64 array, shape (items,)
    confusion : float array, shape (K, K)
        Probability of what is perceived, by column, of a true class, by row.
    Q : bool array, shape (questions, K)
    seed : int
    """

    truth: Array
    confusion: Array
    Q: Array
    seed: int = 0

    def ask(self, items: Array, question: Array, number: Array) -> Array:
        """Answers, bool, shape (n,). The same call is answered alike.

        Parameters
        ----------
        items, question : int64 arrays, shape (n,)
        number : int64 array, shape (n,)
            Answers that the item got before.
        """
        drawn = uniform(items * 4096 + number, self.seed)
        rows = self.confusion[self.truth[items]].cumsum(axis=1)
        perceived = (drawn[:, None] > rows[:, :-1]).sum(axis=1)
        return self.Q[question, perceived]


@dataclass
class Soft:
    """Workers err: candidates are likelihoods, and an item may be asked the same again.

    Attributes
    ----------
    asked : Questions
    workers : Workers
        Who answer.
    A : float array, shape (questions, K)
        Probability of a yes by class, as it is taken to be; see `noise.answer_probability`. The questions'
        matrix itself takes answers as exact.
    most : int
        Answers of an item in one chain, at most.
    W_ : float32 array, shape (items, K)
    answers_ : int64 array, shape (items,)
        Answers that each item has.
    """

    asked: Questions
    workers: Workers
    A: Array
    most: int = 64

    def __post_init__(self) -> None:
        xp = array_namespace(self.workers.truth)
        self.A = xp.asarray(self.A, dtype="float64")
        self.W_ = xp.ones((len(self.workers.truth), len(self.asked.classes)), dtype="float32")
        self.answers_ = xp.zeros(len(self.W_), dtype="int64")

    def open(self) -> Array:
        """See `Belief`: items with more than `noise.SETTLED` effective candidates."""
        return array_namespace(self.W_).flatnonzero(noise.effective(self.W_) > noise.SETTLED)

    def chains(self, items: Array, P: Array, score: Score, budget: float = inf) -> Chains:
        """See `Belief`; the budget is not looked at."""
        xp, parts = array_namespace(self.W_), list[tuple[Any, ...]]()
        W, number, left = self.W_[items], self.answers_[items], xp.arange(len(items))
        for step in range(self.most):
            if not len(left):
                break
            next_ = noise.best(P[left], W[left], self.A, self.asked.costs, score)
            is_open = next_.question >= 0
            left, question = left[is_open], next_.question[is_open]
            parts.append((left, xp.full(len(left), step), question, next_.priority[is_open]))
            yes = self.workers.ask(items[left], question, number[left] + step)
            W[left] = noise.answered(W[left], self._likelihood(question, yes))
        found = concatenate(xp, parts)
        return found.take(xp.lexsort(xp.stack([found.step, found.item])))

    def _likelihood(self, question: Array, yes: Array) -> Array:
        """P(answer | class), float64, shape (n, K)."""
        xp = array_namespace(self.W_)
        return xp.where(yes[:, None], self.A[question], 1 - self.A[question])

    def learn(self, items: Array, found: Chains) -> Array:
        """See `Belief`."""
        xp, owner = array_namespace(self.W_), items[found.item]
        yes = self.workers.ask(owner, found.question, self.answers_[owner] + found.step)
        for step in range(int(found.step.max()) + 1 if len(found) else 0):
            now = xp.flatnonzero(found.step == step)
            likelihood = self._likelihood(found.question[now], yes[now])
            self.W_[owner[now]] = noise.answered(self.W_[owner[now]], likelihood)
        self.answers_ += tally(owner, len(self.W_))
        return yes

    def targets(self, items: Array) -> Array:
        """See `Belief`."""
        return self.W_[items]
