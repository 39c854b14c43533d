from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix, vstack

from etl.engine import Engine
from etl.executors import active
from etl.handoff import to_host
from etl.pieces import Pieces
from etl.text.simulate import Design, corpus, draw, known
from models.topics import metrics
from models.topics.tensor_lda import TensorLDA

DESIGN = Design(words=500, topics=5, alpha0=1.0, length=60, seed=2, concentration=60)


@pytest.fixture(scope="module")
def documents() -> csr_matrix:
    return draw((0, 4000), DESIGN)


def placed(engine: Engine, X):
    return engine.sparse.csr_matrix(X.astype("float32")) if engine.name == "gpu" else X


def distance(model: TensorLDA) -> np.ndarray:
    return metrics.match(to_host(model.components_), known(DESIGN).topics)[1]


def cut(X, *ends: int, executor=None) -> Pieces:
    places = [0, *ends, X.shape[0]]
    pieces = [X[a:b] for a, b in pairwise(places)]
    return Pieces(pieces, executor=executor) if executor else Pieces(pieces)


def test_known_topics_are_all_found_and_passes_bring_them_nearer(engine: Engine, documents) -> None:
    model = TensorLDA(5).fit(placed(engine, documents))
    begun, _ = metrics.match(to_host(model.start_.topics), known(DESIGN).topics)
    before = metrics.match(to_host(model.start_.topics), known(DESIGN).topics)[1]

    assert begun.shape == (5,)
    assert before.max() < 0.3
    assert distance(model).mean() < before.mean()
    assert model.start_.alpha0 == pytest.approx(1.0, rel=0.1)
    np.testing.assert_allclose(np.sort(to_host(model.alpha_)), np.sort(known(DESIGN).alpha), rtol=0.35)
    np.testing.assert_allclose(to_host(model.start_.alpha).sum(), 1.0, rtol=0.1)


def test_choices_say_why(documents) -> None:
    model = TensorLDA("auto").fit(documents)

    assert len(model.components_) == 5
    assert [choice.partition(":")[0] for choice in model.choices_] == [
        "moments", "n_components", "start", "alpha0",
    ]  # fmt: skip
    assert model.burstiness_ == pytest.approx(1, abs=0.1)
    assert model.residual_ < 0.2


def test_bursts_are_noticed_and_repeats_left_out(documents) -> None:
    rng = np.random.default_rng(0)
    bursty = documents.copy()
    bursty.data = bursty.data * rng.choice([1, 1, 1, 20], len(bursty.data))

    capped, plain = TensorLDA(5, n_iter=0), TensorLDA(5, n_iter=0, cap=None, power=0.5, start="tensor")

    assert distance(capped.fit(bursty)).mean() < 0.8 * distance(plain.fit(bursty)).mean()
    assert capped.burstiness_ > 1.5
    assert "capped at 1" in capped.choices_[0]


@pytest.mark.parametrize("start", ["tensor", "clusters", "kmeans", "random"])
def test_pieces_equal_the_whole_from_every_start(engine: Engine, documents, start: str) -> None:
    X = placed(engine, documents)
    one, other = (TensorLDA(5, start=start, n_iter=3).fit(data) for data in (X, cut(X, 1, 700, 2900)))

    np.testing.assert_allclose(to_host(one.components_), to_host(other.components_), atol=2e-4)
    np.testing.assert_allclose(to_host(one.alpha_), to_host(other.alpha_), rtol=0.3)  # of other documents


def test_a_cluster_equals_one_process(documents, tmp_path: Path) -> None:
    from etl.engine import choose

    with active(choose("cpu"), 2, "local") as executor:
        far = TensorLDA(5, n_iter=3).fit(cut(documents, 1500, executor=executor), scratch=tmp_path)
        shares = np.concatenate(list(far.transform(cut(documents, 1500, executor=executor))))
    near = TensorLDA(5, n_iter=3).fit(cut(documents, 1500))

    np.testing.assert_allclose(far.components_, near.components_, atol=1e-5)
    np.testing.assert_allclose(shares, near.transform(documents), atol=1e-3)
    assert list(tmp_path.iterdir()) == []


def test_threads_and_disk_change_nothing(documents, tmp_path: Path) -> None:
    plain = TensorLDA(5, n_iter=3).fit(documents)
    threads = TensorLDA(5, n_iter=3, n_jobs=2).fit(documents)
    spooled = TensorLDA(5, n_iter=3).fit(cut(documents, 1500), scratch=tmp_path)

    for other in (threads, spooled):
        np.testing.assert_allclose(plain.components_, other.components_, atol=2e-4)
    assert list(tmp_path.iterdir()) == []


def test_a_sample_bears_the_moments_of_many_documents(documents) -> None:
    model = TensorLDA(5, most=1500).fit(documents)

    assert "1,500 of 4,000" in model.choices_[0]
    assert distance(model).max() < 0.3


