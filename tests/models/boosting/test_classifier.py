"""Trees on matrices: for labels those of XGBoost's own classifier; weights and soft labels are copies."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
import xgboost

from etl.engine import Engine, choose
from etl.handoff import from_host, ledger, to_host, to_list
from etl.records import collect
from models.boosting.classifier import BoostedClassifier
from models.boosting.saved import read_booster
from models.crowd.baselines import train
from models.crowd.mbem import MBEM
from models.crowd.soft_labels import replicate_rows
from tests.support.crowd import voted_rows

FEW = {"n_estimators": 15, "max_depth": 3, "n_jobs": 1}
NAMES = ("trees.ubj", "trees.json")
READ = """
import sys, numpy
from pathlib import Path
from etl.engine import choose
from models.boosting.classifier import BoostedClassifier
from models.boosting.saved import read_booster

folder = Path(sys.argv[1])
for name in sys.argv[2:]:
    model = BoostedClassifier.of(read_booster(folder / name, choose("cpu")), 3)
    numpy.save(folder / f"{name}.npy", model.predict_proba(numpy.load(folder / "X.npy")))
"""


def rows(classes: int, n: int = 600) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whole numbers, labels that depend on them, and a probability of each class."""
    rng = np.random.default_rng(classes)
    X = rng.integers(0, 12, (n, 5)).astype("float32")
    scores = (X - 5.5) @ rng.normal(size=(5, classes)) / 9
    P = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return X, (scores + rng.gumbel(size=P.shape)).argmax(axis=1), P


def fitted(X, y, weight=None, **changes) -> BoostedClassifier:
    return BoostedClassifier(**FEW | changes).fit(X, y, weight)


@pytest.mark.parametrize("classes", [2, 3, 7])
@pytest.mark.parametrize("kind", ["plain", "weighted", "sparse", "missing"])
def test_labels_lead_to_the_trees_of_xgboosts_own_classifier(classes: int, kind: str) -> None:
    X, y, _ = rows(classes)
    weight = np.random.default_rng(0).integers(0, 4, len(y)) / 2 if kind == "weighted" else None
    if kind == "sparse":
        X = scipy.sparse.csr_matrix(np.where(X > 6, X, 0))
    if kind == "missing":
        X[::7, 2] = np.nan
    ours = fitted(X, y, weight)
    peer = xgboost.XGBClassifier(**FEW, learning_rate=0.1).fit(X, y, sample_weight=weight)
    expected = peer.predict_proba(X)
    np.testing.assert_allclose(ours.predict_proba(X), expected, atol=1e-6)
    assert (ours.predict(X) == peer.predict(X)).all()
    assert ours.predict_proba(X).dtype == "float32"
    assert (ours.n_features_in_, ours.n_iter_, list(ours.classes_)) == (5, 15, list(range(classes)))


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_certain_probabilities_are_labels_to_the_last_bit(classes: int) -> None:
    X, y, _ = rows(classes)
    found = fitted(X, np.eye(classes)[y]).predict_proba(X)
    np.testing.assert_array_equal(found, fitted(X, y).predict_proba(X))
    np.testing.assert_array_equal(found, fitted(X, 5 * np.eye(classes)[y]).predict_proba(X))


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_soft_labels_are_copies_of_a_row_weighted_by_them(classes: int) -> None:
    X, _, P = rows(classes)
    copies, labels, weights = replicate_rows(P)
    peer = xgboost.XGBClassifier(**FEW, learning_rate=0.1).fit(X[copies], labels, sample_weight=weights)
    np.testing.assert_allclose(fitted(X, P).predict_proba(X), peer.predict_proba(X), atol=0.002)


@pytest.mark.parametrize("kind", ["hard", "soft"])
@pytest.mark.parametrize("classes", [2, 3])
def test_a_weight_of_two_is_a_row_twice_and_of_zero_no_row(classes: int, kind: str) -> None:
    X, y, P = rows(classes)
    y = P if kind == "soft" else y
    weight = np.random.default_rng(1).integers(0, 4, len(X))
    twice = np.repeat(np.arange(len(X)), weight)
    np.testing.assert_allclose(
        fitted(X, y, weight).predict_proba(X), fitted(X[twice], y[twice]).predict_proba(X), atol=1e-5
    )


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_columns_are_permuted_with_the_classes(classes: int) -> None:
    X, _, P = rows(classes)
    order = np.random.default_rng(3).permutation(classes)
    order = order if (order != np.arange(classes)).any() else order[::-1]
    found = fitted(X, P).predict_proba(X)
    np.testing.assert_allclose(fitted(X, P[:, order]).predict_proba(X), found[:, order], atol=1e-5)


def test_labels_may_be_texts_and_a_class_may_have_no_row() -> None:
    X, y, P = rows(3)
    names = np.array(["elk", "cat", "dog"])[y]
    model = fitted(X, names)
    assert list(model.classes_) == ["cat", "dog", "elk"]
    assert (model.predict(X) == names).mean() > 0.6
    two = np.column_stack([P[:, :2] / P[:, :2].sum(axis=1, keepdims=True), np.zeros(len(P))])
    assert fitted(X, two).predict_proba(X)[:, 2].max() < 1e-3
    assert fitted(X, y).predict_proba(X[:0]).shape == (0, 3)


