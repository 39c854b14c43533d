"""Features of items as models read them: one dense matrix, and words, weighed when they are asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Self

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Csr
from etl.pieces import Pieces
from models.crowd.soft_labels import take

FEW = 0.25
"""Share of the texts up to which the weights of some are made alone."""


@dataclass
class Words:
    """Weights of the words of all texts, made of their counts: of some texts, or of all and then kept.

    Attributes
    ----------
    shape : (int, int)
        Texts, and columns.
    counts : Pieces of CSR matrices
        Of all texts; let go once weights are kept.
    weigh : callable
        Counts to weights, row by row; nothing where weights are there already.
    """

    shape: tuple[int, int]
    counts: Pieces = field(repr=False)
    weigh: Callable[[Csr], Csr] | None = None

    @classmethod
    def of(cls, weights: Csr) -> Self:
        """From weights that are there."""
        return cls((int(weights.shape[0]), int(weights.shape[1])), Pieces([weights]))

    def whole(self) -> Csr:
        """CSR matrix of float32, of all texts."""
        if self.weigh is not None:
            parts = list(self.counts.map("weigh", self.weigh))
            self.counts = Pieces([parts[0] if len(parts) == 1 else _stacked(parts)])
            self.weigh = None
        return self.counts.items[0]

    def release(self) -> None:
        """Let all weights and counts go, as no model reads them any more."""
        self.counts = Pieces([])

    def rows(self, places: Array) -> Csr:
        """Weights of some texts, in the order given.

        Parameters
        ----------
        places : int64 array, shape (n,)
        """
        if self.weigh is None or len(places) > FEW * self.shape[0]:
            return take(self.whole(), places)
        xp, begin, parts = array_namespace(places), 0, list[Csr]()
        order = xp.argsort(places)
        ascending = places[order]
        for X in self.counts:
            own = ascending[(ascending >= begin) & (ascending < begin + X.shape[0])]
            parts.append(self.weigh(take(X, own - begin)))
            begin += X.shape[0]
        return take(_stacked(parts), xp.argsort(order))


def _stacked(parts: list[Csr]) -> Csr:
    return engine_of(parts[0]).sparse.vstack(parts).tocsr()


@dataclass(frozen=True)
class Features:
    """Features of items, in their order.

    Attributes
    ----------
    dense : float32 array, shape (n, d)
        Standard scores.
    names : list of str
        Of its columns.
    words : Words, optional
    """

    dense: Array
    names: list[str]
    words: Words | None = None

    def of(self, learner: str) -> Array | Csr:
        """What a learner reads of all items."""
        if learner != "words":
            return self.dense
        assert self.words is not None
        return self.words.whole()

    def rows(self, learner: str, places: Array) -> Array | Csr:
        """What a learner reads of some items, in the order given."""
        if learner != "words":
            return take(self.dense, places)
        assert self.words is not None
        return self.words.rows(places)

    def only(self, learner: str) -> "Features":
        """The same without what this learner does not read; all learn the topics of errors from the dense."""
        return self if learner == "words" else replace(self, words=None)
