"""The one-coin model: a worker is right with one probability, and wrong in all ways alike."""

from etl.engine import array_namespace
from etl.engine.types import Array
from models.crowd.dawid_skene import LEAST, ConfusionModel, DawidSkene
from models.crowd.majority import agreement


class OneCoin(DawidSkene):
    """Dawid and Skene's model with one number a worker.

    Source: Zhang, Chen, Zhou and Jordan, "Spectral methods meet EM", JMLR 17, 2016, section 2 and equation 5.
    Parameters and attributes are those of `DawidSkene`.
    """

    def _m_step(self, by_vote: Array, by_task: Array, params: ConfusionModel | None) -> ConfusionModel:
        right = agreement(by_vote, *self._shape)
        return ConfusionModel(one_coin(right, self._shape[1]), by_task / by_task.sum())


def one_coin(right: Array, classes: int) -> Array:
    """Confusions of workers who are right with these probabilities.

    Parameters
    ----------
    right : float64 array, shape (workers,)
    classes : int

    Returns
    -------
    float64 array, shape (workers, labels, true labels)
    """
    xp = array_namespace(right)
    right = right.clip(LEAST, 1 - LEAST)[:, None, None]
    return xp.where(xp.eye(classes, dtype=bool), right, (1 - right) / (classes - 1))
