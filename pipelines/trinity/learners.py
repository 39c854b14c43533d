"""The models of the flow by their names: made, kept in a folder, and read again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from etl.arrays import load_arrays, save_arrays
from etl.engine import Engine
from etl.engine.types import Estimator
from etl.handoff import from_host, to_host
from models.linear.softmax import SoftmaxRegression
from pipelines.crowd.learners import FEW, TREES

GRIDS: dict[str, tuple[float, ...]] = {
    "words": (1.0, 3.0, 10.0, 30.0),
    "logistic": (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
}
"""Inverse penalties that are tried, from strong to weak, until one is worse than the last."""
ARRAYS = "classifier.arrow"


def estimator(learner: str, C: float | None, threads: int, seed: int, voters: int = 1) -> Estimator:
    """A classifier that learns from probabilities of labels.

    Parameters
    ----------
    learner : {"words", "logistic", "xgboost", "network"}
    C : float, optional
        Of the regressions.
    threads : int
        Of trees.
    seed : int
    voters : int
        Processes that vote on each step of the network.
    """
    if learner == "xgboost":
        from models.boosting.classifier import BoostedClassifier

        return BoostedClassifier(**FEW, n_jobs=threads, random_state=seed)
    if learner == "network":
        from models.signsgd.classifier import SignumClassifier

        return SignumClassifier(workers=voters, random_state=seed)
    return SoftmaxRegression(C or 1.0, ratios=learner == "words", max_iter=100)


def save(model: Estimator, learner: str, folder: Path) -> None:
    """Write a fitted classifier: arrays in Arrow's format, trees in XGBoost's own."""
    if learner == "xgboost":
        model.booster_.save_model(folder / TREES)
    elif learner == "network":
        save_arrays(folder / ARRAYS, model.arrays())
    else:
        arrays = {"coef": model.coef_, "intercept": model.intercept_}
        save_arrays(folder / ARRAYS, {name: to_host(array) for name, array in arrays.items()})


def load(folder: Path, facts: Mapping[str, Any], engine: Engine) -> Estimator:
    """Read what `save` wrote.

    Parameters
    ----------
    folder : Path
    facts : mapping
        ``learner`` and ``classes``, how many.
    engine : Engine
    """
    if facts["learner"] == "xgboost":
        from models.boosting.classifier import BoostedClassifier
        from models.boosting.saved import read_booster

        return BoostedClassifier.of(read_booster(folder / TREES, engine), facts["classes"])
    arrays = load_arrays(folder / ARRAYS)
    if facts["learner"] == "network":
        from models.signsgd.classifier import SignumClassifier

        return SignumClassifier.of(arrays, engine)
    made = SoftmaxRegression()
    made.coef_, made.intercept_ = (from_host(arrays[name], engine) for name in ("coef", "intercept"))
    made.classes_ = engine.xp.arange(facts["classes"])
    made.n_features_in_ = arrays["coef"].shape[1]
    return made
