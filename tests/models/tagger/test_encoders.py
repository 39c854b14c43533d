"""Encoders: the character network against a loop, and sentences alone against sentences in a batch."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from models.tagger.encoder import CNNEncoder
from models.tagger.lexical import CharacterCNN, WordFeatures
from models.tagger.outputs import dropout_only
from models.tagger.sentences import Tensors
from models.tagger.transformer import Layer, TransformerEncoder
from tests.models.tagger.made import ABOVE, BELOW, padded, sentences, small, spread

encoders = pytest.mark.parametrize("encoder", BELOW)
decoders = pytest.mark.parametrize("decoder", ABOVE)
WORDS = [[3, 1, 4, 1], [5], [2, 6]]


def looped(network, word):
    """Largest value of each filter over a word's places, by explicit loops."""
    E, W, bias = network.embedding.weight, network.convolution.weight, network.convolution.bias
    found = []
    for f in range(len(bias)):
        places = []
        for place in range(len(word)):
            value = bias[f]
            for k in range(3):
                if 0 <= place + k - 1 < len(word):
                    value = value + E[word[place + k - 1]] @ W[f, :, k]
            places.append(value)
        found.append(torch.stack(places).max())
    return torch.stack(found)


def test_characters_are_the_maximum_of_a_loop():
    network = spread(CharacterCNN(8, 4, 6))
    codes = torch.tensor([[word + [0] * (5 - len(word)) for word in WORDS]])

    found = network(codes)[0]
    for row, word in zip(found, WORDS, strict=True):
        torch.testing.assert_close(row, looped(network, word))


def test_gradients_of_characters_are_those_of_the_loop():
    network = CharacterCNN(8, 4, 6)
    codes = torch.tensor([[word + [0] * (4 - len(word)) for word in WORDS]])
    weights = list(network.parameters())
    found = torch.autograd.grad(network(codes).square().sum(), weights)
    wanted = torch.autograd.grad(sum(looped(network, word).square().sum() for word in WORDS), weights)

    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other)


def test_word_without_characters_is_zero():
    assert not spread(CharacterCNN(8, 4, 6))(torch.zeros(1, 2, 3, dtype=torch.long)).any()


def test_convolution_sees_its_neighbours_and_no_further():
    encoder = spread(CNNEncoder(WordFeatures(9, 5, embedding=4), filters=6, layers=2, kernel=5), scale=0.2)
    words = torch.randint(1, 9, (1, 15), generator=torch.Generator().manual_seed(0))
    mask, characters = torch.ones(1, 15, dtype=torch.bool), torch.ones(1, 15, 2, dtype=torch.long)
    other = words.clone()
    other[0, 7] = words[0, 7] % 8 + 1

    changed = (features(encoder, words, characters, mask) != features(encoder, other, characters, mask)).any(
        2
    )[0]
    assert changed.nonzero()[:, 0].tolist() == list(range(3, 12))


def test_convolution_is_that_of_loops():
    encoder = spread(CNNEncoder(WordFeatures(9, 5, embedding=4), filters=6, layers=1, kernel=3))
    words, characters = torch.tensor([[1, 5, 8]]), torch.tensor([[[1, 2], [3, 0], [4, 4]]])
    mask, layer = torch.ones(1, 3, dtype=torch.bool), encoder.layers[0]
    lexical = encoder.lexical(encoder.lexical.bare(words, characters), mask)[0]

    found = features(encoder, words, characters, mask)[0]
    for t in range(3):
        inside = [(k, t + k - 1) for k in range(3) if 0 <= t + k - 1 < 3]
        value = layer.bias + sum(layer.weight[:, :, k] @ lexical[place] for k, place in inside)
        torch.testing.assert_close(found[t], torch.cat([value.clamp(min=0), lexical[t]]))


def test_transformer_tells_left_from_right():
    encoder = spread(TransformerEncoder(WordFeatures(9, 5, embedding=4), width=8, heads=2))
    words, characters = torch.tensor([[1, 2, 3]]), torch.ones(1, 3, 2, dtype=torch.long)
    mask = torch.ones(1, 3, dtype=torch.bool)

    one, two = (features(encoder, order, characters, mask)[0, 1] for order in (words, words.flip(1)))
    assert (one - two).abs().max() > 1e-3


