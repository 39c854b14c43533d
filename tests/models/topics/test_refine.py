import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, diags_array
from scipy.special import digamma, gammaln

from etl.engine import Engine
from etl.handoff import to_host
from etl.text.simulate import corpus
from models.topics import passes, refine
from tests.support.device_runs import waits


def problem(engine: Engine, documents: int = 60, k: int = 4):
    """Counts, mixtures, alpha and topics, and an empty document."""
    counts, known = corpus(documents, words=30, topics=k, alpha0=1.0, length=25, seed=3)
    counts = diags_array((np.arange(documents) != 5).astype("float32")) @ counts
    counts.eliminate_zeros()
    X = engine.sparse.csr_matrix(csr_matrix(counts).astype("float32"))
    alpha = engine.xp.asarray([0.1, 0.5, 1.0, 0.2])
    return X, refine.initial_mixtures(X, alpha), alpha, engine.xp.asarray(known.topics.T, "float32")


def brute(X, gamma, alpha, B, inner):
    """Blei, Ng and Jordan's equations 6 and 7 by loops, in double precision."""
    words, logs, loss = np.zeros(B.shape), np.zeros(len(alpha)), 0.0
    gamma = gamma.astype("float64").copy()
    for d, counts in enumerate(X.toarray()):
        for _ in range(inner):
            weight = np.exp(digamma(gamma[d]) - digamma(gamma[d].sum()))
            old, new = gamma[d].copy(), np.array(alpha, dtype="float64")
            for v in np.flatnonzero(counts):
                phi = weight * B[v] / (weight * B[v]).sum()
                new += counts[v] * phi
            gamma[d] = new
        if counts.any():
            logs += digamma(old) - digamma(old.sum())
        for v in np.flatnonzero(counts):
            chance = (weight * B[v]).sum()
            words[v] += counts[v] * weight / chance
            loss += counts[v] * np.log(chance)
    return words * B, logs, loss, gamma


@pytest.mark.parametrize("inner", [1, 3])
@pytest.mark.parametrize("how", [refine.step, refine._arrays], ids=["compiled", "arrays"])
def test_a_step_is_the_variational_one(engine: Engine, how, inner: int) -> None:
    X, gamma, alpha, B = problem(engine)
    host = X.get() if engine.name == "gpu" else X

    expected, new = how(X, gamma, alpha, B, inner)

    words, logs, loss, mixtures = brute(host, to_host(gamma), to_host(alpha), to_host(B), inner)
    np.testing.assert_allclose(to_host(expected.words * B), words, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(to_host(expected.logs), logs, rtol=1e-4)
    np.testing.assert_allclose(to_host(new), mixtures, rtol=1e-4)
    assert expected.loss == pytest.approx(loss, rel=1e-5)
    assert expected.documents == 59


@pytest.mark.gpu
def test_more_inner_steps_wait_for_no_more(engine: Engine) -> None:
    X, gamma, alpha, B = problem(engine)
    waited = []
    for inner in (1, 9):
        before = waits()
        refine.step(X, gamma, alpha, B, inner)
        waited.append(waits() - before)

    assert waited[0] == waited[1]


def test_words_of_a_document_that_are_there_twice_count_together(engine: Engine) -> None:
    X, gamma, alpha, B = problem(engine)
    xp = engine.xp
    twice = [xp.concatenate([part, part]) for part in (X.data / 2, X.indices)]
    order = xp.argsort(xp.concatenate([xp.searchsorted(X.indptr, xp.arange(X.nnz), side="right")] * 2))
    doubled = engine.sparse.csr_matrix((twice[0][order], twice[1][order], X.indptr * 2), shape=X.shape)

    found, wanted = (refine._arrays(each, gamma, alpha, B, 3) for each in (doubled, X))

    np.testing.assert_allclose(to_host(found[1]), to_host(wanted[1]), rtol=1e-5)
    np.testing.assert_allclose(to_host(found[0].words), to_host(wanted[0].words), rtol=1e-5)
    assert found[0].loss == pytest.approx(wanted[0].loss, rel=1e-6)
    assert doubled.nnz == 2 * X.nnz


def test_the_compiled_digamma_is_scipys() -> None:
    from models.topics import kernels

    x = np.geomspace(1e-3, 1e4, 500).astype("float32")
    found = [np.log(y) + c for y, c in map(kernels._log_mean, x)]

    np.testing.assert_allclose(found, digamma(x), rtol=2e-6, atol=2e-6)


def test_alpha_is_the_likeliest(engine: Engine) -> None:
    mixtures = np.random.default_rng(0).dirichlet([0.2, 1.0, 3.0], 500)
    logs = np.log(mixtures).sum(axis=0)

    def loss(log_alpha):
        alpha = np.exp(log_alpha)
        return -(500 * (gammaln(alpha.sum()) - gammaln(alpha).sum()) + ((alpha - 1) * logs).sum())

    best = np.exp(minimize(loss, np.zeros(3), tol=1e-10).x)
    for start in ([0.1] * 3, [50.0, 0.01, 5.0]):
        found = refine.prior(engine.xp.asarray(start), engine.xp.asarray(logs), 500, n_iter=100)
        np.testing.assert_allclose(to_host(found), best, rtol=1e-3)


def test_plain_passes_never_lose_likelihood(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    from etl.pieces import Pieces

    monkeypatch.setattr(passes, "RELAX", 1.0)
    X, _, alpha, B = problem(engine, 400)
    flat = engine.xp.full_like(B, 1 / len(B)) * 0.5 + B * 0.5
    run = passes.run(Pieces([X]), flat, alpha, tokens=float(X.sum()), n_iter=25, first=10, tol=-1, eta=0.0)

    assert np.diff(run.history[3:]).min() > -1e-4
    assert run.history[-1] > run.history[0] + 0.01
    np.testing.assert_allclose(to_host(run.B).sum(axis=0), 1, rtol=1e-5)


def test_long_steps_are_given_up_when_they_overshoot(engine: Engine, monkeypatch) -> None:
    from etl.pieces import Pieces

    monkeypatch.setattr(passes, "RELAX", 12.0)
    X, _, alpha, B = problem(engine, 400)
    flat = engine.xp.full_like(B, 1 / len(B)) * 0.5 + B * 0.5
    run = passes.run(Pieces([X]), flat, alpha, tokens=float(X.sum()), n_iter=40, first=5, tol=-1, eta=1e-3)

    assert np.diff(run.history).min() < 0  # they did overshoot
    assert run.history[-1] > run.history[1]
    assert np.diff(run.history[-10:]).min() > -1e-4
