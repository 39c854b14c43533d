"""Bayesian active learning by disagreement, by votes: how much stochastic passes differ in their tags."""

from typing import Literal

from etl.engine import array_namespace
from etl.engine.types import Array
from etl.hashing import mix
from models.active.mnlp import mnlp
from models.active.outputs import Outputs

BLOCK = 1 << 16
"""Tokens whose votes are counted at a time."""


def bald(outputs: Outputs, *, vote: Literal["token", "sequence"] = "token") -> Array:
    """Share of M passes that differ from the most frequent answer, float64, shape (items,); higher is better.

    By token: ``f_i = 1 - max_t count(t) / M``, and the mean over an item's tokens. Source: Shen et al. 2018,
    after Gal, Islam and Ghahramani, 2017. By sequence: votes are for whole sequences of tags, as
    in Siddhant and Lipton 2018; where as many passes agree, the lower mean log-probability of the best path
    comes first if there is one: ``u / (1 + u) / M`` is added for the ``u`` of `mnlp`, less than one vote.

    Parameters
    ----------
    outputs : Outputs
        With ``samples``; 100 in both papers.
    vote : {"token", "sequence"}

    Raises
    ------
    ValueError
        ``vote`` is neither, or the outputs have no samples.

    Examples
    --------
    >>> import numpy
    >>> three = Outputs(numpy.array([0, 2]), samples=numpy.array([[0, 1], [0, 1], [0, 2]]))
    >>> bald(three).round(3).tolist(), bald(three, vote="sequence").round(3).tolist()
    ([0.167], [0.333])
    """
    samples = outputs.need("samples")
    if vote == "token":
        return outputs.sums(1.0 - modal_counts(samples) / len(samples)) / outputs.lengths
    if vote != "sequence":
        raise ValueError(f"vote is {vote!r}; it must be token or sequence")
    differ = len(samples) - modal_sequences(outputs)
    if outputs.log_probs is None and outputs.token_log_probs is None:
        return differ / len(samples)
    unsure = mnlp(outputs)
    return (differ + unsure / (1.0 + unsure)) / len(samples)


def modal_counts(samples: Array) -> Array:
    """Passes that gave each token its most frequent tag, int64, (tokens,), of tags, int, (M, tokens)."""
    xp, tokens = array_namespace(samples), samples.shape[1]
    most = xp.zeros(tokens, dtype="int64")
    tags = int(samples.max()) + 1 if tokens else 0
    for begin in range(0, tokens, BLOCK):
        block, best = samples[:, begin : begin + BLOCK], most[begin : begin + BLOCK]
        for tag in range(tags):
            xp.maximum(best, (block == tag).sum(axis=0), out=best)
    return most


def modal_sequences(outputs: Outputs) -> Array:
    """Passes that gave each item its most frequent sequence of tags, int64, shape (items,).

    Sequences are compared by sums of 64-bit hashes of their tokens' places and tags.
    """
    xp, samples = outputs.xp, outputs.need("samples")
    hashes = xp.stack([_sequence_hashes(sample, outputs.starts) for sample in samples])
    most = xp.zeros(len(outputs), dtype="int64")
    for of_pass in hashes:
        most = xp.maximum(most, (hashes == of_pass).sum(axis=0))
    return most


def _sequence_hashes(sample: Array, starts: Array) -> Array:
    """A uint64 of each item's tags; sums wrap, so that differences of running sums are exact."""
    xp = array_namespace(sample)
    sums = xp.zeros(len(sample) + 1, dtype="uint64")
    sums[1:] = xp.cumsum(mix(xp.arange(len(sample)) * (1 << 16) + sample, seed=0))
    return sums[starts[1:]] - sums[starts[:-1]]
