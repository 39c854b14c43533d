"""Least confidence: how unlikely the model holds its own best answer."""

from etl.engine.types import Array
from models.active.outputs import Outputs


def least_confidence(outputs: Outputs, *, log: bool = False) -> Array:
    """``1 - P(y*|x)`` of the best path ``y*``, float64 in [0, 1], shape (items,); higher is more informative.

    Long sequences have unlikely best paths, so this prefers them. Source: Culotta and McCallum, "Reducing
    labeling effort for structured prediction tasks", AAAI 2005; Shen et al. 2018.

    Parameters
    ----------
    outputs : Outputs
        With ``log_probs`` or ``token_log_probs``.
    log : bool
        Return ``-log P(y*|x)`` instead, in nats: the same order. ``1 - P`` is 1 for all paths of less than
        about ``exp(-37)``, so that long sentences would tie.

    Examples
    --------
    >>> import numpy
    >>> pair = Outputs(numpy.array([0, 1, 3]), token_log_probs=numpy.log([0.5, 0.5, 0.5]))
    >>> least_confidence(pair).tolist()
    [0.5, 0.75]
    """
    path = outputs.path()
    return -path if log else -outputs.xp.expm1(path)