def test_transform_gives_the_mixtures(engine: Engine, documents) -> None:
    long = Design(words=500, topics=5, alpha0=1.0, length=2000, seed=2, concentration=60)
    truth = known(long).topics
    pure = csr_matrix(np.array([np.random.default_rng(i).multinomial(500, truth[i]) for i in range(5)]))
    model = TensorLDA(5).fit(placed(engine, documents))
    order, _ = metrics.match(to_host(model.components_), truth)

    shares = to_host(model.transform(placed(engine, vstack([pure, csr_matrix((1, 500))], format="csr"))))

    assert (shares[np.arange(5), order] > 0.9).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(shares[5], to_host(model.alpha_ / model.alpha_.sum()), rtol=1e-4)  # no words


def test_later_batches_improve_what_the_first_gave(documents) -> None:
    model = TensorLDA(5).partial_fit(documents[:400])
    first, passes = distance(model).mean(), model.n_iter_
    for begin in range(400, 4000, 400):
        model.partial_fit(documents[begin : begin + 400])

    assert distance(model).mean() < 0.8 * first
    assert model.n_iter_ == len(model.history_) == passes + 9  # one pass a later batch
    assert model.stop_reason_ == "the batch was seen"
    assert model.perplexity(documents[:500]) < TensorLDA(5, start="random", n_iter=1).fit(
        documents
    ).perplexity(documents[:500])


def test_perplexity_is_that_of_the_metric(documents) -> None:
    model = TensorLDA(5).fit(documents)
    words = np.asarray(documents.sum(axis=0)).ravel() + 1.0

    assert model.perplexity(documents[:300]) == metrics.perplexity(
        documents[:300], model.components_, prior=model.alpha_, background=words / words.sum()
    )


def test_short_and_empty_documents_count_where_they_can(documents) -> None:
    short = draw((0, 400), replace(DESIGN, length=1.5))
    mixed = vstack([csr_matrix((3, 500), dtype="int64"), short, documents], format="csr")

    model = TensorLDA(5).fit(mixed)

    assert (short.sum(axis=1) < 3).mean() > 0.8
    assert distance(model).max() < 0.3
    assert np.isfinite(model.transform(mixed)).all()


def bad(X, message: str, **options) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        TensorLDA(options.pop("n_components", 2), **options).fit(X)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([[-1, 2, 0], [1, 1, 1]], "document 0 has count -1.* of word 0; counts are whole numbers"),
        ([[0.5, 2, 0], [1, 1, 1]], "document 0 has count 0.5 of word 0.*tf-idf"),
        ([[1, 2, 0], [1, np.nan, 1]], "document 1 has count nan of word 1"),
        (np.zeros((3, 4)), "none of 3 documents has a word"),
        (np.zeros((3, 0)), "the vocabulary is empty"),
        ([[3, 0], [2, 0], [4, 0]], "all documents are made of one word"),
        ([[1, 1], [1, 0], [0, 1]], "no document has three words"),
        ([[1, 2, 3]] * 3, "all documents are the same"),
    ],
)
def test_what_has_no_topics_is_refused_by_name(X, message: str) -> None:
    bad(np.asarray(X, "float64"), message)


def test_more_topics_than_there_can_be_are_refused(documents) -> None:
    bad(documents[:30], "n_components is 40; it must be at least 2 and at most", n_components=40)
    bad(documents, "n_components is 1; it must be at least 2", n_components=1)
    bad("text", "documents are a str; pass counts")
    rank_two = np.repeat([[4, 4, 0, 0, 4], [0, 0, 4, 4, 4]], 50, axis=0)
    bad(rank_two, "go together in 2 ways only; take n_components=2 or less", n_components=3)
    with pytest.raises(ValueError, match="pieces have 500 and 499 words"):
        TensorLDA(2).fit(Pieces([documents[:50], documents[50:, :499]]))
    with pytest.raises(ValueError, match="X has 499 words; the topics have 500"):
        TensorLDA(5).fit(documents).transform(documents[:, :499])


def test_too_many_topics_for_the_documents_are_said_to_begin_as_noise(documents) -> None:
    with pytest.warns(
        UserWarning, match=r"tell about \d+ topics from chance, and 40 are asked for"
    ) as caught:
        TensorLDA(40, n_iter=1).fit(documents[:300])

    assert caught[0].filename == __file__


def test_whole_floats_are_counts(documents) -> None:
    whole, floats = (TensorLDA(5, n_iter=1).fit(documents.astype(kind)) for kind in ("int64", "float64"))

    np.testing.assert_array_equal(whole.components_, floats.components_)


def test_work_is_in_picklable_functions() -> None:
    assert partial(corpus, 5, words=10, topics=2, alpha0=1.0, length=5)()[0].shape == (5, 10)


def test_what_is_learnt_does_not_depend_on_the_number_of_threads(documents) -> None:
    """Sums are over pieces that the rows alone cut."""
    one, two, three = (TensorLDA(5, n_iter=2, n_jobs=jobs).fit(documents) for jobs in (1, 2, 3))
    for other in (two, three):
        np.testing.assert_allclose(one.components_, other.components_, rtol=1e-12, atol=0)
        assert one.perplexity(documents) == pytest.approx(other.perplexity(documents), rel=1e-13)
        assert (one.residual_, one.burstiness_) == pytest.approx(
            (other.residual_, other.burstiness_), rel=1e-12
        )
