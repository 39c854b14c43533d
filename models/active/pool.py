"""The pool: which items are labelled, what they cost in words, and which come next for a budget of words."""

from dataclasses import dataclass, replace
from typing import Self

from etl.engine import array_namespace
from etl.engine.types import Array
from etl.hashing import mix


@dataclass(frozen=True)
class Pool:
    """Items with their lengths; a choice returns a new pool.

    Attributes
    ----------
    lengths : int64 array, shape (items,)
        Words of each item; ones for a classifier.
    is_labelled : bool array, shape (items,)

    Examples
    --------
    >>> import numpy
    >>> pool = Pool.new(numpy.array([3, 1, 2])).with_labelled(numpy.array([2]))
    >>> pool.open.tolist(), pool.labelled_words, round(pool.share, 2)
    ([0, 1], 2, 0.33)
    """

    lengths: Array
    is_labelled: Array

    @classmethod
    def new(cls, lengths: Array) -> Self:
        """A pool of which nothing is labelled.

        Parameters
        ----------
        lengths : int64 array, shape (items,)
            Words of each item.

        Raises
        ------
        ValueError
            It is empty, or an item has no word.
        """
        if not len(lengths) or bool((lengths < 1).any()):
            raise ValueError("lengths must name at least one item, and each must have a word or more")
        return cls(lengths, array_namespace(lengths).zeros(len(lengths), dtype=bool))

    def with_labelled(self, items: Array) -> Self:
        """The pool once these are labelled as well.

        Raises
        ------
        ValueError
            One is labelled already, or named twice.
        """
        now = self.is_labelled.copy()
        now[items] = True
        if int(now.sum()) != int(self.is_labelled.sum()) + len(items):
            raise ValueError("an item is chosen twice, or was labelled before; give each open item once")
        return replace(self, is_labelled=now)

    @property
    def open(self) -> Array:
        """Items without a label, ascending, int64."""
        return array_namespace(self.lengths).flatnonzero(~self.is_labelled)

    @property
    def words(self) -> int:
        """Words of all items."""
        return int(self.lengths.sum())

    @property
    def labelled_words(self) -> int:
        """Words of the items with a label."""
        return int(self.lengths[self.is_labelled].sum())

    @property
    def share(self) -> float:
        """Share of the words that are labelled."""
        return self.labelled_words / self.words

    def draw(self, budget: int, seed: int) -> Array:
        """Open items at random until the budget of words is used, int64, in the order drawn."""
        return self.choose(self.open, array_namespace(self.lengths).zeros(len(self.open)), budget, seed)

    def choose(self, items: Array, scores: Array, budget: int, seed: int) -> Array:
        """Items of the highest scores until the budget of words is used, int64, highest first.

        The sentence that crosses the budget is taken: selection goes on *until* the words are used (Shen et
        al. 2018), so that the words are at least the budget, and less than it without the last
        item. None is skipped: to skip long ones would bring back a preference for length.

        Parameters
        ----------
        items : int64 array, shape (n,)
            In any order: the choice does not depend on it.
        scores : float array, shape (n,)
        budget : int
            Words.
        seed : int
            Of the order of items with the same score.

        Raises
        ------
        ValueError
            A score is NaN.
        """
        order = ranked(*best(items, scores, budget), seed)
        used = array_namespace(order).cumsum(self.lengths[order])
        return order[: int((used < budget).sum()) + 1]


def ranked(items: Array, scores: Array, seed: int) -> Array:
    """Items by falling score; those of one score by a hash of their number.

    Parameters
    ----------
    items : int64 array, shape (n,)
    scores : float array, shape (n,)
    seed : int
        Of the hash.

    Returns
    -------
    int64 array, shape (n,)

    Examples
    --------
    >>> import numpy
    >>> ranked(numpy.array([4, 5, 6]), numpy.array([0.0, 1.0, 2.0]), seed=0).tolist()
    [6, 5, 4]
    """
    xp = array_namespace(items)
    order = xp.argsort(-scores)
    falling = scores[order]
    same = falling[1:] == falling[:-1]
    if bool(same.any()):
        tied = xp.zeros(len(items), dtype=bool)
        tied[1:] |= same
        tied[:-1] |= same
        by_hash = order[tied][mix(items[order[tied]], seed).argsort()]
        order[tied] = by_hash[xp.argsort(-scores[by_hash], kind="stable")]
    return items[order]


def best(items: Array, scores: Array, count: int) -> tuple[Array, Array]:
    """Items of the highest scores, at least so many if there are; those that tie with the last are all kept.

    Parameters
    ----------
    items : int64 array, shape (n,)
    scores : float array, shape (n,)
    count : int

    Returns
    -------
    items : int64 array, shape (m,)
        In the order given.
    scores : float array, shape (m,)

    Raises
    ------
    ValueError
        A score is NaN.
    """
    missing = scores != scores
    if bool(missing.any()):
        raise ValueError(
            f"the score of item {int(items[int(missing.argmax())])} is NaN; see what the model gave for it"
        )
    rest = len(items) - count
    if rest <= 0:
        return items, scores
    kept = scores >= array_namespace(items).partition(scores, rest)[rest]
    return items[kept], scores[kept]
