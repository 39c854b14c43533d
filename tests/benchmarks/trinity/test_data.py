"""Sets are written as a user has them, and simulated votes are what they are said to be."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from benchmarks.trinity import crowd, data, generated
from benchmarks.trinity.data import Parts
from benchmarks.trinity.peers.inputs import majority, read

RNG = np.random.default_rng(0)


def parts(vectors: bool) -> Parts:
    truth = np.arange(40) % 3
    votes = pd.DataFrame({"task": np.arange(40), "worker": 7, "label": truth})
    rows = [truth[:, None].astype("float32"), truth[:5, None].astype("float32")]
    texts = [[f"word{each}" for each in truth], [f"word{each}" for each in truth[:5]]]
    items, test = rows if vectors else texts
    return Parts(items, truth, test, truth[:5], votes)


@pytest.mark.parametrize("vectors", [True, False])
def test_tasks_of_items_votes_and_gold_belong_together(vectors: bool, tmp_path: Path) -> None:
    data.write(tmp_path, data.drawn(parts(vectors), seed=3))
    found, written = read(str(tmp_path / "seen")), data.Set("x", 3, tmp_path)
    gold = written.gold("items")
    assert len(found.items) == len(gold) == 36
    assert majority(found.votes).astype(str).equals(gold.loc[found.votes["task"]].sort_index())
    shown = [int(row[0]) if vectors else int(row[-1]) for row in found.items]
    assert [str(each) for each in shown] == gold.loc[found.tasks].tolist()
    assert set(found.test_tasks) == set(written.gold().index)
    if not vectors:
        assert not set(found.test_tasks) & set(found.tasks)


def test_seeds_draw_other_tasks_and_the_same_seed_the_same() -> None:
    first, again, other = (data.drawn(parts(False), seed)[1].tolist() for seed in (0, 0, 1))
    assert first == again != other


def test_texts_have_each_word_as_often_as_it_is_counted() -> None:
    counts = csr_matrix([[2, 0, 1], [0, 0, 0], [0, 3, 0]])
    found = data.spelled(counts, np.array(["a", "b", "c"], object))
    assert [sorted(text.split()) for text in found] == [["a", "a", "c"], [], ["b", "b", "b"]]


def test_a_set_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'wrong' is no set; there are polarity, labelme, nyt, made-20k"):
        data.prepare("wrong", tmp_path, tmp_path, 0)


def test_mapped_confusions_keep_what_is_right_and_sum_to_one() -> None:
    real = RNG.dirichlet(np.ones(3), (5, 3))
    found = crowd.mapped(real, np.array([0, 1, 2, 1]))
    assert found.sum(axis=2) == pytest.approx(np.ones((5, 4)))
    assert found[:, [0, 1, 2, 3], [0, 1, 2, 3]] == pytest.approx(real[:, [0, 1, 2, 1], [0, 1, 2, 1]])
    # classes 1 and 3 share the real class 1: what class 0 gives it is split between them
    assert found[:, 0, 1] == pytest.approx(found[:, 0, 3])
    assert found[:, 0, 1] + found[:, 0, 3] == pytest.approx(real[:, 0, 1])
    assert np.array_equal(crowd.mapped(real, np.arange(3)).round(12), real.round(12))


def test_real_workers_vote_as_their_counts_say(tmp_path: Path) -> None:
    tasks = np.arange(3000)
    truth = tasks % 3
    good, swaps = truth, np.array([1, 0, 2])[truth]
    votes = [pd.DataFrame({"task": tasks, "worker": w, "label": own}) for w, own in enumerate((good, swaps))]
    pd.concat(votes).to_csv(tmp_path / "x.labels.csv.gz", index=False)
    pd.DataFrame({"task": tasks, "label": truth}).to_csv(tmp_path / "x.truth.csv.gz", index=False)
    confusion, activity = crowd.real_confusions(tmp_path, "x", 3, 50, np.random.default_rng(1))
    right = np.sort(np.einsum("wkk->wk", confusion), axis=1)
    assert activity.tolist() == [3000] * 50
    kinds = {tuple(row) for row in right.round(1)}
    assert kinds == {(1.0, 1.0, 1.0), (0.0, 0.0, 1.0)}


def test_nobody_votes_twice_and_activity_and_confusion_hold() -> None:
    confusion = np.array([np.eye(2), [[0.2, 0.8], [0.5, 0.5]], np.eye(2), np.eye(2)])
    truth = RNG.integers(0, 2, 20_000)
    found = crowd.votes(truth, confusion, np.array([1.0, 1.0, 1.0, 3.0]), (1, 3), np.random.default_rng(0))
    assert not found.duplicated(["task", "worker"]).any()
    redundancy = found.groupby("task").size().value_counts(normalize=True)
    assert redundancy.sort_index().to_numpy() == pytest.approx(np.full(3, 1 / 3), abs=0.02)
    own = found[found["worker"] == 1]
    known = truth[own["task"]]
    assert own["label"][known == 0].mean() == pytest.approx(0.8, abs=0.02)
    assert (found["label"] == truth[found["task"]])[found["worker"] != 1].all()
    assert found["worker"].value_counts().idxmax() == 3
    with pytest.raises(ValueError, match="5 votes a task need as many workers; there are 4"):
        crowd.teams(3, 5, np.ones(4), RNG)


def test_kinds_of_workers_are_confusions() -> None:
    confusion, activity = crowd.many_kinds(300, 5, np.random.default_rng(2))
    assert confusion.sum(axis=2) == pytest.approx(np.ones((300, 5)))
    assert confusion.min() >= 0
    assert activity.min() > 0


def test_a_made_set_has_words_that_tell_the_class(tmp_path: Path) -> None:
    generated.write(tmp_path, 600, seed=1)
    found, written = read(str(tmp_path / "seen")), data.Set("made", 1, tmp_path)
    lengths = found.items.str.split().str.len()
    assert (len(found.items), len(found.test), len(found.votes)) == (600, 120, 3000)
    assert lengths.mean() == pytest.approx(50, abs=1.5)
    again = next(generated.blocks(0, 600, seed=1)).texts.to_pylist()
    assert found.items.tolist() == again
    gold = written.gold("items").loc[found.tasks]
    assert majority(found.votes).astype(str).eq(gold.sort_index()).mean() > 0.75
    assert gold.value_counts(normalize=True).iloc[0] < 0.4


def test_pseudo_words_differ() -> None:
    words = generated.pseudo_words(30_000).to_pylist()
    assert len(set(words)) == 30_000
