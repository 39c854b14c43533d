"""Labels by workers who are judged on what is known, without that a label that is known is its own proof."""

from typing import NamedTuple

from sklearn.base import clone

from etl.crowd.votes import Votes
from etl.engine.types import Array
from etl.records import Choice, collect, replay
from models.crowd.aggregator import Aggregator
from models.crowd.soft_labels import part


class Hidden(NamedTuple):
    """Some of the tasks whose labels are known, and the votes as if these labels were not.

    Attributes
    ----------
    rows : int64 array, shape (m,)
        Places of the tasks.
    own : Votes
        On these tasks, of which nothing is known.
    others : Votes
        On all tasks, with the labels that are known of others.
    """

    rows: Array
    own: Votes
    others: Votes


def hidden(votes: Votes, fold: Array) -> list[Hidden]:
    """The known labels of each fold hidden in turn; none where none are known.

    Parameters
    ----------
    votes : Votes
    fold : int64 array, shape (tasks,)
        From 0.
    """
    xp, is_known = votes.engine.xp, votes.is_known
    if votes.gold is None or not bool(is_known.any()):
        return []
    places = (xp.flatnonzero(is_known & (fold == number)) for number in range(int(fold.max()) + 1))
    return [Hidden(rows, part(votes, rows).unaware(), votes.unaware(rows)) for rows in places if len(rows)]


def by_others(model: Aggregator, votes: Votes, fold: Array) -> Array:
    """Posterior of each task by its votes, whose workers are judged on the known labels of other folds.

    A task whose label is not known is told by workers who are judged on all that is known. So the labels that
    are known can be compared with the posteriors of their tasks.

    Parameters
    ----------
    model : Aggregator
    votes : Votes
    fold : int64 array, shape (tasks,)
        From 0.

    Returns
    -------
    float64 array, shape (tasks, classes)
    """
    P = _posterior(model, votes, None if votes.gold is None else votes.unaware())
    with collect() as entries:
        for rows, own, others in hidden(votes, fold):
            P[rows] = _posterior(model, others, own)
    replay([entry for entry in entries if not isinstance(entry, Choice)])  # choices were told above
    return P


def _posterior(model: Aggregator, learnt: Votes, told: Votes | None) -> Array:
    return clone(model).fit(learnt).predict_proba(told).values.astype("float64")
