"""Token entropy: how spread the model's distribution of each token's tag is."""

from typing import Literal

from etl.engine import engine_of
from etl.engine.types import Array
from models.active.outputs import Outputs

BLOCK = 1 << 16
"""Tokens whose entropy is taken at a time."""


def token_entropy(outputs: Outputs, *, over: Literal["mean", "sum"] = "mean") -> Array:
    """Mean or sum of the tokens' entropies, float64, shape (items,), in nats; higher is more informative.

    Source: Settles and Craven, "An analysis of active learning strategies for sequence labeling tasks", EMNLP
    2008: "token entropy" (mean) and "total token entropy" (sum).

    Parameters
    ----------
    outputs : Outputs
        With ``distributions``.
    over : {"mean", "sum"}
        The sum prefers long items.

    Examples
    --------
    >>> import numpy
    >>> one = Outputs(numpy.array([0, 2]), distributions=numpy.array([[1.0, 0.0], [0.5, 0.5]]))
    >>> token_entropy(one).round(3).tolist(), token_entropy(one, over="sum").round(3).tolist()
    ([0.347], [0.693])
    """
    if over not in ("mean", "sum"):
        raise ValueError(f"over is {over!r}; it must be mean or sum")
    P, entr = outputs.need("distributions"), engine_of(outputs.starts).special.entr
    parts = [entr(P[begin : begin + BLOCK]).sum(axis=1) for begin in range(0, len(P), BLOCK)]
    total = outputs.sums(outputs.xp.concatenate(parts))
    return total / outputs.lengths if over == "mean" else total
