"""Texts as short dense vectors, for networks that take rows."""

import numpy as np

from etl.engine import Engine
from etl.engine.types import Array
from etl.handoff import from_host

TOPICS = 256
"""Features of a text, at most."""


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
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    tfidf = TfidfVectorizer(min_df=3, max_df=0.5, sublinear_tf=True, stop_words="english")
    counts = tfidf.fit_transform(texts)
    width = min(TOPICS, min(counts.shape) - 1)
    vectors = normalize(TruncatedSVD(width, random_state=seed).fit_transform(counts)) * np.sqrt(width)
    return from_host(vectors.astype("float32", copy=False), engine)
