"""The planner's numbers are those of brute force, its money is never overspent, and its log tells all."""

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pytest

from etl.crowd.simulate import confusions
from etl.engine import Engine
from etl.handoff import to_host
from models.partial import plan_model as model
from models.partial import plan_search, policies
from models.partial.plan_oracles import Replay, ask_checked, simulated
from models.partial.planner import Planner, prices

QUESTIONS = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0]], dtype=bool)
NONE = np.zeros((0, 3), dtype=bool)
COSTS = np.array([1.0, 1.0, 1.5])
KWAY = 2.0


def crowd(items: int = 60, workers: int = 8, seed: int = 0, questions: Any = QUESTIONS) -> tuple[Any, Replay]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, items)
    confusion = confusions(workers, 3, hammers=0.5, by_class=True, seed=seed)
    return truth, simulated(truth, confusion, questions, seed)


def belief(workers: int, seed: int = 0) -> model.Belief:
    rng = np.random.default_rng(seed)
    return model.Belief(rng.dirichlet(np.ones(3)), rng.dirichlet(np.ones(3), (workers, 3)))


def told(question: int, seen: int) -> int:
    return int(QUESTIONS[question, seen]) if question < len(QUESTIONS) else seen


ASKED = [(0, 3, 1, 2), (0, 0, 0, 1), (1, 2, 1, 0), (0, 2, 2, 0)]
"""Item, question, worker, answer."""


def coded(answers: list[tuple[int, int, int, int]]) -> tuple[Any, Any]:
    item, question, worker, answer = np.array(answers).T
    outcome = model.outcomes(QUESTIONS)
    return item, worker * len(outcome.sets) + outcome.begins[question] + answer


def enumerated(known: model.Belief, answers: list[tuple[int, int, int, int]], items: int) -> tuple[Any, Any]:
    """Posteriors, and expected counts of (worker, z, z'), by summing over all z and all seen classes."""
    found, counts = np.zeros((items, 3)), np.zeros_like(known.confusion)
    for item in range(items):
        own = [row for row in answers if row[0] == item]
        weights: dict[tuple[int, ...], float] = {}
        for z, *seen in product(range(3), repeat=1 + len(own)):
            chance = known.shares[z]
            for (_, question, worker, answer), saw in zip(own, seen, strict=True):
                chance *= known.confusion[worker, z, saw] * (told(question, saw) == answer)
            weights[(z, *seen)] = chance
        total = sum(weights.values())
        for (z, *seen), chance in weights.items():
            found[item, z] += chance / total
            for (_, _, worker, _), saw in zip(own, seen, strict=True):
                counts[worker, z, saw] += chance / total
    return found, counts


def test_posterior_is_that_of_enumeration() -> None:
    known, sets = belief(3), model.outcomes(QUESTIONS).sets

    found = model.posterior(*coded(ASKED), known.chances(sets), known.shares, 3)

    np.testing.assert_allclose(found, enumerated(known, ASKED, 3)[0], rtol=1e-12)


def test_a_pass_learns_the_counts_of_enumeration() -> None:
    known, sets = belief(3), model.outcomes(QUESTIONS).sets
    found, counts = enumerated(known, ASKED, 2)
    anchor = (1 / 9 + 1) / 3  # three answers on one item, one on the other

    learnt = model.step(known, *coded(ASKED), sets, np.tile(known.shares, (2, 1)), strength=4.0)

    np.testing.assert_allclose(learnt.confusion, model.pool(counts, model.LEAST + anchor, 4.0), rtol=1e-10)
    shares = found.sum(axis=0) + anchor + 1 / 3
    np.testing.assert_allclose(learnt.shares, shares / shares.sum(), rtol=1e-10)


def test_pooling_keeps_rows_and_follows_many_answers() -> None:
    counts = np.random.default_rng(1).dirichlet(np.ones(3), (4, 3)) * 1e7

    pooled = model.pool(counts, 5.0, 6.0)

    np.testing.assert_allclose(pooled.sum(axis=2), 1.0)
    np.testing.assert_allclose(pooled, counts / counts.sum(axis=2, keepdims=True), atol=1e-5)


