"""Tokens are what Python's own regular expression finds in Python's own lower case, for every character."""

import itertools
import re
import unicodedata

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.engine import Engine
from etl.handoff import from_arrow, to_host
from etl.text import tokenise_frame
from etl.text.ngrams import grams
from etl.text.tokens import Tokens, tokenise
from tests.support.text import texts

TEXTS = texts()


def by_python(documents: list[str], lowercase: bool = True, min_length: int = 2) -> list[list[str]]:
    found = re.compile(r"(?u)\b" + r"\w" * min_length + r"\w*\b")
    return [found.findall(text.lower() if lowercase else text) for text in documents]


def spelled(tokens: Tokens) -> list[list[str]]:
    """Tokens of each document as strings."""
    words = np.array(tokens.names(np.arange(tokens.words)).to_pylist(), dtype=object)
    cuts = tokens.starts.tolist()
    return [words[tokens.codes[a:b]].tolist() for a, b in itertools.pairwise(cuts)]


@pytest.mark.parametrize("lowercase", [True, False])
def test_every_character_of_unicode_is_taken_as_python_takes_it(lowercase: bool) -> None:
    known = (c for c in range(0x110000) if c % 32 == 0 or unicodedata.category(chr(c)) not in ("Cn", "Co"))
    characters = [chr(c) for c in known if not 0xD800 <= c < 0xE000]
    documents = [
        " ".join(f"ab{c}cd {c}{c}" for c in characters[n : n + 99]) for n in range(0, len(characters), 99)
    ]

    assert spelled(tokenise(documents, lowercase, 2, "scikit-learn")) == by_python(documents, lowercase)


ODD = st.characters(exclude_categories=["Cs"]) | st.sampled_from(
    "Σ\u03c3ςİI\u0131a_ ²ß.'\u0307\u0301\u00ad:\0ǅⅧ"
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(ODD)), st.booleans(), st.integers(1, 4))
@example(["ΣΔΣ Σ ΔΣ.Δ ΔΣ\u00ad", "ΔΣ", "Σ", "\0ΔΣ\0Δ", "İİİ"], True, 1)
def test_any_texts(documents: list[str], lowercase: bool, min_length: int) -> None:
    found = tokenise(documents, lowercase, min_length, "scikit-learn")

    assert spelled(found) == by_python(documents, lowercase, min_length)
    assert len(set(found.terms.to_pylist())) == found.words


def test_re2_agrees_on_what_both_know() -> None:
    characters = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    python = np.strings.isalnum(np.array(characters)) | (np.array(characters) == "_")
    re2 = pc.match_substring_regex(pa.array(characters), r"^[\pL\pN_]$").to_numpy(zero_copy_only=False)
    named = pc.match_substring_regex(pa.array(characters), r"^\PC$").to_numpy(zero_copy_only=False)

    assert (python == re2)[python & named].all()


def test_many_words_and_long_ones() -> None:
    rng = np.random.default_rng(0)
    letters = np.array(list("abcdé"))
    words = ["".join(rng.choice(letters, n)) for n in rng.integers(1, 40, 20_000)]
    documents = [" ".join(words[i : i + 700]) for i in range(0, len(words), 700)] + [
        "z" * 300_000,
        " ".join(words),
    ]

    assert spelled(tokenise(documents)) == by_python(documents)


@pytest.mark.parametrize(
    "text",
    [
        pd.Series(TEXTS, dtype="str"),
        pd.Series(TEXTS, dtype=object, index=range(7, 7 + len(TEXTS))),
        pd.Series(TEXTS, dtype=pd.ArrowDtype(pa.string())),
        np.array(TEXTS, dtype=object),
        pa.chunked_array([TEXTS[:100], TEXTS[100:]]),
        pa.array(["x", *TEXTS])[1:],
        pa.array(TEXTS).dictionary_encode(),
    ],
    ids=["str", "object", "arrow", "numpy", "chunks", "slice", "categories"],
)
def test_texts_may_lie_in_many_containers(text) -> None:
    assert spelled(tokenise(text, rule="scikit-learn")) == by_python(TEXTS)


@pytest.mark.parametrize("lowercase", [True, False])
@pytest.mark.parametrize(
    "documents", [[t for t in TEXTS if not {*"İΣ"} & {*t}], ["", "?"]], ids=["many", "none"]
)
def test_the_way_of_a_device_finds_the_same(documents: list[str], lowercase: bool) -> None:
    text = pd.Series(documents, index=range(5, 5 + len(documents)), dtype="str")
    tokens = Tokens(*tokenise_frame.tokenise(text, lowercase, 3))

    assert spelled(tokens) == by_python(documents, lowercase, 3)
    assert tokens.codes.dtype == np.int32


@pytest.mark.parametrize("kind", [pa.list_(pa.string()), pa.large_list(pa.large_string())])
def test_lists_are_tokens_already(kind: pa.DataType) -> None:
    lists = [["A b", "c"], [], ["c", "c", "é"]]

    assert spelled(tokenise(pd.Series(pa.array(lists, kind).to_pylist()))) == lists
    assert spelled(tokenise(pa.array([["x"], *lists], kind)[1:])) == lists


def test_lists_in_a_frame_are_tokens_already(engine: Engine) -> None:
    lists = [["A b", "c"], [], ["c", "c", "é"], [], ["c"]]
    held = from_arrow(pa.table({"text": pa.array(lists)}), engine)["text"]

    found = tokenise(held)

    host = Tokens(to_host(found.codes), to_host(found.starts), found.terms)
    assert found.engine.name == engine.name
    assert spelled(host) == lists
    with pytest.raises(ValueError, match="1 tokens are missing; drop them from their lists"):
        tokenise(from_arrow(pa.table({"text": pa.array([["a", None], ["b"]])}), engine)["text"])
    with pytest.raises(TypeError, match="documents are no texts"):
        tokenise(from_arrow(pa.table({"text": pa.array([1, 2])}), engine)["text"])


def test_sequences_are_those_of_a_loop() -> None:
    tokens = tokenise(TEXTS, rule="scikit-learn").without(["the", "absent"])
    expected = [[word for word in words if word != "the"] for words in by_python(TEXTS)]
    assert spelled(tokens) == expected

    for length, found in enumerate(grams(tokens, 1, 4), 1):
        loop = [
            [" ".join(words[i : i + length]) for i in range(len(words) - length + 1)] for words in expected
        ]
        assert spelled(found) == loop
    assert len(grams(tokens, 2, 3)) == 2


def test_what_is_no_text_is_said() -> None:
    with pytest.raises(TypeError, match="one string was given"):
        tokenise("a text")
    with pytest.raises(TypeError, match="documents are no texts"):
        tokenise([1, 2])
    missing = pd.Series(["a", None, None])
    for way in (tokenise, tokenise_frame.tokenise):
        with pytest.raises(ValueError, match="2 documents are missing"):
            way(missing)
    with pytest.raises(ValueError, match="the first is number 1, counted from 0; drop them"):
        tokenise(missing)
    with pytest.raises(ValueError, match="1 tokens are missing"):
        tokenise(pa.array([["a", None]]))
