"""Any classifier in the loop: an item is a row, and a sequence of one token."""

import pickle
from typing import Self

from sklearn.base import clone

from etl.engine import array_namespace
from etl.engine.types import Array, Estimator
from models.active.outputs import Outputs, as_array
from models.active.seeds import round_seed
from models.crowd.soft_labels import Rows, replicate_rows, take
from models.crowd.ties import one_hot


class ClassifierLearner:
    """A classifier with ``predict_proba`` over a matrix of features; see `models.active.protocols.Learner`.

    Labels are codes from 0. Weights are kept by ``partial_fit`` where ``passes`` are given, else by ``fit``
    if the estimator has ``warm_start`` (begun anew when a class is first seen); any other estimator is fitted
    anew each round. An integer ``random_state`` is set each round. Probabilities as targets go to ``fit`` as
    they are where ``soft_labels`` is true, as in `models.torch_classifier.TorchClassifier`; else each row is
    given once a class with ``sample_weight``.

    Parameters
    ----------
    estimator : classifier
        Some, as logistic regression, need two classes in the first labels: make the start large enough.
    X : matrix or tensor, shape (items, ...)
        Features of the pool.
    X_test, y_test : matrix, array
        Held-out rows and their codes; the score is the accuracy on them.
    classes : int
    passes : int
        Calls of ``partial_fit`` a round; 0 calls ``fit`` once.

    Attributes
    ----------
    model_ : classifier

    Notes
    -----
    `state` is a pickle: restore only what your own runs left.

    Examples
    --------
    >>> import numpy
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = numpy.array([[0.0], [1.0]]), numpy.array([0, 1])
    >>> learner = ClassifierLearner(LogisticRegression(warm_start=True), X, X, y, classes=2).restore(None)
    >>> learner.fit_more(numpy.array([0, 1]), y, seed=0).score()
    1.0
    """

    model_: Estimator

    def __init__(
        self, estimator: Estimator, X: Rows, X_test: Rows, y_test: Array, *, classes: int, passes: int = 0
    ) -> None:
        self.estimator = estimator
        self.X = X
        self.X_test = X_test
        self.y_test = y_test
        self.classes = classes
        self.passes = passes

    def fit_more(self, items: Array, targets: Array, seed: int) -> Self:
        """Learn from rows of the pool.

        Parameters
        ----------
        items : int64 array, shape (n,)
        targets : int array, shape (n,), or float array, shape (n, classes)
            Codes of the classes, or their probabilities.
        seed : int
        """
        X, weights = take(self.X, items), None
        if targets.ndim == 2 and not getattr(self.model_, "soft_labels", False):
            rows, targets, weights = replicate_rows(targets)
            X = take(X, rows)
        more = {} if weights is None else {"sample_weight": weights}
        if not self.passes:
            self._renew(targets)
            self._seed(seed).fit(X, self._soft(targets), **more)
        known = array_namespace(targets).arange(self.classes)
        for number in range(self.passes):
            self._seed(round_seed(seed, number, "train")).partial_fit(X, targets, classes=known, **more)
        return self

    def _renew(self, targets: Array) -> None:
        """New weights where the classes seen are others: scikit-learn's warm starts fail on old ones."""
        known = getattr(self.model_, "classes_", None)
        if known is None or getattr(self.model_, "soft_labels", False):
            return
        if len(known) != len(array_namespace(targets).unique(targets)):
            self.model_ = clone(self.estimator)

    def _soft(self, targets: Array) -> Array:
        """Codes as rows with a one where the classifier takes probabilities: it then knows every class."""
        if getattr(self.model_, "soft_labels", False) and targets.ndim == 1:
            return one_hot(targets, self.classes)
        return targets

    def _seed(self, seed: int) -> Estimator:
        if "random_state" in self.model_.get_params(deep=False):
            self.model_.set_params(random_state=seed)
        return self.model_

    def outputs(self, items: Array, samples: int, seed: int) -> Outputs:
        """Probabilities and features of rows of the pool; samples by dropout or an ensemble's members."""
        xp, X = array_namespace(items), take(self.X, items)
        P = xp.asarray(as_array(self.model_.predict_proba(X)), dtype="float64")
        best = xp.log(P.max(axis=1))
        votes = sampled(self.model_, X, samples, seed) if samples else None
        dense = None if hasattr(X, "tocsr") else as_array(X).reshape(len(items), -1)
        starts = xp.arange(len(items) + 1)
        return Outputs(starts, best, best, P, votes, dense, items)

    def score(self) -> float:
        """Accuracy on the held-out rows."""
        return float((self.model_.predict(self.X_test) == self.y_test).mean())

    def state(self) -> bytes:
        """The classifier, pickled."""
        return pickle.dumps(self.model_)

    def restore(self, state: bytes | None) -> Self:
        """The classifier of that state, or a new one."""
        self.model_ = clone(self.estimator) if state is None else pickle.loads(state)
        return self


def sampled(model: Estimator, X: Rows, samples: int, seed: int) -> Array:
    """Codes of the class by each of some passes.

    Passes are those of a network (``module_``) under dropout, or the members of an ensemble
    (``estimators_``).

    Parameters
    ----------
    model : classifier
        Fitted.
    X : array or tensor, shape (n, ...)
    samples : int
        Passes.
    seed : int
        Of dropout.

    Returns
    -------
    int64 array, shape (samples, n)

    Raises
    ------
    ValueError
        The model has neither, or fewer members than samples.
    """
    if hasattr(model, "module_"):
        return _under_dropout(model, X, samples, seed)
    members = list(getattr(model, "estimators_", []))
    if len(members) < samples:
        raise ValueError(
            f"{type(model).__name__} has {len(members)} members for {samples} samples; take an ensemble with "
            "as many, or a network with dropout"
        )
    xp = array_namespace(X)
    places = xp.stack([xp.asarray(member.predict(X)).astype("int64") for member in members[:samples]])
    return xp.asarray(model.classes_)[places]  # members are trained on places among the classes seen


def _under_dropout(model: Estimator, X: Rows, samples: int, seed: int) -> Array:
    import torch

    from etl.handoff import to_torch
    from models.tagger.outputs import dropout_only

    rows = X.float() if hasattr(X, "data_ptr") else to_torch(X.astype("float32", copy=False))
    with torch.no_grad(), torch.random.fork_rng([rows.device] if rows.is_cuda else []):
        torch.manual_seed(seed)
        module = dropout_only(model.module_)
        codes = torch.stack([module(rows).argmax(1) for _ in range(samples)])
    module.eval()
    return as_array(codes)
