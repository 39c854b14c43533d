"""A classifier of dense rows that learns soft labels by signSGD, alone or by the majority vote of workers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np
import torch

from etl.engine import Engine
from etl.engine.types import Array, Module, Tensor
from etl.handoff import from_host, on_host, to_host
from models.signsgd.networks import perceptron
from models.signsgd.soft_training import Plan, train_here, train_together
from models.torch_classifier import TorchClassifier

CLASSES = "classes"
"""Name of the labels among `SignumClassifier.arrays`."""
STEPS, EPOCHS = 1280, (10, 40)
"""Steps that are made, as far as these bounds of epochs allow."""
BATCHES = 64, 1024
"""Bounds of a batch, of which there are 64 an epoch between them."""


class SignumClassifier(TorchClassifier):
    """A hidden layer, or none, trained on soft cross entropy by the signs of its momentum.

    Columns are standardised first. What is None or 0 below is chosen by the rows, as `choice_` says: the
    fewer rows a column has, the more is left out in training, and the smaller are the weights. Source of the
    method: see `models.signsgd.optim.Signum`, and for workers `models.signsgd.state.VoteState`.

    Parameters
    ----------
    hidden : int
        Hidden units; 0 for a linear network.
    dropout : float, optional
        Share of hidden units left out in training.
    input_dropout : float, optional
        Share of columns left out in training.
    lr : float
        Of the first step; it falls to zero by a half cosine.
    momentum : float
        See `models.signsgd.optim.Signum`.
    decay : float, optional
        Of weights, as there; steps of one size pull the weights to within its inverse.
    epochs, batch_size : int
        A batch is that of all workers together.
    workers : int
        Processes that vote, of this machine; 1: Signum in this process.
    scratch : Path, optional
        Folder for what the processes are handed; by default the system's.
    random_state : int
        See `models.torch_classifier.TorchClassifier`.

    Attributes
    ----------
    classes_ : array
    module_ : torch.nn.Module
    choice_ : str
        What was chosen by the rows.
    history_ : list of float
        Mean loss of each epoch.
    n_iter_ : int
        Epochs.
    n_features_in_ : int
    stop_reason_ : str

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(200, 2)).astype("float32")
    >>> model = SignumClassifier(hidden=0).fit(X, X[:, 0] > 0)
    >>> bool((model.predict(X) == (X[:, 0] > 0)).mean() > 0.9)
    True
    """

    def __init__(
        self,
        *,
        hidden: int = 64,
        dropout: float | None = None,
        input_dropout: float | None = None,
        lr: float = 3e-3,
        momentum: float = 0.9,
        decay: float | None = None,
        epochs: int = 0,
        batch_size: int = 0,
        workers: int = 1,
        scratch: Path | None = None,
        random_state: int = 0,
    ) -> None:
        self.lr, self.momentum, self.decay = lr, momentum, decay
        self.epochs, self.batch_size = epochs, batch_size
        self.hidden, self.dropout, self.input_dropout = hidden, dropout, input_dropout
        self.workers, self.scratch = workers, scratch
        self.random_state = random_state

    def _network(self, rows: Tensor, classes: int) -> Module:
        _check(rows, "X")
        self.n_features_in_ = rows.shape[1]
        scarcity = self._scarcity(rows)
        dropout = 0.1 + 0.4 * scarcity if self.dropout is None else self.dropout
        input_dropout = 0.5 * scarcity if self.input_dropout is None else self.input_dropout
        network = perceptron(rows.shape[1], self.hidden, classes, dropout, input_dropout).to(rows.device)
        network.standardised.learn(rows)
        return network

    def _train(self, rows: Tensor, P: Tensor, weights: Tensor) -> list[float]:
        _check(P, "y")
        plan, examples = self._plan(rows), (rows, P, weights)
        left_out = [f"{layer.p:.2g}" for layer in self.module_ if isinstance(layer, torch.nn.Dropout)]
        self.choice_ = (
            f"{plan.epochs} epochs of batches of {plan.batch}, dropout {' and '.join(left_out)},"
            f" weight decay {plan.weight_decay:.2g}, for {len(rows):,} rows of {rows.shape[1]:,} columns"
        )
        if self.workers == 1:
            return train_here(self.module_, examples, plan)
        return train_together(self.module_, examples, plan, self.workers, self.scratch)

    def _plan(self, rows: Tensor) -> Plan:
        """How to learn from these rows.

        Raises
        ------
        ValueError
            There are fewer rows in a batch than workers, or no worker.
        """
        least, most = BATCHES
        batch = min(self.batch_size or min(most, max(least, len(rows) // 64)), len(rows))
        if not 1 <= self.workers <= batch:
            raise ValueError(
                f"workers is {self.workers}, and a batch has {batch} rows; give each worker a row at least"
            )
        fewest, greatest = EPOCHS
        epochs = self.epochs or min(greatest, max(fewest, STEPS * batch // len(rows)))
        decay = 10 ** self._scarcity(rows) if self.decay is None else self.decay
        return Plan(epochs, batch, self.lr, self.momentum, decay, self.random_state)

    def _scarcity(self, rows: Tensor) -> float:
        """0 where there are many rows a column, 1 where there are two or fewer."""
        return min(1.0, 2 * rows.shape[1] / len(rows))

    def predict_proba(self, X: Array | Tensor) -> Array | Tensor:
        """Probability of each class, float32, (n, classes), wherever the rows are.

        Raises
        ------
        ValueError
            The columns are not as many as in training.
        """
        if X.shape[1] != self.n_features_in_:
            raise ValueError(f"X has {X.shape[1]} columns; the network was trained on {self.n_features_in_}")
        return super().predict_proba(X)

    def arrays(self) -> dict[str, np.ndarray]:
        """What it learnt in host memory, for a file of arrays; see `of`."""
        state = {key: to_host(on_host(value)) for key, value in self.module_.state_dict().items()}
        return state | {CLASSES: to_host(self.classes_)}

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray], engine: Engine) -> Self:
        """The classifier of which these are `arrays`.

        Parameters
        ----------
        arrays : mapping of str to array
        engine : Engine
            Where rows to predict lie.

        Raises
        ------
        ValueError
            They are of no such network.
        """
        state = {key: torch.tensor(value) for key, value in arrays.items() if key != CLASSES}
        try:
            hidden = len(state["hidden.bias"]) if "hidden.bias" in state else 0
            found, columns = cls(hidden=hidden), len(state["standardised.mean"])
            found.module_ = perceptron(columns, hidden, len(state["scores.bias"]))
            found.module_.load_state_dict(state)
            found.classes_, found.n_features_in_ = from_host(arrays[CLASSES], engine), columns
        except (KeyError, RuntimeError) as error:
            why = " ".join(str(error).split())
            raise ValueError(f"these arrays are of no SignumClassifier ({why}); save it again") from error
        return found


def _check(part: Tensor, name: str) -> None:
    """Refuse what is not finite: the sign of NaN is no step."""
    if bool(part.sum().isfinite()):
        return
    places = part.isfinite().logical_not().nonzero()
    if len(places):
        row, column = places[0].tolist()
        raise ValueError(
            f"{name} is {float(part[row, column]):g} at row {row}, column {column}; "
            "fill it in, or leave the row out"
        )
