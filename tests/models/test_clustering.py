"""Measures of clusters beside scikit-learn's, on the CPU and where a device answers."""

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.metrics import silhouette_samples
from sklearn.metrics.pairwise import euclidean_distances

from etl.engine import Engine
from etl.handoff import to_host
from models.clustering import choose_k, distances, knee, silhouettes


def test_silhouettes_are_scikit_learns(engine: Engine) -> None:
    rng = np.random.default_rng(0)
    X, label = rng.normal(size=(120, 3)), np.append(rng.integers(0, 4, 119), 9)
    noise = np.arange(120) % 10 == 3
    mine, rows = silhouettes(engine.xp.asarray(X), engine.xp.asarray(np.where(noise, -1, label)))

    np.testing.assert_array_equal(to_host(rows), np.flatnonzero(~noise))
    np.testing.assert_allclose(to_host(mine), silhouette_samples(X[~noise], label[~noise]), atol=1e-9)


def test_distances_are_euclids(engine: Engine) -> None:
    X, Y = np.random.default_rng(0).normal(size=(2, 9, 4))
    found = distances(engine.xp.asarray(X), engine.xp.asarray(Y))
    np.testing.assert_allclose(to_host(found), euclidean_distances(X, Y), atol=1e-9)


@pytest.mark.parametrize("k", [2, 5])
def test_the_number_of_blobs_is_chosen(engine: Engine, k: int) -> None:
    centres = 20 * np.eye(6)[:k]
    X, _ = make_blobs(400, centers=centres, random_state=0)
    choice = choose_k(engine.xp.asarray(X, dtype="float32"), tuple(range(2, 8)), most=300)

    assert choice.k == k == max(choice.silhouette, key=lambda number: choice.silhouette[number])
    assert choice.reason.startswith(f"{k} has the highest silhouette")
    assert list(choice.inertia) == list(range(2, 8))


def test_too_few_rows_are_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="1 distinct rows, too few to part into 2"):
        choose_k(engine.xp.ones((9, 2), dtype="float32"), (2, 3))
    with pytest.raises(ValueError, match="silhouettes compare two clusters"):
        silhouettes(engine.xp.ones((3, 1)), engine.xp.asarray([0, 0, -1]))


def test_the_knee_is_where_values_turn() -> None:
    assert knee(np.concatenate([np.linspace(1, 1.2, 90), np.linspace(2, 20, 10)])) == pytest.approx(1.2)
