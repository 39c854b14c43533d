"""Aggregators in which a vote speaks for its own label only: of many labels they need no table of classes."""

from collections.abc import Iterator
from functools import partial

from sklearn.utils.validation import check_is_fitted

from etl.crowd.votes import Votes
from etl.engine.types import Array, Frame, Series
from etl.ids import tally
from etl.pieces import Pieces
from models.crowd import products
from models.crowd.aggregator import Aggregator, Params
from models.crowd.inputs import as_pieces
from models.crowd.prediction import Rule

LARGE = 1 << 24
"""Numbers of a table, workers times classes times classes, beyond which none is made."""
CHUNK = 1 << 20
"""Scores, tasks times classes, made at a time."""


class LabelWeights(Aggregator):
    """Base of aggregators whose table has a weight for each vote's own label, and nothing or alike elsewhere.

    With many labels scores are summed vote by vote, and of the counts only what each worker got right is
    kept: ``by_vote`` of an E step then is of shape (workers, 2), right votes and all.
    """

    @property
    def _is_large(self) -> bool:
        workers, classes = self._shape
        return workers * classes**2 > LARGE

    def _weights(self, params: Params, is_training: bool) -> tuple[Array, products.Posterior]:
        """Weight of each worker's vote, float64, (workers,), and posterior rule of parameters."""
        raise NotImplementedError

    def _e_step(self, pieces: Pieces, params: Params) -> products.Counts:
        if not self._is_large:
            return super()._e_step(pieces, params)
        weights, posterior = self._weights(params, True)
        return pieces.reduce(partial(right_votes, weights=weights, posterior=posterior), products.add)

    def _predict(self, votes: Frame | Votes | Pieces | None, rule: Rule, stage: str) -> Series | Frame:
        check_is_fitted(self, "skills_")
        if not self._is_large:
            return super()._predict(votes, rule, stage)
        pieces = self._pieces if votes is None else as_pieces(votes, None, self.workers_, self.classes_)
        weights, posterior = self._weights(self._params, False)
        found = [rule(part, q) for piece in pieces for part, q in posteriors(piece, weights, posterior)]
        return found[0] if len(found) == 1 else self._engine.df.concat(found)


def posteriors(votes: Votes, weights: Array, posterior: products.Posterior) -> Iterator[tuple[Votes, Array]]:
    """Some tasks after others, as votes of their own, and their posterior, float64, (tasks, classes).

    Parameters
    ----------
    votes, weights, posterior
        See `right_votes`.
    """
    for part in chunks(votes):
        q, _ = _posterior(part, weights, posterior)
        yield part, q


def right_votes(votes: Votes, weights: Array, posterior: products.Posterior) -> products.Counts:
    """Expected number of right votes of each worker, and of all, in place of the counts by label.

    Parameters
    ----------
    votes : Votes
    weights : float64 array, shape (workers,)
        Of each worker's vote, for its label.
    posterior : callable
        See `models.crowd.products.Posterior`.
    """
    xp, workers = votes.engine.xp, len(votes.workers)
    by_worker, by_task, log_likelihood = xp.zeros((workers, 2)), xp.zeros(len(votes.labels)), 0.0
    for part in chunks(votes):
        q, of_part = _posterior(part, weights, posterior)
        right = tally(part.worker, workers, q[part.task, part.label])
        by_worker += xp.stack([right, tally(part.worker, workers) * 1.0], axis=1)
        by_task += q.sum(axis=0)
        log_likelihood += of_part
    return products.Counts(by_worker, by_task, log_likelihood)


def _posterior(votes: Votes, weights: Array, posterior: products.Posterior) -> tuple[Array, Array | float]:
    tasks, classes = len(votes.tasks), len(votes.labels)
    scores = tally(votes.task * classes + votes.label, tasks * classes, weights[votes.worker])
    q, log_likelihood = posterior(scores.reshape(tasks, classes), votes.first)
    return (q if votes.gold is None else products.clamp(q, votes.gold)), log_likelihood


def chunks(votes: Votes) -> Iterator[Votes]:
    """The same votes, in parts of so many tasks that their scores are few.

    Parameters
    ----------
    votes : Votes
    """
    size = max(1, CHUNK // len(votes.labels))
    for begin in range(0, len(votes.tasks), size):
        starts = votes.starts[begin : begin + size + 1]
        first, last = int(starts[0]), int(starts[-1])
        gold = None if votes.gold is None else votes.gold[begin : begin + size]
        own = (votes.flat[first:last], votes.tasks[begin : begin + size], votes.workers, votes.labels)
        yield Votes(starts - first, *own, gold, votes.first + begin)
