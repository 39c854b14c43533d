"""Decoders: against search over all paths, and what must hold for every one of them."""

from itertools import product

import pytest
import torch
import torch.nn.functional as F

from models.tagger.beam import search
from models.tagger.crf import CRFDecoder
from models.tagger.legality import broken, legal
from models.tagger.linear import LinearDecoder
from models.tagger.lstm_decoder import LSTMDecoder
from tests.models.tagger.made import padded, spread

NAMES = ["O", "B-X", "E-X", "S-X"]
K, RULE = len(NAMES), legal(NAMES)
KINDS = [CRFDecoder, LinearDecoder, LSTMDecoder]
rules = pytest.mark.parametrize("rule", [None, RULE], ids=["free", "legal"])
kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def lstm(beam=1, rule=None, seed=3):
    return spread(LSTMDecoder(5, K, rule, hidden=6, beam=beam), seed)


def by_hand(decoder, features, path):
    """Log-probability of each tag of a path: an LSTM cell fed one token at a time."""
    cell = torch.nn.LSTMCell(decoder.lstm.input_size, decoder.lstm.hidden_size)
    cell.load_state_dict({name[:-3]: value for name, value in decoder.lstm.state_dict().items()})
    state, before, found = None, K, []
    for t, tag in enumerate(path):
        state = cell(torch.cat([features[t], F.one_hot(torch.tensor(before), K + 1)])[None], state)
        scores = decoder.project(state[0])[0]
        if decoder.legal is not None:
            rule = decoder.legal
            allowed = rule.first.clone() if t == 0 else rule.pairs[before].clone()
            if t == len(path) - 1:
                allowed &= rule.last
            scores = scores.masked_fill(~allowed, -torch.inf)
        found.append(scores.log_softmax(0)[tag])
        before = tag
    return torch.stack(found)


@rules
@torch.no_grad()
def test_widest_beam_is_exhaustive_search(rule):
    features, mask = padded((4, 1, 3))
    found = lstm(K**4, rule).decode(features, mask)

    for row, length in enumerate(mask.sum(1).tolist()):
        paths = list(product(range(K), repeat=length))
        logs = torch.stack([by_hand(lstm(1, rule), features[row], path).sum() for path in paths])
        assert tuple(found.tags[row, :length].tolist()) == paths[logs.argmax()]
        torch.testing.assert_close(found.log_probs[row], logs.max())


@torch.no_grad()
def test_beam_of_a_sentence_is_that_of_the_sentence_alone():
    features, mask = padded((6, 2, 1, 4, 5, 3, 3, 1) * 4, seed=6)
    decoder = lstm(3)
    found = decoder.best(features, mask)

    for row, length in enumerate(mask.sum(1).tolist()):
        alone = decoder.best(features[row : row + 1, :length], mask[row : row + 1, :length])
        assert found[row, :length].tolist() == alone[0].tolist()


@rules
@torch.no_grad()
def test_greedy_takes_the_best_tag_at_each_step(rule):
    features, mask = padded((5, 1, 3), seed=1)
    decoder = lstm(1, rule)
    found = decoder.decode(features, mask)

    for row, length in enumerate(mask.sum(1).tolist()):
        path = found.tags[row, :length].tolist()
        torch.testing.assert_close(found.token_log_probs[row, :length], by_hand(decoder, features[row], path))
        torch.testing.assert_close(
            found.token_log_probs[row, :length], found.distributions[row, :length].amax(1).log()
        )


@rules
@torch.no_grad()
def test_greedy_is_a_beam_of_one_and_wider_beams_can_be_better(rule):
    features, mask = padded((6, 4, 1, 6, 5) * 4, seed=2)
    greedy, wide = lstm(1, rule), lstm(5, rule)
    found, wider = greedy.decode(features, mask), wide.decode(features, mask)

    assert torch.equal(search(greedy, features, mask) * mask, found.tags)
    assert wider.log_probs.sum() > found.log_probs.sum()
    assert torch.equal(wide.best(features, mask), wider.tags)


