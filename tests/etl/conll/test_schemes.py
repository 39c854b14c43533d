"""Spans are those that seqeval finds; tags that are written read back as the same spans."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.conll.read import conll, iob2
from etl.conll.schemes import PREFIXES, Spans, convert, spans, tag_names, tags, types
from etl.engine import Engine
from tests.support.real import present

KINDS = ("LOC", "creative-work")
READS_BACK = {"BIOES": "BIOES", "IOB2": "IOB2", "IOB1": "conlleval"}


def sequences(scheme: str) -> st.SearchStrategy[list[list[str]]]:
    """Sentences of any tags, mostly invalid, some empty."""
    tag = st.sampled_from(tag_names(KINDS, scheme))
    return st.lists(st.lists(tag, max_size=9), max_size=4)


def flat(sentences: list[list[str]], scheme: str, xp: Any = np) -> tuple[Any, Any, tuple[str, ...]]:
    names = tag_names(KINDS, scheme)
    codes = [names.index(tag) for sentence in sentences for tag in sentence]
    starts = np.cumsum([0, *map(len, sentences)])
    return xp.asarray(codes, dtype="int32"), xp.asarray(starts, dtype="int64"), names


def listed(found: Spans) -> list[tuple[int, int, int, str]]:
    numbers = zip(*(values.tolist() for values in found), strict=True)
    return [(sentence, begin, end, KINDS[kind]) for sentence, begin, end, kind in numbers]


@pytest.mark.parametrize("reading", ["BIOES", "IOB2"])
def test_strict_spans_are_seqeval_s(reading: str, engine: Engine) -> None:
    scheme = pytest.importorskip("seqeval.scheme")
    rule = scheme.IOB2 if reading == "IOB2" else scheme.IOBES

    @given(sequences(reading))
    @settings(max_examples=200, deadline=None)
    def check(sentences: list[list[str]]) -> None:
        theirs = [
            (row, found.start, found.end, found.tag)
            for row, sentence in enumerate(scheme.Entities(sentences, rule).entities)
            for found in sentence
        ]
        assert listed(spans(*flat(sentences, reading, engine.xp), reading)) == [
            (row, begin, end, kind) for row, begin, end, kind in theirs
        ]

    check()


@pytest.mark.parametrize("scheme", ["BIOES", "IOB2"])
def test_loose_spans_are_those_of_seqeval_s_copy_of_conlleval(scheme: str) -> None:
    theirs = pytest.importorskip("seqeval.metrics.sequence_labeling").get_entities

    @given(sequences(scheme))
    @settings(max_examples=200, deadline=None)
    def check(sentences: list[list[str]]) -> None:
        expected = [
            (row, begin, last + 1, kind)
            for row, sentence in enumerate(sentences)
            for kind, begin, last in theirs(sentence)
        ]
        assert listed(spans(*flat(sentences, scheme), "conlleval")) == expected

    check()


@st.composite
def labelled(draw: st.DrawFn) -> tuple[list[int], list[tuple[int, int, int, str]]]:
    """Lengths of sentences, and spans in them that do not overlap but may touch."""
    lengths = draw(st.lists(st.integers(0, 7), max_size=4))
    found = []
    for row, length in enumerate(lengths):
        cuts = sorted(draw(st.sets(st.integers(0, length), max_size=length + 1)))
        for begin, end in pairwise(cuts):
            if draw(st.booleans()):
                found.append((row, begin, end, draw(st.sampled_from(KINDS))))
    return lengths, found


def by_hand(lengths: list[int], found: list[tuple[int, int, int, str]], scheme: str) -> list[list[str]]:
    """The oracle: tags written span after span."""
    out = [["O"] * length for length in lengths]
    ends = {(row, end, kind) for row, _, end, kind in found}
    for row, begin, end, kind in found:
        first = "I" if scheme == "IOB1" and (row, begin, kind) not in ends else "B"
        prefixes = [first, *"I" * (end - begin - 1)]
        if scheme == "BIOES":
            prefixes = ["S"] if end - begin == 1 else [*prefixes[:-1], "E"]
        out[row][begin:end] = [f"{prefix}-{kind}" for prefix in prefixes]
    return out


@pytest.mark.parametrize("scheme", list(PREFIXES))
def test_spans_are_written_as_by_hand_and_read_back(scheme: str, engine: Engine) -> None:
    xp = engine.xp

    @given(labelled(), st.randoms())
    @settings(max_examples=150, deadline=None)
    def check(case: tuple[list[int], list[tuple[int, int, int, str]]], random: Any) -> None:
        lengths, found = case
        expected, starts, names = flat(by_hand(lengths, found, scheme), scheme, xp)
        mixed = random.sample(found, len(found))
        columns = np.array([(r, b, e, KINDS.index(k)) for r, b, e, k in mixed], "int64").reshape(-1, 4)
        written = tags(Spans(*(xp.asarray(column) for column in columns.T)), starts, scheme)
        assert written.tolist() == expected.tolist()
        assert listed(spans(written, starts, names, READS_BACK[scheme])) == found

    check()


@pytest.mark.parametrize("one", list(PREFIXES))
@pytest.mark.parametrize("other", list(PREFIXES))
@given(case=labelled())
@settings(max_examples=40, deadline=None)
def test_any_scheme_converts_to_any_other(one: str, other: str, case: Any) -> None:
    codes, starts, names = flat(by_hand(*case, one), one)
    expected, _, expected_names = flat(by_hand(*case, other), other)
    written, written_names = convert(codes, starts, names, other, READS_BACK[one])
    assert (written.tolist(), written_names) == (expected.tolist(), expected_names)


def test_real_iob1_becomes_bioes_and_comes_back(real_ner: Path) -> None:
    corpus = conll(real_ner / "wikigold" / "wikigold.conll.txt")
    codes, names = convert(corpus.tags, corpus.starts, corpus.names)
    strict = spans(codes, corpus.starts, names, "BIOES")
    # Tags of this file never say where one name ends and another of its type begins.
    before = spans(corpus.tags, corpus.starts, corpus.names, "conlleval")
    assert all(np.array_equal(a, b) for a, b in zip(before, strict, strict=True))
    back, back_names = convert(codes, corpus.starts, names, "IOB1", "BIOES")
    assert [back_names[code] for code in back] == corpus.tag_names().to_pylist()


@pytest.mark.parametrize(
    "name",
    [
        "wnut17/wnut17train.conll",
        "uner_zh_gsdsimp/zh_gsdsimp-ud-train.iob2",
        "uner_zh_gsdsimp/zh_gsdsimp-ud-dev.iob2",
    ],
)
def test_real_iob2_goes_to_bioes_and_comes_back(name: str, real_ner: Path) -> None:
    corpus = (iob2 if name.endswith("iob2") else conll)(present(real_ner / name))
    there, names = convert(corpus.tags, corpus.starts, corpus.names, "BIOES", "IOB2")
    back, back_names = convert(there, corpus.starts, names, "IOB2", "BIOES")
    assert [back_names[code] for code in back] == corpus.tag_names().to_pylist()
    begun = sum(tag[0] == "B" for tag in corpus.tag_names().to_pylist())
    assert len(spans(there, corpus.starts, names).begin) == begun


def test_what_cannot_be_read_or_written_is_said() -> None:
    codes, starts = np.array([0, 1]), np.array([0, 2])
    with pytest.raises(ValueError, match="'E-X' is none that IOB2 reads"):
        spans(codes, starts, ["O", "E-X"], "IOB2")
    with pytest.raises(ValueError, match="'BILOU' is unknown; it must be one of BIOES, IOB2, conlleval"):
        spans(codes, starts, ["O", "B-X"], "BILOU")
    with pytest.raises(ValueError, match="'conlleval' is unknown"):
        tags(Spans(*[np.array([0])] * 4), starts, "conlleval")
    assert types(["O"]) == ()


@pytest.mark.parametrize(
    "wrong", [[(0, 1, 1)], [(0, 0, 2), (0, 1, 3)], [(0, 2, 4)], [(1, -1, 1)], [(0, 0, 1), (0, 0, 1)]]
)
def test_spans_that_no_tags_can_write_are_an_error(wrong: list[tuple[int, int, int]]) -> None:
    columns = np.array([(*span, 0) for span in wrong]).T
    with pytest.raises(ValueError, match=r"sentence \d is empty, overlaps"):
        tags(Spans(*columns), np.array([0, 3, 6]))
