"""Features are those that a plain loop over words makes."""

import itertools
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.conll.corpus import Corpus, build
from etl.conll.features import Templates
from etl.conll.read import conll

LETTERS = {"Lu": "X", "Ll": "x", "Nd": "d", "Lo": "c"}


def kind(character: str) -> str:
    return LETTERS.get(unicodedata.category(character), character)


def alone(word: str, affixes: int, characters: bool) -> list[str]:
    """The oracle for a word by itself."""
    shape = [kind(c) for c in word]
    runs = [[letter] if letter in "Xxdc" else list(same) for letter, same in itertools.groupby(shape)]
    found = [f"word={word}", f"lower={word.lower()}"]
    for size in range(1, min(affixes, len(word)) + 1):
        found += [f"prefix={word[:size]}", f"suffix={word[-size:]}"]
    found += [f"shape={''.join(shape)}", f"short={''.join(itertools.chain(*runs))}"]
    found += ["capital"] * (shape[0] == "X")
    found += ["capitals"] * (len(word) > 1 and {*map(unicodedata.category, word)} == {"Lu"})
    found += ["digits"] * all(map(str.isdecimal, word))
    found += ["digit"] * any(map(str.isdecimal, word))
    found += ["hyphen"] * ("-" in word)
    found += ["punctuation"] * all(unicodedata.category(c)[0] in "PS" for c in word)
    return found + [f"has={c}" for c in dict.fromkeys(word) if characters]


def slow(sentence: list[str], chosen: Templates, classes: np.ndarray) -> list[list[str]]:
    """The oracle for a sentence."""
    found = []
    for at in range(len(sentence)):
        token = []
        for place in range(-chosen.window, chosen.window + 1):
            sign, beside = (f"{place:+d}" if place else "0"), at + place
            if 0 <= beside < len(sentence):
                affixes = chosen.around if place else chosen.affixes
                values = alone(sentence[beside], affixes, chosen.characters)
                values += [f"class{k}={v}" for k, v in enumerate(classes[beside].tolist()) if v >= 0]
            else:
                values = ["<s>" if beside < 0 else "</s>"]
            token += [sign + value for value in values]
        around = ["<s>", *sentence, "</s>"]
        token += [f"-pair={around[at]} {around[at + 1]}", f"+pair={around[at + 1]} {around[at + 2]}"]
        found.append(token)
    return found


def cut(corpus: Corpus) -> list[list[str]]:
    words = corpus.words.to_pylist()
    return [words[b:e] for b, e in zip(corpus.starts[:-1], corpus.starts[1:], strict=True)]


def made(sentences: list[list[str]]) -> Corpus:
    numbers = np.repeat(np.arange(len(sentences)), list(map(len, sentences)))
    return build([*itertools.chain(*sentences)], ["O"] * len(numbers), numbers)


def same(corpus: Corpus, chosen: Templates, classes: np.ndarray | None = None) -> None:
    given = np.zeros((corpus.tokens, 0), "int64") if classes is None else classes
    tables = np.split(given, corpus.starts[1:-1])
    found = list(chosen.items(corpus, classes))
    wanted = [slow(words, chosen, table) for words, table in zip(cut(corpus), tables, strict=True)]
    assert [[sorted(token) for token in one] for one in found] == [
        [sorted(token) for token in one] for one in wanted
    ]


words = st.text("aBcZéßΩ09٣-_.,'#@€%xXd中文字", min_size=1, max_size=6)


@given(
    st.lists(st.lists(words, min_size=1, max_size=6), min_size=1, max_size=4),
    st.builds(Templates, *(st.integers(0, 3) for _ in range(3)), st.booleans()),
    st.data(),
)
@settings(max_examples=150, deadline=None)
def test_features_of_any_sentences_are_those_of_a_loop(sentences, chosen: Templates, data) -> None:
    corpus = made(sentences)
    classes = data.draw(st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3)), min_size=corpus.tokens))
    same(corpus, chosen, np.array(classes)[: corpus.tokens])


def test_features_of_real_sentences_are_those_of_a_loop(real_ner: Path) -> None:
    same(conll(real_ner / "wikigold" / "wikigold.conll.txt")[:200], Templates(characters=True))


def test_no_feature_is_there_twice() -> None:
    items = Templates(characters=True).items(made([["aaaa", "AA", "aaaa"], ["11"]]))
    assert all(len(set(token)) == len(token) for sentence in items for token in sentence)


def test_one_class_a_token_is_one_kind() -> None:
    corpus = made([["a", "b"], ["c"]])
    one, other = (list(Templates().items(corpus, np.array(c))) for c in ([4, -1, 7], [[4], [-1], [7]]))
    assert one == other
    assert "+1class0=4" not in one[1][0]
    assert "-1class0=4" in one[0][1]
    assert not any(text.startswith("0class") for text in one[0][1])


def test_a_sentence_of_no_words_and_a_corpus_of_none() -> None:
    corpus = made([["a"]])
    empty = Corpus(corpus.words, corpus.tags, corpus.names, np.array([0, 0, 1]))
    assert list(map(len, Templates().items(empty))) == [0, 1]
    assert list(Templates(characters=True).items(corpus[:0])) == []


@pytest.mark.parametrize("classes", [[1], [0.5, 1.0], [["a"], ["b"]], [[[1]], [[2]]], 3])
def test_classes_that_are_none_are_an_error(classes) -> None:
    with pytest.raises(ValueError, match="give integers, a row for each of 2 tokens"):
        list(Templates().items(made([["a", "b"]]), classes))


@pytest.mark.parametrize("name", ["window", "affixes", "around"])
def test_a_number_below_0_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is -1; it must be at least 0"):
        Templates(**{name: -1})
