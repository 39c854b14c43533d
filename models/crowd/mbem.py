"""MBEM: a classifier and the confusions of crowd workers, each learnt with the help of the other."""

import math
from typing import Literal, NamedTuple, Self

from sklearn.base import BaseEstimator, ClassifierMixin

from etl.crowd.votes import Votes
from etl.engine import array_namespace
from etl.engine.types import Array, Estimator, Frame, Index
from etl.handoff import numbers
from etl.hashing import mix
from etl.records import Choice, record
from models.crowd.confusion_steps import confusions, evidence, significantly_lower, vote_posterior
from models.crowd.dawid_skene import ConfusionModel, confusion_frame
from models.crowd.prediction import column_names
from models.crowd.soft_labels import (
    CrowdClassifier,
    Rows,
    cross_fit,
    part,
    probabilities,
    take,
    voted_rows,
    weighted_fit,
)
from models.crowd.ties import one_hot, winner


class _Data(NamedTuple):
    """A row of ``X`` a task that was voted on."""

    X: Rows
    votes: Votes

    def part(self, chosen: Array) -> "_Data":
        rows = array_namespace(chosen).flatnonzero(chosen)
        return _Data(take(self.X, rows), part(self.votes, rows))


class _Round(NamedTuple):
    """A classifier, the parameters whose posterior it was trained on, and those counted against it."""

    trained_by: ConfusionModel | None
    model: Estimator
    found: ConfusionModel


