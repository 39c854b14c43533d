"""Scores are seqeval's in its strict mode, whatever the tags."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.conll.corpus import Corpus
from etl.conll.read import conll, iob2
from etl.conll.schemes import convert, tag_names
from etl.conll.score import Score, span_f1
from etl.engine import Engine

NAMES = {scheme: tag_names(("LOC", "creative-work"), scheme) for scheme in ("BIOES", "IOB2")}


def theirs(true: list[list[str]], predicted: list[list[str]], reading: str, average: str | None) -> Any:
    v1 = pytest.importorskip("seqeval.metrics.v1")
    scheme = pytest.importorskip("seqeval.scheme")
    rule = scheme.IOB2 if reading == "IOB2" else scheme.IOBES
    numbers = v1.precision_recall_fscore_support(
        true, predicted, average=average, scheme=rule, zero_division=0
    )
    return numbers, v1.unique_labels(true, predicted, rule)


def same(found: Score, true: list[list[str]], predicted: list[list[str]], reading: str) -> None:
    (precision, recall, f1, support), kinds = theirs(true, predicted, reading, "micro")
    assert (found.precision, found.recall, found.true) == (precision, recall, support)
    assert found.f1 == pytest.approx(f1, abs=1e-15)
    each = np.array(theirs(true, predicted, reading, None)[0])
    for kind, column in zip(kinds, each.T, strict=True):
        one = found.by_type[kind]
        assert (one.precision, one.recall, one.f1, one.true) == pytest.approx(tuple(column), abs=1e-15)
    assert not any(one.true or one.predicted for kind, one in found.by_type.items() if kind not in kinds)


@st.composite
def pairs(draw: st.DrawFn, names: tuple[str, ...]) -> list[list[tuple[str, str]]]:
    """Sentences of true and predicted tags, any, often equal so that spans are found."""
    tag = st.sampled_from(names)
    both = st.one_of(st.tuples(tag, tag), tag.map(lambda name: (name, name)))
    return draw(st.lists(st.lists(both, min_size=1, max_size=8), min_size=1, max_size=5))


@pytest.mark.parametrize("reading", list(NAMES))
def test_any_tags_score_as_in_seqeval(reading: str, engine: Engine) -> None:
    pytest.importorskip("seqeval")
    names = NAMES[reading]

    @given(pairs(names))
    @settings(max_examples=200, deadline=None)
    def check(sentences: list[list[tuple[str, str]]]) -> None:
        true, predicted = ([[both[side] for both in one] for one in sentences] for side in (0, 1))
        codes = [[names.index(tag) for one in side for tag in one] for side in (true, predicted)]
        starts = np.cumsum([0, *map(len, sentences)])
        arrays = (engine.xp.asarray(values) for values in (*codes, starts))
        same(span_f1(*arrays, names, reading), true, predicted, reading)

    check()


def nested(corpus: Corpus, codes: np.ndarray, names: tuple[str, ...]) -> list[list[str]]:
    flat = np.array(names, object)[codes]
    return [part.tolist() for part in np.split(flat, corpus.starts[1:-1])]


@pytest.mark.parametrize("reading", list(NAMES))
@pytest.mark.parametrize(
    "name", ["wnut17/emerging.dev.conll", "uner_zh_gsdsimp/zh_gsdsimp-ud-test.iob2", "btc/e.conll"]
)
def test_real_tags_of_which_some_were_changed_score_as_in_seqeval(
    name: str, reading: str, real_ner: Path
) -> None:
    corpus = (iob2 if name.endswith("iob2") else conll)(real_ner / name)
    true, names = convert(corpus.tags, corpus.starts, corpus.names, reading, "IOB2")
    rng = np.random.default_rng(3)
    noise = rng.integers(len(names), size=len(true))
    predicted = np.where(rng.random(len(true)) < 0.05, noise, true)
    found = span_f1(true, predicted, corpus.starts, names, reading)
    assert 0.4 < found.f1 < 0.95
    same(found, nested(corpus, true, names), nested(corpus, predicted, names), reading)
    assert span_f1(true, true, corpus.starts, names, reading).f1 == 1


def test_nothing_found_and_nothing_true_score_zero() -> None:
    none, some, starts = np.array([0, 0]), np.array([1, 0]), np.array([0, 2])
    names = ("O", "B-X", "I-X")
    for true, predicted in ((none, some), (some, none), (none, none)):
        found = span_f1(true, predicted, starts, names, "IOB2")
        assert (found.precision, found.recall, found.f1) == (0, 0, 0)
    with pytest.raises(ValueError, match="2 true and 1 predicted tags for 2 tokens"):
        span_f1(none, none[:1], starts, names)
