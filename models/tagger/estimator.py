"""A tagger as an estimator: fitted on flat sentences, fitted further, asked about a pool."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias

import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from etl.engine.types import Array, Tensor
from etl.records import Choice, record
from models.tagger import training
from models.tagger.early_stopping import EarlyStopping
from models.tagger.outputs import Outputs, best_tags, collect
from models.tagger.precision import bfloat16_failure
from models.tagger.saved import Saved
from models.tagger.sentences import Coded, Tensors, like
from models.tagger.tagger import Tagger

Watch: TypeAlias = Callable[["TaggerEstimator"], float]
"""Scores an estimator after each pass; more is better."""


class TaggerEstimator(Saved, BaseEstimator):
    """Stochastic gradient descent on a tagger's likelihood, on whichever device holds the sentences.

    Parameters
    ----------
    module_fn : callable
        ``module_fn()`` returns a new `Tagger`; see `models.tagger.tagger.tagger`.
    optimizer : {"sgd", "adam"}
        The paper's gradient descent, or Adam, which needs fewer epochs and an ``lr`` of about 0.002.
    lr, momentum : float
        See `torch.optim.SGD`; Adam's ``beta1`` is the momentum.
    decay : bool
        Whether ``lr`` falls to zero over the epochs of each fit: then the last weights are not chance's.
    clip : float
        Largest norm of a gradient.
    epochs, batch_size : int
        Most passes a fit, and sentences a step.
    average : {"token", "sentence"}
        What a step's loss is the mean over; means over tokens are smaller, and want a larger ``lr``.
    patience : int
        Passes without a better ``watch`` after which a fit stops; 0 makes all. See `fit`.
    mixed : bool
        Whether layers compute in bfloat16; losses and probabilities stay float32. A processor that has no
        LSTM in bfloat16 computes one in float32, with a warning.
    decode_tokens : int, optional
        Padded tokens decoded at a time; by default `models.tagger.outputs.at_once` of the device.
    random_state : int
        Of first weights, dropout and the order of sentences; the global generator is left as it was.

    Attributes
    ----------
    module_ : Tagger
    history_ : list of float
        Mean loss of a token in each pass, of all fits since `fit`.
    watched_ : list of float
        ``watch`` after each pass, where there was one.
    n_iter_ : int
        Passes of the last fit.
    rounds_ : int
        Fits since the weights were new.
    precision_ : str
        What layers computed in, in the last fit; and if that is not as ``mixed`` says, why.
    stop_reason_ : str

    Examples
    --------
    >>> import numpy
    >>> from functools import partial
    >>> from models.tagger.sentences import Sentences
    >>> from models.tagger.tagger import tagger
    >>> words, starts = numpy.array([1, 2, 3, 2]), numpy.array([0, 2, 4])
    >>> few = Sentences(words, words[:, None], starts, tags=words - 1)
    >>> small = partial(tagger, 4, 4, 3, encoder_options={"filters": 16}, decoder="linear")
    >>> TaggerEstimator(small, lr=0.1, epochs=60).fit(few).predict(few).tolist()
    [0, 1, 2, 1]
    """

    def __init__(
        self,
        module_fn: Callable[[], Tagger],
        *,
        optimizer: Literal["sgd", "adam"] = "sgd",
        lr: float = 0.015,
        momentum: float = 0.9,
        decay: bool = False,
        clip: float = 5.0,
        epochs: int = 50,
        batch_size: int = 16,
        average: Literal["token", "sentence"] = "sentence",
        patience: int = 0,
        mixed: bool = False,
        decode_tokens: int | None = None,
        random_state: int = 0,
    ) -> None:
        self.module_fn = module_fn
        self.optimizer = optimizer
        self.lr = lr
        self.momentum = momentum
        self.decay = decay
        self.clip = clip
        self.epochs = epochs
        self.batch_size = batch_size
        self.average = average
        self.patience = patience
        self.mixed = mixed
        self.decode_tokens = decode_tokens
        self.random_state = random_state

    def fit(self, sentences: Coded, y: None = None, *, watch: Watch | None = None) -> "TaggerEstimator":
        """Learn from new weights.

        Parameters
        ----------
        sentences : Sentences, or another `models.tagger.sentences.Coded`
            With tags, or the probability of each.
        y : None
            Not used: the sentences hold their tags.
        watch : callable, optional
            ``watch(self)`` is called after each pass and returns a score, more being better; the weights of
            the best pass are kept.

        Raises
        ------
        ValueError
            A parameter is out of its range; or see `models.tagger.training.check`.
        FloatingPointError
            The loss is no longer a number.
        """
        self._check(watch)
        data = Tensors(sentences)
        with self._seeded(data, 0):
            self.module_ = self.module_fn().to(data.words.device)
            self.history_: list[float] = []
            self.watched_: list[float] = []
            self.rounds_ = 0
            return self._learn(data, watch)

    def fit_more(self, sentences: Coded, *, watch: Watch | None = None) -> "TaggerEstimator":
        """Learn on with the weights as they are, from these sentences alone; see `fit`."""
        check_is_fitted(self)
        self._check(watch)
        data = Tensors(sentences)
        with self._seeded(data, self.rounds_):
            self.module_.to(data.words.device)
            return self._learn(data, watch)

    def _check(self, watch: Watch | None) -> None:
        wrong = {
            "epochs": (self.epochs >= 1, "at least 1"),
            "batch_size": (self.batch_size >= 1, "at least 1"),
            "clip": (self.clip > 0, "above 0"),
            "optimizer": (self.optimizer in ("sgd", "adam"), "sgd or adam"),
            "average": (self.average in ("token", "sentence"), "token or sentence"),
            "patience": (self.patience == 0 or watch is not None, "0 where nothing is watched"),
            "decode_tokens": (self.decode_tokens is None or self.decode_tokens >= 1, "at least 1"),
        }
        for name, (right, need) in wrong.items():
            if not right:
                raise ValueError(f"{name} is {getattr(self, name)!r}; it must be {need}")

    @contextmanager
    def _seeded(self, data: Tensors, stream: int) -> Iterator[None]:
        device = data.words.device
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(1_000_003 * self.random_state + stream)
            yield

    def _learn(self, data: Tensors, watch: Watch | None) -> "TaggerEstimator":
        training.check(self.module_, data)
        self.precision_ = self._precision(data)
        order = torch.Generator().manual_seed(int(torch.randint(2**62, ())))
        step = training.optimizer(self.module_, self.optimizer, self.lr, self.momentum)
        steps = self.epochs * -(-len(data) // self.batch_size)
        schedule = training.falling(step, steps) if self.decay else None
        watching, self.n_iter_ = EarlyStopping(self.patience), 0
        self.stop_reason_ = f"all epochs ({self.epochs}) were made"
        while self.n_iter_ < self.epochs:
            self._pass(data, (step, schedule), order)
            if watch is None:
                continue
            self.watched_.append(float(watch(self)))
            if watching.note(self.watched_[-1], self.module_):
                self.stop_reason_ = f"no better score in {self.patience} epochs after epoch {watching.best}"
                break
        watching.restore_best(self.module_)
        self.rounds_ += 1
        return self

    def _precision(self, data: Tensors) -> str:
        """What layers compute in where the sentences lie; the first fit says why it is not as asked for."""
        if not self.mixed:
            return "float32"
        failure = bfloat16_failure(self.module_, data.words.device)
        if not failure:
            return "bfloat16"
        if not self.rounds_:
            reason = f"mixed=True computes in float32, as {failure}"
            record(Choice(reason=f"tagger: {reason}"))
            warnings.warn(reason, UserWarning, stacklevel=4)
        return f"float32, as {failure}"

    def _pass(
        self, data: Tensors, step: tuple[Optimizer, LRScheduler | None], order: torch.Generator
    ) -> None:
        loss = training.epoch(
            self.module_,
            data,
            *step,
            size=self.batch_size,
            clip=self.clip,
            average=self.average,
            mixed=self.precision_ == "bfloat16",
            generator=order,
        )
        self.history_.append(loss)
        self.n_iter_ += 1
        if loss - loss != 0:
            raise FloatingPointError(f"the loss of epoch {self.n_iter_} is {loss}; lower lr ({self.lr})")

    @torch.no_grad()
    def predict(self, sentences: Coded) -> Array | Tensor:
        """Best tags, int64 (tokens,), in the kind of the sentences' words."""
        check_is_fitted(self)
        data = Tensors(sentences)
        with self._cast(data):
            return like(best_tags(self.module_, data, self.decode_tokens), sentences.words)

    @torch.no_grad()
    def outputs(self, sentences: Coded, samples: int = 0, seed: int | None = None) -> Outputs:
        """What the tagger says of a pool.

        Parameters
        ----------
        sentences : Sentences
        samples : int
            Taggings under random dropout.
        seed : int, optional
            Of the dropout; ``random_state`` by default.
        """
        check_is_fitted(self)
        data = Tensors(sentences)
        with self._seeded(data, 0), self._cast(data):
            torch.manual_seed(self.random_state if seed is None else seed)
            found = collect(self.module_, data, samples, self.decode_tokens)
        return found.done(sentences.words)

    def _cast(self, data: Tensors) -> Any:
        device = data.words.device
        self.module_.to(device)
        mixed = self.mixed and not bfloat16_failure(self.module_, device)
        return torch.autocast(device.type, torch.bfloat16, enabled=mixed)
