"""What single votes and a classifier tell of each other: a range, because their errors cannot be told apart.

If a classifier of accuracy ``a`` and votes of accuracy ``s`` agree on a share ``A`` of tasks, with errors
that are independent and alike for all labels, then ``A = s a + (1 - s)(1 - a) / (classes - 1)``: any ``s``
from ``A`` to 1 has its ``a``. No worker is right more often than always, so ``a`` is no less than the
agreement with the worker who agrees most.
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import beta

from etl.crowd.votes import Votes
from etl.engine.types import Array
from etl.handoff import numbers, to_host
from etl.ids import tally


def ranges(votes: Votes, predicted: Sequence[Array], draws: int, random_state: int) -> np.ndarray:
    """Accuracies of votes and of classifiers that agree as they do, spread evenly over what may be true.

    Parameters
    ----------
    votes : Votes
        One a task.
    predicted : sequence of int64 array, shape (tasks,)
        Label codes by each classifier.
    draws : int
    random_state : int

    Returns
    -------
    float64 array, shape (draws, 1 + classifiers)
        Of the votes, and of each classifier.
    """
    rng, n, classes = np.random.default_rng(random_state), len(votes), len(votes.labels)
    if not len(predicted):
        return rng.uniform(1.0 / classes, 1.0, (draws, 1))
    agreed = np.array(numbers([(codes == votes.label).mean() for codes in predicted]))
    noisy = rng.beta(agreed * n + 1, (1 - agreed) * n + 1, (draws, len(agreed)))
    best = int(agreed.argmax())
    least = max(_most_agreement(votes, predicted[best]), 1.0 / classes + 1e-3)
    lowest, highest = noisy[:, best], np.clip(solved(noisy[:, best], least, classes), 0.0, 1.0)
    votes_right = lowest + (np.maximum(highest, lowest) - lowest) * rng.permutation(draws) / max(draws - 1, 1)
    others = np.clip(solved(noisy, votes_right[:, None], classes), 0.0, 1.0)
    return np.column_stack([votes_right, others])


def solved(agreed: np.ndarray, known: np.ndarray | float, classes: int) -> np.ndarray:
    """Accuracy of one of two from their agreement and the other's accuracy.

    Parameters
    ----------
    agreed : float64 array
        Share of tasks on which they agree.
    known : float64 array or float
        Accuracy of the other, above chance.
    classes : int
    """
    other = (1.0 - np.asarray(known)) / (classes - 1)
    return (agreed - other) / np.maximum(known - other, 1e-9)


def _most_agreement(votes: Votes, codes: Array) -> float:
    """Lower end of the largest agreement of a worker, at 97.5 % for all workers together."""
    size = len(votes.workers)
    right = (codes == votes.label).astype("float64")
    own = np.column_stack([to_host(tally(votes.worker, size)), to_host(tally(votes.worker, size, right))])
    given, agreed = np.vstack([own, own.sum(axis=0)]).T
    low = beta.ppf(0.025 / len(given), agreed, given - agreed + 1)
    return float(np.nanmax(np.where(agreed > 0, low, 0.0)))
