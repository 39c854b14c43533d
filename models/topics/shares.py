"""What documents are made of, summed up piece by piece: prevalence, course over time, typical documents."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array
from etl.handoff import from_host, to_host

TYPICAL = 3
"""Documents kept of each topic."""


@dataclass(frozen=True)
class Shares:
    """What documents are made of, summed up.

    Attributes
    ----------
    prevalence : array, shape (k,)
        Share of all tokens.
    typical : list of (topic, document, share)
        Documents, of at least the median length, with the largest share of each topic.
    periods : sequence of str
        Names of the documents' periods, in order of time; none where there are no dates.
    over_time : array, shape (periods or 1, k)
        Tokens of each topic.
    kept : array of float32, shape (rows kept, k)
        Of the documents that were asked for, where the documents lie.
    """

    prevalence: np.ndarray
    typical: list[tuple[int, int, float]]
    periods: Sequence[str]
    over_time: np.ndarray
    kept: Array


class ShareTotals:
    """Sums of shares over pieces of documents.

    Parameters
    ----------
    lengths : int64 array, shape (documents,)
        Tokens.
    topics : int
    wanted : bool array, shape (documents,)
        Documents whose shares are kept.
    period : int64 array, shape (documents,), optional
        Number of each document's period; -1 where it has none.
    periods : sequence of str
        Names of the periods.
    """

    def __init__(
        self,
        lengths: np.ndarray,
        topics: int,
        wanted: np.ndarray,
        period: np.ndarray | None = None,
        periods: Sequence[str] = (),
    ) -> None:
        self.lengths, self.wanted, self.periods = lengths, wanted, periods
        self.period = np.zeros(len(lengths), int) if period is None else period
        self.over_time = np.zeros((len(periods) + 1, topics))  # in the last row, those without a period
        self.best = TypicalDocuments(lengths, topics)
        self.kept: list[Array] = []

    def add(self, begin: int, shares: Array) -> np.ndarray:
        """Take in the shares of a piece, and give them on the host.

        Parameters
        ----------
        begin : int
            Number of the piece's first document.
        shares : float32 array, shape (n, k)
        """
        here = slice(begin, begin + len(shares))
        self.kept.append(shares[from_host(np.flatnonzero(self.wanted[here]), engine_of(shares))])
        host = to_host(shares)
        self.best.add(begin, host)
        np.add.at(self.over_time, self.period[here], host * self.lengths[here, None])
        return host

    def result(self) -> Shares:
        """What all pieces have shown."""
        total = self.over_time.sum(axis=0)
        kept = array_namespace(self.kept[0]).concatenate(self.kept)
        dated = self.over_time[: max(1, len(self.periods))]
        return Shares(total / total.sum(), self.best.result(), self.periods, dated, kept)


class TypicalDocuments:
    """The documents with the largest shares of each topic, so far; short ones do not count.

    Parameters
    ----------
    lengths : int64 array, shape (documents,)
        Tokens.
    topics : int
    """

    def __init__(self, lengths: np.ndarray, topics: int) -> None:
        self.is_long = lengths >= max(1.0, float(np.median(lengths[lengths > 0])))
        self.share = np.zeros((0, topics), "float32")
        self.number = np.zeros((0, topics), "int64")

    def add(self, begin: int, shares: np.ndarray) -> None:
        """Take in the shares, float32 (n, k), of documents from this number on."""
        rows = np.flatnonzero(self.is_long[begin : begin + len(shares)])
        numbers = np.broadcast_to((begin + rows)[:, None], (len(rows), shares.shape[1]))
        share, number = np.concatenate([self.share, shares[rows]]), np.concatenate([self.number, numbers])
        order = np.argsort(-share, axis=0, kind="stable")[:TYPICAL]
        self.share, self.number = (np.take_along_axis(a, order, 0) for a in (share, number))

    def result(self) -> list[tuple[int, int, float]]:
        """Topic, document and share, topic by topic, the largest share first."""
        return [
            (topic, int(self.number[rank, topic]), float(self.share[rank, topic]))
            for topic in range(self.share.shape[1])
            for rank in range(len(self.share))
        ]
