"""Simulated documents are the same however they are cut, and their moments are those of their topics."""

import numpy as np
import pytest
import scipy.sparse as sp

from etl.executors import Threads
from etl.text import simulate
from etl.text.simulate import BLOCK, Design, corpus, draw, known, pieces
from etl.text.simulate_kernels import alias_tables

DESIGN = Design(words=60, topics=4, alpha0=1.2, length=40, seed=3)


@pytest.mark.parametrize("size", [BLOCK, 1000, 20_000])
def test_pieces_are_the_whole(size: int) -> None:
    documents = 2 * BLOCK + 500
    whole, truth = corpus(documents, 60, 4, 1.2, 40, seed=3)
    parts = list(pieces(documents, DESIGN, size, executor=Threads(2)))

    assert sum(part.shape[0] for part in parts) == documents
    assert (sp.vstack(parts, format="csr") != whole).nnz == 0
    assert truth is known(DESIGN)
    assert whole.has_canonical_format
    assert whole.dtype == np.int32


@pytest.mark.parametrize("span", [(0, 0), (BLOCK - 1, 2), (BLOCK, 5), (70, BLOCK)])
def test_a_span_is_the_rows_of_the_whole(span: tuple[int, int]) -> None:
    first, documents = span
    whole = draw((0, 2 * BLOCK), DESIGN)

    assert (draw(span, DESIGN) != whole[first : first + documents]).nnz == 0


def test_seeds_differ() -> None:
    other = Design(60, 4, 1.2, 40, seed=4)

    assert (draw((0, 50), DESIGN) != draw((0, 50), other)).nnz > 0
    assert abs(known(DESIGN).topics - known(other).topics).max() > 0.01


def test_the_truth_is_made_of_distributions() -> None:
    truth = known(DESIGN)

    assert truth.topics.shape == (4, 60)
    assert np.allclose(truth.topics.sum(axis=1), 1)
    assert np.isclose(truth.alpha.sum(), 1.2)
    assert np.isclose(truth.alpha[0] / truth.alpha[-1], 3)


def test_lengths_are_log_normal() -> None:
    lengths = np.asarray(draw((0, 50_000), DESIGN).sum(axis=1)).ravel()
    spread = 40 * np.sqrt(np.exp(DESIGN.spread**2) - 1)

    assert abs(lengths.mean() - 40) < 4 * spread / np.sqrt(50_000)
    assert abs(np.log(lengths).std() - DESIGN.spread) < 0.02
    assert lengths.min() >= 1


def test_moments_are_those_of_the_topics() -> None:
    """E[p] = sum a_k b_k / a0, and E[p p'] = (sum a_k b_k b_k' + a a' of their sums) / (a0 (a0 + 1)).

    Source: Anandkumar, Ge, Hsu, Kakade and Telgarsky, JMLR 15, 2014, theorem 3.5. Pairs of different tokens
    of a document estimate the second. Tolerance: 5 standard errors of each entry, found from the documents.
    """
    documents = 40_000
    truth = known(DESIGN)
    alpha, a0 = truth.alpha, truth.alpha.sum()
    mean = alpha @ truth.topics
    second = (truth.topics.T * alpha) @ truth.topics + np.outer(mean, mean)
    found = draw((0, documents), DESIGN).toarray().astype("float64")
    length = found.sum(axis=1, keepdims=True)
    share = found / length
    error = share.std(axis=0) / np.sqrt(documents)
    assert (abs(share.mean(axis=0) - mean / a0) < 5 * error).all()

    long = found[(length > 1).ravel()]
    scale = long.sum(axis=1) * (long.sum(axis=1) - 1)
    pairs = [(np.outer(x, x) - np.diag(x)) / s for x, s in zip(long[:8000], scale, strict=False)]
    error = np.std(pairs, axis=0) / np.sqrt(len(pairs))
    assert (abs(np.mean(pairs, axis=0) - second / (a0 * (a0 + 1))) < 5 * error + 1e-12).all()


def test_a_design_of_the_default_shape_has_as_many_effective_words_as_it_says() -> None:
    topics = known(Design(10_000, 20, 1.0, 300)).topics
    effective = np.exp(-(topics * np.log(np.maximum(topics, 1e-300))).sum(axis=1)).mean()

    assert 340 < effective < 390


def test_alias_tables_say_the_shares() -> None:
    rng = np.random.default_rng(0)
    shares = np.vstack([rng.dirichlet(np.full(50, 0.1), 20), np.eye(50)[:3], np.full((1, 50), 0.02)])
    prob, alias = alias_tables(shares)
    found = prob / 50
    for row in range(len(shares)):
        np.add.at(found[row], alias[row], (1 - prob[row]) / 50)

    assert np.allclose(found, shares, atol=1e-12)


def test_one_topic_and_one_word() -> None:
    counts, truth = corpus(10, words=1, topics=1, alpha0=0.5, length=5, seed=0)

    assert (counts.toarray() >= 1).all()
    assert truth.alpha.tolist() == [0.5]
    assert simulate.draw((0, 10), Design(3, 2, 1e-3, 5)).shape == (10, 3)
