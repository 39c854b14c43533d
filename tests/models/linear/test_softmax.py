"""Softmax regression: against scikit-learn's, rows written out by their weights, and loops for the ratios."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from etl.engine import Engine
from etl.handoff import from_host, to_host
from models.linear.lbfgs import minimise
from models.linear.softmax import SoftmaxRegression, ratios


def problem(classes: int, n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Counts of twelve words, of which some tell the class, and labels of which some are wrong."""
    rng = np.random.default_rng(classes)
    y = rng.integers(0, classes, n)
    X = rng.poisson(0.4 + 1.2 * rng.random((classes, 12))[y]).astype("float64")
    return X, np.where(rng.random(n) < 0.2, rng.integers(0, classes, n), y)


def placed(engine: Engine, X: np.ndarray, sparse: bool):
    if not sparse:
        return from_host(X, engine)
    held = csr_matrix(X)
    parts = tuple(from_host(part, engine) for part in (held.data, held.indices, held.indptr))
    return engine.sparse.csr_matrix(parts, shape=held.shape)


def exact(X: np.ndarray, y: np.ndarray, C: float, weight: np.ndarray | None = None) -> np.ndarray:
    """Probabilities by scikit-learn; its two-class form is one vector, of which two halves cost half."""
    two = len(np.unique(y)) == 2
    peer = LogisticRegression(C=2 * C if two else C, tol=1e-10, max_iter=5000)
    return peer.fit(X, y, sample_weight=weight).predict_proba(X)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("classes", [2, 3])
def test_of_labels_it_is_scikit_learns(engine: Engine, classes: int, sparse: bool) -> None:
    X, y = problem(classes)
    model = SoftmaxRegression(C=0.3, max_iter=500, tol=1e-7)
    rows = placed(engine, X, sparse)
    found = model.fit(rows, from_host(y, engine)).predict_proba(rows)
    np.testing.assert_allclose(to_host(found), exact(X, y, 0.3), atol=2e-5)
    assert to_host(model.predict(rows)).tolist() == exact(X, y, 0.3).argmax(axis=1).tolist()
    assert model.stop_reason_.startswith("the gradient fell")


def test_of_probabilities_it_is_that_of_a_weighted_row_a_class(engine: Engine) -> None:
    X, _ = problem(3)
    rng = np.random.default_rng(0)
    P, weight = rng.dirichlet(np.ones(3), len(X)), rng.random(len(X))
    written = exact(X.repeat(3, axis=0), np.tile(np.arange(3), len(X)), 1.0, (P * weight[:, None]).ravel())[
        ::3
    ]
    model = SoftmaxRegression(max_iter=500, tol=1e-7)
    given = [from_host(array, engine) for array in (X, P, weight)]
    np.testing.assert_allclose(to_host(model.fit(*given).predict_proba(given[0])), written, atol=2e-5)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_ratios_are_those_of_loops(engine: Engine, sparse: bool) -> None:
    X, _ = problem(3, n=30)
    P = np.random.default_rng(1).dirichlet(np.ones(3), 30)
    expected = np.zeros((3, X.shape[1]))
    counts = [[1 + sum(P[i, k] for i in range(30) if X[i, j]) for j in range(12)] for k in range(3)]
    for k in range(3):
        rest = [sum(counts[other][j] for other in range(3) if other != k) for j in range(12)]
        for j in range(12):
            expected[k, j] = np.log(counts[k][j] / sum(counts[k])) - np.log(rest[j] / sum(rest))
    found = to_host(ratios(placed(engine, X, sparse), from_host(P, engine)))
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_rows_of_several_blocks_and_those_of_single_precision_are_scikit_learns(sparse: bool) -> None:
    X, y = problem(3, n=9_000)  # two blocks and a part of a third, of sparse ones
    few = csr_matrix(X.astype("float32")) if sparse else X.astype("float32")
    found = SoftmaxRegression(C=0.3, max_iter=500, tol=1e-5).fit(few, y).predict_proba(few)
    np.testing.assert_allclose(found, exact(X, y, 0.3), atol=2e-4)


def test_with_ratios_each_class_has_the_columns_times_its_own() -> None:
    """Its minimum is a point where the gradient, by differences of the objective as written, is 0."""
    X, y = problem(3, n=60)
    P = np.eye(3)[y]
    model = SoftmaxRegression(C=2.0, ratios=True, max_iter=1000, tol=1e-8).fit(X, P)
    R = ratios(X, P)

    def objective(z: np.ndarray) -> float:
        V, b = z[:36].reshape(3, 12), z[36:]
        S = X @ (V * R).T + b
        loss = np.log(np.exp(S).sum(axis=1)).sum() - (P * S).sum()
        return 2.0 * loss + (V * V).sum() / 2

    z, step = np.concatenate([(model.coef_ / R).ravel(), model.intercept_]), 1e-5
    slopes = [(objective(z + step * e) - objective(z - step * e)) / (2 * step) for e in np.eye(39)]
    assert np.abs(slopes).max() < 1e-3
    other = SoftmaxRegression(C=2.0, max_iter=1000, tol=1e-8).fit(X, P)
    assert np.abs(model.coef_ - other.coef_).max() > 0.05


def test_rows_that_do_not_match_are_told() -> None:
    with pytest.raises(ValueError, match="X has 3 rows and y 2"):
        SoftmaxRegression().fit(np.eye(3), np.array([0, 1]))


def test_a_quadratic_ends_at_its_solution_and_a_reason_is_told() -> None:
    rng = np.random.default_rng(0)
    A = rng.normal(size=(8, 8))
    A, b = A @ A.T + np.eye(8), rng.normal(size=8)

    def objective(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return x @ A @ x / 2 - b @ x, A @ x - b

    found = minimise(objective, np.zeros(8), tol=1e-6, steps=200)
    np.testing.assert_allclose(found.x, np.linalg.solve(A, b), atol=1e-5)
    assert found.reason.startswith("the gradient fell")
    assert minimise(objective, np.zeros(8), steps=2, tol=1e-9).reason == "all steps (2) were made"