def test_a_file_read_by_another_process_gives_the_same(tmp_path: Path) -> None:
    X, _, P = rows(3)
    model = fitted(X, P)
    np.save(tmp_path / "X.npy", X)
    for name in NAMES:
        model.booster_.save_model(tmp_path / name)
    subprocess.run([sys.executable, "-c", READ, str(tmp_path), *NAMES], check=True)
    for name in NAMES:
        np.testing.assert_array_equal(np.load(tmp_path / f"{name}.npy"), model.predict_proba(X))
    plain = json.loads((tmp_path / "trees.json").read_text())
    assert plain["learner"]["objective"]["name"] == "multi:softprob"
    (tmp_path / "bad.ubj").write_bytes(b"{L")
    for name, message in (("bad.ubj", "bad.ubj holds no trees"), ("no.ubj", "no.ubj is missing")):
        with pytest.raises(EOFError, match=message):
            read_booster(tmp_path / name, choose("cpu"))


def test_both_engines_come_to_the_same_and_copy_nothing(engine: Engine) -> None:
    X, _, P = rows(3)
    weight = np.linspace(0.5, 2, len(X))
    with collect() as entries:
        model = fitted(*(from_host(array, engine) for array in (X, P, weight)))
        found = model.predict_proba(from_host(X, engine))
    np.testing.assert_allclose(to_host(found), fitted(X, P, weight).predict_proba(X), atol=1e-6)
    taken = [row for row in ledger(entries) if row["to"] == "xgboost"]
    assert {(row["copies"], row["times"]) for row in taken} == {("none", 2)}


@pytest.mark.parametrize("classes", [2, 3])
def test_labels_whole_numbers_and_files_are_of_the_device_too(
    classes: int, engine: Engine, tmp_path: Path
) -> None:
    X, y, _ = rows(classes)
    held = from_host(X.astype("int64"), engine)
    model = fitted(held, from_host(y, engine))
    model.booster_.save_model(tmp_path / "trees.ubj")
    again = BoostedClassifier.of(read_booster(tmp_path / "trees.ubj", engine), classes)
    peer = xgboost.XGBClassifier(**FEW, learning_rate=0.1).fit(X, y)
    for each in (model, again):
        np.testing.assert_allclose(to_host(each.predict_proba(held)), peer.predict_proba(X), atol=1e-5)
        assert (to_host(each.predict(held)) == peer.predict(X)).all()
        assert each.predict_proba(held[:0]).shape == (0, classes)


def test_what_a_device_cannot_read_is_told_in_a_line(engine: Engine) -> None:
    X, y = from_host(np.array([[1e39], [-1e39], [1.0], [2.0]]), engine), from_host(np.arange(4) % 2, engine)
    with pytest.raises(ValueError, match="^X has 2 infinite values"):
        fitted(X, y)
    with pytest.raises(ValueError, match="^X has 1 infinite values"):
        fitted(X[2:], y[2:]).predict_proba(X[:1])
    if engine.name == "gpu":
        with pytest.raises(ValueError, match="XGBoost reads no sparse matrix on a GPU"):
            fitted(engine.sparse.csr_matrix(X), y)


@pytest.mark.parametrize("classes", [2, 4])
def test_probabilities_that_tell_of_unequal_workers_beat_the_majority(classes: int) -> None:
    gains = []
    for seed in range(6):
        X, votes, truth = voted_rows(1000, 3, classes, hammers=0.3, seed=seed, spread=0.7)
        learnt, test = votes[votes.task < 400], slice(400, None)
        right = [
            (
                train(BoostedClassifier(**FEW, learning_rate=0.3), X, learnt, how).predict(X[test])
                == truth[test]
            ).mean()
            for how in ("majority", "dawid_skene", "mbem")
        ]
        gains.append(np.subtract(right[1:], right[0]))
    low = np.mean(gains, axis=0) - 2.571 * np.std(gains, axis=0, ddof=1) / np.sqrt(len(gains))
    assert (low > 0.01).all(), "the lower end of 95 % intervals, of Dawid and Skene's posterior and of MBEM"


def test_mbem_drives_it_as_it_is(engine: Engine) -> None:
    X, votes, truth = voted_rows(600, 2)
    held = from_host(X, engine)
    model = MBEM(BoostedClassifier(**FEW)).fit(held, engine.df.DataFrame(votes))
    found = to_host(model.predict_proba(held))
    assert (to_list(model.classes_.take(model.predict_proba(held).argmax(axis=1))) == truth).mean() > 0.9
    assert found.shape == (600, 3)
    np.testing.assert_allclose(
        found, MBEM(BoostedClassifier(**FEW)).fit(X, votes).predict_proba(X), atol=1e-4
    )


@pytest.mark.parametrize(
    ("X", "y", "weight", "message"),
    [
        (np.ones((3, 1)), np.zeros(3), None, "y has 1 class; a classifier needs two"),
        (np.ones((3, 1)), np.ones((3, 1)), None, "y has 1 class; a classifier needs two"),
        (np.ones((3, 1)), np.arange(4), None, "X has 3 rows and y 4"),
        (np.ones((2, 1)), np.array([[0.5, 0.5], [-1, 2]]), None, r"1 rows of y .* row 1, \[-1.0, 2.0\]"),
        (np.ones((2, 1)), np.array([[0.5, np.nan], [0, 1]]), None, r"1 rows of y .* row 0, \[0.5, nan\]"),
        (np.ones((2, 1)), np.array([[0.0, 0.0], [0, 1]]), None, "1 rows of y .* positive sum"),
        (np.ones((2, 1)), np.arange(2), np.ones(3), r"has shape \(3,\); it must be \(2,\)"),
        (np.ones((2, 1)), np.arange(2), np.array([1.0, -1]), "1 of 2 sample_weight are no weights"),
        (np.ones((2, 1)), np.arange(2), np.zeros(2), "or all are 0"),
        (np.array([[np.inf], [1]]), np.arange(2), None, "X has 1 infinite values"),
    ],
)
def test_what_cannot_be_learnt_from_is_one_line(X, y, weight, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        fitted(X, y, weight)
    assert "\n" not in str(caught.value)
