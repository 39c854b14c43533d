"""The same classifier trained on crowd votes in several ways, under one signature, to be compared."""

from typing import Any, Literal, Self

from sklearn.base import BaseEstimator, ClassifierMixin, clone

from etl.crowd.votes import Votes
from etl.engine.types import Array, Estimator, Frame, Index, Series
from etl.ids import factorize
from models.crowd.aggregator import Aggregator
from models.crowd.dawid_skene import DawidSkene
from models.crowd.majority import MajorityVote
from models.crowd.mbem import MBEM
from models.crowd.prediction import posteriors
from models.crowd.soft_labels import CrowdClassifier, Rows, coded, rows_of, take, weighted_fit
from models.crowd.ties import one_hot, winner

Method = Literal["majority", "votes", "dawid_skene", "mbem", "gold"]


class Aggregated(CrowdClassifier, ClassifierMixin, BaseEstimator):
    """A classifier trained on labels that an aggregator made first.

    Parameters
    ----------
    estimator : classifier
        See `MBEM`.
    aggregator : Aggregator
        Any of `models.crowd`.
    labels : {"soft", "hard"}
        Train on the aggregator's probabilities, or on the likeliest label (``ties`` as the aggregator's).

    Attributes
    ----------
    aggregator_, estimator_, classes_
    n_iter_, stop_reason_
        1, as labels are made once; those of the aggregator tell how.

    Examples
    --------
    >>> import numpy, pandas
    >>> from sklearn.linear_model import LogisticRegression
    >>> votes = pandas.DataFrame({"task": [0, 1, 1], "worker": list("aab"), "label": list("xyy")})
    >>> X = numpy.array([[0.0], [1.0]])
    >>> Aggregated(LogisticRegression(), MajorityVote()).fit(X, votes).predict(X).tolist()
    ['x', 'y']
    """

    def __init__(
        self, estimator: Estimator, aggregator: Aggregator, *, labels: Literal["soft", "hard"] = "soft"
    ) -> None:
        self.estimator = estimator
        self.aggregator = aggregator
        self.labels = labels

    def fit(self, X: Rows, votes: Frame | Votes, tasks: Array | Index | list | None = None) -> Self:
        """Aggregate, then train; see `MBEM.fit`."""
        votes = coded(votes)
        return self.fit_rows(take(X, rows_of(X, votes, tasks)), votes)

    def fit_rows(self, X: Rows, votes: Votes) -> Self:
        """Aggregate, then train on a row a task of the votes; see `MBEM.fit_rows`."""
        self.classes_ = votes.labels
        self.aggregator_ = clone(self.aggregator)
        self.n_iter_, self.stop_reason_ = 1, "labels were made once"
        P = self.aggregator_.fit(votes)._predict(None, posteriors, "posterior")
        if self.labels == "hard":
            P = one_hot(winner(P, self.aggregator_.ties, self.aggregator_.random_state), P.shape[1])
        self.estimator_ = weighted_fit(self.estimator, X, P)
        return self


def train(
    estimator: Estimator,
    X: Rows,
    votes: Frame | Votes,
    method: Method = "majority",
    *,
    tasks: Array | Index | list | None = None,
    gold: Series | None = None,
    random_state: int = 0,
    **options: Any,
) -> CrowdClassifier:
    """Train a classifier on votes by the method named.

    Parameters
    ----------
    estimator, X, votes, tasks
        See `MBEM.fit`.
    method : {"majority", "votes", "dawid_skene", "mbem", "gold"}
        On the majority's label, ties drawn; on each vote, with weight 1 / votes of its task; on Dawid and
        Skene's posterior; by `MBEM`; on the true labels of the tasks with votes.
    gold : Series by task
        For ``method="gold"`` only.
    random_state : int
        Of ties, or of `MBEM`.
    options
        Of `MBEM` or `DawidSkene`.

    Raises
    ------
    ValueError
        The method is none of these, or gold labels are missing.
    """
    if method == "gold":
        votes = gold_votes(gold, coded(votes))
    return classifier(estimator, method, random_state, **options).fit(X, votes, tasks)


def classifier(
    estimator: Estimator, method: Method, random_state: int = 0, **options: Any
) -> MBEM | Aggregated:
    """What `train` fits, where gold labels are the votes by `gold_votes`.

    Parameters
    ----------
    estimator, method, random_state, options
        See `train`.

    Raises
    ------
    ValueError
        The method is none of these.
    """
    drawn = MajorityVote(ties="random", random_state=random_state)
    if method == "mbem":
        return MBEM(estimator, random_state=random_state, **options)
    if method == "dawid_skene":
        return Aggregated(estimator, DawidSkene(**options), labels="soft")
    if method not in ("majority", "votes", "gold"):
        raise ValueError(f"method is {method!r}; it must be majority, votes, dawid_skene, mbem or gold")
    return Aggregated(estimator, drawn, labels="soft" if method == "votes" else "hard")


def gold_votes(gold: Series | None, votes: Votes) -> Votes:
    """True labels as the votes of one worker, on the tasks that were voted on.

    Parameters
    ----------
    gold : Series by task
    votes : Votes

    Raises
    ------
    ValueError
        A task has no label, or they have all the same.
    """
    asked, engine = votes.tasks, votes.engine
    if gold is None or not bool(asked.isin(gold.index).all()):
        raise ValueError('method="gold" needs gold, a Series by task with the label of each task voted on')
    codes, labels = factorize(gold.loc[asked].rename("label"))
    flat = codes.astype("int32")
    return coded(Votes(engine.xp.arange(len(asked) + 1), flat, asked, engine.df.RangeIndex(1), labels))
