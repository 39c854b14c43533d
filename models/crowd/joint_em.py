"""A classifier and the confusions of workers by joint EM: what the features say is each task's own prior."""

from typing import Self

from sklearn.base import BaseEstimator, ClassifierMixin

from etl.crowd.votes import Votes
from etl.engine.types import Array, Estimator, Frame, Index
from etl.hashing import mix
from models.crowd import products
from models.crowd.confusion_steps import confusions, vote_posterior
from models.crowd.dawid_skene import LEAST, ConfusionModel, logs
from models.crowd.known_labels import Hidden, hidden
from models.crowd.pooled import PooledDawidSkene
from models.crowd.soft_labels import CrowdClassifier, Rows, cross_fit, voted_rows, weighted_fit


class JointEM(CrowdClassifier, ClassifierMixin, BaseEstimator):
    """Learn from votes and features together, around any classifier.

    The posterior of task i is ``P[i, k] = q_i[k] * product of confusion[worker, k, vote]``, normalised, where
    ``q_i`` are the classifier's probabilities; from it follow the confusions, and the classifier anew.
    Source: Raykar et al., "Learning from crowds", JMLR 2010, section 3, there with a logistic regression. Not
    in the paper: ``q_i`` is of a classifier trained on other tasks, so that it cannot confirm the labels that
    it was trained on; several classes; and confusions drawn towards the pooled one. Where
    `models.crowd.mbem.MBEM` lets votes alone make the posterior, here features correct a task's label too.
    Where labels are known, workers are judged on them and classifiers learn from them; the posterior of such
    a task is by workers who are judged on the known labels of other folds, so that its own can test it.

    Parameters
    ----------
    estimator : classifier
        See `models.crowd.soft_labels.weighted_fit`.
    n_iter : int
        Times that posteriors are made.
    inner : int
        Passes between confusions and posteriors each time.
    folds : int
    smoothing : float
        Votes that the pooled confusion counts as, for each worker and label.
    random_state : int
        Of the folds; the estimator has its own.

    Attributes
    ----------
    classes_, workers_ : Index
    estimator_ : classifier
        Trained on classes 0 to K - 1.
    P_ : float64 array, shape (tasks, classes)
        Posterior by votes and features.
    q_ : float64 array, shape (tasks, classes)
        Of classifiers trained on other tasks, by the last posterior.
    prior_ : float64 array, shape (tasks, classes)
        Of such classifiers by the posterior before, which the last one begins with.
    params_ : ConfusionModel
    n_iter_ : int
    stop_reason_ : str
    """

    def __init__(
        self,
        estimator: Estimator,
        *,
        n_iter: int = 2,
        inner: int = 4,
        folds: int = 5,
        smoothing: float = 3.0,
        random_state: int = 0,
    ) -> None:
        self.estimator = estimator
        self.n_iter = n_iter
        self.inner = inner
        self.folds = folds
        self.smoothing = smoothing
        self.random_state = random_state

    def fit(self, X: Rows, votes: Frame | Votes, tasks: Array | Index | list | None = None) -> Self:
        """Learn from rows and votes on them, which are aggregated by pooled Dawid-Skene first.

        Parameters
        ----------
        X : matrix (dense or CSR), shape (n, columns)
        votes : DataFrame with columns task, worker, label; or Votes
        tasks : sequence of n ids, optional
            Task of each row; ``range(n)`` by default. Rows without votes are left out.

        Raises
        ------
        ValueError
            See `models.crowd.soft_labels.rows_of` and `coded`.
        """
        rows, coded, _ = voted_rows(X, votes, tasks, "JointEM")
        return self.fit_rows(rows, coded, PooledDawidSkene().fit(coded).predict_proba().values)

    def fit_rows(self, X: Rows, votes: Votes, P: Array, q: Array | None = None) -> Self:
        """Learn from a row a task of the votes, in their order.

        Parameters
        ----------
        X : matrix (dense or CSR), shape (tasks, columns)
        votes : Votes
            With known labels of some tasks, or without.
        P : float64 array, shape (tasks, classes)
            Posterior by the votes alone; see `models.crowd.known_labels.by_others`.
        q : float64 array, shape (tasks, classes), optional
            Out-of-fold probabilities by ``P``, where they are there already.
        """
        P = self.posterior(X, votes, P, q)
        self.P_, T = P, _taught(P, votes)
        self.q_ = cross_fit(self.estimator, X, T, self._folds(votes))
        self.estimator_ = weighted_fit(self.estimator, X, T)
        self.classes_, self.workers_ = votes.labels, votes.workers
        self.n_iter_, self.stop_reason_ = self.n_iter, f"all posteriors ({self.n_iter}) were made"
        return self

    def posterior(self, X: Rows, votes: Votes, P: Array, q: Array | None = None) -> Array:
        """Posterior by votes and features, float64, shape (tasks, classes); the first half of `fit_rows`.

        Parameters
        ----------
        X, votes, P, q
            See `fit_rows`.
        """
        fold = self._folds(votes)
        apart = hidden(votes, fold)
        for number in range(self.n_iter):
            q = cross_fit(self.estimator, X, _taught(P, votes), fold) if number or q is None else q
            P, self.params_ = self._posterior(votes, apart, P, q)
        self.prior_ = q
        return P

    def _folds(self, votes: Votes) -> Array:
        return folds(len(votes.tasks), self.folds, self.random_state, votes)

    def _posterior(
        self, votes: Votes, apart: list[Hidden], P: Array, q: Array
    ) -> tuple[Array, ConfusionModel]:
        xp = votes.engine.xp
        prior = xp.maximum(q, LEAST)
        xp.log(prior, out=prior)
        P, params = self._passes(votes, P.copy(), prior)
        for rows, _, others in apart:  # from the start, as the others' posterior knows what is to be tested
            shares = products.normalise(vote_posterior(others, None) * q)[0]
            P[rows] = self._passes(others, shares, prior)[0][rows]
        return P, params

    def _passes(self, votes: Votes, P: Array, prior: Array) -> tuple[Array, ConfusionModel]:
        """Passes of EM from a posterior, which they write over."""
        for _ in range(self.inner):
            params = confusions(votes, P, self.smoothing, "uniform")
            P = products.scores(votes, logs(params)[0], P)
            P += prior
            P = products.softmax(P)[0]
        return P, params


def _taught(P: Array, votes: Votes) -> Array:
    """What classifiers learn: the posterior, and what is known."""
    return P if votes.gold is None else products.clamp(P.copy(), votes.gold)


def folds(count: int, number: int, seed: int, votes: Votes) -> Array:
    """Fold of each task, drawn by a hash.

    Parameters
    ----------
    count : int
        Tasks.
    number : int
        Folds, at most.
    seed : int
    votes : Votes
        Where the folds are to lie.

    Returns
    -------
    int64 array, shape (count,)
    """
    drawn = mix(votes.engine.xp.arange(count), seed) % votes.engine.xp.uint64(min(number, count))
    return drawn.astype("int64")
