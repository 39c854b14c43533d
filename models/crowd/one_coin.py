"""The one-coin model: a worker is right with one probability, and wrong in all ways alike."""

from functools import partial

from etl.engine import array_namespace
from etl.engine.types import Array
from etl.pieces import Pieces
from models.crowd import products
from models.crowd.dawid_skene import LEAST, ConfusionModel, DawidSkene, posterior
from models.crowd.label_weights import LabelWeights
from models.crowd.majority import agreement


class OneCoin(LabelWeights, DawidSkene):
    """Dawid and Skene's model with one number a worker.

    Source: Zhang, Chen, Zhou and Jordan, "Spectral methods meet EM", JMLR 17, 2016, section 2 and equation 5.
    Parameters and attributes are those of `DawidSkene`; of so many labels that confusions would be too large
    there is no ``confusion_``.
    """

    def _m_step(self, by_vote: Array, by_task: Array, params: ConfusionModel | None) -> ConfusionModel:
        right, priors = agreement(by_vote, *self._shape), by_task / by_task.sum()
        return ConfusionModel(right if self._is_large else one_coin(right, self._shape[1]), priors)

    def _table(self, params: ConfusionModel | None) -> tuple[Array, products.Posterior]:
        if params is not None and params.confusion.ndim == 1:  # more votes come, and are learnt by tables
            params = params._replace(confusion=one_coin(params.confusion, self._shape[1]))
        return super()._table(params)

    def _weights(self, params: ConfusionModel | None, is_training: bool) -> tuple[Array, products.Posterior]:
        """Log odds of a vote for its label against any other: what all have in common is left to the rule."""
        xp, (workers, classes) = self._engine.xp, self._shape
        if params is None:
            return xp.ones(workers), products.normalise
        right = params.confusion.clip(LEAST, 1 - LEAST)
        of_wrong = xp.log(xp.maximum((1 - right) / (classes - 1), LEAST))
        log_priors = xp.log(xp.maximum(params.priors, LEAST))
        return xp.log(right) - of_wrong, partial(posterior, log_priors=log_priors)

    def _e_step(self, pieces: Pieces, params: ConfusionModel | None) -> products.Counts:
        counts = super()._e_step(pieces, params)
        if params is None or not self._is_large:
            return counts
        xp, right = self._engine.xp, params.confusion.clip(LEAST, 1 - LEAST)
        of_wrong = xp.log(xp.maximum((1 - right) / (self._shape[1] - 1), LEAST))
        return counts._replace(log_likelihood=counts.log_likelihood + counts.by_vote[:, 1] @ of_wrong)

    def _store(self, params: ConfusionModel) -> None:
        if not self._is_large:
            if params.confusion.ndim == 1:
                params = params._replace(confusion=one_coin(params.confusion, self._shape[1]))
            return super()._store(params)
        self._params = params
        self.priors_ = self._engine.df.Series(params.priors, index=self.classes_, name="prior")
        self.skills_ = self._by_worker(params.confusion, "skill")


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
