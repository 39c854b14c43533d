"""Texts as short dense vectors, for networks that take rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from etl.engine import Engine
from etl.engine.types import Array
from etl.handoff import from_host

TOPICS = 256
"""Features of a text, at most."""


@dataclass(frozen=True, eq=False)
class TextFeatures:
    """Directions that texts were brought to, for further texts.

    Attributes
    ----------
    terms : list of str
    idf : float64 array, shape (terms,)
    components : float64 array, shape (features, terms)
    """

    terms: list[str]
    idf: np.ndarray
    components: np.ndarray

    def transform(self, texts: list[str], engine: Engine) -> tuple[Array, int]:
        """Features of texts, (n, features), and how many texts hold no known term.

        Parameters
        ----------
        texts : list of str
        engine : Engine
        """
        from sklearn.preprocessing import normalize

        tfidf = _tfidf(vocabulary={term: place for place, term in enumerate(self.terms)})
        tfidf.idf_ = self.idf
        counts = tfidf.transform(texts)
        vectors = normalize(counts @ self.components.T) * np.sqrt(len(self.components))
        return from_host(vectors.astype("float32"), engine), int((counts.getnnz(axis=1) == 0).sum())


def _tfidf(vocabulary: Mapping[str, int] | None = None) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        min_df=3, max_df=0.5, sublinear_tf=True, stop_words="english", vocabulary=vocabulary
    )


def text_features(texts: list[str], engine: Engine, seed: int) -> Array:
    """Directions of the largest singular values of tf-idf, scaled to one length. No label is used.

    Source: Deerwester et al., "Indexing by latent semantic analysis", 1990.

    Parameters
    ----------
    texts : list of str, length n
    engine : Engine
        Where the array lies; the decomposition is scikit-learn's, on the host.
    seed : int

    Returns
    -------
    float32 array, shape (n, at most `TOPICS`)
    """
    return learn(texts, engine, seed)[0]


def learn(texts: list[str], engine: Engine, seed: int) -> tuple[Array, TextFeatures]:
    """The same, and what brings further texts to these features.

    Parameters
    ----------
    texts : list of str, length n
    engine : Engine
    seed : int
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    tfidf = _tfidf()
    counts = tfidf.fit_transform(texts)
    width = min(TOPICS, min(counts.shape) - 1)
    svd = TruncatedSVD(width, random_state=seed)
    vectors = normalize(svd.fit_transform(counts)) * np.sqrt(width)
    terms = tfidf.get_feature_names_out().tolist()
    found = TextFeatures(terms, tfidf.idf_, svd.components_)
    return from_host(vectors.astype("float32", copy=False), engine), found