def entropy(chances: Any) -> float:
    kept = np.asarray(chances)[np.asarray(chances) > 0]
    return float(-(kept * np.log(kept)).sum())


def test_gain_is_the_expected_fall_of_entropy() -> None:
    known, outcome = belief(1), model.outcomes(QUESTIONS)
    prior = np.array([0.5, 0.2, 0.3])
    expected = []
    for question in range(4):
        gain = entropy(prior)
        for answer in range(2 if question < 3 else 3):
            likely = [
                sum(known.confusion[0, z, saw] for saw in range(3) if told(question, saw) == answer)
                for z in range(3)
            ]
            joint = prior * likely
            gain -= joint.sum() * entropy(joint / joint.sum())
        expected.append(gain)

    found = model.gains(prior[None], known.chances(outcome.sets)[0], outcome)

    np.testing.assert_allclose(found[0], expected, rtol=1e-10)


@pytest.mark.parametrize("cells", [plan_search.CELLS, 700])
@pytest.mark.parametrize("left", [0.5, 1.2, 40.0])
def test_blocks_of_workers_find_what_one_after_another_does(
    monkeypatch: pytest.MonkeyPatch, engine: Engine, cells: int, left: float
) -> None:
    monkeypatch.setattr(plan_search, "CELLS", cells)
    rng, known = np.random.default_rng(1), belief(11)
    outcome, price = model.outcomes(QUESTIONS), np.append(COSTS, KWAY)
    p, free = rng.dirichlet(np.ones(3), 40), rng.random((40, 11)) < 0.4
    free[3] = False
    p[5], p[6] = [1.0, 0.0, 0.0], p[7]
    worth = np.where(price <= left, price + 0.1, np.inf)
    args = p, known.chances(outcome.sets), free
    wanted = plan_search.by_worker(*args, outcome, worth, seed=4)

    moved = model.outcomes(engine.xp.asarray(QUESTIONS))
    placed = [engine.xp.asarray(each) for each in (*args, worth)]
    found = plan_search.by_blocks(*placed[:3], moved, placed[3], seed=4)

    for mine, theirs in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(to_host(mine), theirs)
    assert len(set(wanted[2].tolist())) > 3


@pytest.mark.parametrize("budget", [0.0, 0.5, 7.3, 60.0, 1e6])
def test_money_is_never_overspent_and_no_pair_is_asked_twice(budget: float) -> None:
    _, oracle = crowd()
    every = [Planner(QUESTIONS, COSTS, budget, KWAY).run(oracle)]
    every += policies.fixed(oracle, QUESTIONS, KWAY, budget, 3).values()
    every += policies.pairs(oracle, QUESTIONS, KWAY, budget).values()
    every.append(policies.exact(oracle, QUESTIONS, COSTS, budget))

    for bought in every:
        assert bought.spent == pytest.approx(prices(QUESTIONS, COSTS, KWAY)[bought.log["question"]].sum())
        assert bought.spent <= budget + 1e-6
    assert not every[0].log.duplicated(["item", "worker"]).any()


def test_the_same_seed_asks_the_same_and_another_does_not() -> None:
    _, oracle = crowd()
    first, again, other = (Planner(QUESTIONS, COSTS, 80.0, KWAY, seed=s).run(oracle) for s in (3, 3, 4))

    assert first.log.equals(again.log)
    assert not first.log.equals(other.log)
    np.testing.assert_array_equal(first.posterior, again.posterior)


def test_the_log_tells_the_result() -> None:
    _, oracle = crowd()
    planner = Planner(QUESTIONS, COSTS, 80.0, KWAY)
    bought = planner.run(oracle)

    np.testing.assert_array_equal(planner.judge(bought.log, 60, 8).posterior, bought.posterior)
    answers = oracle.ask(*(bought.log[name].to_numpy() for name in ("item", "question", "worker")))
    np.testing.assert_array_equal(answers, bought.log["answer"])


