"""Trinity's counts of words."""

from typing import Any

import pyarrow as pa

from benchmarks.text.peers import sklearn
from benchmarks.text.peers.sklearn import digest  # noqa: F401
from etl.text.count_vectorizer import CountVectorizer


def load(data: str) -> pa.Array:
    """Titles and abstracts; and all loops compiled."""
    texts = sklearn.load(data)
    CountVectorizer(ngram_range=(1, 2)).fit_transform(texts[:100])
    return pa.array(texts, pa.large_string())


def run(data: pa.Array, threads: int, options: dict[str, Any]) -> tuple[Any, Any]:
    """Vocabulary and counts."""
    model = CountVectorizer(**sklearn._tuples(options))
    counts = model.fit_transform(data)
    return model.get_feature_names_out(), counts
