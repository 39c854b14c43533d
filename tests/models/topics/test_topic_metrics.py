"""Metrics of topics against loops over tokens and pairs, gensim, and what must hold."""

import math
from itertools import combinations

import numpy as np
import pytest
import scipy.sparse
from scipy.stats import hypergeom

from etl.engine import Engine
from etl.handoff import to_host
from models.topics import perplexity as module
from models.topics.metrics import c_v, diversity, match, npmi, perplexity, recovered_share, top_words
from models.topics.token_split import token_split

WORDS, K = 60, 5


def corpus(documents: int, length: float = 30.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Counts drawn from the model of latent Dirichlet allocation, and its topics."""
    rng = np.random.default_rng(seed)
    topics = rng.dirichlet(np.full(WORDS, 0.1), K)
    shares = rng.dirichlet(np.full(K, 0.2), documents) @ topics
    return rng.multinomial(rng.poisson(length, documents), shares / shares.sum(axis=1)[:, None]), topics


COUNTS, TOPICS = corpus(300)


def on(engine: Engine, counts: np.ndarray, dtype: str = "float64"):
    return engine.sparse.csr_matrix(engine.xp.asarray(counts.astype(dtype)))


def one_entry_a_token() -> scipy.sparse.csr_matrix:
    """The same counts, stored with duplicates and out of order."""
    words = np.concatenate([np.repeat(np.arange(WORDS), row)[::-1] for row in COUNTS])
    ends = np.r_[0, COUNTS.sum(axis=1).cumsum()]
    return scipy.sparse.csr_matrix((np.ones(len(words)), words, ends), shape=COUNTS.shape)


def by_loops(read, scored, B, prior, n_iter: int) -> float:
    """EM a document, a word and a topic at a time, in float64; B has a row for each word."""
    total = tokens = 0.0
    for one, other in zip(read, scored, strict=True):
        if not other.sum():
            continue
        theta = np.array(prior)
        for _ in range(n_iter):
            count = np.zeros(len(prior))
            for w in np.flatnonzero(one):
                count += one[w] * theta * B[w] / sum(theta[k] * B[w, k] for k in range(len(prior)))
            theta = prior + count
        theta = theta / theta.sum()
        for w in np.flatnonzero(other):
            total += other[w] * math.log(theta @ B[w])
            tokens += other[w]
    return math.exp(-total / tokens)


@pytest.mark.parametrize("prior", [0.1, [0.05, 0.1, 0.5, 1.0, 2.0]])
@pytest.mark.parametrize("background", [None, np.arange(1, WORDS + 1) / (WORDS * (WORDS + 1) / 2)])
@pytest.mark.parametrize("chunk", [1, 5000, 1 << 20])
def test_perplexity_is_that_of_loops(engine: Engine, prior, background, chunk: int, monkeypatch) -> None:
    monkeypatch.setitem(module.CHUNK, engine.name, chunk)
    counts = COUNTS[:25].copy()
    counts[3], counts[4] = 0, np.eye(WORDS)[7]
    xp, X = engine.xp, on(engine, counts)
    read, scored = (to_host(part.toarray()) for part in token_split(X, seed=3))
    unigram = np.full(WORDS, 1 / WORDS) if background is None else background
    expected = by_loops(
        read, scored, 0.9 * TOPICS.T + 0.1 * unigram[:, None], np.full(K, 0.0) + prior, n_iter=20
    )
    got = perplexity(
        X,
        xp.asarray(TOPICS),
        prior=prior if isinstance(prior, float) else xp.asarray(prior),
        n_iter=20,
        mix=0.1,
        background=None if background is None else xp.asarray(background),
        seed=3,
    )

    assert got == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64", "bool"])
def test_halves_cut_every_document(engine: Engine, dtype: str) -> None:
    counts = np.minimum(COUNTS, 1) if dtype == "bool" else COUNTS
    read, scored = (to_host(part.toarray()) for part in token_split(on(engine, counts, dtype), seed=0))

    assert ((read + scored) == counts).all()
    assert (read >= 0).all()
    assert (scored >= 0).all()
    assert (read.sum(axis=1) == (counts.sum(axis=1) + 1) // 2).all()


def test_halves_do_not_depend_on_how_the_matrix_is_stored(engine: Engine) -> None:
    X, loose = scipy.sparse.csr_matrix(COUNTS.astype("uint8")), one_entry_a_token()
    stored = loose.data.copy()

    assert loose.nnz == COUNTS.sum() > X.nnz
    assert abs(token_split(loose, seed=1)[0] - token_split(X, seed=1)[0]).nnz == 0
    assert (loose.data == stored).all()
    assert (to_host(token_split(on(engine, COUNTS), seed=1)[0].toarray()) == token_split(X, seed=1)[0]).all()


def test_halves_draw_tokens_without_replacement() -> None:
    X = scipy.sparse.csr_matrix(np.tile([3, 9], (4000, 1)))
    seen = np.bincount(token_split(X, seed=0)[0].toarray()[:, 0].astype(int), minlength=4) / 4000
    chance = hypergeom(12, 3, 6).pmf(np.arange(4))

    assert np.abs(seen - chance).max() < 4 * np.sqrt(0.25 / 4000)
    assert abs(token_split(X, seed=0)[0] - token_split(X, seed=1)[0]).nnz > 0


def test_perplexity_is_least_for_the_true_topics(engine: Engine) -> None:
    xp, X = engine.xp, on(engine, COUNTS)
    rng = np.random.default_rng(1)
    values = []
    for noise in (0.0, 0.1, 0.3, 1.0):
        topics = (1 - noise) * TOPICS + noise * rng.dirichlet(np.full(WORDS, 0.1), K)
        values.append(perplexity(X, xp.asarray(topics)))

    assert values == sorted(values)
    assert 1.5 * values[0] < values[-1]


def test_perplexity_of_topics_that_know_nothing_is_the_number_of_words(engine: Engine) -> None:
    uniform = engine.xp.full((3, WORDS), 1 / WORDS)

    assert perplexity(on(engine, COUNTS), uniform) == pytest.approx(WORDS, rel=1e-6)


def test_perplexity_does_not_depend_on_the_order_of_topics_nor_on_empty_documents(engine: Engine) -> None:
    xp, X = engine.xp, on(engine, COUNTS)
    first = perplexity(X, xp.asarray(TOPICS))
    padded = np.vstack([COUNTS, np.zeros((2, WORDS), int), np.eye(WORDS, dtype=int)[:3]])

    assert perplexity(X, xp.asarray(TOPICS[::-1].copy())) == pytest.approx(first, rel=1e-5)
    assert perplexity(on(engine, padded), xp.asarray(TOPICS)) == pytest.approx(first, rel=1e-5)
    assert perplexity(X, xp.asarray(TOPICS), seed=0) == first
    assert perplexity(X, xp.asarray(TOPICS), seed=1) != first


def test_perplexity_is_infinite_where_a_token_cannot_be(engine: Engine) -> None:
    topics = engine.xp.asarray(np.eye(4)[:2])
    X = on(engine, np.full((2, 4), 5))

    assert perplexity(X, topics, mix=0.0) == math.inf
    assert perplexity(X, topics) < math.inf


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": COUNTS + 0.5}, "whole numbers"),
        ({"X": -COUNTS}, "none below zero"),
        ({"X": np.eye(WORDS)}, "no document of X has two tokens"),
        ({"X": np.zeros((2, WORDS))}, "no document of X has two tokens"),
        ({"topics": TOPICS[:, 1:]}, r"topics have shape \(5, 59\), and X has 60 words"),
        ({"background": np.ones(3)}, r"background has shape \(3,\)"),
        ({"mix": 1.5}, "mix is 1.5"),
        ({"prior": 0.0}, "prior must be above zero"),
        ({"prior": np.ones(4)}, r"prior has shape \(4,\)"),
    ],
)
def test_perplexity_says_what_is_wrong(change: dict, message: str) -> None:
    given = {"X": COUNTS, "topics": TOPICS, **change}
    with pytest.raises(ValueError, match=message):
        perplexity(scipy.sparse.csr_matrix(given.pop("X")), given.pop("topics"), **given)


def pair(there: np.ndarray, i: int, j: int) -> float:
    """NPMI of two words from columns of truth values."""
    one, other, both = there[:, i].mean(), there[:, j].mean(), (there[:, i] & there[:, j]).mean()
    return -1.0 if both == 0 else math.log(both / (one * other)) / -math.log(both)


@pytest.mark.parametrize("block", [1, 12, 2000])
@pytest.mark.parametrize("top", [2, 6])
def test_npmi_is_the_mean_over_pairs(engine: Engine, block: int, top: int, monkeypatch) -> None:
    monkeypatch.setattr("models.topics.coherence.WORDS", block)
    counts = COUNTS.copy()
    counts[:, TOPICS[0].argmax()] = 0
    best = np.argsort(-TOPICS, axis=1)[:, :top]
    expected = [np.mean([pair(counts > 0, i, j) for i, j in combinations(row, 2)]) for row in best]
    got = npmi(engine.xp.asarray(TOPICS), on(engine, counts), top)

    assert to_host(got) == pytest.approx(expected, rel=1e-9)


def test_coherence_knows_its_ends_and_explicit_zeros(engine: Engine) -> None:
    counts = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 0, 2]])
    X = on(engine, counts + 1)
    X.data = X.data - 1
    topics = engine.xp.asarray(np.array([[4.0, 3, 1, 1], [1, 1, 4, 3], [4, 1, 3, 1]]) / 9)

    assert to_host(npmi(topics, X, 2)) == pytest.approx([1.0, -1.0, 0.0])
    assert float(c_v(topics[:1], X, 3)[0]) == pytest.approx((2 * 4 / math.sqrt(18) + 1 / 3) / 3)


def test_npmi_does_not_depend_on_how_the_matrix_is_stored() -> None:
    expected = npmi(TOPICS, scipy.sparse.csr_matrix(COUNTS > 0), 5)

    assert npmi(TOPICS, one_entry_a_token(), 5) == pytest.approx(expected, rel=1e-12)
    assert npmi(TOPICS, scipy.sparse.csr_array(COUNTS), 5) == pytest.approx(expected, rel=1e-12)


def test_npmi_refuses_what_has_no_pairs() -> None:
    X = scipy.sparse.csr_matrix(COUNTS)
    with pytest.raises(ValueError, match="pairs need a top of 2"):
        npmi(TOPICS, X, 1)
    with pytest.raises(ValueError, match="the same words in both"):
        npmi(TOPICS[:, 1:], X)
    with pytest.raises(ValueError, match="from 1 to 60"):
        npmi(TOPICS, X, 61)


def test_c_v_is_the_mean_cosine_with_the_sum(engine: Engine) -> None:
    counts = COUNTS.copy()
    unseen = TOPICS[0].argsort()[-2]
    counts[:, unseen] = 0
    there, expected = counts > 0, []
    for row in np.argsort(-TOPICS, axis=1)[:, :6]:
        vectors = np.zeros((6, 6))
        for a, i in enumerate(row):
            for b, j in enumerate(row):
                if i != unseen and j != unseen:
                    both = (there[:, i] & there[:, j]).mean() + 1e-12
                    one, other = there[:, i].mean(), there[:, j].mean()
                    vectors[a, b] = math.log(both / (one * other)) / -math.log(both)
        whole = vectors.sum(axis=0)
        lengths = [np.linalg.norm(v) * np.linalg.norm(whole) for v in vectors]
        expected.append(np.mean([v @ whole / n if n else 0.0 for v, n in zip(vectors, lengths, strict=True)]))

    assert to_host(c_v(engine.xp.asarray(TOPICS), on(engine, counts), 6)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("ours", "theirs"), [(c_v, "c_v"), (npmi, "c_npmi")])
def test_coherence_is_gensims(ours, theirs: str) -> None:
    """Its windows are longer than these documents, so each document is one window."""
    models = pytest.importorskip("gensim.models")
    dictionary = pytest.importorskip("gensim.corpora").Dictionary([[f"w{j:02}"] for j in range(WORDS)])
    counts, topics = corpus(200, length=80.0, seed=5)
    texts = [[f"w{j:02}" for j in np.flatnonzero(row)] for row in counts]
    best = [[f"w{j:02}" for j in row] for row in np.argsort(-topics, axis=1)[:, :5]]
    model = models.CoherenceModel(
        topics=best, texts=texts, dictionary=dictionary, coherence=theirs, window_size=110, processes=1
    )

    assert ours(topics, scipy.sparse.csr_matrix(counts), 5) == pytest.approx(
        model.get_coherence_per_topic(), rel=1e-6
    )


def test_coherence_is_higher_for_true_topics_than_for_mixed_words(engine: Engine) -> None:
    xp, X = engine.xp, on(engine, COUNTS)
    mixed = np.random.default_rng(0).permuted(TOPICS, axis=1)
    for score in (npmi, c_v):
        high, low = (float(score(xp.asarray(topics), X, 5).mean()) for topics in (TOPICS, mixed))
        assert high > low + 0.1


def test_top_words_and_diversity_count_the_best(engine: Engine) -> None:
    topics = engine.xp.asarray(np.array([[0.4, 0.3, 0.2, 0.1], [0.1, 0.4, 0.4, 0.1]]))

    assert top_words(topics, ["a", "b", "c", "d"], 2) == [["a", "b"], ["b", "c"]]
    assert diversity(topics, 2) == 0.75
    assert diversity(topics, 1) == 1.0
    assert diversity(topics[:1].repeat(4, axis=0), 2) == 0.25
    with pytest.raises(ValueError, match="the vocabulary has 3 words, and topics have 4"):
        top_words(topics, ["a", "b", "c"])


def test_match_undoes_a_permutation(engine: Engine) -> None:
    order = np.random.default_rng(0).permutation(K)
    noisy = 0.9 * TOPICS + 0.1 / WORDS
    got, distance = match(engine.xp.asarray(noisy[order]), engine.xp.asarray(TOPICS))

    assert (order[got] == np.arange(K)).all()
    assert distance == pytest.approx(np.abs(noisy - TOPICS).sum(axis=1))
    assert recovered_share(distance) == 1.0
    assert recovered_share(distance, least=0.0) == 0.0


def test_match_takes_other_numbers_of_topics(engine: Engine) -> None:
    xp = engine.xp
    more, distance = match(xp.asarray(TOPICS), xp.asarray(TOPICS[[3, 1]]))
    assert (more.tolist(), distance.tolist()) == ([3, 1], [0.0, 0.0])

    fewer, distance = match(xp.asarray(TOPICS[[3, 1]]), xp.asarray(TOPICS))
    assert (fewer.tolist(), distance.tolist()) == ([-1, 1, -1, 0, -1], [2.0, 0.0, 2.0, 0.0, 2.0])
    assert recovered_share(distance) == 0.4

    with pytest.raises(ValueError, match="topics have 60 words, and known ones 59"):
        match(xp.asarray(TOPICS), xp.asarray(TOPICS[:, 1:]))
