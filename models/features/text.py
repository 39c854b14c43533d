"""What texts say of their class: weights of words and their characters, directions of the words, topics."""

from collections.abc import Mapping, Sequence
from functools import partial
from operator import add
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from etl.engine import Engine, array_namespace, engine_of
from etl.engine.types import Array, Csr
from etl.handoff import from_host, to_host
from etl.pieces import Pieces
from etl.records import Choice, record
from models.features import weights
from models.features.characters import by_word
from models.topics.documents import keep, sample
from models.topics.spectrum import top
from models.topics.tensor_lda import TensorLDA

OVERSAMPLE, PASSES = 8, 5
MOST = 30_000
"""Words, and n-grams, that are kept at most: those in most texts."""
LEARNT, STEPS, FEWER = 100_000, 20, 10
"""Texts that directions and topics are learnt from; steps of each text's mixture, and those of more texts."""


class Lookup(NamedTuple):
    """Where the words of some counts are among those that were learnt; -1 of one that is not.

    Attributes
    ----------
    terms : sequence of str, length V
    words, topics : int64 arrays, shape (V,)
    grams : CSR matrix of float32 on the host, shape (V, n-grams), or None
    """

    terms: Sequence[str]
    words: np.ndarray
    topics: np.ndarray
    grams: Csr | None


