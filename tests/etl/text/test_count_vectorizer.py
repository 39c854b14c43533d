"""Vocabulary and counts are scikit-learn's, for one series and for pieces of it."""

import pickle
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer as Theirs

from etl.engine import Engine
from etl.executors import Threads
from etl.handoff import from_arrow
from etl.pieces import Pieces
from etl.text import count_vectorizer
from etl.text.counts import by_sorting, frequencies, matrix, sorted_rows
from etl.text.documents import Layout, tables
from etl.text.tokens import tokenise
from tests.support.text import counted, same, texts

TEXTS = texts()
CountVectorizer = partial(count_vectorizer.CountVectorizer, token_rule="scikit-learn")
OPTIONS = [
    {},
    {"lowercase": False},
    {"stop_words": "english"},
    {"stop_words": ["data", "the"]},
    {"ngram_range": (1, 3)},
    {"ngram_range": (2, 2), "stop_words": "english"},
    {"min_df": 40, "max_df": 0.5},
    {"min_df": 0.1, "max_df": 150},
    {"min_df": 0.0, "max_df": 1.0},
    {"ngram_range": (1, 2), "min_df": 5, "max_df": 0.6},
    {"vocabulary": ["topics", "absent", "data"]},
    {"vocabulary": {"topics": 1, "data model": 0}, "ngram_range": (1, 2)},
    {"vocabulary": {"b", "data", "of"}},
]


def cut(documents: list[str], *places: int) -> list[pd.Series]:
    edges = [0, *places, len(documents)]
    return [pd.Series(documents[a:b], dtype="str") for a, b in pairwise(edges)]


@pytest.mark.parametrize(
    "options",
    OPTIONS,
    ids=lambda options: str(
        {k: [*map(str, sorted(v))] if isinstance(v, set) else v for k, v in options.items()}
    ),
)
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "pieces"])
def test_counts_are_those_of_scikit_learn(options: dict, whole: bool) -> None:
    expected, names = counted(TEXTS, **options)
    model = CountVectorizer(**options)
    if whole:
        found = [model.fit_transform(TEXTS)]
    else:
        found = list(model.fit_transform(Pieces(cut(TEXTS, 1, 90, 90, 200), executor=Threads(2))))
    cuts = np.cumsum([0, *(part.shape[0] for part in found)])

    assert model.get_feature_names_out().tolist() == names
    assert cuts[-1] == len(TEXTS)
    assert all(same(x, expected[a:b]) for x, a, b in zip(found, cuts, cuts[1:], strict=False))


def test_a_token_of_one_character_is_kept_when_asked_for() -> None:
    expected, names = counted(TEXTS, token_pattern=r"(?u)\b\w+\b")
    model = CountVectorizer(min_length=1).fit(TEXTS)

    assert same(model.transform(TEXTS), expected)
    assert list(model.vocabulary_) == names


def test_documents_without_known_words_are_empty_rows() -> None:
    model = CountVectorizer().fit(TEXTS)
    found = model.transform(["", "unseen words", "unseen data", ""])

    assert np.diff(found.indptr).tolist() == [0, 0, 1, 0]
    assert model.transform([]).shape == (0, len(model.terms_))


@pytest.mark.parametrize("limit", [1, 5, 1000])
def test_the_most_frequent_are_kept(limit: int) -> None:
    every, names = counted(TEXTS)
    often = dict(zip(names, np.asarray(every.sum(axis=0))[0], strict=True))
    expected = sorted(sorted(names, key=lambda word: (-often[word], word))[:limit])

    assert CountVectorizer(max_features=limit).fit(TEXTS).get_feature_names_out().tolist() == expected
    pieces = Pieces(cut(TEXTS, 10, 150))
    assert CountVectorizer(max_features=limit).fit(pieces).get_feature_names_out().tolist() == expected


def test_the_way_of_a_device_counts_the_same() -> None:
    tokens = tokenise(TEXTS)
    columns = np.arange(tokens.words, dtype="int32")[::-1] - 2
    columns[columns < 0] = -1
    expected = matrix(tokens, columns, tokens.words)
    indptr, indices, data = sorted_rows(tokens, columns, tokens.words)

    assert (indptr == expected.indptr).all()
    assert (indices == expected.indices).all()
    assert (data == expected.data).all()
    for one, other in zip(by_sorting(tokens), frequencies(tokens), strict=True):
        assert (one == other).all()


def test_each_engine_gives_the_same(engine: Engine) -> None:
    plain = [text for text in TEXTS if "Σ" not in text and "İ" not in text]
    expected, names = counted(plain, ngram_range=(1, 2), min_df=2)
    model = CountVectorizer(ngram_range=(1, 2), min_df=2)
    found = model.fit_transform(engine.df.Series(plain))

    assert model.get_feature_names_out().tolist() == names
    assert (found.toarray() == engine.xp.asarray(expected.toarray())).all()


def test_it_is_an_estimator() -> None:
    model = CountVectorizer(min_df=2, stop_words="english")
    twin = clone(model)
    assert twin.get_params() == model.get_params()
    with pytest.raises(Exception, match="not fitted"):
        twin.transform(TEXTS)
    assert model.fit(TEXTS) is model
    again = pickle.loads(pickle.dumps(model))
    assert same(again.transform(TEXTS), model.transform(TEXTS))
    assert same(CountVectorizer(vocabulary=["data"]).transform(["data data"]), counted(["data data"])[0])


def test_real_abstracts(real_text: Path) -> None:
    names = ["id", "category", "date", "title", "abstract"]
    layout = Layout(text=("title", "abstract"), names=names)
    text = from_arrow(
        next(tables(real_text / "arxiv" / "abstracts_30k.tsv.gz", layout)), Engine("cpu", "test")
    )
    part = text["text"].iloc[:6000]
    options = {"stop_words": "english", "ngram_range": (1, 2), "min_df": 2, "max_df": 0.3}
    expected, words = counted(part.tolist(), **options)
    model = CountVectorizer(**options)

    assert same(model.fit_transform(part), expected)
    assert model.get_feature_names_out().tolist() == words


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_df": 0.9, "max_df": 2}, "max_df=2 stands for 2 documents and min_df=0.9 for 270, of 300"),
        (
            {"min_df": 300},
            "300 to 300 of 300 documents: .* words are in fewer and 0 in more; lower min_df",
        ),
        ({"min_df": 1.5}, "min_df is 1.5; give a number of documents from 1, or a share"),
        ({"max_df": 0}, "max_df is 0; give a number of documents from 1"),
        ({"ngram_range": (2, 1)}, "ngram_range is"),
        ({"min_length": 0}, "min_length is 0"),
        ({"min_length": 99}, "300 documents hold no words"),
        ({"stop_words": "german"}, "the only list with a name is 'english'"),
        ({"vocabulary": []}, "the vocabulary is empty"),
        ({"vocabulary": ["a", "b", "a"]}, "the vocabulary holds 'a' more than once"),
        ({"vocabulary": {"a": 0, "b": 2}}, "columns are not 0, 1, 2"),
    ],
)
def test_what_cannot_be_learnt_is_said(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CountVectorizer(**options).fit(TEXTS)


def test_scikit_learn_has_these_defaults_too() -> None:
    ours, theirs = CountVectorizer().get_params(), Theirs().get_params()

    assert {name: value for name, value in ours.items() if theirs.get(name, value) != value} == {}
