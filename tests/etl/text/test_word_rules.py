"""Words with their marks, in one normal form, and Chinese text cut: beside plain loops and Unicode's data."""

import re
import unicodedata
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer as Theirs

from etl.conll import characters, plain
from etl.engine import Engine
from etl.handoff import to_host
from etl.text import tokenise_frame
from etl.text.count_vectorizer import CountVectorizer
from etl.text.tokens import Tokens, tokenise
from etl.text.word_rules import words_of

ODD = (
    "aAé_9 .-Σς\u0301\u0327\u0345\u0338ÅKİ\u00adﬁ\u200c\u200dकि़ि्\u09c7\u09beক가\u1112\u1161\u11ab"
    "ก\u0e34\u064e\u0631北京金ひア\ufe0f❤"
)
LETTERS = st.text(st.sampled_from(ODD) | st.characters(exclude_categories=["Cs", "Cn", "Co"]))


def spelled(tokens: Tokens) -> list[list[str]]:
    words = np.array(tokens.terms.to_pylist(), dtype=object)
    codes, starts = to_host(tokens.codes), to_host(tokens.starts).tolist()
    return [words[codes[a:b]].tolist() for a, b in pairwise(starts)]


def is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M" or character in "\u00ad\u200c\u200d\u2060"


def is_han(character: str) -> bool:
    return re.match(f"[{characters.HAN}]", character) is not None


def by_loop(text: str, min_length: int, alone: bool) -> list[str]:
    """Each character looked at for itself, and no table or regular expression."""
    runs, run = [], ""
    for letter in [*text.lower(), " "]:
        if letter.isalnum() or letter == "_" or (run and is_mark(letter)):
            run += letter
        elif run:
            runs, run = [*runs, run], ""
    return [word for run in runs for word in words_of(run, min_length, "characters" if alone else "marks")]


@settings(max_examples=300, deadline=None)
@given(st.lists(LETTERS), st.booleans(), st.integers(1, 4))
@example(["ab\u0301 \u0301ab a\u0301 İΣ ΣİΣ", "\u200d", "北\ufe0f京a"], True, 2)
def test_both_ways_find_the_runs_of_a_loop(documents: list[str], alone: bool, min_length: int) -> None:
    rule = "characters" if alone else "marks"
    expected = [by_loop(text, min_length, alone) for text in documents]

    assert spelled(tokenise(documents, True, min_length, rule)) == expected
    lowered = pd.Series([text.lower() for text in documents], dtype="str")
    found = Tokens(*tokenise_frame.tokenise(lowered, False, min_length, True)).by_rule(min_length, rule)
    assert spelled(found) == expected


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cn", "Co", "Cf"]))))
@example(["Amélie Đặng हिन्दी क़िला 한국어 Å"])
def test_each_normal_form_has_the_same_words(documents: list[str]) -> None:
    forms = [[unicodedata.normalize(form, text.lower()) for text in documents] for form in ("NFC", "NFD")]

    assert spelled(tokenise(forms[0])) == spelled(tokenise(forms[1]))


def test_marks_are_all_that_unicode_has() -> None:
    known = [c for c in range(0x110000) if unicodedata.category(chr(c))[0] == "M"]

    assert characters.marks().tolist() == known
    assert all(unicodedata.is_normalized("NFC", chr(c)) for c in range(characters.LATIN))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("हिन्दी किताब है", ["हिन्दी", "किताब"]),
        ("cafe\u0301 café CAFE\u0301", ["café"] * 3),
        ("اَلْعَرَبِيَّةُ لُغَةٌ", ["اَلْعَرَبِيَّةُ", "لُغَةٌ"]),
        ("தமிழ் மொழி", ["தமிழ்", "மொழி"]),
        ("ভাষা বাংলা", ["ভাষা", "বাংলা"]),
        ("\u0645\u06cc\u200c\u062e\u0648\u0645", ["\u0645\u06cc\u200c\u062e\u0648\u0645"]),
        ("Zei\u00adtung zeitung", ["zeitung"] * 2),
        ("한국 \u1112\u1161\u11ab\u1100\u116e\u11a8", ["한국"] * 2),
        ("H\u0331ilo \u1e96ilo", ["\u1e96ilo"] * 2),
        ("❤\ufe0f 1\ufe0f\u20e3 ok", ["ok"]),
        ("經 濟, 政策", ["經", "濟", "政策"]),
    ],
)
def test_words_of_many_scripts(text: str, words: list[str], engine: Engine) -> None:
    assert spelled(tokenise([text])) == [[unicodedata.normalize("NFC", word) for word in words]]
    held = engine.df.Series([text])
    assert spelled(tokenise(held)) == [[unicodedata.normalize("NFC", word) for word in words]]


@pytest.mark.parametrize("text", ["发动机活塞, 刹车。", "東京タワーへ行きました", "iPhone手机壳 2024年款"])
def test_chinese_is_cut_as_by_the_names_pipeline(text: str, engine: Engine) -> None:
    expected = [
        word for word in plain.cut(text.lower()) if word.isalnum() and (len(word) > 1 or is_han(word))
    ]

    assert spelled(tokenise(engine.df.Series([text]), rule="characters")) == [expected]


def test_the_rule_is_chosen_by_how_long_chinese_runs_are(engine: Engine) -> None:
    whole = ["发动机活塞离合器变速箱刹车", "活塞发动机离合器"]
    parted = ["发动机 活塞 离合器", "活塞 plugs 金"]

    def chosen(documents: list[str]) -> tuple[str, list[str], str]:
        model = CountVectorizer().fit(engine.df.Series(documents))
        return model.rule_, model.terms_.to_pylist(), model.choice_

    assert chosen(whole)[:2] == ("characters", sorted(set("".join(whole))))
    assert chosen(parted)[:2] == ("marks", sorted({"发动机", "活塞", "离合器", "plugs", "金"}))
    assert "--token-rule marks" in chosen(whole)[2]
    assert "--token-rule characters" in chosen(parted)[2]
    assert chosen(["an engine", "a piston"])[2] == ""
    assert "Thai is not cut" in chosen(["เครื่องยนต์ลูกสูบเบรกล้อคลัตช์"])[2]


def test_english_counts_are_scikit_learns(engine: Engine) -> None:
    documents = ["The naïve engine—it's 9 o'clock_", "piston, Piston; x a ÉCLAIR", ""]
    theirs = Theirs()
    expected = theirs.fit_transform(documents).toarray()
    model = CountVectorizer()
    found = model.fit_transform(engine.df.Series(documents))

    assert model.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
    assert to_host(found.toarray()).tolist() == expected.tolist()


def test_codes_go_through_words_that_are_none_and_many() -> None:
    tokens = tokenise(["a\u0301b 北京x", "", "c\u0301", "北"], rule="characters")

    assert spelled(tokens) == [["áb", "北", "京"], [], [], ["北"]]
    assert tokens.codes.dtype == np.int32
    assert pa.types.is_large_string(tokens.terms.type)
