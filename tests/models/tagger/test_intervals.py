"""Intervals of F1 by sentences drawn again, and the dictionary that taggers are beside."""

from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("torch", reason="taggers are networks; pip install 'trinity[torch]'")

from etl.conll import simulate
from etl.conll.corpus import build
from etl.conll.schemes import convert, tag_names
from etl.conll.score import by_sentence, span_f1
from etl.engine import Engine
from etl.handoff import from_host
from models.tagger.intervals import bootstrap_f1
from models.tagger.longest_match import longest_match


def counts(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    true, predicted = rng.integers(0, 4, n), rng.integers(0, 4, n)
    return np.stack([rng.integers(0, np.minimum(true, predicted) + 1), predicted, true], axis=1)


def test_draws_are_those_of_sentences_taken_one_by_one() -> None:
    both = np.stack([counts(60, 0), counts(60, 1)])
    found = bootstrap_f1(both, draws=4000, seed=3)
    rng, wanted = np.random.default_rng(9), []
    for _ in range(4000):
        correct, predicted, true = both[:, rng.integers(0, 60, 60)].sum(axis=1).T
        wanted.append(2 * correct / (predicted + true))
    for share in (0.025, 0.5, 0.975):
        np.testing.assert_allclose(
            *(np.quantile(each, share, axis=0) for each in (found, wanted)), atol=0.012
        )
    gains = [np.quantile(each[:, 0] - each[:, 1], [0.025, 0.975]) for each in (found, np.array(wanted))]
    np.testing.assert_allclose(*gains, atol=0.015)


def test_alike_sentences_leave_no_doubt_and_nothing_found_is_zero() -> None:
    alike = np.tile([[1, 2, 2]], (1, 30, 1))
    np.testing.assert_array_equal(bootstrap_f1(alike, draws=5), np.full((5, 1), 0.5))
    assert not bootstrap_f1(np.zeros((1, 4, 3), int), draws=3).any()


def test_each_sentence_has_the_counts_of_a_score_of_its_own(engine: Engine) -> None:
    text, rng = simulate.sentences(40, seed=2), np.random.default_rng(0)
    true, names = convert(text.tags, text.starts, text.names)
    found = np.where(rng.random(len(true)) < 0.1, 0, true)
    each = by_sentence(*(from_host(part, engine) for part in (true, found, text.starts)), names)
    for (begin, end), row in zip(pairwise(text.starts), each.tolist(), strict=True):
        one = span_f1(true[begin:end], found[begin:end], np.array([0, end - begin]), names)
        assert row == [one.correct, one.predicted, one.true]
    assert each.sum(axis=0).tolist() != [0, 0, 0]


def test_the_longest_name_of_one_type_alone_is_found() -> None:
    names = tag_names(["LOC", "PER"])

    def sentences(*lines: str):
        pairs = [[word.partition("/")[::2] for word in line.split()] for line in lines]
        flat = [(word, tag or "O", k) for k, line in enumerate(pairs) for word, tag in line]
        return build(*map(list, zip(*flat, strict=True))).named(names)

    train = sentences(
        "New/B-LOC York/E-LOC is York/S-LOC", "Paris/S-PER saw Paris/S-LOC", "York/S-LOC saw Jo/S-PER"
    )
    text = sentences("Jo left New York", "York New", "Paris York Jo")
    wanted = "S-PER O B-LOC E-LOC S-LOC O O S-LOC S-PER".split()
    assert [names[code] for code in longest_match(train, text)] == wanted
