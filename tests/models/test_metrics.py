"""Metrics against scikit-learn's, ties and edges included."""

import numpy as np
import pytest
import sklearn.metrics as peer
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from etl.engine import Engine
from models import metrics


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), rows=st.integers(2, 300), levels=st.integers(1, 50))
def test_equal_to_scikit_learn(seed: int, rows: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, rows)
    label[:2] = 0, 1
    score = rng.integers(0, levels, rows) / levels
    assert metrics.roc_auc(label, score) == pytest.approx(peer.roc_auc_score(label, score))
    assert metrics.pr_auc(label, score) == pytest.approx(peer.average_precision_score(label, score))
    assert metrics.brier(label, score) == pytest.approx(peer.brier_score_loss(label, score))
    inside = np.clip(score, 1e-6, 1 - 1e-6)
    assert metrics.log_loss(label, inside) == pytest.approx(peer.log_loss(label, inside))


def test_curves_lie_on_scikit_learns(engine: Engine) -> None:
    rng = np.random.default_rng(0)
    label, score = rng.integers(0, 2, 5000), np.round(rng.random(5000), 3)
    found = metrics.curves(engine.xp.asarray(label), engine.xp.asarray(score))
    assert found is not None
    assert len(found["recall"]) <= metrics.POINTS
    fpr, tpr, _ = peer.roc_curve(label, score, drop_intermediate=False)
    points = set(zip(np.round(fpr, 9), np.round(tpr, 9), strict=True))
    assert set(zip(np.round(found["fpr"], 9), np.round(found["tpr"], 9), strict=True)) <= points
    precision, recall, _ = peer.precision_recall_curve(label, score)
    exact = dict(zip(np.round(recall, 9), precision, strict=True))
    assert {round(r, 9) for r in found["recall"]} <= set(exact)


def test_calibration_of_true_probabilities_is_small_and_of_wrong_ones_is_not() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(50_000)
    label = (rng.random(50_000) < p).astype(int)
    good, bad = metrics.calibration(label, p), metrics.calibration(label, p**3)
    assert good["error"] < 0.01
    assert bad["error"] > 0.2
    assert sum(good["count"]) == 50_000
    observed, predicted = calibration_curve(label, p, n_bins=10, strategy="quantile")
    np.testing.assert_allclose(good["predicted"], predicted, atol=1e-3)
    np.testing.assert_allclose(good["observed"], observed, atol=5e-3)


@pytest.mark.parametrize("label", [[], [0, 0, 0], [1, 1]])
def test_what_is_not_defined_is_none_with_its_reason(label: list[int]) -> None:
    y = np.array(label, dtype=int)
    p = np.full(len(y), 0.3)
    found = metrics.classification(y, p, base_rate=0.1, rule=p)
    assert found["roc_auc"] is None
    assert found["reasons"]
    assert metrics.curves(y, p) is None
    assert (found["log_loss"] is None) == (not label)


def test_the_model_is_put_beside_rule_and_base_rate() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(2000)
    label = (rng.random(2000) < p).astype(int)
    found = metrics.classification(label, p, base_rate=0.5, rule=np.round(p))
    assert found["roc_auc"] > found["rule"]["roc_auc"] > 0.5
    assert found["log_loss"] < found["base"]["log_loss"] == pytest.approx(np.log(2))
    assert found["base"]["pr_auc"] == pytest.approx(label.mean())
    assert found["base"]["roc_auc"] == 0.5


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), rows=st.integers(1, 200), levels=st.integers(1, 8))
def test_calibration_of_tied_probabilities_ignores_the_order_of_rows(
    seed: int, rows: int, levels: int
) -> None:
    rng = np.random.default_rng(seed)
    label, p = np.sort(rng.integers(0, 2, rows)), rng.integers(0, levels, rows) / levels
    found, mixed = metrics.calibration(label, p), rng.permutation(rows)
    other = metrics.calibration(label[mixed], p[mixed])
    for name in ("predicted", "observed", "count", "error"):
        assert other[name] == pytest.approx(found[name])
    if levels == 1:
        assert found["count"] == [rows]
        assert found["error"] == pytest.approx(label.mean())


def test_thinned_curves_have_no_gap_on_either_axis(engine: Engine) -> None:
    rng = np.random.default_rng(2)
    label = (rng.random(200_000) < 0.02).astype("int8")
    score = rng.random(200_000) + label
    found = metrics.curves(engine.xp.asarray(label), engine.xp.asarray(score))
    assert found is not None
    assert len(found["fpr"]) <= metrics.POINTS
    assert max(np.diff(found["fpr"]).max(), np.diff(found["tpr"]).max()) < 1 / 200
    assert (found["fpr"][-1], found["tpr"][-1]) == (1, 1)


def test_a_probability_of_nan_is_told_and_not_ranked() -> None:
    label, rule = np.array([0, 1, 0, 1]), np.array([0.1, 0.2, 0.3, 0.4])
    holed = np.array([0.1, np.nan, 0.2, 0.9])
    found = metrics.classification(label, holed, base_rate=0.5, rule=rule)
    assert [found[name] for name in ("roc_auc", "pr_auc", "log_loss", "brier", "calibration_error")] == [
        None
    ] * 5
    assert found["reasons"] == ["the model gives NaN to 1 of 4 rows"]
    assert found["rule"]["roc_auc"] == peer.roc_auc_score(label, rule)
    assert metrics.curves(label, holed) is None
