"""Token entropy: how spread the model's distribution of each token's tag is."""

from typing import Any, Literal

from models.active.outputs import Outputs


def token_entropy(outputs: Outputs, *, over: Literal["mean", "sum"] = "mean") -> Any:
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
    P, xp = outputs.need("distributions"), outputs.xp
    total = outputs.sums(-(P * xp.log(xp.where(P > 0, P, 1.0))).sum(axis=1))
    return total / outputs.lengths if over == "mean" else total
