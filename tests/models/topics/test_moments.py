import itertools
from functools import reduce
from operator import add

import numpy as np
import pytest

from etl.engine import Engine
from etl.handoff import to_host
from etl.pieces import Pieces
from models.topics import documents, moments, whiten


def corpus(engine: Engine, documents: int = 40, words: int = 7):
    """Short documents, some of none, one and two words."""
    rng = np.random.default_rng(0)
    lengths = np.concatenate([[0, 1, 2, 3], rng.integers(3, 12, documents - 4)])
    shares = rng.dirichlet(np.full(words, 0.5), documents)
    counts = np.array([rng.multinomial(n, p) for n, p in zip(lengths, shares, strict=True)])
    return engine.sparse.csr_matrix(engine.xp.asarray(counts, "float64"))


def brute(X, by_length: bool, cap: float | None):
    """The three moments by enumerating all ordered pairs and triples of a document's tokens."""
    V = X.shape[1]
    M1, E2, E3 = np.zeros(V), np.zeros((V, V)), np.zeros((V, V, V))
    sums = np.zeros(3)
    for counts in np.minimum(X.toarray(), cap or np.inf).astype(int):
        tokens = np.repeat(np.arange(V), counts)
        w = len(tokens) ** moments.GROWTH if by_length else 1.0
        for order, moment in ((1, M1), (2, E2), (3, E3)):
            tuples = list(itertools.permutations(tokens, order))
            for place in tuples:
                moment[place] += w / len(tuples)
            sums[order - 1] += w * bool(tuples)
    return M1 / sums[0], E2 / sums[1], E3 / sums[2]


def total(bags) -> moments.Sums:
    return reduce(add, map(moments.sums, bags)).normal()


@pytest.fixture(params=[(True, None), (False, None), (True, 1.0)], ids=["length", "alike", "capped"])
def weighting(request):
    return request.param


def test_implicit_moments_equal_enumerated_ones(engine: Engine, weighting) -> None:
    X = corpus(engine)
    bags = moments.prepare(X, cap=weighting[1], by_length=weighting[0], dtype="float64")
    sums, W = total([bags]), engine.xp.asarray(np.random.default_rng(1).normal(size=(7, 3)))
    M1, E2, E3 = brute(X.get() if engine.name == "gpu" else X, *weighting)

    second = moments.second(Pieces([bags]), sums, engine.xp.ones(7), engine.xp.eye(7))
    third = moments.third(Pieces([bags]), sums, W)

    np.testing.assert_allclose(to_host(sums.M1), M1, atol=1e-12)
    np.testing.assert_allclose(to_host(second), E2, atol=1e-12)
    np.testing.assert_allclose(to_host(sums.repeats), np.diag(E2), atol=1e-12)
    w = to_host(W)
    np.testing.assert_allclose(to_host(third), np.einsum("abc,ai,bj,ck->ijk", E3, w, w, w), atol=1e-12)


@pytest.mark.parametrize("alpha0", [0.1, 2.0])
def test_the_sketch_equals_whitening_the_adjusted_moments(engine: Engine, alpha0: float) -> None:
    X = corpus(engine, 400)
    bags = moments.prepare(X, cap=None, by_length=False, dtype="float64")
    found = whiten.sketch(Pieces([bags]), total([bags]), 0.25, topics=2, passes=4, seed=0)
    whitened = whiten.whiten(found, alpha0, 2)
    M1, E2, E3 = brute(X.get() if engine.name == "gpu" else X, False, None)
    M2 = E2 - alpha0 / (alpha0 + 1) * np.outer(M1, M1)
    placed = np.einsum("ab,c->abc", E2, M1)
    three = placed + placed.transpose(0, 2, 1) + placed.transpose(2, 0, 1)
    one = np.einsum("a,b,c->abc", M1, M1, M1)
    M3 = E3 - alpha0 / (alpha0 + 2) * three + 2 * alpha0**2 / ((alpha0 + 1) * (alpha0 + 2)) * one

    scale, U = to_host(found.scale), to_host(found.U)
    W = scale[:, None] * U / np.sqrt(to_host(found.values)) @ to_host(whitened.turn)

    np.testing.assert_allclose(W.T @ M2 @ W, np.eye(2), atol=1e-8)
    np.testing.assert_allclose(to_host(whitened.T), np.einsum("abc,ai,bj,ck->ijk", M3, W, W, W), atol=1e-8)
    values = np.linalg.eigvalsh(scale[:, None] * M2 * scale)[::-1][:2]
    back = (1 / scale)[:, None] * U @ to_host(whitened.back)
    np.testing.assert_allclose(
        np.sort(
            (scale[:, None] * back / np.linalg.norm(scale[:, None] * back, axis=0)) ** 2 @ np.ones(2)
        ).sum(),
        2,
        atol=1e-8,
    )
    np.testing.assert_allclose(np.linalg.norm(scale[:, None] * back, axis=0) ** 2, values, rtol=1e-8)


def test_pieces_give_the_moments_of_the_whole(engine: Engine) -> None:
    X, W = corpus(engine), engine.xp.asarray(np.random.default_rng(1).normal(size=(7, 3)))
    whole = [moments.prepare(X, None, True, "float64")]
    parts = [moments.prepare(X[a:b], None, True, "float64") for a, b in ((0, 1), (1, 20), (20, 40))]

    one, other = (moments.third(Pieces(bags), total(bags), W) for bags in (whole, parts))

    np.testing.assert_allclose(to_host(one), to_host(other), atol=1e-12)


def test_a_word_is_counted_beyond_what_float32_tells_apart(engine: Engine) -> None:
    often = engine.xp.asarray([[2.0**24, 1.0], [1.0, 0.0], [1.0, 0.0]], dtype="float32")
    counts = documents.check(engine.sparse.csr_matrix(often))

    assert to_host(documents.survey(counts).words).tolist() == [2**24 + 2, 1]