def test_perfect_workers_are_asked_once_an_item() -> None:
    perfect = np.tile(np.eye(3), (5, 1, 1))
    truth = np.random.default_rng(0).integers(0, 3, 40)
    oracle = simulated(truth, perfect, NONE)

    known = Planner(NONE, np.zeros(0), 1000.0, 1.0, confusion=perfect).run(oracle)
    learnt = Planner(NONE, np.zeros(0), 40.0, 1.0, batch=1.0).run(oracle)

    for bought in (known, learnt):
        np.testing.assert_array_equal(bought.labels, truth)
        assert sorted(bought.log["item"]) == list(range(40))


def test_with_known_workers_the_better_one_is_asked() -> None:
    confusion = np.stack([np.full((3, 3), 1 / 3), np.full((3, 3), 0.05) + 0.85 * np.eye(3)])
    oracle = simulated(np.arange(30) % 3, confusion, NONE)

    bought = Planner(NONE, np.zeros(0), 30.0, 1.0, confusion=confusion).run(oracle)

    assert set(bought.log["worker"]) == {1}


def test_believed_workers_tell_their_own_class() -> None:
    oracle = crowd(workers=1)[1]

    bought = policies.exact(oracle, QUESTIONS, COSTS, 1e4)

    np.testing.assert_array_equal(bought.labels, oracle.seen[:, 0])


def test_items_without_answers_get_the_commonest_class() -> None:
    oracle = Replay(np.array([[1, 1], [1, 1], [0, 0], [-1, -1]]), NONE)
    found = [Planner(NONE, np.zeros(0), 6.0, 1.0).run(oracle)]
    found += policies.fixed(oracle, NONE, 1.0, 6.0, 2).values()

    assert [bought.labels.tolist() for bought in found] == [[1, 1, 0, 1]] * 3


def test_a_crowd_that_mostly_guesses_is_seen_through() -> None:
    for seed in (0, 1):
        truth = np.random.default_rng(seed).integers(0, 10, 2000)
        none = np.zeros((0, 10), dtype=bool)
        oracle = simulated(truth, confusions(50, 10, hammers=0.4, seed=seed), none)

        planned = Planner(none, np.zeros(0), 4000.0, 1.0).run(oracle)
        fixed = policies.fixed(oracle, none, 1.0, 4000.0, 2)

        assert (planned.labels == truth).mean() > 0.95
        assert max((bought.labels == truth).mean() for bought in fixed.values()) < 0.6


@dataclass
class Odd:
    """Gives one answer to all."""

    answer: Any

    @property
    def available(self) -> Any:
        return np.ones((4, 2), dtype=bool)

    def ask(self, item: Any, question: Any, worker: Any) -> Any:
        return np.full(len(item), self.answer)


@pytest.mark.parametrize(
    ("answer", "text"), [(7, "answered 7 to question"), (0.5, "a whole number for each")]
)
def test_a_wrong_answer_is_named(answer: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Planner(QUESTIONS, COSTS, 9.0, KWAY).run(Odd(answer))


def test_unknown_workers_and_votes_are_named() -> None:
    oracle, one = Replay(np.array([[0, -1]]), NONE), np.zeros(1, dtype=int)

    with pytest.raises(ValueError, match="worker 2 is unknown; workers are 0 to 1"):
        oracle.ask(one, one, one + 2)
    with pytest.raises(ValueError, match="worker 1 has no vote on item 0"):
        ask_checked(oracle, model.outcomes(NONE), np.ones(1), one, one, one + 1)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"costs": np.ones(2)}, "3 questions, 2 costs"),
        ({"costs": np.array([1.0, 0.0, 1.0])}, "question 1 costs 0.0"),
        ({"questions": QUESTIONS.astype(int)}, "give bool"),
        ({"budget": -1.0}, "budget is -1.0"),
        ({"prior": np.ones((2, 3))}, "prior has shape"),
    ],
)
def test_wrong_settings_are_named(changes: dict[str, Any], text: str) -> None:
    settings = {"questions": QUESTIONS, "costs": COSTS, "budget": 9.0, "kway": KWAY} | changes

    with pytest.raises(ValueError, match=text):
        Planner(**settings).run(crowd()[1])
