"""Weights of words in texts by a learnt vocabulary: term frequency times inverse document frequency."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from sklearn.feature_extraction.text import TfidfVectorizer

from etl.engine import Engine
from etl.engine.types import Csr, Estimator, Series
from etl.handoff import from_host, to_host, to_list

SETTINGS: dict[str, Any] = {"ngram_range": (1, 2), "sublinear_tf": True}
"""Of the vectorizers of both libraries."""


@dataclass(frozen=True)
class Tfidf:
    """Words, or pairs of them, and how rare each is.

    Attributes
    ----------
    terms : list of str
        Of the columns.
    idf : float64 array, shape (terms,)
        On the host.
    """

    terms: list[str]
    idf: np.ndarray

    @classmethod
    def of(cls, fitted: Estimator) -> Self:
        """From a fitted TfidfVectorizer of scikit-learn or cuML."""
        known = fitted.vocabulary_
        terms = sorted(known, key=known.__getitem__) if isinstance(known, dict) else to_list(known)
        return cls(terms, to_host(fitted.idf_).ravel().astype("float64"))

    def transform(self, texts: Series, engine: Engine) -> Csr:
        """Weights of texts, which are counted on the host; a row of length 1 a text, 0 without known words.

        Parameters
        ----------
        texts : Series of str, shape (n,)
        engine : Engine
            Where the weights are to lie.
        """
        counter = TfidfVectorizer(vocabulary=self.terms, **SETTINGS)
        counter.idf_ = self.idf
        found = counter.transform(to_list(texts))
        parts = tuple(from_host(part, engine) for part in (found.data, found.indices, found.indptr))
        return engine.sparse.csr_matrix(parts, shape=found.shape)

    def save(self, path: Path) -> None:
        """Write a Parquet file of ``term, idf``."""
        table = pa.table({"term": pa.array(self.terms, pa.large_string()), "idf": self.idf})
        pyarrow.parquet.write_table(table, path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        table = pyarrow.parquet.read_table(path)
        return cls(table["term"].to_pylist(), table["idf"].to_numpy())
