"""Updates with new votes: what is known before and after, and what they come to."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from etl.crowd.votes import encode
from models.crowd import products
from models.crowd.dawid_skene import DawidSkene
from models.crowd.glad import GLAD
from models.crowd.mace import MACE
from models.crowd.majority import MajorityVote, Wawa
from models.crowd.one_coin import OneCoin
from models.crowd.pooled import PooledDawidSkene
from models.crowd.zero_based_skill import ZeroBasedSkill
from tests.support.crowd import simulate

VOTES, TRUTH, _ = simulate(tasks=600, workers=15, votes=5, seed=21)
MODELS = [
    MajorityVote(),
    Wawa(),
    ZeroBasedSkill(),
    DawidSkene(),
    OneCoin(),
    PooledDawidSkene(),
    MACE(n_restarts=1),
]
EACH = pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)


def accuracy(found: pd.Series) -> float:
    return float((found == TRUTH.loc[found.index]).mean())


@EACH
def test_batches_come_near_to_all_at_once(model) -> None:
    model = clone(model)
    for begin in range(0, len(VOTES), 500):  # tasks come back in later batches
        model.partial_fit(VOTES[begin : begin + 500])
    whole = clone(model).fit(VOTES)
    found = model.predict()
    assert len(found) == VOTES.task.nunique()
    assert accuracy(found) > accuracy(whole.predict()) - 0.02


@EACH
def test_counts_are_those_of_the_posteriors_kept(model) -> None:
    model = clone(model).fit(VOTES[:2000])
    for batch in (VOTES[2000:2500], VOTES[2500:]):
        model.partial_fit(batch)
    votes = encode(model._stream.votes, model.workers_, model.classes_)
    share = model._stream.share.loc[votes.tasks].to_numpy()
    by_vote = sum(transposed @ share[tasks] for tasks, _, transposed in votes.blocks)
    np.testing.assert_allclose(model._counts[0], by_vote, atol=1e-8)
    np.testing.assert_allclose(model._counts[1], share.sum(axis=0), atol=1e-8)


@pytest.mark.parametrize("kind", [MajorityVote, Wawa, ZeroBasedSkill, PooledDawidSkene, MACE])
def test_new_workers_and_labels_are_taken_in(kind: type) -> None:
    """Those with a prior: by likelihood alone a class without counts keeps its share of 0."""
    first = VOTES[(VOTES.worker < 10) & (VOTES.label < 2)]
    model = kind().fit(first)
    model.partial_fit(VOTES.drop(first.index))
    assert set(model.workers_) == set(range(15))
    assert set(model.classes_) == {0, 1, 2}
    assert accuracy(model.predict()) > 0.85


@pytest.mark.parametrize("model", [ZeroBasedSkill(n_iter=200), MACE(n_restarts=1, n_iter=300)])
def test_a_new_worker_leaves_what_is_known_of_the_others(model) -> None:
    model = clone(model).fit(VOTES)
    before = model.skills_
    model.partial_fit(pd.DataFrame({"task": [600], "worker": [15], "label": [0]}))
    np.testing.assert_allclose(model.skills_[before.index], before, rtol=0.01)


def test_known_labels_in_a_batch_are_kept() -> None:
    model = DawidSkene().fit(VOTES[:2000])
    batch = VOTES[2000:]
    gold = TRUTH.loc[batch.task.unique()[:20]]
    model.partial_fit(batch, gold)
    assert (model._stream.share.loc[gold.index].idxmax(axis=1) == gold).all()


def test_glad_says_that_it_cannot() -> None:
    with pytest.raises(NotImplementedError, match="fit it again"):
        GLAD(n_iter=2).fit(VOTES).partial_fit(VOTES)


def test_the_products_are_the_loops() -> None:
    votes = encode(VOTES[:200])
    rng = np.random.default_rng(0)
    table = rng.random((len(votes.workers) * 3, 3))
    expected = np.zeros((len(votes.tasks), 3))
    for task, vote in zip(votes.task, votes.flat, strict=True):
        expected[task] += table[vote]
    np.testing.assert_allclose(products.scores(votes, table), expected)
