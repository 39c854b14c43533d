"""The tagger of the labelling page: small, as a round must end while a person reads a few sentences."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from etl.conll import vocabulary
from etl.conll.coded import Coded, code
from etl.conll.corpus import Corpus
from etl.conll.schemes import tag_names
from etl.engine import Engine
from models.active.acquisition import acquisition
from models.active.person import Known, PersonLearner, Proposal
from models.active.taggers import TaggerLearner
from models.tagger.estimator import TaggerEstimator
from models.tagger.legality import legal
from models.tagger.tagger import tagger
from models.tagger.word_vectors import word_vectors

STEPS = 200
"""Steps of gradient descent in a round, at least."""
WIDTH = 20
"""Characters of a word that are read."""
SIZES: dict[str, dict[str, Any]] = {
    "cnn": {"filters": 100},
    "transformer": {"width": 64, "heads": 4, "layers": 1},
}
RATE = 0.002


def learner(
    corpus: Corpus,
    kinds: Sequence[str],
    engine: Engine,
    *,
    encoder: Literal["cnn", "transformer"] = "cnn",
    epochs: int = 5,
    score: str = "mnlp",
    candidates: int = 2000,
    seed: int = 0,
) -> PersonLearner:
    """A tagger with a CRF over a text, which knows the text's words, and asks by an acquisition.

    Parameters
    ----------
    kinds : sequence of str
        Types of spans.
    score : str
        See `models.active.acquisition.acquisition`.
    """
    names = tag_names(kinds)
    words = vocabulary.words(corpus.words, least=2, digits=True)
    letters = vocabulary.characters(corpus.words, digits=True)
    coded = code(corpus, words, letters, engine, WIDTH)
    network = partial(
        tagger,
        len(words),
        len(letters),
        len(names),
        encoder=encoder,
        decoder="crf",
        legal=legal(names),
        lexical_options={"vectors": _vectors(coded, len(words), seed), "fixed": False},
        encoder_options=SIZES[encoder],
    )
    estimator = TaggerEstimator(network, optimizer="adam", lr=RATE, decay=True, epochs=epochs, batch_size=8)
    model = TaggerLearner(estimator, coded, judge=_unjudged, steps=STEPS)
    asked = acquisition(score, samples=20, seed=seed)
    lengths = engine.xp.diff(coded.starts)
    return PersonLearner(model, asked, lengths, names, candidates, seed)


def _vectors(text: Coded, words: int, seed: int) -> Any:
    """Vectors of words from the text; none where each sentence is one word."""
    if len(text.words) == len(text):
        return None
    return word_vectors(text.words, text.starts, words, seed=seed)


def _unjudged(estimator: Any) -> float:
    raise NotImplementedError("answers kept for judging come with each round")


@dataclass(frozen=True)
class Task:
    """A round to be made; see `models.active.person.PersonLearner.learn`."""

    round: int
    known: Known
    held: Known
    left: Any


class Trainer(threading.Thread):
    """Makes rounds one after another, on a thread of its own; of tasks that wait, only the newest.

    Parameters
    ----------
    learner : PersonLearner
    done : callable
        Is given each proposal, on that thread.

    Attributes
    ----------
    busy : bool
        Whether a round is being made, or waits.
    error : str or None
        Of the last round, if it failed.
    """

    def __init__(self, learner: PersonLearner, done: Callable[[Proposal], None]) -> None:
        super().__init__(name="trainer", daemon=True)
        self._learner, self._done = learner, done
        self._ready = threading.Condition()
        self._task: Task | None = None
        self._stopped = False
        self.busy, self.error = False, None  # type: bool, str | None

    def give(self, task: Task) -> None:
        """Have a round made; returns at once."""
        with self._ready:
            self._task, self.busy = task, True
            self._ready.notify()

    def stop(self, seconds: float) -> None:
        """Make no further round, and wait for the one being made, but no longer than this."""
        with self._ready:
            self._stopped = True
            self._ready.notify()
        self.join(seconds)

    def run(self) -> None:
        """Wait for tasks until told to stop."""
        while (task := self._next()) is not None:
            try:
                self._done(self._learner.learn(task.round, task.known, task.held, task.left))
                self.error = None
            except Exception as error:  # shown on the page: answers are taken whatever befalls the model
                self.error = f"{type(error).__name__}: {error}"
                self._learner.forget()

    def _next(self) -> Task | None:
        with self._ready:
            self.busy = self._task is not None
            self._ready.wait_for(lambda: self._stopped or self._task is not None)
            task, self._task = self._task, None
            return None if self._stopped else task