class TextFeatures:
    """Sparse and dense features of texts, learnt from counts of their words.

    Sparse rows hold sublinear tf-idf of words and pairs of words and, where asked for, of the character
    n-grams within words, which also know words that nobody has seen. Dense ones hold the leading directions
    of the words' weights (latent semantic analysis: Deerwester et al., JASIS 1990) and shares of topics.

    Parameters
    ----------
    components : int
        Directions.
    topics : int
        Topics of TensorLDA; 0 makes none.
    characters : bool
        Whether words are taken apart.
    min_df : int
        Texts that a word is in, at least; of topics at least 5.
    random_state : int

    Attributes
    ----------
    terms_, grams_ : pyarrow arrays of str
        Words and n-grams of the sparse columns.
    idf_, gram_idf_ : float64 arrays
    directions_ : float32 array, shape (words, components)
    topics_ : TensorLDA or None
    topic_terms_ : pyarrow array of str
    steps_ : int
        Of each text's mixture of topics.
    """

    def __init__(
        self, components: int, topics: int, *, characters: bool, min_df: int = 2, random_state: int = 0
    ) -> None:
        self.components = components
        self.topics = topics
        self.characters = characters
        self.min_df = min_df
        self.random_state = random_state
        self._last: Lookup | None = None

    def fit(self, counts: Pieces, terms: Sequence[str], scratch: Path | None = None) -> Self:
        """Learn.

        Parameters
        ----------
        counts : Pieces of CSR matrices, shape (texts, V)
            Of all words, and sequences of them.
        terms : sequence of str, length V
        scratch : Path, optional
            See `models.topics.tensor_lda.TensorLDA.fit`.
        """
        names = pa.array(list(terms), pa.string())
        within, rows = counts.reduce(_survey, _add)
        documents = to_host(within)
        kept = documents >= _least(documents, self.min_df)
        if not kept.any():
            raise ValueError(f"no word is in {self.min_df} texts or more, so nothing can be learnt from them")
        self.terms_, self.texts_ = names.filter(pa.array(kept)), rows
        self.idf_ = weights.idf(documents[kept].astype("float64"), rows)
        self._fit_grams(counts, terms)
        some = self._some(counts)
        self._fit_directions(some, terms)
        self._fit_topics(some, terms, documents, scratch)
        return self

    def _some(self, counts: Pieces) -> Pieces:
        """The texts that directions and topics are learnt from."""
        self.steps_ = STEPS if self.texts_ <= LEARNT else FEWER
        if self.texts_ > LEARNT:
            told = f"{LEARNT:,} of {self.texts_:,} texts, as more tell little more"
            record(Choice(reason=f"directions and topics: learnt from {told}; {FEWER} steps find a mixture"))
        return sample(counts, self.texts_, LEARNT, self.random_state)[0]

    def _fit_grams(self, counts: Pieces, terms: Sequence[str]) -> None:
        self.grams_, self.gram_idf_ = pa.array([], pa.string()), np.zeros(0)
        if not self.characters:
            return
        words, grams = by_word(terms)
        documents = to_host(counts.reduce(partial(_grams_with, words=words), add))
        kept = documents >= _least(documents, self.min_df)
        self.grams_ = grams.filter(pa.array(kept))
        self.gram_idf_ = weights.idf(documents[kept].astype("float64"), self.texts_)

    def _fit_directions(self, counts: Pieces, terms: Sequence[str]) -> None:
        weighed = counts.map("weigh words", partial(self._words, places=self._places(self.terms_, terms)))
        first = next(iter(weighed))
        wide = min(self.components + OVERSAMPLE, self.texts_, len(self.terms_))
        drawn = np.random.RandomState(self.random_state).standard_normal((len(self.terms_), wide))
        start = from_host(drawn.astype("float32"), engine_of(first))
        held = weighed if _on_disk(counts) else keep(weighed)

        def square(Q: Array) -> Array:
            return held.reduce(partial(_second, Q=Q), add)

        values, self.directions_ = top(square, start, min(self.components, wide), PASSES)
        self.directions_ = self.directions_[:, values > 0]

    def _fit_topics(
        self, counts: Pieces, terms: Sequence[str], documents: np.ndarray, scratch: Path | None
    ) -> None:
        self.topics_: TensorLDA | None = None
        self.topic_terms_ = pa.array([], pa.string())
        if not self.topics:
            return
        names = pa.array(list(terms), pa.string())
        usual = pa.array(sorted(ENGLISH_STOP_WORDS))
        kept = (documents >= max(5, self.min_df)) & (documents <= 0.5 * self.texts_)
        kept &= ~np.asarray(pc.is_in(names, value_set=usual)) & ~np.asarray(pc.match_substring(names, " "))
        self.topic_terms_ = names.filter(pa.array(kept))
        part = counts.map("select", partial(weights.columns, places=_numbered(kept), width=int(kept.sum())))
        self.topics_ = TensorLDA(self.topics, random_state=self.random_state).fit(part, scratch=scratch)

    def sparse(self, counts: Csr, terms: Sequence[str]) -> Csr:
        """Weights of words and n-grams, float32, shape (n, words + n-grams).

        Parameters
        ----------
        counts : CSR matrix, shape (n, V)
        terms : sequence of str, length V
            Its words, known or not.
        """
        known = self.lookup(terms)
        found = self._words(counts, known.words)
        if known.grams is None:
            return found
        grams = _grams(counts, known.grams)
        parts = [found, weights.tfidf(grams, from_host(self.gram_idf_, engine_of(counts)))]
        return engine_of(counts).sparse.hstack(parts).tocsr()

    def dense(self, counts: Csr, terms: Sequence[str]) -> Array:
        """Directions and topics, float32, shape (n, components + topics)."""
        xp = array_namespace(counts)
        known = self.lookup(terms)
        blocks = [self._words(counts, known.words) @ self.directions_]
        if self.topics_ is not None:
            own = weights.columns(counts, known.topics, len(self.topic_terms_))
            blocks.append(self.topics_.transform(own, self.steps_))
        return xp.concatenate(blocks, axis=1).astype("float32")

    def lookup(self, terms: Sequence[str]) -> Lookup:
        """Where these words are among those learnt; that of the words last asked for is kept.

        Parameters
        ----------
        terms : sequence of str
        """
        if self._last is None or self._last.terms is not terms:
            grams = by_word(terms, self.grams_)[0] if len(self.grams_) else None
            words, topics = self._places(self.terms_, terms), self._places(self.topic_terms_, terms)
            self._last = Lookup(terms, words, topics, grams)
        return self._last

    @property
    def names(self) -> list[str]:
        """Of the dense columns."""
        directions = [f"direction_{number}" for number in range(self.directions_.shape[1])]
        found = 0 if self.topics_ is None else len(self.topics_.components_)
        return directions + [f"topic_{number}" for number in range(found)]

    def _words(self, counts: Csr, places: np.ndarray) -> Csr:
        known = weights.columns(counts, places, len(self.terms_))
        return weights.tfidf(known, from_host(self.idf_, engine_of(counts)))

    @staticmethod
    def _places(known: pa.Array, terms: Sequence[str]) -> np.ndarray:
        """Column of each term, -1 of one that is not known."""
        names = pa.array(list(terms), pa.string())
        return pc.index_in(names, value_set=known).fill_null(-1).to_numpy().astype("int64")

    def arrays(self) -> dict[str, np.ndarray]:
        """What was learnt in numbers, for a file."""
        held = {"idf": self.idf_, "gram_idf": self.gram_idf_, "directions": to_host(self.directions_)}
        if self.topics_ is not None:
            held |= {"components": to_host(self.topics_.components_).astype("float32")}
            held |= {"alpha": to_host(self.topics_.alpha_)}
        return held

    def facts(self) -> dict[str, Any]:
        """What was learnt in words, and how."""
        names = ("components", "topics", "characters", "min_df", "random_state", "steps_")
        held = {"terms": self.terms_, "grams": self.grams_, "topic_terms": self.topic_terms_}
        return {name: getattr(self, name) for name in names} | {
            "held": {name: own.to_pylist() for name, own in held.items()}
        }

    @classmethod
    def of(cls, facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray], engine: Engine) -> Self:
        """Read again what `facts` and `arrays` gave."""
        names = ("components", "topics", "characters", "min_df", "random_state")
        made = cls(**{name: facts[name] for name in names})
        made.steps_ = facts.get("steps_", STEPS)
        for name in ("terms", "grams", "topic_terms"):
            setattr(made, f"{name}_", pa.array(facts["held"][name], pa.string()))
        made.idf_, made.gram_idf_ = arrays["idf"], arrays["gram_idf"]
        made.directions_, made.topics_ = from_host(arrays["directions"], engine), None
        if "components" in arrays:
            made.topics_ = TensorLDA(len(arrays["components"]))
            made.topics_.components_ = from_host(arrays["components"], engine)
            made.topics_.alpha_ = from_host(arrays["alpha"], engine)
            made.topics_.n_features_in_ = arrays["components"].shape[1]
        return made