@torch.no_grad()
def test_teacher_forcing_is_the_loop_over_cells():
    features, mask = padded()
    tags = torch.tensor([[1, 2, 3], [0, 0, 0], [3, 1, 0]])
    losses = lstm().loss(features, mask, tags)

    for row, length in enumerate(mask.sum(1).tolist()):
        wanted = -by_hand(lstm(), features[row], tags[row, :length].tolist()).sum()
        torch.testing.assert_close(losses[row], wanted)


@kinds
@rules
@torch.no_grad()
def test_certain_soft_labels_are_hard_labels(kind, rule):
    features, mask = padded((3, 1, 2))
    decoder = spread(kind(5, K, rule))
    tags = torch.tensor([[1, 2, 3], [0, 0, 0], [3, 0, 0]])

    hard, soft = (decoder.loss(features, mask, given) for given in (tags, F.one_hot(tags, K).float()))
    torch.testing.assert_close(soft, hard)


@kinds
@torch.no_grad()
def test_what_padding_holds_does_not_matter(kind):
    features, mask = padded((4, 1, 2))
    decoder = spread(kind(5, K))
    tags = torch.tensor([[1, 2, 3, 0], [2, 0, 0, 0], [3, 1, 0, 0]])
    noise = torch.randn(features.shape, generator=torch.Generator().manual_seed(5)) * ~mask[:, :, None]

    other = torch.where(mask, tags, 3)
    torch.testing.assert_close(
        decoder.loss(features + noise, mask, other), decoder.loss(features, mask, tags)
    )
    one, two = decoder.decode(features, mask), decoder.decode(features + noise, mask)
    for name in ("tags", "token_log_probs", "log_probs", "distributions"):
        torch.testing.assert_close(getattr(one, name), getattr(two, name))


@kinds
@torch.no_grad()
def test_legal_decoders_break_no_rule_where_free_ones_do(kind):
    features, mask = padded((7,) * 60, seed=4)
    free, bound = spread(kind(5, K)), spread(kind(5, K, RULE))
    starts = torch.arange(0, 7 * 61, 7)

    assert broken(bound.best(features, mask).flatten(), starts, RULE) == -1
    assert broken(free.best(features, mask).flatten(), starts, RULE) >= 0


@kinds
@rules
@torch.no_grad()
def test_distributions_sum_to_one(kind, rule):
    features, mask = padded((4, 1, 2))
    found = spread(kind(5, K, rule)).distributions(features, mask)

    torch.testing.assert_close(found.sum(2), mask.float())


def test_legal_transitions_are_those_of_the_scheme():
    tags = ["O", "B-P", "I-P", "E-P", "S-P", "B-Q", "I-Q", "E-Q", "S-Q"]
    rule = legal(tags)
    sequences = {"O", "S", "BE", "BIE", "BIIE"}
    for path in product("OBIES", repeat=4):
        codes = torch.tensor([0 if mark == "O" else tags.index(f"{mark}-P") for mark in path])
        known = "".join(path) in _joined(sequences, 4)
        assert (broken(codes, torch.tensor([0, 4]), rule) == -1) == known
    assert not rule.pairs[tags.index("B-P"), tags.index("E-Q")]


def _joined(pieces, length):
    if length == 0:
        return {""}
    return {p + rest for p in pieces if len(p) <= length for rest in _joined(pieces, length - len(p))}


@pytest.mark.parametrize(
    ("tags", "scheme", "message"),
    [
        (["O", "B-X"], "IOB1", "scheme is 'IOB1'; it must be one of BIOES, BIO"),
        (["O", "X"], "BIOES", "tag 'X' is none of the scheme"),
        (["O", "B-X", "S-X"], "BIOES", "no last tag may follow 'B-X'"),
        (["B-X", "I-X", "E-X"], "BIOES", "no last tag may follow 'E-X'"),
    ],
)
def test_tags_that_make_no_scheme_are_refused(tags, scheme, message):
    with pytest.raises(ValueError, match=message):
        legal(tags, scheme)


def test_wrong_sizes_are_refused():
    with pytest.raises(ValueError, match="legal is of 4 tags, and there are 3"):
        LinearDecoder(5, 3, RULE)
    with pytest.raises(ValueError, match="beam is 0"):
        LSTMDecoder(5, 3, beam=0)
