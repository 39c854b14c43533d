"""What learns from votes and features: a logistic regression, or boosted trees; made, kept and read again."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, Union

from etl.engine import Engine
from etl.engine.types import Array, Estimator
from etl.handoff import from_host, to_host
from models.crowd.linear import Linear

if TYPE_CHECKING:
    from models.boosting.classifier import BoostedClassifier

Learner = Literal["logistic", "xgboost"]
Model: TypeAlias = Union[Linear, "BoostedClassifier"]
NAMES: dict[Learner, str] = {"logistic": "a logistic regression", "xgboost": "boosted trees of XGBoost"}
TREES = "trees.ubj"
FEW: dict[str, Any] = {"n_estimators": 50, "max_depth": 3, "learning_rate": 0.2}
"""Few and shallow trees: more and deeper ones learn the errors of votes, and are slower."""


def estimator(learner: Learner, engine: Engine, threads: int) -> Estimator:
    """The classifier that every method trains alike.

    Parameters
    ----------
    learner : {"logistic", "xgboost"}
    engine : Engine
    threads : int
    """
    if learner == "logistic":
        return engine.ml.linear_model.LogisticRegression(max_iter=1000, tol=1e-3)
    from models.boosting.classifier import BoostedClassifier

    return BoostedClassifier(**FEW, n_jobs=threads)


def of(learner: Learner, fitted: Estimator) -> Model:
    """What is kept of a fitted classifier."""
    return Linear.of(fitted) if learner == "logistic" else fitted


def save(model: Model, folder: Path) -> dict[str, Array]:
    """Arrays of a linear model; trees are written as a file of XGBoost's own."""
    if isinstance(model, Linear):
        return {"coef": to_host(model.coef), "intercept": to_host(model.intercept)}
    model.booster_.save_model(folder / TREES)
    return {}


def load(learner: Learner, folder: Path, arrays: Mapping[str, Array], classes: int, engine: Engine) -> Model:
    """Read a model again.

    Parameters
    ----------
    learner : {"logistic", "xgboost"}
    folder : Path
    arrays : dict
        What `save` returned.
    classes : int
        Labels of the crowd.
    engine : Engine
    """
    if learner == "logistic":
        return Linear(*(from_host(arrays[name], engine) for name in ("coef", "intercept")))
    from models.boosting.classifier import BoostedClassifier
    from models.boosting.saved import read_booster

    return BoostedClassifier.of(read_booster(folder / TREES, engine), classes)