def test_attention_is_that_of_torch_with_a_bias_for_distance():
    layer, peer = spread(Layer(8, 2, 0.0)), torch.nn.MultiheadAttention(8, 2, batch_first=True)
    hidden, mask = padded((12, 5), size=8)
    places = torch.arange(12)
    far = (places[None, :] - places[:, None]).clamp(-8, 8) + 8
    with torch.no_grad():
        peer.in_proj_weight.copy_(layer.ask.weight)
        peer.in_proj_bias.copy_(layer.ask.bias)
    peer.out_proj.load_state_dict(layer.answer.state_dict())
    hidden_from = torch.zeros(2, 12).masked_fill(~mask, -torch.inf)
    wanted, _ = peer(
        hidden,
        hidden,
        hidden,
        attn_mask=layer.near[:, far].repeat(2, 1, 1),
        key_padding_mask=hidden_from,
    )

    torch.testing.assert_close(layer._attend(hidden, mask)[mask], wanted[mask])


@encoders
@decoders
@torch.no_grad()
def test_sentence_alone_is_the_sentence_in_a_batch(encoder, decoder):
    data = Tensors(sentences(12))
    network = spread(small(encoder, decoder)(), scale=0.3)
    batch = data.batch(torch.arange(12))
    together, losses = network.decode(batch), network(batch)

    for row in range(12):
        alone, length = data.batch(torch.tensor([row])), int(data.lengths[row])
        one = network.decode(alone)
        torch.testing.assert_close(network(alone)[0], losses[row], rtol=1e-4, atol=1e-4)
        assert one.tags[0].tolist() == together.tags[row, :length].tolist()
        torch.testing.assert_close(one.log_probs[0], together.log_probs[row], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(
            one.distributions[0], together.distributions[row, :length], rtol=1e-4, atol=1e-4
        )


@encoders
def test_dropout_alone_is_random_and_evaluation_is_not(encoder):
    batch = Tensors(sentences(5)).batch(torch.arange(5))
    network = small(encoder)()
    with torch.random.fork_rng([]), torch.no_grad():
        torch.manual_seed(0)
        one, two = (dropout_only(network).features(batch) for _ in range(2))
        torch.manual_seed(0)
        again = network.features(batch)
        still, quiet = (network.eval().features(batch) for _ in range(2))

    assert torch.equal(one, again)
    assert not torch.equal(one, two)
    assert torch.equal(still, quiet)


def test_given_vectors_stay_as_they_are():
    vectors = np.random.default_rng(0).normal(size=(9, 3)).astype("float32")
    lexical = WordFeatures(9, 5, vectors=vectors, dropout=0.0)
    words, characters = torch.tensor([[4, 7]]), torch.ones(1, 2, 2, dtype=torch.long)

    found = lexical(lexical.bare(words, characters), torch.ones(1, 2, dtype=torch.bool))
    np.testing.assert_array_equal(found[0, :, -3:].detach(), vectors[[4, 7]])
    assert not lexical.words.weight.requires_grad
    tuned = WordFeatures(9, 5, vectors=vectors, fixed=False)
    assert tuned.words.weight.requires_grad
    np.testing.assert_array_equal(tuned.words.weight.detach(), vectors)
    with pytest.raises(ValueError, match="vectors has 9 rows for 8 words"):
        WordFeatures(8, 5, vectors=vectors)


def features(encoder, words, characters, mask):
    return encoder(encoder.lexical.bare(words, characters), mask)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (lambda lexical: CNNEncoder(lexical, kernel=4), "kernel is 4; it must be odd"),
        (lambda lexical: TransformerEncoder(lexical, width=10, heads=4), "width is 10"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(network, message):
    with pytest.raises(ValueError, match=message):
        network(WordFeatures(9, 5))


def test_padding_never_learns():
    network = small()()
    batch = Tensors(sentences(6)).batch(torch.arange(6))
    network(batch).sum().backward()

    lexical = network.encoder.lexical
    assert not lexical.words.weight.grad[0].any()
    assert not lexical.characters.embedding.weight.grad[0].any()
    assert F.normalize(lexical.words.weight.grad[1:], dim=1).any()
