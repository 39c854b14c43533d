"""One battery for every estimator in `models`: the conventions that scikit-learn users rely on.

A new estimator is found by itself; it only needs an entry in `PROBLEMS` that says what to fit it on.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone

import models
from etl.engine import Engine, engine_of
from etl.handoff import to_host
from etl.pieces import Pieces
from models.boosting import BoostedTrees


def estimators() -> list[type]:
    """All estimator classes that a module of `models` defines."""
    found = []
    for info in pkgutil.walk_packages(models.__path__, "models."):
        module = importlib.import_module(info.name)
        found += [
            kind
            for _, kind in inspect.getmembers(module, inspect.isclass)
            if issubclass(kind, BaseEstimator)
            and kind.__module__ == info.name
            and not kind.__name__.startswith("_")
        ]
    return found


def labelled(engine: Engine, rows: int = 3000):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 3)).astype("float32")
    label = (x[:, 0] + rng.normal(size=rows) > 0).astype("int8")
    return engine.df.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "label": label})


PROBLEMS: dict[type, tuple[Callable[[], BaseEstimator], Callable]] = {
    BoostedTrees: (lambda: BoostedTrees(["a", "b", "c"], n_estimators=8, n_jobs=1), labelled),
}


@pytest.fixture(params=estimators(), ids=lambda kind: kind.__name__)
def problem(request: pytest.FixtureRequest):
    assert request.param in PROBLEMS, f"{request.param.__name__} has no entry in PROBLEMS"
    return PROBLEMS[request.param]


def outputs(estimator: BaseEstimator, data) -> list:
    return [
        getattr(estimator, name)(data)
        for name in ("predict", "predict_proba", "transform")
        if hasattr(estimator, name)
    ]


def test_clone_and_parameters(problem) -> None:
    estimator = problem[0]()
    again = clone(estimator)
    assert again.get_params() == estimator.get_params()
    assert clone(type(estimator)()).get_params() == type(estimator)().get_params()


def test_construction_does_no_work_and_fitting_leaves_parameters_alone(problem, engine: Engine) -> None:
    estimator = problem[0]()
    before = estimator.get_params()
    assert not [name for name in vars(estimator) if name.endswith("_")]
    assert estimator.fit(problem[1](engine)) is estimator
    assert estimator.get_params() == before
    learnt = {name for name in vars(estimator) if name.endswith("_")}
    assert {"n_iter_", "stop_reason_"} <= learnt


def test_output_follows_input(problem, engine: Engine) -> None:
    data = problem[1](engine)
    for output in outputs(problem[0]().fit(data), data):
        assert engine_of(output).name == engine.name
        assert len(output) == len(data)


def test_the_same_seed_gives_the_same_result(problem, engine: Engine) -> None:
    data = problem[1](engine)
    for one, other in zip(*(outputs(problem[0]().fit(data), data) for _ in range(2)), strict=True):
        np.testing.assert_array_equal(to_host(one), to_host(other))


def test_pieces_equal_the_whole(problem, engine: Engine) -> None:
    data = problem[1](engine)
    parts = Pieces([data[:1000], data[1000:1001], data[1001:]])
    for one, other in zip(*(outputs(problem[0]().fit(d), data) for d in (data, parts)), strict=True):
        assert np.mean(np.abs(to_host(one) - to_host(other))) < 0.01


@pytest.mark.gpu
def test_cpu_equals_gpu(problem) -> None:
    from etl.engine import choose, devices

    if not devices()[0]:
        pytest.skip(devices()[1])
    found = []
    for name in ("cpu", "gpu"):
        data = problem[1](choose(name))
        found.append([to_host(output) for output in outputs(problem[0]().fit(data), data)])
    for one, other in zip(*found, strict=True):
        assert np.mean(np.abs(one - other)) < 0.01


class Careless(BaseEstimator):
    """Breaks the conventions that the battery checks."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale
        self.calls_ = 0

    def fit(self, X: pd.DataFrame) -> "Careless":
        self.scale = self.scale * 2
        return clone(self)

    def predict(self, X: pd.DataFrame) -> list[float]:
        return np.random.default_rng().random(len(X)).tolist()


@pytest.mark.parametrize(
    "check",
    [
        test_construction_does_no_work_and_fitting_leaves_parameters_alone,
        test_output_follows_input,
        test_the_same_seed_gives_the_same_result,
    ],
)
def test_the_battery_fails_a_careless_estimator(check: Callable) -> None:
    with pytest.raises((AssertionError, TypeError)):
        check((Careless, labelled), Engine("cpu", "test"))
