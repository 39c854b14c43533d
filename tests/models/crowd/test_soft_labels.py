"""Training on posteriors: rows with weights, and soft labels of a network, lead to the same."""

from functools import partial

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from models.crowd import soft_labels
from models.crowd.mbem import MBEM
from models.crowd.soft_labels import cross_fit, replicate_rows, weighted_fit
from models.linear.softmax import SoftmaxRegression
from models.torch_classifier import TorchClassifier
from tests.support.crowd import voted_rows as crowd

LINEAR = LogisticRegression(max_iter=500)


def linear(shape, classes):
    import torch

    return torch.nn.Linear(shape[0], classes)


def test_torch_learns_from_arrays_and_tensors():
    torch = pytest.importorskip("torch")
    X, votes, truth = crowd(n=600, votes=2)
    before = torch.random.get_rng_state()
    net = TorchClassifier(linear, epochs=10)
    model = MBEM(net, n_iter=2).fit(X.astype("float32"), votes)
    assert (model.predict(X) == truth).mean() > 0.9
    tensors = MBEM(net, n_iter=2).fit(torch.tensor(X, dtype=torch.float32), votes)
    np.testing.assert_array_equal(tensors.predict(X), model.predict(X))
    assert torch.equal(before, torch.random.get_rng_state())
    assert net.fit(X, truth).predict_proba(torch.tensor(X)).shape == (600, 3)
    assert (net.predict(X) == truth).mean() > 0.9
    assert net.history_[-1] < net.history_[0]
    with pytest.raises(ValueError, match="row 5"):
        MBEM(net).fit(torch.tensor(X).index_fill(0, torch.tensor([5]), float("nan")), votes)
    with pytest.raises(TypeError, match="toarray"):
        net.fit(scipy.sparse.csr_array(X), truth)


def test_weighted_rows_train_as_soft_labels():
    X, _, _ = crowd(n=60)
    P = np.random.default_rng(0).dirichlet(np.full(3, 4.0), 60)
    exact = partial(LogisticRegression, tol=1e-10, max_iter=5000)
    found = weighted_fit(exact(C=0.5), X, P)
    W, b = found.coef_, found.intercept_
    residual = found.predict_proba(X) - P  # the gradient of the soft loss is zero at its least
    np.testing.assert_allclose(residual.T @ X + W / 0.5, 0.0, atol=1e-4)
    np.testing.assert_allclose(residual.sum(axis=0), 0.0, atol=1e-4)
    assert np.isfinite(b).all()


def test_torch_soft_labels_and_expanded_rows_agree():
    pytest.importorskip("torch")
    X, _, _ = crowd(n=60)
    P = np.random.default_rng(0).dirichlet(np.full(3, 4.0), 60)
    net = TorchClassifier(linear, lr=0.2, epochs=300, batch_size=1000, weight_decay=0.0)
    rows, classes, weights = replicate_rows(P)
    soft, hard = clone(net).fit(X, P), clone(net).fit(X[rows], classes, sample_weight=3 * weights)
    np.testing.assert_allclose(soft.predict_proba(X), hard.predict_proba(X), atol=1e-3)


def test_light_classes_are_dropped_and_no_class_is_lost():
    rows, classes, weights = replicate_rows(np.array([[1 - 1e-5, 1e-5, 0.0], [0.6, 0.4, 0.0]]))
    assert set(classes.tolist()) == {0, 1, 2}
    np.testing.assert_allclose(np.bincount(rows, weights), 1.0)
    assert len(rows) == 4
    X, votes, _ = crowd(n=30, classes=2)
    votes.loc[0, "label"] = 2
    model = MBEM(LINEAR, out_of_fold=3, n_iter=1).fit(X, votes)
    assert model.predict_proba(X).shape == (30, 3)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_folds_that_are_not_copied_come_to_those_that_are(
    sparse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, _, _ = crowd(n=300)
    X = scipy.sparse.csr_matrix(np.abs(X)) if sparse else X
    rng = np.random.default_rng(0)
    P, fold = rng.dirichlet(np.full(3, 0.5), 300), rng.integers(0, 4, 300)
    model = SoftmaxRegression(0.5, ratios=sparse, max_iter=500, tol=1e-8)
    copied = cross_fit(model, X, P, fold)
    monkeypatch.setattr(soft_labels, "COPIED", 100)
    np.testing.assert_allclose(cross_fit(model, X, P, fold), copied, atol=1e-6)
    assert np.abs(copied - weighted_fit(model, X, P).predict_proba(X)).max() > 1e-3
