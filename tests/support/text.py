"""Random texts and counts, and scikit-learn's counts of texts as an oracle."""

from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import CountVectorizer

WORDS = "the a of data model Topic topics x1 naïve ΟΔΟΣ İstanbul straße _id x² 東京 ½ и́ 1990 Ⅷ e-mail".split()


def texts(documents: int = 300, seed: int = 0) -> list[str]:
    """Documents of few and of many words, some empty, with marks of all kinds between words."""
    rng = np.random.default_rng(seed)
    shares = 1 / np.arange(1, len(WORDS) + 1)
    marks = np.array([" ", ", ", ". ", "-", "\n", "\0", "'", "—"])
    found = []
    for length in rng.poisson(rng.choice([0, 2, 30], documents)):
        words = rng.choice(WORDS, length, p=shares / shares.sum())
        found.append("".join(np.ravel(np.column_stack([words, rng.choice(marks, length)]))))
    return found


def counted(documents: list[str], **options: Any) -> tuple[sp.csr_matrix, list[str]]:
    """scikit-learn's counts and vocabulary."""
    model = CountVectorizer(**options)
    return model.fit_transform(documents), model.get_feature_names_out().tolist()


def counts(documents: int = 200, words: int = 50, seed: int = 0, density: float = 0.1) -> sp.csr_matrix:
    """Random counts with empty rows, at the end too, and the last word in use."""
    rng = np.random.default_rng(seed)
    dense = rng.poisson(2, (documents, words)) * (rng.random((documents, words)) < density)
    dense[rng.random(documents) < 0.1] = 0
    dense[0, -1], dense[-2:] = 3, 0
    return sp.csr_matrix(dense.astype("int32"))


def same(one: Any, other: Any) -> bool:
    """Whether two matrices hold the same numbers in the same shape, and the first is as promised."""
    tidy = one.dtype == np.int32 and one.has_canonical_format and bool((one.data > 0).all())
    return tidy and one.shape == other.shape and (one != other).nnz == 0
