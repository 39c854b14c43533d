"""A PyTorch network as a classifier that learns from labels or from their probabilities."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from sklearn.base import BaseEstimator, ClassifierMixin

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, ArrayModule, Module, Tensor
from etl.handoff import from_torch, to_torch

if TYPE_CHECKING:
    import torch


class TorchClassifier(ClassifierMixin, BaseEstimator):
    """Stochastic gradient descent on the soft cross entropy, on whichever device holds the rows.

    Parameters
    ----------
    module_fn : callable
        ``module_fn(shape, classes)`` returns a network from rows of that shape to one score a class.
    lr, momentum, weight_decay : float
        See `torch.optim.SGD`.
    epochs, batch_size : int
    random_state : int
        Of the network's first weights and of the order of rows; the global generator is left as it was.

    Attributes
    ----------
    classes_ : array
    module_ : torch.nn.Module
    history_ : list of float
        Mean loss of each epoch.
    n_iter_ : int
        Epochs.
    stop_reason_ : str
    """

    soft_labels = True

    def __init__(
        self,
        module_fn: Callable[[tuple[int, ...], int], Module],
        *,
        lr: float = 0.1,
        epochs: int = 20,
        batch_size: int = 128,
        momentum: float = 0.9,
        weight_decay: float = 1e-4,
        random_state: int = 0,
    ) -> None:
        self.module_fn = module_fn
        self.lr = lr
        self.epochs = epochs
        self.batch_size = batch_size
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.random_state = random_state

    def fit(self, X: Array | Tensor, y: Array | Tensor, sample_weight: Array | Tensor | None = None) -> Self:
        """Train.

        Parameters
        ----------
        X : array or tensor, shape (n, ...)
            Dense; float32 is used as it lies.
        y : array of shape (n,) or (n, classes)
            Labels, or the probability of each class.
        sample_weight : array of shape (n,), optional

        Raises
        ------
        TypeError
            ``X`` is sparse.
        """
        import torch

        rows, P = _tensor(X), self._targets(y, array_namespace(X))
        weights = torch.ones(len(P), device=rows.device) if sample_weight is None else _tensor(sample_weight)
        with torch.random.fork_rng([rows.device] if rows.is_cuda else []):
            torch.manual_seed(self.random_state)
            self.module_ = self._network(rows, P.shape[1])
            self.module_.train()
            self.history_ = self._train(rows, P, weights)
        self.n_iter_ = len(self.history_)
        self.stop_reason_ = f"all epochs ({self.n_iter_}) were made"
        return self

    def _train(self, rows: Tensor, P: Tensor, weights: Tensor) -> list[float]:
        """Mean loss of each epoch."""
        optimizer = self._optimizer()
        return [self._epoch(rows, P, weights, optimizer) for _ in range(self.epochs)]

    def _network(self, rows: Tensor, classes: int) -> Module:
        return self.module_fn(tuple(rows.shape[1:]), classes).to(rows.device)

    def _optimizer(self) -> "torch.optim.Optimizer":
        import torch

        return torch.optim.SGD(
            self.module_.parameters(), lr=self.lr, momentum=self.momentum, weight_decay=self.weight_decay
        )

    def _losses(self, scores: Tensor, P: Tensor) -> Tensor:
        """Soft cross entropy of each row, (n,), in nats, from scores and probabilities, (n, classes)."""
        return -(P * scores.log_softmax(1)).sum(1)

    def _targets(self, y: Array | Tensor, xp: ArrayModule) -> Tensor:
        if getattr(y, "ndim", 1) == 2:
            self.classes_ = xp.arange(y.shape[1])
            return _tensor(y)
        self.classes_, codes = xp.unique(xp.asarray(y), return_inverse=True)
        return _tensor((codes[:, None] == xp.arange(len(self.classes_))).astype("float32"))

    def _epoch(self, rows: Tensor, P: Tensor, weights: Tensor, optimizer: "torch.optim.Optimizer") -> float:
        import torch

        total = torch.zeros((), device=rows.device)
        for batch in torch.randperm(len(rows), device=rows.device).split(self.batch_size):
            losses = self._losses(self.module_(rows[batch]), P[batch]) * weights[batch]
            optimizer.zero_grad()
            losses.mean().backward()
            optimizer.step()
            total += losses.detach().sum()
        return float(total) / len(rows)

    def predict_proba(self, X: Array | Tensor) -> Array | Tensor:
        """Probability of each class, float32, (n, classes): a tensor for a tensor, else an array."""
        import torch

        rows = _tensor(X)
        self.module_.eval().to(rows.device)
        with torch.no_grad():
            found = torch.cat([self.module_(batch).softmax(1) for batch in rows.split(4096)])
        return found if isinstance(X, torch.Tensor) else from_torch(found, engine_of(X))

    def predict(self, X: Array | Tensor) -> Array:
        """Likeliest class of each row."""
        codes = array_namespace(X).asarray(self.predict_proba(X)).argmax(axis=1)
        return self.classes_[codes]


def _tensor(values: Array | Tensor) -> Tensor:
    """A float32 tensor on the device of the values."""
    if hasattr(values, "tocsr"):
        raise TypeError("a network takes dense rows, and X is sparse; pass X.toarray(), or reduce it first")
    return values.float() if hasattr(values, "data_ptr") else to_torch(values.astype("float32", copy=False))
