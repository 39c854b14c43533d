"""Each sentence is in one batch, as it was, beside others of its length."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.conll import vocabulary
from etl.conll.batches import batches, padded_share, plan
from etl.conll.coded import Coded, code
from etl.conll.read import conll
from etl.engine import Engine, choose
from etl.handoff import to_host
from etl.journal import collect, of_kind

LENGTHS = st.lists(st.integers(1, 12), max_size=40).map(lambda numbers: np.array(numbers, "int64"))


def made(lengths: np.ndarray, engine: Engine, seed: int = 0) -> Coded:
    rng, n = np.random.default_rng(seed), int(lengths.sum())
    letters = rng.integers(1, 9, (n, 7)) * (np.arange(7) < rng.integers(0, 8, n)[:, None])
    arrays = rng.integers(1, 50, n).astype("int32"), letters.astype("int32")
    starts = np.concatenate([[0], np.cumsum(lengths)])
    tags = rng.integers(0, 5, n).astype("int32")
    return Coded(*(engine.xp.asarray(values) for values in (*arrays, starts, tags)))


@given(LENGTHS, st.integers(1, 60), st.integers(0, 9), st.integers(0, 9))
@settings(max_examples=150, deadline=None)
def test_each_sentence_is_in_one_batch_that_is_not_too_large(
    lengths: np.ndarray, tokens: int, seed: int, epoch: int
) -> None:
    found = plan(lengths, tokens, seed, epoch)
    assert sorted(np.concatenate([[], *found]).tolist()) == list(range(len(lengths)))
    assert all(len(rows) == 1 or len(rows) * lengths[rows].max() <= tokens for rows in found)
    # Lengths of two batches do not interlock.
    spans = sorted((int(lengths[rows].min()), int(lengths[rows].max())) for rows in found)
    assert all(high <= low for (_, high), (low, _) in pairwise(spans))


@given(LENGTHS, st.integers(1, 60))
@settings(max_examples=50, deadline=None)
def test_padded_tokens_are_those_of_a_sentence_and_zeros(lengths: np.ndarray, tokens: int) -> None:
    data = made(lengths, choose("cpu"))
    check(data, lengths, tokens)


def test_batches_lie_where_the_sentences_do(engine: Engine) -> None:
    lengths = np.array([3, 1, 4, 1, 5, 9, 2, 6])
    check(made(lengths, engine), lengths, 12)


def check(data: Coded, lengths: np.ndarray, tokens: int) -> None:
    places, seen = 0, 0
    for batch in batches(data, tokens):
        words, letters, mask, tags, rows = (to_host(value) for value in vars(batch).values())
        assert words.shape == mask.shape == tags.shape == letters.shape[:2]
        for k, row in enumerate(rows.tolist()):
            begin, end = int(data.starts[row]), int(data.starts[row + 1])
            n = end - begin
            assert mask[k].tolist() == [True] * n + [False] * (mask.shape[1] - n)
            assert words[k].tolist() == data.words[begin:end].tolist() + [0] * (mask.shape[1] - n)
            assert tags[k].tolist() == data.tags[begin:end].tolist() + [0] * (mask.shape[1] - n)
            own = to_host(data.characters[begin:end])
            assert np.array_equal(letters[k, :n], own[:, : letters.shape[2]])
            assert not own[:, letters.shape[2] :].any()
            assert not letters[k, n:].any()
        assert letters.shape[2] == 1 or letters[:, :, -1].any()
        places, seen = places + mask.size, seen + int(mask.sum())
    share = padded_share(lengths, plan(lengths, tokens, 0))
    assert share == pytest.approx(1 - seen / places if places else 0)


def test_the_seed_and_the_epoch_decide_the_order() -> None:
    lengths = np.random.default_rng(0).integers(1, 9, 300)

    def order(seed: int, epoch: int) -> list[list[int]]:
        return [rows.tolist() for rows in plan(lengths, 40, seed, epoch)]

    assert order(1, 2) == order(1, 2)
    assert order(1, 2) != order(1, 3)
    assert order(1, 2) != order(2, 2)
    assert sorted(map(sorted, order(1, 2))) != sorted(map(sorted, order(1, 3)))


def test_little_of_real_batches_is_padding(real_ner: Path) -> None:
    corpus = conll(real_ner / "wnut17" / "wnut17train.conll")
    words, letters = vocabulary.words(corpus.words), vocabulary.characters(corpus.words)
    data = code(corpus, words, letters, choose("cpu"), width=20)
    lengths = np.diff(data.starts)
    found = plan(lengths, 1000, seed=0)
    in_order = np.split(np.arange(len(data)), np.arange(50, len(data), 50))
    assert padded_share(lengths, found) < 0.05 < 0.3 < padded_share(lengths, in_order)
    got = np.concatenate([batch.words[batch.mask] for batch in batches(data, 1000)])
    assert np.array_equal(np.sort(got), np.sort(data.words))
    assert words.names(data.words).equals(corpus.words)


def test_tensors_share_memory_with_the_arrays(engine: Engine) -> None:
    torch = pytest.importorskip("torch")
    data = made(np.array([2, 3]), engine)
    with collect() as entries:
        batch = next(iter(batches(data, 10))).to_torch()
    assert {entry["copies"] for entry in of_kind(entries, "bridge")} == {"none"}
    assert (batch.words.dtype, batch.mask.dtype) == (torch.int64, torch.bool)
    assert batch.characters.shape[:2] == batch.tags.shape == (2, 3)
    untagged = Coded(data.words, data.characters, data.starts)
    assert next(iter(batches(untagged, 10))).to_torch().tags is None


def test_what_makes_no_batches_is_said() -> None:
    with pytest.raises(ValueError, match="tokens is 0"):
        plan(np.array([1]), 0, seed=0)
    with pytest.raises(ValueError, match="sentence 1 has no token"):
        plan(np.array([1, 0]), 5, seed=0)
    empty = Coded(np.empty(0, "int32"), np.empty((0, 3), "int32"), np.zeros(1, "int64"))
    assert list(batches(empty, 5)) == []


def test_words_longer_than_the_width_are_cut() -> None:
    letters = vocabulary.characters(pa.array(["abc"]))
    assert letters.spelt(pa.array(["cba"]), 2).shape == (1, 2)
