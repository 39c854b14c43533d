"""Word vectors against sums written out word by word."""

from itertools import pairwise

import numpy as np
import pytest

from models.tagger.word_vectors import SMOOTHING, neighbours, pmi, word_vectors


def made(seed=0, words=12, sentences=60):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 9, sentences)
    return rng.integers(1, words, lengths.sum()), np.concatenate([[0], lengths.cumsum()])


def counted(codes, starts, words, window):
    found = np.zeros((words, 2 * words))
    for begin, end in pairwise(starts):
        for i in range(begin, end):
            for j in range(begin, end):
                if 0 < j - i <= window:
                    found[codes[i], codes[j]] += 1
                if 0 < i - j <= window:
                    found[codes[i], words + codes[j]] += 1
    return found


def information(counts):
    found = np.zeros_like(counts)
    smooth = counts.sum(axis=0) ** SMOOTHING
    for (i, j), value in np.ndenumerate(counts):
        if value:
            joint, row = value / counts.sum(), counts[i].sum() / counts.sum()
            found[i, j] = max(0.0, np.log(joint / (row * smooth[j] / smooth.sum())))
    return found


@pytest.mark.parametrize("window", [1, 3])
def test_neighbours_and_information_equal_loops(engine, window):
    codes, starts = made()
    counts = neighbours(engine.xp.asarray(codes), engine.xp.asarray(starts), 12, window)
    expected = counted(codes, starts, 12, window)
    dense = counts.toarray() if engine.name == "cpu" else counts.toarray().get()
    np.testing.assert_array_equal(dense, expected)
    found = pmi(counts).toarray()
    found = found if engine.name == "cpu" else found.get()
    np.testing.assert_allclose(found, information(expected), rtol=1e-5, atol=1e-6)


def test_products_of_vectors_are_those_of_the_singular_vectors():
    codes, starts = made()
    P = information(counted(codes, starts, 12, 2))
    U, S, _ = np.linalg.svd(P)
    exact = (U[:, :4] * np.sqrt(S[:4])) @ (U[:, :4] * np.sqrt(S[:4])).T
    found = word_vectors(codes, starts, 12, size=4, window=2, scale=1.0)
    gram = found @ found.T
    np.testing.assert_allclose(gram / np.trace(gram), exact / np.trace(exact), atol=1e-4)
    inside = found[(found != 0).any(axis=1)]
    assert np.sqrt((inside**2).mean()) == pytest.approx(1.0, rel=1e-5)
    assert not found[0].any()


def test_words_used_alike_have_like_vectors_and_a_seed_repeats_them():
    rng = np.random.default_rng(0)
    codes = np.array(
        [[rng.choice(kind), rng.choice(after)] for kind, after in [([1, 2], [5, 6]), ([3, 4], [7, 8])] * 300]
    )
    starts = np.arange(0, codes.size + 1, 2)
    one, two = (word_vectors(codes.ravel(), starts, 9, size=4, seed=3) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    unit = one[1:5] / np.linalg.norm(one[1:5], axis=1, keepdims=True)
    like = unit @ unit.T
    assert like[0, 1] > 0.95
    assert like[2, 3] > 0.95
    assert abs(like[0, 2]) < 0.2


def test_text_without_neighbours_is_refused():
    with pytest.raises(ValueError, match="no two words stand side by side; give sentences of several"):
        word_vectors(np.array([1, 2]), np.array([0, 1, 2]), 3)
