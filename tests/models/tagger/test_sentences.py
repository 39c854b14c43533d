"""Batches of sentences: each token once, in its place, with nothing beside it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.tagger.sentences import Sentences, Tensors, by_length, like, shuffled
from tests.models.tagger.made import sentences

CUTS = {
    "shuffled": lambda data: shuffled(data, 7, torch.Generator().manual_seed(0)),
    "by length": lambda data: by_length(data, 40),
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_batches_hold_each_sentence_once(cut):
    given = sentences(60)
    rows = []
    for batch in cut(Tensors(given)):
        rows.extend(batch.rows.tolist())
        for place, row in enumerate(batch.rows.tolist()):
            flat = slice(given.starts[row], given.starts[row + 1])
            inside = batch.mask[place]
            assert inside.tolist() == sorted(inside.tolist(), reverse=True)
            for name in ("words", "characters", "tags"):
                found, wanted = getattr(batch, name)[place, inside].numpy(), getattr(given, name)[flat]
                np.testing.assert_array_equal(
                    found, wanted[..., : found.shape[-1]] if found.ndim > 1 else wanted
                )
                assert not wanted[:, found.shape[-1] :].any() if found.ndim > 1 else True
            assert batch.places[place, inside].tolist() == list(range(flat.start, flat.stop))
        assert not batch.words[~batch.mask].any()
        assert not batch.characters[~batch.mask].any()
        assert (batch.places[~batch.mask] == len(given.words)).all()
    assert sorted(rows) == list(range(60))


def test_batches_for_decoding_fit_and_are_sorted():
    sizes = [tuple(batch.words.shape) for batch in by_length(Tensors(sentences(60)), 40)]

    assert all(b * n <= 40 for b, n in sizes)
    assert [n for _, n in sizes] == sorted((n for _, n in sizes), reverse=True)


def test_long_sentence_is_decoded_though_it_does_not_fit():
    data = Tensors(sentences(10))

    assert sum(len(batch.rows) for batch in by_length(data, 1)) == 10


def test_like_lengths_are_gathered_and_the_order_is_the_seeds():
    data = Tensors(sentences(300))
    orders = []
    for seed in (0, 0, 1):
        batches = list(shuffled(data, 10, torch.Generator().manual_seed(seed)))
        assert sum(batch.mask.numel() for batch in batches) < 1.15 * data.tokens
        orders.append([batch.rows.tolist() for batch in batches])
    assert orders[0] == orders[1] != orders[2]


@pytest.mark.parametrize("kind", ["uint8", "uint16", "int32", "int64"])
def test_kinds_of_codes_do_not_matter(kind):
    given = sentences(8)
    small = Sentences(given.words.astype("uint16"), given.characters.astype(kind), given.starts, given.tags)
    one, two = (Tensors(one).batch(torch.arange(8)) for one in (given, small))

    assert torch.equal(one.words, two.words)
    assert torch.equal(one.characters, two.characters)


def test_tensors_come_back_as_tensors():
    found = torch.arange(3)

    assert like(found, torch.zeros(1)) is found
    assert isinstance(like(found, np.zeros(1)), np.ndarray)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"starts": np.array([0, 3])}, "starts must run from 0 to the number of words, 4"),
        ({"starts": np.array([0, 2, 2, 4])}, "sentence 1 has no word"),
        ({"tags": np.zeros(3, int)}, "tags has 3 rows for 4 words"),
        ({"characters": np.ones(4, int)}, "characters must have shape"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(change, message):
    good = Sentences(np.ones(4, int), np.ones((4, 2), int), np.array([0, 2, 4]), np.zeros(4, int))

    with pytest.raises(ValueError, match=message):
        Tensors(replace(good, **change))
