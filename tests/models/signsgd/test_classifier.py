"""A classifier by signs: its steps beside NumPy's, workers that vote, arrays, and what it refuses."""

import multiprocessing
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is an extra")
# ruff: noqa: E402 - what follows imports it

from etl.engine import Engine
from etl.handoff import from_host, to_host
from models.signsgd.classifier import SignumClassifier
from models.signsgd.networks import perceptron

LR = 0.01
ONE_STEP = {"hidden": 0, "lr": LR, "decay": 0.0, "input_dropout": 0.0, "epochs": 1, "batch_size": 1000}


def problem(n: int = 300, columns: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Rows around three centres, and how likely each of these is."""
    rng = np.random.default_rng(0)
    centres = 2 * rng.normal(size=(3, columns))
    X = centres[rng.integers(0, 3, n)] + rng.normal(size=(n, columns))
    scores = -((X[:, None] - centres) ** 2).sum(2) / 2
    P = np.exp(scores - scores.max(1, keepdims=True))
    return X.astype("float32"), (P / P.sum(1, keepdims=True)).astype("float32")


def gradients(X: np.ndarray, P: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First weights of the linear network, and the gradient there of the soft cross entropy of some rows."""
    torch.manual_seed(0)
    network = perceptron(X.shape[1], 0, P.shape[1])
    W, b = (part.detach().double().numpy() for part in network.scores.parameters())
    Z = np.clip((X - X.mean(0)) / X.std(0), -5, 5)[rows]
    scores = np.exp(Z @ W.T + b)
    residual = scores / scores.sum(1, keepdims=True) - P[rows]
    return W, residual.T @ Z


def test_a_step_is_that_of_the_signs() -> None:
    X, P = problem()
    before, gradient = gradients(X, P, np.arange(len(X)))
    after = SignumClassifier(**ONE_STEP).fit(X, P).arrays()["scores.weight"]
    np.testing.assert_allclose(after, before - LR * np.sign(gradient), atol=1e-6)


def test_two_workers_go_where_both_vote_to_go_and_leave_nothing(tmp_path: Path) -> None:
    X, P = problem()
    X[:, 3] = np.random.default_rng(1).normal(size=len(X))
    model = SignumClassifier(**ONE_STEP, workers=2, scratch=tmp_path).fit(X, P)
    torch.manual_seed(key())
    order = torch.randperm(len(X)).numpy()
    (before, one), (_, other) = (gradients(X, P, order[rank::2]) for rank in range(2))
    moved = model.arrays()["scores.weight"] - before
    agreed = np.sign(one) == np.sign(other)
    np.testing.assert_allclose(moved[agreed], -LR * np.sign(one[agreed]), atol=1e-6)
    np.testing.assert_allclose(np.abs(moved), LR, atol=1e-6)
    assert not list(tmp_path.iterdir())
    assert not multiprocessing.active_children()
    assert len(model.history_) == 1
    assert model.history_[0] == pytest.approx(SignumClassifier(**ONE_STEP).fit(X, P).history_[0], rel=1e-5)


def key() -> int:
    """Seed of the first epoch's order."""
    from models.signsgd.zero_signs import key_of

    return key_of(0, 0)


def test_it_learns_probabilities_and_repeats_by_seed() -> None:
    X, P = problem(2000)
    model = SignumClassifier(epochs=15).fit(X[:1000], P[:1000])
    error = np.abs(model.predict_proba(X[1000:]) - P[1000:]).mean()
    assert error < 0.02 < np.abs(1 / 3 - P[1000:]).mean() / 10
    again, other = (
        SignumClassifier(epochs=15, random_state=seed).fit(X[:1000], P[:1000]).predict_proba(X)
        for seed in (0, 1)
    )
    np.testing.assert_array_equal(again, model.predict_proba(X))
    assert not np.array_equal(other, again)


def test_a_row_counts_as_its_weight_says() -> None:
    X, P = problem()
    y = P.argmax(1)
    wrong = np.where(np.arange(len(X)) < 150, (y + 1) % 3, y)
    weights = (np.arange(len(X)) >= 150).astype("float32")
    model = SignumClassifier(epochs=30).fit(X, wrong, sample_weight=weights)
    assert (model.predict(X) == y).mean() > 0.9


def test_arrays_in_a_file_are_the_classifier(tmp_path: Path, engine: Engine) -> None:
    rows, P = problem()
    X = from_host(rows, engine)
    names = np.array(["a", "b", "c"] if engine.name == "cpu" else [3, 5, 8])  # CuPy holds no texts
    for hidden in (0, 8):
        y = from_host(names[P.argmax(1)], engine)
        model = SignumClassifier(hidden=hidden, epochs=2).fit(X, y)
        np.savez(tmp_path / "model.npz", **model.arrays())
        with np.load(tmp_path / "model.npz", allow_pickle=False) as file:
            arrays = dict(file)
        found = SignumClassifier.of(arrays, engine)
        ours, theirs = (to_host(own.predict_proba(X)) for own in (found, model))
        np.testing.assert_array_equal(ours, theirs)
        assert to_host(found.predict(X)).tolist() == to_host(model.predict(X)).tolist()
    with pytest.raises(ValueError, match=r"no SignumClassifier .*size mismatch"):
        SignumClassifier.of(arrays | {"hidden.weight": arrays["hidden.weight"][:, :2]}, engine)
    del arrays["scores.bias"]
    with pytest.raises(ValueError, match=r"no SignumClassifier \('scores.bias'\)"):
        SignumClassifier.of(arrays, engine)


def test_the_fewer_rows_a_column_has_the_more_is_left_out() -> None:
    X, P = problem(40, columns=30)
    few = SignumClassifier(epochs=1).fit(X, P)
    assert few.choice_ == (
        "1 epochs of batches of 40, dropout 0.5 and 0.5, weight decay 10, for 40 rows of 30 columns"
    )
    X, P = problem(6400)
    many = SignumClassifier(hidden=0).fit(X, P).choice_
    assert many.startswith("20 epochs of batches of 100, dropout 0.00063, weight decay 1,")


def test_what_cannot_be_learnt_is_refused_in_a_line() -> None:
    X, P = problem()
    hole = X.copy()
    hole[7, 2] = np.nan
    with pytest.raises(ValueError, match="X is nan at row 7, column 2; fill it in"):
        SignumClassifier().fit(hole, P)
    with pytest.raises(ValueError, match="y is inf at row 0, column 0"):
        SignumClassifier().fit(X, np.full_like(P, np.inf))
    with pytest.raises(ValueError, match="workers is 301, and a batch has 300 rows"):
        SignumClassifier(batch_size=1000, workers=301).fit(X, P)
    with pytest.raises(ValueError, match="X has 2 columns; the network was trained on 4"):
        SignumClassifier(epochs=1).fit(X, P).predict(X[:, :2])
