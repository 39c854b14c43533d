"""With many labels votes are weighed one by one: what comes out is what tables come to."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from etl.crowd import simulate
from models.crowd import label_weights
from models.crowd.aggregator import Aggregator
from models.crowd.majority import MajorityVote, Wawa
from models.crowd.one_coin import OneCoin
from models.crowd.zero_based_skill import ZeroBasedSkill


@pytest.mark.parametrize("method", [MajorityVote, Wawa, ZeroBasedSkill, OneCoin])
@pytest.mark.parametrize("known", [0, 10])
def test_without_tables_it_is_the_same(
    method: Callable[[], Aggregator], known: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = np.random.default_rng(0).integers(0, 4, 90)
    votes = simulate.votes(truth, simulate.confusions(12, 4, hammers=0.5, seed=1), 5, seed=2)
    gold = pd.Series(truth[:known], index=pd.RangeIndex(known)) if known else None
    tables = method().fit(votes, gold)
    probability, label, again = tables.predict_proba(), tables.predict(), tables.predict(votes[:60])
    monkeypatch.setattr(label_weights, "LARGE", 0)
    monkeypatch.setattr(label_weights, "CHUNK", 100)
    weights = method().fit(votes, gold)
    assert weights.n_iter_ == tables.n_iter_
    np.testing.assert_allclose(weights.history_, tables.history_, rtol=1e-9)
    pd.testing.assert_series_equal(weights.skills_, tables.skills_, rtol=1e-12)
    pd.testing.assert_frame_equal(weights.predict_proba(), probability, rtol=1e-9, atol=1e-12)
    pd.testing.assert_series_equal(weights.predict(), label)
    pd.testing.assert_series_equal(weights.predict(votes[:60]), again)


def test_as_many_labels_as_votes_take_no_square_of_them() -> None:
    votes = pd.DataFrame({"task": np.arange(9000) // 3, "worker": np.arange(9000) % 90, "label": range(9000)})
    votes.loc[votes.index % 3 == 1, "label"] -= 1
    found = OneCoin(n_iter=3).fit(votes).predict()
    assert found.tolist() == MajorityVote().fit(votes).predict().tolist() == list(range(0, 9000, 3))
