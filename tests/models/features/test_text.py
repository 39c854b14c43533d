"""Features of texts: weights and n-grams as scikit-learn's, pieces as the whole, and what is read again."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from etl.engine import Engine, engine_of
from etl.handoff import from_host, to_host
from etl.pieces import Pieces
from etl.records import collect
from models.features import text
from models.features.characters import by_word
from models.features.text import TextFeatures

KINDS = [
    "ship sail wave harbour anchor deck",
    "judge court trial jury verdict plea",
    "paint brush canvas colour frame sketch",
]


def texts(n: int = 90) -> list[str]:
    rng = np.random.default_rng(0)
    common = ["people", "today", "again", "place"]
    return [" ".join(rng.choice(KINDS[k % 3].split() + common, 8)) for k in range(n)]


def counted(given: list[str]) -> tuple[csr_matrix, list[str]]:
    """Counts of words and of pairs, by scikit-learn."""
    model = CountVectorizer(ngram_range=(1, 2))
    return model.fit_transform(given).astype("float32").tocsr(), model.get_feature_names_out().tolist()


def placed(X: csr_matrix, engine: Engine):
    parts = tuple(from_host(part, engine) for part in (X.data, X.indices, X.indptr))
    return engine.sparse.csr_matrix(parts, shape=X.shape)


def cut(X: csr_matrix, engine: Engine, *ends: int) -> Pieces:
    return Pieces([placed(X[a:b], engine) for a, b in pairwise([0, *ends, X.shape[0]])])


def whole(X) -> np.ndarray:
    return to_host(X.toarray())


def test_words_are_weighed_as_by_scikit_learn(engine: Engine) -> None:
    X, terms = counted(texts())
    made = TextFeatures(4, 0, characters=False, min_df=3).fit(cut(X, engine), terms)
    peer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=3)
    expected = peer.fit_transform(texts()).toarray()
    assert made.terms_.to_pylist() == peer.get_feature_names_out().tolist()
    np.testing.assert_allclose(whole(made.sparse(placed(X, engine), terms)), expected, atol=1e-6)
    new = ["ship court unseen", "nothing known", "ship ship ship"]
    X, terms = counted(new)
    found = whole(made.sparse(placed(X, engine), terms))
    np.testing.assert_allclose(found, peer.transform(new).toarray(), atol=1e-6)


@pytest.mark.parametrize("lengths", [(2, 5), (1, 3)])
def test_n_grams_of_a_word_are_those_within_its_bounds(lengths: tuple[int, int]) -> None:
    words = ["a", "of", "cat", "banana", "mississippi"]
    found, grams = by_word(words, lengths=lengths)
    peer = CountVectorizer(analyzer="char_wb", ngram_range=lengths)
    expected = peer.fit_transform(words).toarray()
    assert sorted(grams.to_pylist()) == peer.get_feature_names_out().tolist()
    order = np.argsort(grams.to_pylist())
    np.testing.assert_array_equal(found.toarray()[:, order], expected)
    pair, _ = by_word(["cat banana"], grams)
    assert pair.nnz == 0


def test_characters_stand_beside_the_words_and_know_words_unseen(engine: Engine) -> None:
    X, terms = counted(texts())
    made = TextFeatures(4, 0, characters=True, min_df=3).fit(cut(X, engine), terms)
    peer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=3)
    expected = peer.fit_transform(texts()).toarray()
    names = made.grams_.to_pylist()
    assert sorted(names) == peer.get_feature_names_out().tolist()
    found = whole(made.sparse(placed(X, engine), terms))[:, len(made.terms_) :][:, np.argsort(names)]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    X, terms = counted(["shipped"])
    assert whole(made.sparse(placed(X, engine), terms))[:, len(made.terms_) :].any()


def test_directions_are_the_leading_singular_vectors(engine: Engine) -> None:
    X, terms = counted(texts())
    made = TextFeatures(3, 0, characters=False).fit(cut(X, engine), terms)
    W = whole(made.sparse(placed(X, engine), terms)).astype("float64")
    leading = np.linalg.svd(W, full_matrices=False)[2][:3]
    np.testing.assert_allclose(np.abs(leading @ to_host(made.directions_)), np.eye(3), atol=1e-3)
    np.testing.assert_allclose(
        to_host(made.dense(placed(X, engine), terms)), W @ to_host(made.directions_), atol=1e-5
    )


def test_pieces_are_the_whole_and_what_is_read_again_is_the_same(engine: Engine) -> None:
    X, terms = counted(texts(240))
    rows = placed(X, engine)
    one, cuts = (
        TextFeatures(4, 3, characters=True).fit(pieces, terms)
        for pieces in (cut(X, engine), cut(X, engine, 50, 111))
    )
    np.testing.assert_allclose(whole(cuts.sparse(rows, terms)), whole(one.sparse(rows, terms)), atol=1e-6)
    dense = to_host(one.dense(rows, terms))
    np.testing.assert_allclose(np.abs(to_host(cuts.dense(rows, terms))), np.abs(dense), atol=2e-3)
    again = TextFeatures.of(one.facts(), one.arrays(), engine)
    assert again.names == one.names
    np.testing.assert_allclose(to_host(again.dense(rows, terms)), dense, atol=1e-6)
    np.testing.assert_array_equal(whole(again.sparse(rows, terms)), whole(one.sparse(rows, terms)))


def test_texts_without_a_common_word_are_told(engine: Engine) -> None:
    X, terms = counted(["one two", "three four"])
    with pytest.raises(ValueError, match="no word is in 2 texts or more"):
        TextFeatures(4, 0, characters=False).fit(cut(X, engine), terms)


def test_of_many_texts_some_are_learnt_from_and_all_are_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    X, terms = counted(texts(400))
    whole = TextFeatures(3, 3, characters=False).fit(Pieces([X[:200], X[200:]]), terms)
    monkeypatch.setattr(text, "LEARNT", 200)
    with collect() as told:
        some = TextFeatures(3, 3, characters=False).fit(Pieces([X[:200], X[200:]]), terms)
    assert any("learnt from 200 of 400 texts" in str(entry) for entry in told)
    assert (whole.steps_, some.steps_) == (text.STEPS, text.FEWER)
    np.testing.assert_array_equal(some.idf_, whole.idf_)
    kinds = np.arange(400) % 3
    about = some.dense(X, terms)[:, 3:].argmax(axis=1)
    assert all(len(np.unique(about[kinds == kind])) < 3 for kind in range(3))
    again = TextFeatures.of(some.facts(), some.arrays(), engine_of(X))
    np.testing.assert_allclose(again.dense(X, terms), some.dense(X, terms), atol=1e-5)
