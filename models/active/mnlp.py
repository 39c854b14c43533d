"""Maximum normalised log-probability: least confidence without its liking for long sentences."""

from etl.engine.types import Array
from models.active.outputs import Outputs


def mnlp(outputs: Outputs) -> Array:
    """Minus the mean log-probability of the best path's tokens, float64, shape (items,), in nats a token.

    Higher is more informative: items whose mean log-probability is lowest come first. Source: Shen et al.
    2018, "Maximum Normalized Log-Probability".

    Parameters
    ----------
    outputs : Outputs
        With ``log_probs`` or ``token_log_probs``.

    Examples
    --------
    >>> import numpy
    >>> pair = Outputs(numpy.array([0, 1, 3]), token_log_probs=numpy.array([-0.5, -0.5, -0.5]))
    >>> mnlp(pair).tolist()
    [0.5, 0.5]
    """
    return -outputs.path() / outputs.lengths
