"""An estimator of whether equations are identities, and of the values of expressions."""

import math
from pathlib import Path
from typing import Literal, Self

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted
from torch.nn import functional as F
from torch.optim import Optimizer

from etl.engine import Engine, engine_of
from etl.engine.types import Array, Module, Tensor, TorchDevice
from etl.equations.forest import Equations
from etl.handoff import from_torch, to_torch
from models.programs.batches import Trees, sides, upload
from models.programs.black_box import boxes_of
from models.programs.calibration import calibration_error, temperature
from models.programs.examples import Drawn, Examples, examples, samples
from models.programs.history import History
from models.programs.networks import NAMES, TREES, Batcher, Shape, batcher, network
from models.programs.objectives import expressions, joint
from models.programs.saved import Saved
from models.programs.values import APART, Sampled, ValueBatches, sampled, width
from models.sequences.schedule import Schedule
from models.sequences.training import Training

AT_ONCE = 4096
"""Equations that are judged together."""


class EquationVerifier(Saved, ClassifierMixin, BaseEstimator):
    """Learns from symbolic identities and function evaluations, on whichever device holds the equations.

    Arabshahi, Singh and Anandkumar, Combining symbolic expressions and black-box function evaluations in
    neural programs, ICLR 2018.

    Parameters
    ----------
    network : {"tree_lstm", "tree_nn", "lstm", "transformer"}
        The last two read equations as sequences.
    values : bool
        Whether the values of each node at sample points are known to a network over trees.
    hidden : int
    epochs, batch_size : int
    learning_rate : float
        Its peak; it rises over the first tenth of the steps, then falls to 0.
    dropout : float
    evaluations_weight, encoding_weight : float
        Of the squared errors of values, and of numbers read back, in the loss.
    validation : float
        Share of the equations that is not learnt from: it calibrates probabilities.
    points : int
        Sample points of ``values``.
    random_state : int
        Of weights, batches and points; the global generator is left as it was.

    Attributes
    ----------
    classes_ : int64 array
        0 false, 1 identity.
    network_ : torch.nn.Module
    symbols_, boxes_ : tuple of str
        Names that it knows.
    samples_ : dict of str to two float arrays
        Arguments and values of black boxes, where ``values`` are taken.
    temperature_ : float
        By which logits are divided.
    calibration_ : dict of str to float
        Of the validation part: its ``equations``, ``accuracy``, and expected calibration ``error`` with and
        ``without`` the temperature. The temperature was chosen there, too.
    history_ : list of dict
        Mean loss of each epoch, and the accuracy and loss of the validation part.
    n_iter_ : int
        Steps.
    stop_reason_ : str
    """

    def __init__(
        self,
        network: Literal["tree_lstm", "tree_nn", "lstm", "transformer"] = "tree_lstm",
        *,
        values: bool = False,
        hidden: int = 50,
        epochs: int = 40,
        batch_size: int = 64,
        learning_rate: float = 1e-2,
        dropout: float = 0.1,
        evaluations_weight: float = 0.01,
        encoding_weight: float = 0.01,
        validation: float = 0.1,
        points: int = 12,
        random_state: int = 0,
    ) -> None:
        self.network = network
        self.values = values
        self.hidden = hidden
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.dropout = dropout
        self.evaluations_weight = evaluations_weight
        self.encoding_weight = encoding_weight
        self.validation = validation
        self.points = points
        self.random_state = random_state

    def fit(
        self,
        equations: Equations | None = None,
        labels: Array | None = None,
        evaluations: Equations | None = None,
        checkpoint: Path | str | None = None,
    ) -> Self:
        """Learn.

        Parameters
        ----------
        equations : Equations, optional
            Those of the label -1 are not learnt from.
        labels : int array, shape (equations,), optional
            1 for an identity, 0 for what is false; by default those of the equations.
        evaluations : Equations, optional
            Expressions and their values, such as ``sin(2.5) = 0.6``.
        checkpoint : Path or str, optional
            File from which a training that was cut off goes on; it is written at each epoch.

        Raises
        ------
        ValueError
            Equations, labels or a parameter do not fit.
        """
        self._check()
        given = examples(equations, labels, evaluations, self.validation, self.random_state)
        one = evaluations if equations is None else equations
        roots = np.zeros(0) if one is None else one.roots
        device = _device(roots)
        self.samples_ = samples(given) if self.values else {}
        self.symbols_, self.boxes_, self.classes_ = given.trees.symbols, given.trees.boxes, np.arange(2)
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(self.random_state)
            self.network_ = network(self._shape()).to(device)
            made = self._batcher(given.trees, given.nodes, engine_of(roots), device)
            self._train(given, made, device, checkpoint)
        self.network_.eval()
        self._calibrate(given, made, device)
        return self

    def decision_function(self, equations: Equations) -> Array:
        """Logits, divided by the temperature: float32, (equations,), on the engine of the roots.

        Parameters
        ----------
        equations : Equations
        """
        logits, _ = self._answers(equations, sides(equations), np.zeros(0, np.int64))
        return from_torch(logits / self.temperature_, engine_of(equations.roots))

    def predict_proba(self, equations: Equations) -> Array:
        """Probabilities of false and of identity: float32, (equations, 2), on the engine of the roots.

        Parameters
        ----------
        equations : Equations
        """
        logits, _ = self._answers(equations, sides(equations), np.zeros(0, np.int64))
        found = torch.sigmoid(torch.stack([-logits, logits], 1) / self.temperature_)
        return from_torch(found, engine_of(equations.roots))

    def predict(self, equations: Equations) -> Array:
        """1 for what is taken for an identity, else 0: int64, (equations,).

        Parameters
        ----------
        equations : Equations
        """
        return (self.decision_function(equations) > 0).astype("int64")

    def predict_values(self, equations: Equations) -> Array:
        """Values of expressions: float32, (equations,), on the engine of the roots.

        Parameters
        ----------
        equations : Equations
            Expressions, or equations of an expression and a number, which is not looked at.
        """
        none = np.zeros((2, 0), np.int64)
        _, values = self._answers(equations, none, expressions(equations))
        return from_torch(values, engine_of(equations.roots))

    def _train(
        self, given: Examples, made: Batcher, device: TorchDevice, checkpoint: Path | str | None
    ) -> None:
        weights = self.evaluations_weight, self.encoding_weight
        drawn = Drawn(given, made, self.batch_size, weights, self.random_state)
        steps, history = self.epochs * drawn.per_epoch, History()
        schedule = Schedule(steps, self.learning_rate, drawn.per_epoch, 0, 0.0, self.random_state)
        told = f"{type(self).__name__}, {self.get_params(deep=False)}, {given.told_of()}"
        optimizer = _adam(self.network_, self.learning_rate)
        training = Training(self.network_, schedule, checkpoint, told, history, optimizer)

        def loss(_: torch.Generator, step: int) -> Tensor:
            batch, *targets = drawn.batch(step, device)
            found = joint(training.network(batch), *targets)
            history.add(found)
            return found

        def compared() -> float:
            """The last weights are taken, as those of the lowest rate."""
            step = training.progress.step
            entry = history.note(step, **self._measured(given, made, device))
            return -step if math.isfinite(entry["loss"]) else math.nan

        self.stop_reason_ = training.fit(loss, compared)
        self.history_, self.n_iter_ = history.entries, training.progress.step

    def _measured(self, given: Examples, made: Batcher, device: TorchDevice) -> dict[str, Tensor]:
        """Accuracy and loss of the validation part."""
        if not given.held.any():
            return {}
        logits, labels = self._held(given, made, device)
        right = ((logits > 0) == (labels > 0.5)).float().mean()
        return {"accuracy": right, "validation": F.binary_cross_entropy_with_logits(logits, labels)}

    def _held(self, given: Examples, made: Batcher, device: TorchDevice) -> tuple[Tensor, Tensor]:
        """Logits and labels of the validation part."""
        none = np.zeros(0, np.int64)
        logits, _ = self._asked(made, given.pairs[:, given.held], none, device)
        (labels,) = upload([given.labels[given.held]], device)
        return logits, labels

    def _calibrate(self, given: Examples, made: Batcher, device: TorchDevice) -> None:
        logits, labels = self._held(given, made, device)
        self.temperature_ = temperature(logits, labels)
        self.calibration_ = {"equations": float(len(labels))}
        if len(labels):
            right = ((logits > 0) == (labels > 0.5)).float().mean()
            gaps = [calibration_error((logits / t).sigmoid(), labels) for t in (self.temperature_, 1.0)]
            self.calibration_ |= {"accuracy": float(right), "error": gaps[0], "without": gaps[1]}

    def _answers(self, equations: Equations, pairs: Array, singles: Array) -> tuple[Tensor, Tensor]:
        """Logits of equations and values of expressions, where the roots lie."""
        check_is_fitted(self, "network_")
        device = _device(equations.roots)
        self.network_.to(device)
        trees = Trees(equations.forest, symbols=self.symbols_, boxes=self.boxes_)
        nodes = np.concatenate([pairs.ravel(), singles])
        made = self._batcher(trees, nodes, engine_of(equations.roots), device)
        return self._asked(made, pairs, singles, device)

    def _batcher(self, trees: Trees, nodes: Array, engine: Engine, device: TorchDevice) -> Batcher:
        """What makes batches of some nodes."""
        if not self.values:
            return batcher(self.network, trees)
        boxes = boxes_of(self.samples_)
        found = sampled(trees, nodes, self.points, self.random_state, boxes, engine)
        return ValueBatches(trees, Sampled(*(each.to(device) for each in found)))

    def _asked(
        self, made: Batcher, pairs: Array, singles: Array, device: TorchDevice
    ) -> tuple[Tensor, Tensor]:
        none = np.zeros((2, 0), np.int64)
        cuts = range(0, max(pairs.shape[1], 1), AT_ONCE)
        parts = [(pairs[:, at : at + AT_ONCE], none[0]) for at in cuts]
        parts += [(none, singles[at : at + AT_ONCE]) for at in range(0, len(singles), AT_ONCE)]
        with torch.no_grad():
            found = [self.network_(made.batch(*part, device)) for part in parts]
        return torch.cat([logits for logits, _ in found]), torch.cat([values for _, values in found])

    def _shape(self) -> Shape:
        sizes = len(self.symbols_), len(self.boxes_), self.hidden, self.dropout
        return Shape(self.network, *sizes, *((width(self.points), APART) if self.values else ()))

    def _check(self) -> None:
        for name in ("hidden", "epochs", "batch_size", "points"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it is at least 1")
        for name in ("dropout", "validation"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it is from 0 to below 1")
        for name in ("evaluations_weight", "encoding_weight"):
            if not getattr(self, name) >= 0:  # true of NaN, too
                raise ValueError(f"{name} is {getattr(self, name)}; it is 0 or more")
        if self.network not in NAMES:
            raise ValueError(f"network is {self.network!r}; there are {', '.join(NAMES)}")
        if self.values and self.network not in TREES:
            raise ValueError(f"values are of nodes of trees; take network={' or '.join(map(repr, TREES))}")


def _device(roots: Array) -> TorchDevice:
    return to_torch(roots).device


def _adam(network: Module, rate: float) -> Optimizer:
    """Adam, in one launch for all weights where the device has it."""
    fused = next(network.parameters()).device.type in ("cpu", "cuda")
    return torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.0, fused=fused)
