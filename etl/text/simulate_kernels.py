"""The inner loops that draw simulated documents, compiled for a CPU."""

from typing import Any

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def alias_tables(shares: np.ndarray) -> Any:
    """Tables from which a number is drawn in one step, by the alias method.

    Source: Vose, "A linear algorithm for generating random numbers with a given distribution", IEEE
    Transactions on Software Engineering 17 (9), 1991.

    Parameters
    ----------
    shares : array of float64, shape (rows, numbers)
        Probability of each number, up to a factor a row.

    Returns
    -------
    prob : array of float64, shape (rows, numbers)
        How much of a cell, from 0 to 1, stands for the cell's own number.
    alias : array of int32, shape (rows, numbers)
        The number that the rest of the cell stands for.
    """
    rows, size = shares.shape
    prob, alias = np.ones(shares.shape), np.zeros(shares.shape, np.int32)
    low, high = np.empty(size, np.int32), np.empty(size, np.int32)
    for row in range(rows):
        part = shares[row] * (size / shares[row].sum())
        lows, highs = 0, 0
        for j in range(size):
            alias[row, j] = j
            if part[j] < 1:
                low[lows] = j
                lows += 1
            else:
                high[highs] = j
                highs += 1
        while lows and highs:
            lows -= 1
            small, large = low[lows], high[highs - 1]
            prob[row, small], alias[row, small] = part[small], large
            part[large] -= 1 - part[small]
            if part[large] < 1:
                highs -= 1
                low[lows] = large
                lows += 1
    return prob, alias


@njit(nogil=True, cache=True)
def draw_words(
    starts: np.ndarray,
    shares: np.ndarray,
    prob: np.ndarray,
    alias: np.ndarray,
    topic_draws: np.ndarray,
    word_draws: np.ndarray,
) -> np.ndarray:
    """A word for each token: first a topic of the document, then one of that topic's words.

    Parameters
    ----------
    starts : array of int64, shape (documents + 1,)
        First token of each document, and the number of tokens.
    shares : array of float64, shape (documents, topics)
        Shares of topics, cumulated.
    prob, alias : arrays, shape (topics, words)
        See `alias_tables`.
    topic_draws, word_draws : arrays of float64, shape (tokens,)
        Uniform numbers from 0 to 1.

    Returns
    -------
    array of int32, shape (tokens,)
    """
    words, (topics, size) = np.empty(len(topic_draws), np.int32), prob.shape
    for d in range(len(starts) - 1):
        for p in range(starts[d], starts[d + 1]):
            target = topic_draws[p] * shares[d, -1]
            topic = min(np.searchsorted(shares[d], target, side="right"), topics - 1)
            place = word_draws[p] * size
            cell = min(int(place), size - 1)
            words[p] = cell if place - cell < prob[topic, cell] else alias[topic, cell]
    return words
