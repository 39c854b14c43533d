"""How good topics are: their top words, how they differ, whether known ones were found, and what predicts.

Arrays of topics have shape (k, words), rows summing to one, and may lie in host memory or on a device.
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from etl.engine import array_namespace
from etl.engine.types import Array
from etl.handoff import to_host
from models.topics.coherence import c_v, leaders, npmi
from models.topics.perplexity import perplexity

__all__ = ["c_v", "diversity", "match", "npmi", "perplexity", "recovered_share", "top_words"]

FARTHEST = 2.0
"""L1 distance of two topics that share no word."""


def top_words(topics: Array, vocabulary: Sequence[str], top: int = 10) -> list[list[str]]:
    """Each topic's most probable words, the most probable first.

    Parameters
    ----------
    topics : array, shape (k, words)
    vocabulary : sequence of str, of length words
    top : int
        Words a topic, from 1 to all.

    Raises
    ------
    ValueError
        The vocabulary's length is not the number of words, or there are fewer words than asked for.

    Examples
    --------
    >>> top_words(np.array([[0.2, 0.5, 0.3]]), ["a", "b", "c"], top=2)
    [['b', 'c']]
    """
    if len(vocabulary) != topics.shape[1]:
        raise ValueError(f"the vocabulary has {len(vocabulary)} words, and topics have {topics.shape[1]}")
    return [[str(vocabulary[word]) for word in row] for row in to_host(leaders(topics, top)).tolist()]


def diversity(topics: Array, top: int = 10) -> float:
    """Share of distinct words among the top words of all topics: 1 where no two topics share one.

    Source: Dieng, Ruiz and Blei, "Topic modeling in embedding spaces", TACL 2020 (with 25 words).

    Parameters
    ----------
    topics : array of float, shape (k, words)
    top : int
        Words a topic, from 1 to all.

    Raises
    ------
    ValueError
        There are fewer words than asked for.

    Examples
    --------
    >>> diversity(np.array([[0.5, 0.4, 0.1], [0.1, 0.4, 0.5]]), top=2)
    0.75
    """
    best = leaders(topics, top)
    return float(len(array_namespace(best).unique(best)) / best.size)


def match(topics: Array, known: Array) -> tuple[np.ndarray, np.ndarray]:
    """Pair each known topic with one found, so that the L1 distances have the least sum.

    Parameters
    ----------
    topics : array, shape (k, words)
    known : array, shape (l, words)
        On the same device; l may differ from k.

    Returns
    -------
    order : array of int64, shape (l,)
        Row of ``topics`` that was paired with each known one; -1 where there are too few.
    distance : array of float64, shape (l,)
        L1 distance to it, from 0 to 2; 2 where there is none.

    Raises
    ------
    ValueError
        The two have different numbers of words.

    Examples
    --------
    >>> order, distance = match(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0.9, 0.1]]))
    >>> order.tolist(), distance.round(3).tolist()
    ([1], [0.2])
    """
    if topics.shape[1] != known.shape[1]:
        raise ValueError(
            f"topics have {topics.shape[1]} words, and known ones {known.shape[1]}; the same must be"
        )
    xp = array_namespace(topics)
    cost = to_host(xp.stack([abs(topics - row).sum(axis=1) for row in known]))
    rows, columns = linear_sum_assignment(cost)
    order, distance = np.full(len(cost), -1), np.full(len(cost), FARTHEST)
    order[rows], distance[rows] = columns, cost[rows, columns]
    return order, distance


def recovered_share(distance: np.ndarray, least: float = 0.5) -> float:
    """Share of known topics that are nearer than ``least`` to the one paired with them by `match`.

    Parameters
    ----------
    distance : array of float64, shape (l,)
        Of `match`.
    least : float
        L1 distance, from 0 to 2.

    Examples
    --------
    >>> recovered_share(np.array([0.1, 0.5, 2.0, 0.2]))
    0.5
    """
    return float((distance < least).mean())
