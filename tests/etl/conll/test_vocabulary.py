"""Codes are those of a dictionary that a loop fills, and survive a file."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.conll import vocabulary
from etl.conll.read import conll
from etl.conll.vocabulary import UNKNOWN, Vocabulary

TEXT = st.lists(st.text(st.sampled_from("abA0179é中😀 "), max_size=6), max_size=20)


def ranked(items: list[str], least: int) -> list[str]:
    return [term for term, n in sorted(Counter(items).items(), key=lambda x: (-x[1], x[0])) if n >= least]


def folded(text: list[str], digits: bool, lowercase: bool) -> list[str]:
    if lowercase:
        text = [word.lower() for word in text]
    return ["".join("0" if digits and c in "0123456789" else c for c in word) for word in text]


@given(TEXT, TEXT, st.integers(1, 3), st.booleans(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_codes_are_those_of_a_dictionary(
    text: list[str], new: list[str], least: int, digits: bool, lowercase: bool
) -> None:
    options = {"least": least, "digits": digits, "lowercase": lowercase}
    words = vocabulary.words(pa.array(text, pa.large_string()), **options)
    letters = vocabulary.characters(pa.array(text, pa.large_string()), **options)
    old = folded(text, digits, lowercase)
    word_code = {term: code for code, term in enumerate(ranked(old, least), 2)}
    letter_code = {term: code for code, term in enumerate(ranked(list("".join(old)), least), 2)}
    assert (len(words), len(letters)) == (len(word_code) + 2, len(letter_code) + 2)

    asked, plain = pa.array(new, pa.large_string()), folded(new, digits, lowercase)
    assert words.codes(asked).tolist() == [word_code.get(word, UNKNOWN) for word in plain]
    expected = [[letter_code.get(c, UNKNOWN) for c in word] for word in plain]
    full = letters.spelt(asked)
    assert full.shape == (len(new), max([1, *map(len, plain)]))
    assert [row[:n].tolist() for row, n in zip(full, map(len, plain), strict=True)] == expected
    assert not any(row[len(word) :].any() for row, word in zip(full, plain, strict=True))
    short = letters.spelt(asked, width=2)
    assert short.tolist() == [[*codes, 0, 0][:2] for codes in expected]


def test_names_of_codes_come_back() -> None:
    words = vocabulary.words(pa.array(["b", "a", "b", "c", "c"]), least=2)
    assert words.names(np.array([2, 3, 1, 0])).to_pylist() == ["b", "c", None, None]


def test_a_saved_vocabulary_codes_as_before(tmp_path: Path, real_ner: Path) -> None:
    text = conll(real_ner / "wnut17" / "wnut17train.conll").words
    new = conll(real_ner / "wnut17" / "emerging.dev.conll").words
    for made in (vocabulary.words(text, 2, digits=True, lowercase=True), vocabulary.characters(text)):
        made.save(tmp_path / "v.json")
        loaded = vocabulary.load(tmp_path / "v.json")
        assert loaded.terms.equals(made.terms)
        assert np.array_equal(loaded.codes(new), made.codes(new))
        assert np.array_equal(loaded.spelt(new, 12), made.spelt(new, 12))


@pytest.mark.parametrize("content", ["no JSON", "[]", '{"terms": ["a"]}', '{"terms": 1, "digits": 0}'])
def test_a_file_that_holds_no_vocabulary_is_said(content: str, tmp_path: Path) -> None:
    (tmp_path / "v.json").write_text(content)
    with pytest.raises(ValueError, match=r"v\.json holds no vocabulary"):
        vocabulary.load(tmp_path / "v.json")


def test_no_terms_know_nothing() -> None:
    nothing = Vocabulary(pa.array([], pa.large_string()))
    assert nothing.codes(pa.array(["a", ""], pa.large_string())).tolist() == [1, 1]
