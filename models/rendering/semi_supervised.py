"""A classifier of images that learns from few labels and many images without."""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted
from torch.optim import Optimizer

from etl.engine import engine_of
from etl.engine.types import Array, Module, Tensor
from etl.handoff import from_host, from_torch, to_host
from models.rendering.augment import Views
from models.rendering.averages import Averages, posterior
from models.rendering.batches import LAYOUTS, Batches, Layout, Sizes, chosen
from models.rendering.images import Images, Labels, Pools, as_images, pools
from models.rendering.objectives import WARM, Method, Weights, terms_of, weighted, weights_of
from models.rendering.saved import NETWORKS, Make, Saved
from models.sequences.schedule import Schedule
from models.sequences.training import Training

FALL = 0.4
"""Share of the steps in which the rate falls."""
Watch = Callable[[Averages], None]
OPTIMIZERS = ("adam", "sgd")


@dataclass(frozen=True)
class Falling(Schedule):
    """A rate that stays, and falls to 0 in a straight line over the last steps."""

    def rate(self, step: int) -> float:
        """Share of the peak rate at a step.

        Examples
        --------
        >>> [round(Falling(steps=100).rate(step), 2) for step in (0, 60, 80, 98)]
        [1.0, 1.0, 0.5, 0.05]
        """
        return min(1.0, (self.steps - step) / (FALL * self.steps))


