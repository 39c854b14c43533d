"""Distances between topics, and the plane that keeps them."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from models.topics.distances import classical_scaling, hellinger


def test_distances_between_topics_are_hellingers() -> None:
    topics = np.random.default_rng(0).dirichlet(np.ones(30), 7)
    expected = squareform(pdist(np.sqrt(topics))) / 2**0.5
    assert np.allclose(hellinger(topics), expected, atol=1e-7)


def test_a_map_of_points_in_a_plane_keeps_all_distances() -> None:
    distance = squareform(pdist(np.random.default_rng(0).normal(size=(12, 2))))
    points, kept = classical_scaling(distance)
    assert np.allclose(squareform(pdist(points)), distance)
    assert kept == pytest.approx(1)
