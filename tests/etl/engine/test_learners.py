"""Every learner finds what is known: on the CPU, and on a GPU where one answers."""

from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from etl.engine import Engine, choose
from etl.engine.learners import TABLE, twin
from etl.handoff import to_host

CORNERS = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])


def groups(seed: int = 0, each: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Three groups within 1 of corners that lie 10 apart."""
    y = np.repeat(np.arange(3), each)
    shift = np.random.default_rng(seed).uniform(-0.7, 0.7, (len(y), 2))
    return CORNERS[y] + shift, y


def on(engine: Engine, *arrays: np.ndarray) -> list[Any]:
    return [engine.xp.asarray(a, dtype="float32" if a.dtype.kind == "f" else "int32") for a in arrays]


def same_parts(one: np.ndarray, other: np.ndarray) -> bool:
    pairs = set(zip(one.tolist(), other.tolist(), strict=True))
    return len(pairs) == len(set(one.tolist())) == len(set(other.tolist()))


STEP = {
    "tree.DecisionTree": {"random_state": 0},
    "ensemble.RandomForest": {"n_estimators": 20, "random_state": 0},
    "neighbors.KNeighbors": {"n_neighbors": 3},
}


@pytest.mark.parametrize("kind", STEP)
def test_classes_apart_are_told(engine: Engine, kind: str) -> None:
    (X, y), (other, truth) = groups(), groups(seed=1)
    model = engine.learner(f"{kind}Classifier")(**STEP[kind])

    X, y, other = on(engine, X, y, other)
    assert to_host(model.fit(X, y).predict(other)).tolist() == truth.tolist()


@pytest.mark.parametrize("kind", STEP)
def test_steps_are_found(engine: Engine, kind: str) -> None:
    X, y = groups()
    model = engine.learner(f"{kind}Regressor")(**STEP[kind])
    X, level = on(engine, X, np.array([1.0, 5.0, -2.0])[y])

    np.testing.assert_allclose(to_host(model.fit(X, level).predict(X)), to_host(level), atol=1e-5)


def test_a_line_is_found(engine: Engine) -> None:
    X = np.random.default_rng(0).normal(size=(50, 3))
    X, y = on(engine, X, X @ [2.0, -1.0, 0.5] + 3)
    model = engine.learner("linear_model.LinearRegression")().fit(X, y)

    np.testing.assert_allclose(to_host(model.coef_).ravel(), [2, -1, 0.5], atol=1e-4)
    assert float(model.intercept_) == pytest.approx(3, abs=1e-4)


def test_logistic_weights_satisfy_their_equation(engine: Engine) -> None:
    """At the optimum, w = C * sum of (y - p) x, and the errors sum to 0."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2)).astype("float32")
    y = (X @ [1.5, -1.0] + rng.logistic(size=300) > 0).astype("int32")
    model = engine.learner("linear_model.LogisticRegression")(C=0.5, tol=1e-6, max_iter=1000)
    model.fit(*on(engine, X, y))

    error = y - 1 / (1 + np.exp(-(X @ to_host(model.coef_).ravel() + float(model.intercept_[0]))))
    np.testing.assert_allclose(to_host(model.coef_).ravel(), 0.5 * error @ X, atol=2e-2)
    assert abs(error.sum()) < 2e-2


@pytest.mark.parametrize(
    ("path", "options"),
    [("cluster.KMeans", {"n_clusters": 3, "random_state": 0}), ("cluster.DBSCAN", {"eps": 2.0})],
)
def test_groups_apart_are_found(engine: Engine, path: str, options: dict[str, Any]) -> None:
    X, y = groups()
    model = engine.learner(path)(**options)

    assert same_parts(to_host(model.fit_predict(on(engine, X)[0])), y)


def test_lone_points_are_noise(engine: Engine) -> None:
    X = np.concatenate([groups()[0], [[50.0, 50.0]]])

    labels = to_host(engine.learner("cluster.DBSCAN")(eps=2.0).fit_predict(on(engine, X)[0]))

    assert np.flatnonzero(labels == -1).tolist() == [120]


@pytest.mark.parametrize(("p", "metric"), [(1, "cityblock"), (2, "euclidean")])
def test_neighbours_are_the_nearest(engine: Engine, p: int, metric: str) -> None:
    X = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
    model = engine.learner("neighbors.NearestNeighbors")(n_neighbors=4, p=p, n_jobs=1)

    distance, _ = model.fit(on(engine, X)[0]).kneighbors(on(engine, X)[0])

    np.testing.assert_allclose(to_host(distance), np.sort(cdist(X, X, metric))[:, :4], atol=1e-2)


@pytest.mark.parametrize("path", ["decomposition.PCA", "decomposition.TruncatedSVD"])
def test_components_are_the_singular_vectors(engine: Engine, path: str) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 6)) * [9, 4, 1, 0.3, 0.2, 0.1] + 2
    centred = X - X.mean(axis=0) if path.endswith("PCA") else X
    _, size, rows = np.linalg.svd(centred, full_matrices=False)
    options = {} if path.endswith("PCA") else {"random_state": 0}
    model = engine.learner(path)(n_components=2, **options).fit(on(engine, X)[0])

    found = to_host(model.components_)
    np.testing.assert_allclose(np.abs((found * rows[:2]).sum(axis=1)), 1, atol=1e-3)
    np.testing.assert_allclose(to_host(model.singular_values_), size[:2], rtol=1e-3)