class MBEM(CrowdClassifier, ClassifierMixin, BaseEstimator):
    """Model-bootstrapped EM around any classifier: it learns from crowd votes, even one a task.

    A round trains the classifier on the labels' posterior, takes its predictions as the tasks' labels, counts
    each worker's confusion against them, and from these makes the next posterior,
    ``P[i, k] = q[k] * product of confusion[worker, k, vote]``, normalised; the first is the shares of votes.
    Source: Khetan, Lipton and Anandkumar, "Learning from noisy singly-labeled data", ICLR 2018,
    arXiv:1712.04577, algorithm 1. Not in the paper: soft and out-of-fold labels, confusions drawn towards the
    pooled one, and the stop. Defaults were chosen on simulated votes.

    Parameters
    ----------
    estimator : classifier
        With ``predict_proba``, and with ``sample_weight`` in ``fit`` or ``soft_labels`` (see `weighted_fit`).
    n_iter : int
        Most posteriors made; the classifier is trained once more than that.
    labels : {"soft", "hard"}
        A task's label by the model: its probabilities, or the likeliest class as in the paper. Votes that
        tell nothing pull probabilities to the middle, so soft labels blur confusions round by round.
    out_of_fold : int
        Number of folds whose rows are labelled by a model trained on the others; 0 labels the rows a model
        was trained on, as in the paper.
    smoothing : float
        Votes that the pooled confusion counts as, for each worker and label; 0 is the paper's estimate.
    prior : {"uniform", "model"}
        ``q``: none, as in the authors' code, or the shares of the model's labels, as in the paper. Where
        votes tell little the posterior is ``q``, models follow it, and the largest class swallows all.
    holdout : float
        Share of tasks kept aside. Rounds stop when their votes are less likely than at best by more than two
        standard errors; the last good round is then made again with all tasks. 0 makes all rounds.
    random_state : int
        Of the tasks kept aside and of folds; the estimator has its own.

    Attributes
    ----------
    classes_, workers_ : Index
    estimator_ : classifier
        Trained on classes 0 to K - 1.
    confusion_ : DataFrame
        Probability of each label voted (columns) by worker and true label (rows).
    priors_ : Series
        ``q``.
    posterior_ : DataFrame
        Probability of each label, tasks with votes by labels.
    n_iter_ : int
        Posteriors made for ``estimator_``.
    history_ : list of float
        Log likelihood, a vote, of the votes kept aside, after each training.
    stop_reason_ : str
    unvoted_ : int
        Rows of ``X`` left out because nobody voted on them.

    Examples
    --------
    >>> import numpy, pandas
    >>> from sklearn.linear_model import LogisticRegression
    >>> votes = pandas.DataFrame({"task": range(6), "worker": list("ababab"), "label": list("xxxyyy")})
    >>> X = numpy.array([[0.0], [0.1], [0.2], [1.0], [1.1], [1.2]])
    >>> MBEM(LogisticRegression(), holdout=0).fit(X, votes).predict(X).tolist()
    ['x', 'x', 'x', 'y', 'y', 'y']
    """

    def __init__(
        self,
        estimator: Estimator,
        *,
        n_iter: int = 4,
        labels: Literal["soft", "hard"] = "hard",
        out_of_fold: int = 0,
        smoothing: float = 3.0,
        prior: Literal["uniform", "model"] = "uniform",
        holdout: float = 0.1,
        random_state: int = 0,
    ) -> None:
        self.estimator = estimator
        self.n_iter = n_iter
        self.labels = labels
        self.out_of_fold = out_of_fold
        self.smoothing = smoothing
        self.prior = prior
        self.holdout = holdout
        self.random_state = random_state

    def fit(self, X: Rows, votes: Frame | Votes, tasks: Array | Index | list | None = None) -> Self:
        """Learn from rows and votes on them.

        Parameters
        ----------
        X : matrix (dense or CSR) or tensor, shape (n, ...)
        votes : DataFrame with columns task, worker, label; or Votes
        tasks : sequence of n ids, optional
            Task of each row; ``range(n)`` by default. Rows without votes are left out.

        Raises
        ------
        ValueError
            A parameter is out of its range; or see `models.crowd.soft_labels.rows_of` and `coded`.
        """
        self._check()
        rows, coded, self.unvoted_ = voted_rows(X, votes, tasks, "MBEM")
        return self.fit_rows(rows, coded)

    def fit_rows(self, X: Rows, votes: Votes) -> Self:
        """Learn from a row a task of the votes, in their order; nothing is looked for that is wrong.

        Parameters
        ----------
        X : matrix (dense or CSR) or tensor, shape (tasks, ...)
        votes : Votes
        """
        self.classes_, self.workers_ = votes.labels, votes.workers
        data, held_out = _Data(X, votes), round(self.holdout * len(votes.tasks))
        if held_out:
            is_held_out = self._order(len(votes.tasks), votes, 1) < held_out
            best = self._rounds(data.part(~is_held_out), data.part(is_held_out))
            final = self._round(data, best.trained_by)
        else:
            final = self._rounds(data, None)
        self.estimator_ = final.model
        self._store(votes, final.found)
        return self

    def _check(self) -> None:
        checks = {
            "n_iter": (self.n_iter >= 1, "at least 1"),
            "labels": (self.labels in ("soft", "hard"), "soft or hard"),
            "out_of_fold": (self.out_of_fold == 0 or self.out_of_fold >= 2, "0, or at least 2 folds"),
            "prior": (self.prior in ("uniform", "model"), "uniform or model"),
            "smoothing": (self.smoothing >= 0, "at least 0"),
            "holdout": (0 <= self.holdout <= 0.5, "from 0 to 0.5"),
        }
        for name, (is_right, need) in checks.items():
            if not is_right:
                raise ValueError(f"{name} is {getattr(self, name)!r}; it must be {need}")

    def _order(self, count: int, votes: Votes, stream: int) -> Array:
        """Place of each task in an arbitrary order, int64, (tasks,), the same on every device."""
        xp = votes.engine.xp
        return xp.argsort(xp.argsort(mix(xp.arange(count), 2 * self.random_state + stream)))

    def _rounds(self, data: _Data, held_out: _Data | None) -> _Round:
        """Algorithm 1: train, count confusions, train on their posterior; returns the last good round."""
        self.history_: list[float] = []
        self.stop_reason_ = f"n_iter ({self.n_iter}) posteriors were made"
        self.n_iter_ = 0
        good, best, most = self._round(data, None), None, -math.inf
        for number in range(self.n_iter + 1):
            after = self._round(data, good.found) if number else good
            if held_out is not None:
                now = self._evidence(held_out, after)
                best = now if best is None else best
                total, is_lower = numbers([now.sum(), significantly_lower(best, now)])
                self.history_.append(total / len(held_out.votes))
                if is_lower:
                    self.stop_reason_ = f"posterior {number} made the votes kept aside less likely"
                    break
                best, most = (now, total) if total > most else (best, most)
            good, self.n_iter_ = after, number
        return good

    def _round(self, data: _Data, params: ConfusionModel | None) -> _Round:
        """Train a classifier on the posterior by these parameters, and count the confusions against it."""
        X, votes = data
        P = vote_posterior(votes, params)
        model = weighted_fit(self.estimator, X, P)
        if self.out_of_fold:
            fold = self._order(len(P), votes, 2) % min(self.out_of_fold, len(P))
            T = cross_fit(self.estimator, X, P, fold)
        else:
            T = probabilities(model, X)
        return _Round(params, model, confusions(votes, self._labels(T), self.smoothing, self.prior))

    def _labels(self, T: Array) -> Array:
        return T if self.labels == "soft" else one_hot(winner(T, "first"), T.shape[1])

    def _evidence(self, held_out: _Data, made: _Round) -> Array:
        """Log likelihood of each task held out."""
        T = self._labels(probabilities(made.model, held_out.X))
        return evidence(held_out.votes, T, made.found)

    def _store(self, votes: Votes, params: ConfusionModel) -> None:
        df, (confusion, priors) = votes.engine.df, params
        self.confusion_ = confusion_frame(confusion, self.workers_, self.classes_)
        self.priors_ = df.Series(priors, index=self.classes_, name="prior")
        self.posterior_ = df.DataFrame(
            vote_posterior(votes, params), index=votes.tasks, columns=column_names(self.classes_)
        )
        record(Choice(reason=f"MBEM: {self.stop_reason_}"))
