"""scikit-learn's CountVectorizer."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from etl.text.documents import Layout, tables

COLUMNS = ("id", "category", "date", "title", "abstract")


def load(data: str) -> list[str]:
    """Titles and abstracts."""
    layout = Layout(("title", "abstract"), names=COLUMNS)
    return [text for table in tables(Path(data), layout) for text in table["text"].to_pylist()]


def run(data: list[str], threads: int, options: dict[str, Any]) -> tuple[Any, Any]:
    """Vocabulary and counts."""
    model = CountVectorizer(**_tuples(options))
    counts = model.fit_transform(data)
    return model.get_feature_names_out(), counts


def digest(result: tuple[Any, Any]) -> dict[str, Any]:
    """The vocabulary and the counts, hashed."""
    terms, counts = result
    counts = counts.tocsr()
    counts.sort_indices()
    parts = [" ".join(terms).encode(), *(_bytes(a) for a in (counts.indptr, counts.indices, counts.data))]
    hashed = hashlib.sha256(b"|".join(parts)).hexdigest()
    return {"hash": hashed, "shape": str(counts.shape), "tokens": int(counts.sum())}


def _bytes(array: np.ndarray) -> bytes:
    return array.astype("int64").tobytes()


def _tuples(options: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}