def test_every_row_is_tested_here() -> None:
    kinds = [f"{kind}{what}" for kind in STEP for what in ("Classifier", "Regressor")]
    others = ["linear_model.LinearRegression", "linear_model.LogisticRegression", "cluster.KMeans",
              "cluster.DBSCAN", "neighbors.NearestNeighbors", "decomposition.PCA",
              "decomposition.TruncatedSVD"]  # fmt: skip

    assert {row.path for row in TABLE} == {*kinds, *others}


def test_a_learner_is_the_librarys_own_class() -> None:
    from sklearn.tree import DecisionTreeClassifier

    model = choose("cpu").learner("tree.DecisionTreeClassifier")(max_depth=2)

    assert type(model) is DecisionTreeClassifier
    assert model.get_params()["max_depth"] == 2


def test_what_one_library_lacks_is_refused() -> None:
    build = choose("cpu").learner
    with pytest.raises(ValueError, match=r"'svm.SVC' is no learner of both libraries; there are tree\."):
        build("svm.SVC")
    with pytest.raises(TypeError, match=r"cluster.KMeans: algorithm is not taken by both"):
        build("cluster.KMeans")(algorithm="elkan")
    with pytest.raises(TypeError, match=r"decomposition.PCA: n_jobs is not taken"):
        build("decomposition.PCA")(n_jobs=2)
    with pytest.raises(ValueError, match=r"n_components is 0.9, .* both know int, None"):
        build("decomposition.PCA")(n_components=0.9)
    with pytest.raises(ValueError, match=r"metric is 'jaccard', .* 'minkowski', 'euclidean'"):
        build("neighbors.NearestNeighbors")(metric="jaccard")


def test_values_are_spelled_as_cuml_does() -> None:
    tree = twin("tree.DecisionTreeClassifier").translated({"max_leaf_nodes": 8, "criterion": "entropy"})
    assert tree == {"n_estimators": 1, "bootstrap": False, "n_streams": 1, "max_features": 1.0,
                    "max_leaves": 8, "split_criterion": "entropy"}  # fmt: skip
    forest = twin("ensemble.RandomForestRegressor").translated(
        {"criterion": "squared_error", "max_leaf_nodes": None, "n_jobs": 4}
    )
    assert forest == {"split_criterion": "mse", "max_leaves": -1}
    assert twin("cluster.KMeans").translated({"init": "k-means++"}) == {"init": "scalable-k-means++"}
