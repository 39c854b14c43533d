"""A PyTorch network that learns from candidates: the classes that answers have left of each row."""

from collections.abc import Callable
from typing import Any

from etl.engine.types import Array, ArrayModule, Module, Tensor
from models.torch_classifier import TorchClassifier


def partial_loss(scores: Tensor, candidates: Tensor) -> Tensor:
    """``-log sum_k y_k softmax(f)_k`` of each row, shape (n,).

    The likelihood of the answers: of soft candidates, with the probability that the answers are as they are,
    by class. Computed in logarithms, so that no candidate's probability vanishes. Source: Hu et al. 2019,
    equation 1.

    Parameters
    ----------
    scores : float tensor, shape (n, K)
    candidates : float tensor, shape (n, K)
        0 or 1, or soft; see `models.partial.noise`.

    Examples
    --------
    >>> import torch
    >>> partial_loss(torch.zeros(1, 4), torch.tensor([[1.0, 1.0, 0.0, 0.0]])).exp().round().tolist()
    [2.0]
    """
    return scores.logsumexp(1) - (scores + candidates.log()).logsumexp(1)


class PartialClassifier(TorchClassifier):
    """Adam on the partial-label loss, on whichever device holds the rows.

    Parameters
    ----------
    module_fn, epochs, batch_size, weight_decay, random_state
        See `models.torch_classifier.TorchClassifier`.
    lr : float
        See `torch.optim.Adam`.
    warm_start : bool
        Go on from the weights of the last `fit`.

    Notes
    -----
    ``fit(X, Y)`` takes candidates of shape (n, K), of which each row has at least one.
    """

    def __init__(
        self,
        module_fn: Callable[[tuple[int, ...], int], Array],
        *,
        lr: float = 1e-3,
        epochs: int = 20,
        batch_size: int = 200,
        weight_decay: float = 0.0,
        warm_start: bool = False,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            module_fn,
            lr=lr,
            epochs=epochs,
            batch_size=batch_size,
            weight_decay=weight_decay,
            random_state=random_state,
        )
        self.warm_start = warm_start

    def _network(self, rows: Tensor, classes: int) -> Module:
        if self.warm_start and hasattr(self, "module_"):
            return self.module_
        return super()._network(rows, classes)

    def _optimizer(self) -> Any:
        import torch

        return torch.optim.Adam(self.module_.parameters(), lr=self.lr, weight_decay=self.weight_decay)

    def _targets(self, y: Array, xp: ArrayModule) -> Tensor:
        empty = xp.flatnonzero(~(xp.asarray(y) > 0).any(axis=1))
        if len(empty):
            raise ValueError(
                f"{len(empty):,} rows have no candidate, the first is row {int(empty[0])}; give each one"
            )
        return super()._targets(y, xp)

    def _losses(self, scores: Tensor, P: Tensor) -> Tensor:
        return partial_loss(scores, P)
