"""The one-coin model: a worker is right with one probability, and wrong in all ways alike."""

from typing import Any

from etl.engine import array_namespace
from models.crowd.dawid_skene import LEAST, DawidSkene
from models.crowd.majority import agreement


class OneCoin(DawidSkene):
    """Dawid and Skene's model with one number a worker.

    Source: Zhang, Chen, Zhou and Jordan, "Spectral methods meet EM", JMLR 17, 2016, section 2 and equation 5.
    Parameters and attributes are those of `DawidSkene`.
    """

    def _m_step(self, by_vote: Any, by_task: Any) -> Any:
        right = agreement(by_vote, *self._shape)
        return one_coin(right, self._shape[1]), by_task / by_task.sum()


def one_coin(right: Any, classes: int) -> Any:
    """Confusions of workers who are right with these probabilities, (workers, labels, true labels)."""
    xp = array_namespace(right)
    right = right.clip(LEAST, 1 - LEAST)[:, None, None]
    return xp.where(xp.eye(classes, dtype=bool), right, (1 - right) / (classes - 1))
