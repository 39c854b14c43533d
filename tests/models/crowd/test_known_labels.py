"""Known labels judge workers, and are no proof of themselves."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from etl.crowd import simulate
from etl.crowd.votes import Votes, encode
from etl.engine import Engine
from etl.handoff import from_arrow, from_host, to_host
from models.crowd.dawid_skene import DawidSkene
from models.crowd.joint_em import JointEM, folds
from models.crowd.known_labels import by_others
from models.crowd.pooled import PooledDawidSkene
from models.linear.softmax import SoftmaxRegression
from tests.support.crowd import dawid_skene
from tests.support.crowd import simulate as small_crowd


def crowd(engine: Engine, seed: int, share: float, by_chance: bool = False) -> tuple[Votes, np.ndarray]:
    """Votes that know some labels, true ones or drawn by chance; and the true labels."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, 400)
    confusion = simulate.confusions(20, 3, hammers=0.4, by_class=True, seed=seed)
    table = pa.Table.from_pandas(simulate.votes(truth, confusion, 3, seed), preserve_index=False)
    said = rng.integers(0, 3, 400) if by_chance else truth
    gold = np.where(rng.random(400) < share, said, -1)
    votes = encode(from_arrow(table, engine))
    return replace(votes, gold=from_host(gold, engine)), truth


def test_known_probabilities_are_kept_and_teach(engine: Engine) -> None:
    table, truth, _ = small_crowd(tasks=30, workers=6, votes=3, seed=3)
    soft = pd.DataFrame(np.random.default_rng(0).dirichlet(np.ones(3), 10), index=truth.index[:10])
    known = {task: row.to_dict() for task, row in soft.iterrows()}
    expected = pd.DataFrame(dawid_skene(table, 5, gold=known)).T.sort_index()
    held = engine.df.DataFrame(soft) if engine.name == "gpu" else soft
    found = DawidSkene(n_iter=5, tol=None).fit_predict_proba(engine.df.DataFrame(table), held)
    np.testing.assert_allclose(to_host(found.values), expected.to_numpy(), atol=1e-9)
    later = DawidSkene(n_iter=5, tol=None).partial_fit(engine.df.DataFrame(table), held)
    np.testing.assert_allclose(to_host(later._stream.share.values)[:10], soft.to_numpy(), atol=1e-12)


def test_probabilities_that_are_none_are_refused() -> None:
    table, _, _ = small_crowd(tasks=10, workers=4, votes=2)
    with pytest.raises(ValueError, match="1 rows of known probabilities .* first of task 3; divide"):
        DawidSkene().fit(table, pd.DataFrame({0: [0.5, 0.5], 1: [0.5, 0.6]}, index=[2, 3]))
    with pytest.raises(ValueError, match="label 'x' .* is none of the 3 known"):
        DawidSkene().fit(table, pd.DataFrame({"x": [1.0]}, index=[2]))


def test_a_tenth_of_the_labels_tells_more_of_the_others(engine: Engine) -> None:
    gains = []
    for seed in range(8):
        votes, truth = crowd(engine, seed, 0.1)
        others = to_host(votes.gold) < 0
        with_known, without = (
            to_host(PooledDawidSkene().fit(own).predict_proba().values).argmax(axis=1)
            for own in (votes, votes.unaware())
        )
        gains.append((with_known == truth)[others].mean() - (without == truth)[others].mean())
    assert np.mean(gains) > 0.01, gains


def test_a_label_that_is_known_is_not_its_own_proof(engine: Engine) -> None:
    """Known labels that are drawn by chance are found by chance."""
    found = {"alone": [], "jointly": [], "counted": []}
    for seed in range(6):
        votes, _ = crowd(engine, seed, 0.3, by_chance=True)
        fold = folds(len(votes.tasks), 5, 0, votes)
        alone = by_others(PooledDawidSkene(), votes, fold)
        X = from_host(np.random.default_rng(seed).normal(size=(len(fold), 2)), engine)
        before = alone.copy()
        jointly = JointEM(SoftmaxRegression()).fit_rows(X, votes, alone).P_
        np.testing.assert_array_equal(to_host(alone), to_host(before))
        counted = PooledDawidSkene().fit(votes).predict_proba(votes.unaware()).values
        known = to_host(votes.gold)
        for name, P in (("alone", alone), ("jointly", jointly), ("counted", counted)):
            found[name].append((to_host(P).argmax(axis=1) == known)[known >= 0].mean())
    assert abs(np.mean(found["alone"]) - 1 / 3) < 0.04, found
    assert abs(np.mean(found["jointly"]) - 1 / 3) < 0.04, found
    assert np.mean(found["counted"]) > 0.45, found


def test_a_task_that_is_not_known_is_told_by_workers_who_are_judged_on_all_that_is(engine: Engine) -> None:
    votes, _ = crowd(engine, 0, 0.2)
    fold = folds(len(votes.tasks), 5, 0, votes)
    P, whole = by_others(PooledDawidSkene(), votes, fold), PooledDawidSkene().fit(votes).predict_proba()
    others = to_host(votes.gold) < 0
    np.testing.assert_allclose(to_host(P)[others], to_host(whole.values)[others], atol=1e-12)
    rows = np.flatnonzero(~others & (to_host(fold) == 2))
    gold = to_host(votes.gold).copy()
    gold[rows] = -1
    hid = PooledDawidSkene().fit(replace(votes, gold=from_host(gold, engine))).predict_proba()
    np.testing.assert_allclose(to_host(P)[rows], to_host(hid.values)[rows], atol=1e-12)
