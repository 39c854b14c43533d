"""The crowd votes by its confusions, the same at each question; its posterior beats its majority."""

import numpy as np
import pytest

from etl.crowd.simulate import confusions
from etl.engine import Engine
from etl.handoff import to_host
from models.active.oracles import Crowd, Gold
from models.active.outputs import owners, tokens_of
from models.crowd.dawid_skene import DawidSkene
from models.crowd.majority import MajorityVote
from models.crowd.pooled import PooledDawidSkene

K, WORKERS = 4, 12
NONE = np.zeros(0, "int64")


def sentences(items: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    starts = np.concatenate([[0], rng.integers(1, 12, items).cumsum()])
    return rng.integers(0, K, starts[-1]), starts


def test_gold_is_the_truth_in_the_order_asked(engine: Engine) -> None:
    truth, starts = sentences(30)
    items = np.array([7, 2, 29])
    found = Gold(engine.xp.asarray(truth), engine.xp.asarray(starts)).ask(engine.xp.asarray(items))
    expected = [truth[token] for item in items for token in range(starts[item], starts[item + 1])]
    assert to_host(found.targets).tolist() == expected
    assert to_host(found.costs).tolist() == [starts[item + 1] - starts[item] for item in items]


def test_votes_follow_the_confusions_and_a_worker_takes_a_whole_sentence() -> None:
    truth, starts = sentences(4000)
    confusion = np.random.default_rng(1).dirichlet(np.full(K, 2.0), (WORKERS, K))
    votes = Crowd(truth, starts, confusion, redundancy=3).votes(np.arange(4000))
    worker, label, task = votes.worker, votes.label, votes.task
    assert len(votes) == 3 * len(truth)
    pairs = np.unique(np.stack([owners(starts)[task], worker]), axis=1)
    assert pairs.shape[1] == 3 * 4000  # three workers a sentence, not three a token
    given = np.zeros((WORKERS, K, K))
    np.add.at(given, (worker, truth[task], label), 1)
    count = given.sum(axis=2, keepdims=True)
    error = (given / count - confusion) / np.sqrt(confusion * (1 - confusion) / count)
    assert np.abs(error).max() < 4.5
    assert 0.8 < error.std() < 1.2
    share = pairs[1].astype(int)
    assert np.abs(np.bincount(share) / (3 * 4000) - 1 / WORKERS).max() < 0.01


@pytest.mark.parametrize("labels", ["soft", "hard"])
def test_the_same_question_gets_the_same_answer_in_any_order(labels: str) -> None:
    truth, starts = sentences(60)
    crowd = Crowd(truth, starts, confusions(WORKERS, K, 0.5), labels=labels, seed=4)
    items, earlier = np.arange(20, 40), np.arange(10)
    found = crowd.ask(items, earlier)
    order = np.random.default_rng(0).permutation(20)
    moved = crowd.ask(items[order], earlier[::-1])
    own = tokens_of(np.concatenate([[0], np.diff(starts)[items].cumsum()]), order)
    np.testing.assert_allclose(moved.targets, found.targets[own], rtol=1e-9)
    assert found.costs.tolist() == (3 * np.diff(starts)[items]).tolist()
    assert found.targets.shape == ((len(own), K) if labels == "soft" else (len(own),))
    other = Crowd(truth, starts, confusions(WORKERS, K, 0.5), labels=labels, seed=5).ask(items, earlier)
    assert not np.array_equal(other.targets, found.targets)


def test_answers_are_those_of_the_aggregator_on_all_votes() -> None:
    truth, starts = sentences(50)
    crowd = Crowd(truth, starts, confusions(WORKERS, K, 0.5), aggregator=DawidSkene())
    items, earlier = np.array([9, 3, 5]), np.arange(10, 50)
    votes = crowd.votes(np.concatenate([earlier, items]))
    frame = DawidSkene().fit_predict_proba(votes)
    np.testing.assert_allclose(
        crowd.ask(items, earlier).targets, frame.loc[tokens_of(starts, items)].to_numpy()
    )


def test_the_posterior_is_right_more_often_than_the_majority_and_knows_when_it_is_not() -> None:
    right, missed = [], []
    for seed in range(6):
        truth, starts = sentences(200, seed)
        crowd = {"truth": truth, "starts": starts, "seed": seed}
        crowd["confusion"] = confusions(WORKERS, K, 0.35, seed=seed)
        soft = Crowd(**crowd, aggregator=PooledDawidSkene()).ask(np.arange(150, 200), np.arange(150)).targets
        majority = MajorityVote(ties="random", random_state=seed)
        hard = (
            Crowd(**crowd, aggregator=majority, labels="hard")
            .ask(np.arange(150, 200), np.arange(150))
            .targets
        )
        gold = truth[starts[150] :]
        right.append(((soft.argmax(axis=1) == gold).mean(), (hard == gold).mean()))
        missed.append((1 - soft.max(axis=1)).mean() - (soft.argmax(axis=1) != gold).mean())
        np.testing.assert_allclose(soft.sum(axis=1), 1)
    posterior, majority_share = np.mean(right, axis=0)
    assert posterior > majority_share + 0.1
    assert abs(np.mean(missed)) < 0.05


def test_one_class_alone_can_be_answered() -> None:
    crowd = Crowd(np.zeros(5, int), np.arange(6), np.eye(K)[None].repeat(3, axis=0), redundancy=2)
    assert crowd.ask(np.arange(5), NONE).targets.argmax(axis=1).tolist() == [0] * 5


def test_what_is_wrong_is_said() -> None:
    truth, starts = sentences(3)
    with pytest.raises(ValueError, match="redundancy is 13; it must be 1 to 12"):
        Crowd(truth, starts, confusions(WORKERS, K), redundancy=13)
    with pytest.raises(ValueError, match="must be soft or hard"):
        Crowd(truth, starts, confusions(WORKERS, K), labels="both")
