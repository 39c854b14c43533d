"""Information density: an informative item that is like many others is worth more than an outlier."""

from collections.abc import Callable

from etl.engine import array_namespace
from etl.engine.types import Array
from models.active.outputs import Outputs


def density(outputs: Outputs, score: Callable[[Outputs], Array], *, power: float = 1.0) -> Array:
    """A score times the mean cosine of the item to the pool to a power, float64, shape (items,).

    Source: Settles and Craven, "An analysis of active learning strategies for sequence labeling tasks", EMNLP
    2008, "information density". The pool is the items of ``outputs``. A negative mean counts as 0.

    Parameters
    ----------
    outputs : Outputs
        With ``embeddings``, and what the score needs.
    score : callable
        Another acquisition; its scores are not negative, as those of this package are.
    power : float
        ``beta``; 0 leaves the score as it is.

    Examples
    --------
    >>> import numpy
    >>> from models.active.mnlp import mnlp
    >>> vectors = numpy.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> like = Outputs(numpy.arange(4), token_log_probs=numpy.full(3, -0.5), embeddings=vectors)
    >>> density(like, mnlp).round(3).tolist()
    [0.333, 0.333, 0.167]
    """
    near = outputs.xp.maximum(similarity(outputs.need("embeddings")), 0.0)
    return score(outputs) * near**power


def similarity(embeddings: Array) -> Array:
    """Mean cosine of each row to all rows, itself included, float64, shape (n,); 0 for a row of zeros.

    The mean of products with all rows is the product with their mean: time and memory grow with n, not n * n.
    """
    xp = array_namespace(embeddings)
    rows = embeddings.astype("float64")
    norms = xp.sqrt((rows * rows).sum(axis=1, keepdims=True))
    rows = rows / xp.where(norms > 0, norms, 1.0)
    return rows @ rows.mean(axis=0)
