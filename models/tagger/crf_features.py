"""The shallow baseline of tagging: a linear-chain conditional random field on hand-made features."""

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any
from zlib import crc32

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from etl.conll.corpus import Corpus
from etl.conll.features import Templates
from etl.engine.types import Array

HERE = ("window", "affixes", "around", "characters")
"""Parameters that say which features there are; see `etl.conll.features.Templates`."""

LEARNT = ("names_", "kinds_", "history_", "n_iter_", "stop_reason_")
DONE = "(2)"
"""What CRFsuite says, without a step, where no weights are better than none."""


class ShallowCRF(BaseEstimator):
    """The likeliest tags of a sentence given features of its words, by CRFsuite.

    Weights w maximise ``sum log p(tags | words) - c1 |w|_1 - c2 |w|_2^2``, by OWL-QN or L-BFGS. Features of
    tags and words, and of two tags, that training sentences do not show have no weight. Sources: Lafferty,
    McCallum and Pereira, "Conditional random fields", ICML 2001; Okazaki, "CRFsuite", 2007.

    Parameters
    ----------
    c1, c2 : float
        See `models.tagger.crf_tuning.tune`.
    min_freq : int
        Times that a feature must occur with a tag to have a weight.
    max_iterations : int
    tol : float
        Share of the objective that ten steps must gain for there to be more.
    window, affixes, around : int
    characters : bool
        See `etl.conll.features.Templates`.

    Attributes
    ----------
    names_ : tuple of str
        Tags, in the order of their codes: those of the corpus that was learnt from.
    model_ : bytes
        A model as CRFsuite writes it; its labels are codes of tags.
    history_ : list of float
        Minus the objective, after each step.
    n_iter_ : int
    stop_reason_ : str
    kinds_ : int
        Kinds of classes that were given.

    Examples
    --------
    >>> from etl.conll.corpus import build
    >>> few = build(["in", "Rome", "in", "Oslo"], ["O", "B-LOC"] * 2, [0, 0, 1, 1])
    >>> crf = ShallowCRF().fit(few)
    >>> [crf.names_[code] for code in crf.predict(build(["at", "Bonn"], ["O", "O"], [0, 0]))]
    ['O', 'B-LOC']
    """

    def __init__(
        self,
        c1: float = 0.1,
        c2: float = 0.01,
        *,
        min_freq: int = 0,
        max_iterations: int = 200,
        tol: float = 1e-4,
        window: int = 2,
        affixes: int = 4,
        around: int = 0,
        characters: bool = False,
    ) -> None:
        self.c1 = c1
        self.c2 = c2
        self.min_freq = min_freq
        self.max_iterations = max_iterations
        self.tol = tol
        self.window = window
        self.affixes = affixes
        self.around = around
        self.characters = characters

    def fit(self, corpus: Corpus, y: None = None, *, classes: Array | None = None) -> "ShallowCRF":
        """Learn from tagged sentences.

        Parameters
        ----------
        corpus : Corpus
        y : None
            Not used: the corpus holds its tags.
        classes : array of int, optional
            See `etl.conll.features.Templates.items`; `predict` then wants them as well.

        Raises
        ------
        ModuleNotFoundError
            python-crfsuite is not installed.
        TypeError
            It is no `Corpus`.
        ValueError
            A parameter is out of its range, or there are no sentences.
        ArithmeticError
            The objective cannot be improved from the start.
        """
        held = _corpus(corpus)
        self._check(held)
        settings = {"c1": self.c1, "c2": self.c2, "max_iterations": self.max_iterations, "delta": self.tol}
        settings["feature.minfreq"] = self.min_freq
        trainer = _library().Trainer("lbfgs", settings, verbose=False)
        labels = [str(code) for code in range(len(held.names))]
        every = np.split(held.tags, held.starts[1:-1])
        for items, tags in zip(self._items(held, classes), every, strict=True):
            trainer.append(items, [labels[tag] for tag in tags])
        model = _trained(trainer)
        self._note(trainer.logparser)
        self.model_, self.names_, self.kinds_ = model, tuple(held.names), _kinds(classes)
        return self

    def _check(self, corpus: Corpus) -> None:
        """Raise where parameters or sentences are none to learn from."""
        least = {"c1": 0, "c2": 0, "min_freq": 0, "max_iterations": 1, "tol": 0}
        for name, value in least.items():
            if not value <= getattr(self, name) < np.inf:
                raise ValueError(
                    f"{name} is {getattr(self, name)!r}; it must be at least {value}, and finite"
                )
        if not len(corpus):
            raise ValueError("the corpus holds no sentences; give at least one")

    def _items(self, corpus: Corpus, classes: Array | None) -> Iterator[list[list[str]]]:
        return Templates(**{name: getattr(self, name) for name in HERE}).items(corpus, classes)

    def _note(self, log: Any) -> None:
        """What the trainer logged of its steps."""
        if not log.featgen_num_features:
            raise ValueError(f"no feature occurs {self.min_freq} times with a tag; lower min_freq")
        ends = [line.strip() for line in log.log if line.startswith("L-BFGS ")]
        if not log.iterations and DONE not in ends[-1]:
            raise ArithmeticError(f"{ends[-1]} at the first step; c1 and c2 may be too large")
        self.stop_reason_ = ends[-1]
        self.history_ = [step["loss"] for step in log.iterations]
        self.n_iter_ = len(self.history_)

    def predict(self, corpus: Corpus, *, classes: Array | None = None) -> np.ndarray:
        """Best tags, int32, shape (tokens,): places in ``names_``; the corpus's own tags are not read.

        Raises
        ------
        TypeError
            It is no `Corpus`.
        ValueError
            ``classes`` are not of as many kinds as those that were learnt from.
        """
        check_is_fitted(self)
        held = _corpus(corpus)
        if _kinds(classes) != self.kinds_:
            raise ValueError(
                f"classes are of {_kinds(classes)} kinds, and {self.kinds_} were learnt from; give the same"
            )
        tagger = _library().Tagger()
        tagger.open_inmemory(self.model_)
        found = [label for items in self._items(held, classes) for label in tagger.tag(items)]
        return np.array(found, "U").astype("int32")

    def state(self) -> bytes:
        """All that was learnt, as bytes for `restore`."""
        check_is_fitted(self)
        learnt = {name: getattr(self, name) for name in LEARNT}
        learnt["features"] = {name: getattr(self, name) for name in HERE}
        body = json.dumps(learnt).encode() + b"\n" + self.model_
        return b"%08x\n" % crc32(body) + body

    def restore(self, state: bytes) -> "ShallowCRF":
        """Take what another with the same features had learnt.

        Raises
        ------
        ValueError
            The bytes are no state or damaged, or the other had other features.
        """
        total, _, body = state.partition(b"\n")
        if total != b"%08x" % crc32(body):
            raise ValueError("this is no state of a ShallowCRF, or a damaged one; give what state() returned")
        head, _, model = body.partition(b"\n")
        learnt = json.loads(head)
        features = learnt.pop("features")
        if features != {name: getattr(self, name) for name in HERE}:
            raise ValueError(f"the state is of an estimator with {features}; make one with these")
        for name, value in learnt.items():
            setattr(self, name, value)
        self.names_, self.model_ = tuple(self.names_), model
        return self


def _library() -> ModuleType:
    try:
        return import_module("pycrfsuite")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "ShallowCRF needs python-crfsuite, which is not installed; pip install 'trinity[torch]'"
        ) from error


def _corpus(value: object) -> Corpus:
    if not isinstance(value, Corpus):
        raise TypeError(f"it is a {type(value).__name__}; give an etl.conll.corpus.Corpus")
    return value


def _kinds(classes: Array | None) -> int:
    return 0 if classes is None else int(np.prod(np.shape(classes)[1:]))


def _trained(trainer: Any) -> bytes:
    """The model that CRFsuite leaves: it goes out by a file only, and says nothing of a full disk."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        trainer.train(str(path))
        model = path.read_bytes() if path.is_file() else b""
        if int.from_bytes(model[4:8], "little") != len(model) or not model:
            raise OSError(f"CRFsuite could not write its model to {folder}; make room there, or set TMPDIR")
    return model