def _least(documents: np.ndarray, min_df: int) -> int:
    """Texts that a word must be in, so that at most `MOST` words are kept.

    Examples
    --------
    >>> _least(np.array([1, 2, 5]), 2)
    2
    """
    if (documents >= min_df).sum() <= MOST:
        return min_df
    return max(min_df, int(np.sort(documents)[-MOST - 1]) + 1)


def _survey(X: Csr) -> tuple[Array, int]:
    return weights.documents_with(X), X.shape[0]


def _add(one: tuple[Array, int], other: tuple[Array, int]) -> tuple[Array, int]:
    return one[0] + other[0], one[1] + other[1]


def _grams(X: Csr, words: Csr) -> Csr:
    """Counts of n-grams, by those of each word, which lie on the host."""
    engine = engine_of(X)
    parts = tuple(from_host(part, engine) for part in (words.data, words.indices, words.indptr))
    found = X.astype("float32") @ engine.sparse.csr_matrix(parts, shape=words.shape)
    found.sort_indices()
    return found


def _grams_with(X: Csr, words: Csr) -> Array:
    return weights.documents_with(_grams(X, words))


def _second(X: Csr, Q: Array) -> Array:
    return X.T @ (X @ Q)


def _numbered(kept: np.ndarray) -> np.ndarray:
    return np.where(kept, np.cumsum(kept) - 1, -1)


def _on_disk(pieces: Pieces) -> bool:
    return any(isinstance(item, Path) for item in pieces.items)
