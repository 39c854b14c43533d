"""The tagger that learns from a person: small, as a round must end while a person reads a few sentences."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

from etl.conll import vocabulary
from etl.conll.coded import Coded, code
from etl.conll.corpus import Corpus
from etl.conll.schemes import tag_names
from etl.engine import Engine
from etl.engine.types import Array
from models.active.acquisition import acquisition
from models.active.person import PersonLearner
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


def person_tagger(
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
    corpus : Corpus
        The text; its tags are not read.
    kinds : sequence of str
        Types of spans.
    engine : Engine
        Where the tagger learns.
    encoder : {"cnn", "transformer"}
    epochs : int
        Passes of a round.
    score : str
        See `models.active.acquisition.acquisition`.
    candidates : int
        Open sentences that are scored in a round, at most.
    seed : int
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


def _vectors(text: Coded, words: int, seed: int) -> Array | None:
    """Vectors of words from the text; none where each sentence is one word."""
    if len(text.words) == len(text):
        return None
    return word_vectors(text.words, text.starts, words, seed=seed)


def _unjudged(estimator: TaggerEstimator) -> float:
    raise NotImplementedError("answers kept for judging come with each round")