class SemiSupervised(Saved, ClassifierMixin, BaseEstimator):
    """Learns from labelled and unlabelled images, on whichever device holds them.

    A step takes ``batch_size`` labelled images and, where a term of the loss takes them, ``ratio`` times as
    many unlabelled ones. What predicts is the moving average of the weights.

    Parameters
    ----------
    network : callable or str
        ``network(channels, classes, size)`` makes it; or the name of one of `models.rendering.networks`.
    method : {"supervised", "entropy", "nrm", "mean_teacher", "fixmatch", "fixmatch_nrm"}
    terms : dict of str to float, optional
        Weights of terms other than the method's; see `models.rendering.objectives.Weights`.
    steps, batch_size, ratio : int
    learning_rate : float
        It falls to 0 over the last 40 % of the steps.
    optimizer : {"adam", "sgd"}
        SGD has a momentum of .9, Nesterov's, and wants a rate of .03 or so.
    weight_decay : float
    average : float
        Decay of the average of weights, a step; 0 takes the last weights.
    threshold : float
        Probability from which FixMatch takes a class for true.
    shift : int, optional
        Pixels by which weak views are moved; an eighth of the height by default, 0 for none.
    flip : bool
        Whether a class looks the same mirrored; not of digits.
    strength : float
        Of strong views.
    layout : {"auto", "contiguous", "channels_last"}
        How images lie in memory.
    check : int
        Steps between two entries of the history; the host waits for the device then only.
    random_state : int
        Of weights, batches and views; the global generator is left as it was.

    Attributes
    ----------
    classes_ : array
    network_ : torch.nn.Module
        With the average of the weights.
    history_ : list of dict
        Mean of each term, and of the loss, between checks; ``sure`` is the share of images whose class was
        taken for true.
    shape_ : tuple of int
        Channels, height and width of images.
    n_iter_ : int
    stop_reason_ : str
    """

    def __init__(
        self,
        network: Make | str = "conv_small",
        method: Method = "nrm",
        *,
        terms: dict[str, float] | None = None,
        steps: int = 1200,
        batch_size: int = 100,
        ratio: int = 1,
        learning_rate: float = 1e-3,
        optimizer: Literal["adam", "sgd"] = "adam",
        weight_decay: float = 0.0,
        average: float = 0.99,
        threshold: float = 0.95,
        shift: int | None = None,
        flip: bool = False,
        strength: float = 1.0,
        layout: Layout = "auto",
        check: int = 100,
        random_state: int = 0,
    ) -> None:
        self.network = network
        self.method = method
        self.terms = terms
        self.steps = steps
        self.batch_size = batch_size
        self.ratio = ratio
        self.learning_rate = learning_rate
        self.optimizer = optimizer
        self.weight_decay = weight_decay
        self.average = average
        self.threshold = threshold
        self.shift = shift
        self.flip = flip
        self.strength = strength
        self.layout = layout
        self.check = check
        self.random_state = random_state

    def fit(
        self,
        X: Images,
        y: Labels,
        X_unlabelled: Images | None = None,
        checkpoint: Path | str | None = None,
        watch: Watch | None = None,
    ) -> Self:
        """Learn.

        Parameters
        ----------
        X : array, tensor or sequence, shape (n, channels, h, w)
            uint8, or floats in [0, 1].
        y : array, tensor or sequence, shape (n,) or (n, classes)
            Classes, where -1, NaN and None are unlabelled, or the probability of each class, such as of a
            crowd.
        X_unlabelled : array, tensor or sequence, optional
        checkpoint : Path or str, optional
            File from which a training that was cut off goes on; it is written at each check.
        watch : callable, optional
            Called with the average of weights, and its history, after each check.

        Raises
        ------
        ValueError
            Images, labels or a parameter do not fit.
        """
        weights = self._checked()
        held = pools(X, y, X_unlabelled)
        self.classes_, self.shape_ = held.classes, tuple(held.labelled.shape[1:])
        device = held.labelled.device
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(self.random_state)
            drawn = Batches(held, self._views(held), weights, self._sizes(held))
            network = (
                self.made(self.shape_, len(held.classes)).to(device).to(memory_format=drawn.sizes.layout)
            )
            averages = Averages(copy.deepcopy(network), self.average)
            told = (self._schedule(), checkpoint, self._told(held), averages, self._optimizer(network))
            training = Training(network, *told, clip=math.inf)
            self._train(training, drawn, weights, averages, watch)
        self.network_, self.history_ = averages.network, averages.history
        self.n_iter_ = training.progress.step
        return self

    def predict_proba(self, X: Images) -> Array | Tensor:
        """Probability of each class, float32, (n, classes), where the images lie.

        Parameters
        ----------
        X : array, tensor or sequence, shape (n, channels, h, w)
        """
        check_is_fitted(self, "network_")
        images = as_images(X)
        if tuple(images.shape[1:]) != self.shape_:
            raise ValueError(f"images are {tuple(images.shape[1:])}; it learnt from images of {self.shape_}")
        self.network_.to(images.device)
        found = posterior(self.network_, images)
        one = X[0] if isinstance(X, list | tuple) else X
        return found if isinstance(one, torch.Tensor) else from_torch(found, engine_of(one))

    def predict(self, X: Images) -> Array | Tensor:
        """Likeliest class of each image.

        Parameters
        ----------
        X : array, tensor or sequence, shape (n, channels, h, w)
        """
        codes = self.predict_proba(X).argmax(1)
        if getattr(self.classes_.dtype, "kind", "i") not in "biuf":
            return self.classes_[to_host(codes)]  # names are of the host
        if isinstance(codes, torch.Tensor):
            return torch.as_tensor(self.classes_, device=codes.device)[codes]
        engine, classes = engine_of(codes), self.classes_
        if isinstance(classes, torch.Tensor) or engine_of(classes).name != engine.name:
            classes = from_host(to_host(classes), engine)
        return classes[codes]

    def _train(
        self, training: Training, drawn: Batches, weights: Weights, averages: Averages, watch: Watch | None
    ) -> None:
        def loss(generator: torch.Generator, step: int) -> Tensor:
            batch = drawn.batch(step, generator)._replace(shares=averages.shares)
            found = terms_of(training.network, batch, weights, averages.network, self.threshold)
            total = weighted(found, weights, step / self.steps)
            averages.add(found | {"loss": total})
            return total

        def compared() -> float:
            found = averages.note(training.progress.step)
            if watch is not None:
                watch(averages)
            return found

        def after(_: Optimizer, step: int) -> None:
            averages.follow(training.network, step)
            if weights.shares and step == round(WARM * self.steps):
                averages.expect(drawn.held.targets, drawn.held.unlabelled)

        self.stop_reason_ = training.fit(loss, compared, after)
        if not math.isfinite(averages.history[-1]["loss"]):
            raise ValueError(f"{self.stop_reason_}; take a smaller learning_rate, now {self.learning_rate}")

    def _checked(self) -> Weights:
        """Weights of terms, after a look at the parameters."""
        sizes = {"batch_size": self.batch_size, "ratio": self.ratio}
        for name, size in sizes.items():
            if size < 1:
                raise ValueError(f"{name} is {size}; it is at least 1")
        for name, share in {"average": self.average, "threshold": self.threshold}.items():
            if not 0 <= share <= 1:
                raise ValueError(f"{name} is {share}; it is from 0 to 1")
        named = {"optimizer": OPTIMIZERS, "layout": ("auto", *LAYOUTS)}
        if isinstance(self.network, str):
            named["network"] = tuple(NETWORKS)
        for name, known in named.items():
            if getattr(self, name) not in known:
                raise ValueError(f"{name} is {getattr(self, name)!r}; there are {', '.join(known)}")
        return weights_of(self.method, self.terms)

    def _sizes(self, held: Pools) -> Sizes:
        layout = LAYOUTS[chosen(held.labelled) if self.layout == "auto" else self.layout]
        return Sizes(self.batch_size, self.ratio, self.random_state, layout)

    def _schedule(self) -> Falling:
        told = (self.steps, self.learning_rate, self.check, 0, self.weight_decay, self.random_state)
        return Falling(*told, cosine=False)

    def _optimizer(self, network: Module) -> Optimizer | None:
        """SGD; the training's own is AdamW, which is Adam without a decay of weights."""
        if self.optimizer == "adam":
            return None
        told = {"lr": self.learning_rate, "weight_decay": self.weight_decay}
        return torch.optim.SGD(network.parameters(), momentum=0.9, nesterov=True, **told)

    def _views(self, held: Pools) -> Views:
        height, width = held.labelled.shape[2:]
        shift = height // 8 if self.shift is None else self.shift
        if not 0 <= shift < min(height, width):
            raise ValueError(f"shift is {shift}; images have {height} x {width} pixels")
        return Views(shift, self.flip, self.strength)

    def _told(self, held: Pools) -> str:
        """What a checkpoint must agree with: options, shapes and the sum of the data.

        Last digits of a sum are of its order, which another GPU or number of threads changes.
        """
        options = {name: value for name, value in self.get_params(deep=False).items() if name != "network"}
        sums = (float(each.sum(dtype=torch.float64)) for each in held[:3])
        sizes = [(tuple(e.shape), float(f"{total:.12g}")) for e, total in zip(held[:3], sums, strict=True)]
        return f"{type(self).__name__}, {options}, {sizes}"
