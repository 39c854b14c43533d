"""The order of rows and columns and columns beside the votes change no label, ties included."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from models.crowd.aggregator import Aggregator
from models.crowd.dawid_skene import DawidSkene
from models.crowd.glad import GLAD
from models.crowd.mace import MACE
from models.crowd.majority import MajorityVote, Wawa
from models.crowd.one_coin import OneCoin
from models.crowd.pooled import PooledDawidSkene
from models.crowd.zero_based_skill import ZeroBasedSkill

METHODS = [
    MajorityVote(),
    MajorityVote(ties="random"),
    Wawa(),
    ZeroBasedSkill(n_iter=8),
    OneCoin(n_iter=8),
    DawidSkene(n_iter=8),
    PooledDawidSkene(n_iter=8),
    GLAD(n_iter=10),
    MACE(n_iter=10, n_restarts=2),
]


@st.composite
def tables(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Votes with many ties, and the same in another order, in two parts and with a column more."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows, tasks = draw(st.integers(4, 40)), draw(st.integers(2, 9))
    workers, classes = draw(st.integers(2, 6)), draw(st.integers(2, 4))
    votes = pd.DataFrame(
        {
            "task": rng.integers(0, tasks, rows),
            "worker": rng.integers(0, workers, rows),
            "label": rng.integers(0, classes, rows),
        }
    ).drop_duplicates(["task", "worker"])
    votes.iloc[:2, votes.columns.get_loc("label")] = [0, 1]
    mixed = votes.sample(frac=1, random_state=int(rng.integers(1000)))[rng.permutation(votes.columns)]
    cut = int(rng.integers(len(mixed)))
    return votes, pd.concat([mixed[cut:], mixed[:cut]], ignore_index=True).assign(note="x")


@pytest.mark.parametrize("method", METHODS, ids=str)
@settings(max_examples=6, deadline=None)
@given(both=tables())
def test_order_and_further_columns_change_nothing(
    method: Aggregator, both: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    one, other = (clone(method).fit(table) for table in both)
    pd.testing.assert_series_equal(one.predict(), other.predict())
    pd.testing.assert_frame_equal(one.predict_proba(), other.predict_proba(), rtol=0, atol=1e-12)
    pd.testing.assert_series_equal(one.skills_, other.skills_, rtol=1e-9)
