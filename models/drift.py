"""Whether new data are like those that a model learnt from, a feature at a time.

The population stability index: ``sum((q - p) * log(q / p))`` over bins that hold equal shares p of the
training data, and q of the new. Source: Siddiqi, "Credit risk scorecards", Wiley 2006, chapter 9, whose
bounds are 0.1 (a small change) and 0.25 (a large one).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Frame
from etl.handoff import column, from_host, to_host
from etl.ids import tally
from etl.records import Choice, record

Counts = dict[str, np.ndarray]
"""Rows in each bin of each feature."""
BINS = 10
LARGE = 0.25
"""Index from which a change is told."""
SAMPLE = 1 << 15
"""Rows of a frame that are looked at."""
FEWEST = 100
"""Rows of new data from which an index says something."""


@dataclass(frozen=True)
class Bins:
    """Bins of one feature, and how much of the training data lay in each.

    Attributes
    ----------
    edges : tuple of float
        Ascending; a value on an edge lies above it.
    counts : tuple of int
        Rows below the first edge, between edges, above the last, and missing ones.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """From what `plain` returned."""
        return cls(tuple(map(float, plain["edges"])), tuple(map(int, plain["counts"])))

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {"edges": list(self.edges), "counts": list(self.counts)}

    def index(self, counts: np.ndarray) -> float:
        """Population stability index of other counts; empty bins count as half a row."""
        p, q = (np.maximum(np.asarray(side, float), 0.5) for side in (self.counts, counts))
        p, q = p / p.sum(), q / q.sum()
        return float(((q - p) * np.log(q / p)).sum())


def sampled(frame: Frame) -> Frame:
    """At most `SAMPLE` rows, at even distances."""
    return frame.iloc[:: max(1, -(-len(frame) // SAMPLE))]


def edges(frame: Frame, names: list[str]) -> dict[str, tuple[float, ...]]:
    """Deciles of features, equal ones once.

    Parameters
    ----------
    frame : DataFrame
        Float columns, missing as NaN.
    names : list of str
    """
    some, found = sampled(frame), {}
    for name in names:
        values = column(some, name)
        xp = array_namespace(values)
        known = xp.sort(values[~xp.isnan(values)])
        places = (np.arange(1, BINS) * len(known)) // BINS
        cuts = to_host(known[from_host(places, engine_of(known))]) if len(known) else np.empty(0)
        found[name] = tuple(float(cut) for cut in np.unique(cuts))
    return found


def count(frame: Frame, cuts: Mapping[str, tuple[float, ...]]) -> Counts:
    """Rows in each bin of each feature, to be summed over frames.

    Parameters
    ----------
    frame : DataFrame
    cuts : mapping of str to tuple of float
        From `edges`.

    Returns
    -------
    dict of str to int64 array, shape (edges + 2,)
        On the host.
    """
    some, found = sampled(frame), {}
    for name, cut in cuts.items():
        values = column(some, name)
        xp = array_namespace(values)
        place = xp.searchsorted(
            from_host(np.asarray(cut, values.dtype), engine_of(values)), values, side="right"
        )
        place = xp.where(xp.isnan(values), len(cut) + 1, place).astype("int64")
        found[name] = to_host(tally(place, len(cut) + 2))
    return found


def add(one: Counts, other: Counts) -> Counts:
    """Counts of two frames as one.

    Parameters
    ----------
    one, other : dict of str to array
        Of the same bins.
    """
    return {name: counts + other[name] for name, counts in one.items()}


def moved(counts: Counts, usual: Mapping[str, Bins]) -> list[str]:
    """What to tell of features whose index is at least `LARGE`.

    Parameters
    ----------
    counts : mapping of str to array
        Of the new data, from `count`.
    usual : mapping of str to Bins

    Examples
    --------
    >>> moved({"rate": np.array([0, 0, 500, 0])}, {"rate": Bins((3.0, 4.0), (100, 100, 100, 0))})
    ['rate is not as in training (stability index 4.58; 0.25 is a large change)']
    """
    found = []
    for name, bins in usual.items():
        if name in counts and counts[name].sum() >= FEWEST:
            index = bins.index(counts[name])
            if index >= LARGE:
                found.append(
                    f"{name} is not as in training (stability index {index:.2f}; {LARGE} is a large change)"
                )
    return found


@dataclass(frozen=True)
class Ranges:
    """Smallest and largest value of each column in training.

    Attributes
    ----------
    low, high : float64 arrays, shape (columns,)
        On the host.
    """

    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, X: Array) -> Self:
        """Of the rows that are learnt from, (n, columns); NaN is passed over.

        A column without a value has a range that holds all.
        """
        xp = array_namespace(X)
        missing = xp.isnan(X)
        low, high = xp.where(missing, xp.inf, X).min(axis=0), xp.where(missing, -xp.inf, X).max(axis=0)
        empty = low > high
        low, high = xp.where(empty, -xp.inf, low), xp.where(empty, xp.inf, high)
        return cls(*(to_host(side).astype("float64") for side in (low, high)))

    def arrays(self) -> dict[str, np.ndarray]:
        """For a file."""
        return {"low": self.low, "high": self.high}

    def tell(self, X: Array, names: Sequence[str]) -> None:
        """Record how many of new rows lie outside, and the column in which most do.

        Parameters
        ----------
        X : array, shape (n, columns)
        names : sequence of str
        """
        if not len(X):
            return
        xp, engine = array_namespace(X), engine_of(X)
        low, high = (from_host(side, engine) for side in (self.low, self.high))
        out = (low > X) | (high < X)
        counts = to_host(xp.concatenate([out.any(axis=1).sum()[None], out.sum(axis=0)]))
        if counts[0]:
            at = int(counts[1:].argmax())
            record(
                Choice(
                    reason=f"{counts[0]:,} of {len(X):,} rows have values out of the range of training, most "
                    f"in {names[at]} ({counts[1 + at]:,}; {self.low[at]:.6g} to {self.high[at]:.6g})"
                )
            )
