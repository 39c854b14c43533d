"""Learning from candidates: the loss is the likelihood, and certain candidates are labels."""

import numpy as np
import pytest

from models.partial.em import PartialEM

K = 4


def rows(n: int = 600, seed: int = 0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, K, n)
    return (np.eye(K)[y] * 2 + rng.normal(0, 0.7, (n, K))).astype("float32"), y


def candidates(y: np.ndarray, seed: int = 1) -> np.ndarray:
    """The class and each other one with probability a half."""
    Y = np.random.default_rng(seed).random((len(y), K)) < 0.5
    Y[np.arange(len(y)), y] = True
    return Y.astype("float32")


def test_the_loss_is_the_log_of_the_candidates_probability() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from models.partial.classifier import partial_loss

    rng = np.random.default_rng(0)
    scores, Y = (
        torch.tensor(rng.normal(0, 3, (50, K))),
        torch.tensor(candidates(rng.integers(0, K, 50))).double(),
    )
    expected = -(scores.softmax(1) * Y).sum(1).log()
    torch.testing.assert_close(partial_loss(scores, Y), expected)
    soft = torch.tensor(rng.random((50, K)))
    torch.testing.assert_close(partial_loss(scores, soft), -(scores.softmax(1) * soft).sum(1).log())
    far = torch.tensor([[1000.0, 0.0]])
    assert partial_loss(far, torch.tensor([[0.0, 1.0]])).tolist() == [1000.0]  # where the probability is 0


def test_the_gradient_is_finite_and_zero_when_nothing_is_struck_out() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from models.partial.classifier import partial_loss

    scores = torch.randn(5, K, generator=torch.Generator().manual_seed(0), requires_grad=True)
    Y = torch.eye(K)[torch.tensor([0, 1, 2, 3, 0])]
    Y[0] = 1
    partial_loss(scores, Y).sum().backward()
    assert torch.isfinite(scores.grad).all()
    assert scores.grad[0].abs().max() < 1e-6 < scores.grad[1].abs().max()


def network(shape: tuple[int, ...], classes: int):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    return torch.nn.Linear(shape[0], classes)


def test_a_network_learns_classes_from_candidates_and_goes_on_when_warm() -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    from models.partial.classifier import PartialClassifier

    (X, y), (X_test, y_test) = rows(), rows(seed=2)
    model = PartialClassifier(network, lr=0.05, epochs=10, warm_start=True).fit(X, candidates(y))
    assert (model.predict(X_test) == y_test).mean() > 0.93
    first = model.history_[0]
    assert model.fit(X, candidates(y)).history_[0] < first
    with pytest.raises(ValueError, match="1 rows have no candidate, the first is row 3"):
        model.fit(X[:4], np.concatenate([np.ones((3, K)), np.zeros((1, K))]))


@pytest.mark.parametrize("kind", ["linear", "trees"])
def test_em_raises_the_likelihood_and_learns_classes_from_candidates(kind: str) -> None:
    from sklearn.linear_model import LogisticRegression
    from xgboost import XGBClassifier

    (X, y), (X_test, y_test) = rows(), rows(seed=2)
    inner = LogisticRegression(max_iter=500) if kind == "linear" else XGBClassifier(n_estimators=20, n_jobs=1)
    model = PartialEM(inner, n_iter=5).fit(X, candidates(y))
    assert (model.predict(X_test) == y_test).mean() > (0.93 if kind == "linear" else 0.85)
    assert (np.diff(model.history_) > -1e-6).all()
    alone = PartialEM(inner, n_iter=2).fit(X, np.eye(K)[y])
    assert (
        alone.predict(X_test) == type(inner)(**inner.get_params()).fit(X, y).predict(X_test)
    ).mean() > 0.98
