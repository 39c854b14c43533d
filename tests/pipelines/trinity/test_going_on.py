"""Rounds begin with what the first ended with, until votes are twice as many."""

from types import SimpleNamespace

import numpy as np
import pytest

from pipelines.trinity.state import going_on

Q = np.array([[0.5, 0.5], [0.2, 0.8], [0.9, 0.1]])
PRIOR = np.array([[0.6, 0.4], [0.7, 0.3]])


@pytest.mark.parametrize(
    ("votes", "begins_anew"),
    [([10], True), ([10, 19], False), ([10, 20], True), ([10, 20, 39], False), ([10, 15, 20, 40], True)],
)
def test_a_round_is_renewed_where_votes_have_doubled(votes: list[int], begins_anew: bool) -> None:
    training, fitted = SimpleNamespace(rows=np.array([2, 0])), SimpleNamespace(prior=PRIOR)
    found = going_on(training, fitted, Q, votes)
    wanted = Q if begins_anew else [PRIOR[1], Q[1], PRIOR[0]]
    np.testing.assert_array_equal(found, wanted)
    alone = SimpleNamespace(prior=None)
    np.testing.assert_array_equal(going_on(training, alone, Q, votes), Q)
