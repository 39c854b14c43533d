"""Who gives labels: the known truth, or a simulated crowd that errs and whose votes are put together."""

from dataclasses import dataclass, field
from typing import Literal

from sklearn.base import clone

from etl.crowd.votes import Votes, encode
from etl.engine import array_namespace, engine_of
from etl.engine.types import Array
from etl.hashing import mix
from models.active.outputs import begins, owners, tokens_of
from models.active.protocols import Answers
from models.active.random_order import uniform
from models.crowd.aggregator import Aggregator
from models.crowd.pooled import PooledDawidSkene


@dataclass(frozen=True)
class Gold:
    """The truth, at a cost of one a word.

    Attributes
    ----------
    truth : int array, shape (tokens,)
        Code of each token's class.
    starts : int64 array, shape (items + 1,)
        First token of each item; ``arange(items + 1)`` where items are single.

    Examples
    --------
    >>> import numpy
    >>> Gold(numpy.array([5, 6, 7]), numpy.array([0, 2, 3])).ask(numpy.array([1, 0])).targets.tolist()
    [7, 5, 6]
    """

    truth: Array
    starts: Array

    def ask(self, items: Array, earlier: Array | None = None) -> Answers:
        """Labels of the items."""
        return Answers(self.truth[tokens_of(self.starts, items)], self.starts[items + 1] - self.starts[items])


@dataclass(frozen=True)
class Crowd:
    """Workers with confusions of their own, each of whom votes on every token of the items that are theirs.

    Which workers get an item, and what they vote, is drawn from a hash of the item, token and worker: the
    same question gets the same votes whenever it is asked. The aggregator learns from all votes so far, and
    answers that were given are not changed later. The cost is the number of votes.

    Attributes
    ----------
    truth, starts
        See `Gold`.
    confusion : array, shape (workers, true labels, labels)
        See `etl.crowd.simulate.confusions`.
    redundancy : int
        Workers an item.
    aggregator : Aggregator
        Any of `models.crowd`; a clone is fitted.
    labels : {"soft", "hard"}
        Answer with the aggregator's probabilities, float64 (tokens, K), or with its labels, int64 (tokens,).
    seed : int
    """

    truth: Array
    starts: Array
    confusion: Array
    redundancy: int = 3
    aggregator: Aggregator = field(default_factory=PooledDawidSkene)
    labels: Literal["soft", "hard"] = "soft"
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.redundancy <= len(self.confusion):
            raise ValueError(
                f"redundancy is {self.redundancy}; it must be 1 to {len(self.confusion)} workers"
            )
        if self.labels not in ("soft", "hard"):
            raise ValueError(f"labels is {self.labels!r}; it must be soft or hard")

    def ask(self, items: Array, earlier: Array) -> Answers:
        """Votes on the items, put together with those on the items of earlier rounds."""
        xp = array_namespace(items)
        tokens, asked = tokens_of(self.starts, items), xp.concatenate([earlier, items])
        fitted = clone(self.aggregator).fit(self.votes(asked))
        row = xp.searchsorted(xp.sort(tokens_of(self.starts, asked)), tokens)
        labels = fitted.predict_proba() if self.labels == "soft" else fitted.predict()
        costs = (self.starts[items + 1] - self.starts[items]) * self.redundancy
        return Answers(xp.ascontiguousarray(labels.values)[row], costs)

    def votes(self, items: Array) -> Votes:
        """Votes on the tokens of these items, a task being the number of a token."""
        engine = engine_of(items)
        xp, (workers, K) = engine.xp, self.confusion.shape[:2]
        tokens = tokens_of(self.starts, items)
        order = mix(items[:, None] * workers + xp.arange(workers), self.seed).argsort(axis=1)
        chosen = order[:, : self.redundancy]
        worker = chosen[owners(begins(self.starts[items + 1] - self.starts[items]))]
        chance = uniform(tokens[:, None] * workers + worker, self.seed + 1)
        below = self.confusion[worker, self.truth[tokens][:, None]].cumsum(axis=2)[:, :, :-1]
        label = (chance[:, :, None] >= below).sum(axis=2)
        task = xp.broadcast_to(tokens[:, None], worker.shape)
        columns = {"task": task.ravel(), "worker": worker.ravel(), "label": label.ravel()}
        index = engine.df.Index
        return encode(engine.df.DataFrame(columns), index(xp.arange(workers)), index(xp.arange(K)))
