"""The decoder goes on from its own outputs, or from the truth where it is given, and waits for nothing."""

import itertools
from dataclasses import replace

import pytest
import torch
from torch import nn

from models.sequences.heads import Point
from models.sequences.rollout import Rollout
from models.sequences.seq2seq import Recurrence, Seq2Seq, hidden_for, matched
from tests.support.device_reads import Reads

SIZES = list(itertools.product((1, 2, 3), (1, 2), ("lstm", "rnn")))
TT = Recurrence(5, layers=2, order=3, lags=3, rank=2)


def made(recurrence, features=2, outputs=1, dtype=torch.float64):
    torch.manual_seed(0)
    return Seq2Seq(features, outputs, recurrence, Point().point).to(dtype)


def drawn(network, batch=4, lookback=7, horizon=6, features=2):
    like = network.output.weight
    torch.manual_seed(1)
    return like.new_empty(batch, lookback, 1 + features).normal_(), like.new_empty(
        batch, horizon, features
    ).normal_()


def test_of_order_one_it_is_pytorchs_lstm_rolled_out_by_hand():
    network = made(Recurrence(6, layers=2))
    encoder, decoder = (nn.LSTM(3, 6, 2, batch_first=True, dtype=torch.float64) for _ in range(2))
    for ours, theirs in ((network.encoder, encoder), (network.decoder, decoder)):
        for layer, cell in enumerate(ours):
            cell.load_lstm(theirs, layer)
    window, known = drawn(network)
    _, state = encoder(window)
    value, wanted = window[:, -1, :1], []
    for step in range(known.shape[1]):
        h, state = decoder(torch.cat((value, known[:, step]), 1)[:, None], state)
        value = network.output(h[:, 0])
        wanted.append(value)
    torch.testing.assert_close(network(window, known), torch.stack(wanted, 1))


@pytest.mark.parametrize("lost", [False, True])
def test_where_the_truth_is_given_it_is_the_next_input(lost):
    network = made(TT)
    window, known = drawn(network)
    truth = torch.randn(4, 6, dtype=torch.float64)
    everywhere = torch.ones(4, 6, dtype=torch.bool)
    if lost:
        own = network(window, known)[..., 0]
        found = network(window, known, torch.full_like(truth, torch.nan), everywhere)
        torch.testing.assert_close(found[..., 0], own)
        return
    inputs = torch.cat((torch.cat((window[:, -1:, 0], truth[:, :-1]), 1)[..., None], known), 2)
    for cell, state in zip(network.decoder, network.encode(window), strict=True):
        inputs, _ = cell(inputs, state)
    torch.testing.assert_close(network(window, known, truth, everywhere), network.output(inputs))
    one_alone = everywhere & (torch.arange(4)[:, None] == 2)
    mixed, own = network(window, known, truth, one_alone), network(window, known)
    torch.testing.assert_close(mixed[:2], own[:2])
    assert not torch.allclose(mixed[2], own[2])


@pytest.mark.parametrize("recurrence", [Recurrence(5), TT, Recurrence(5, order=2, rank=2, kind="rnn")])
def test_a_rollout_of_fifty_steps_and_its_gradients_wait_for_no_number(recurrence):
    network = made(recurrence, dtype=torch.float32)
    window, known = drawn(network, horizon=50)
    truth, taught = torch.randn(4, 50), torch.rand(4, 50) < 0.5
    with Reads() as reads:
        network(window, known, truth, taught).square().mean().backward()
    assert reads.found == []


def test_a_rollout_is_one_graph():
    network = made(TT, dtype=torch.float32)
    window, known = drawn(network)
    whole = torch.compile(network, fullgraph=True, backend="eager")
    torch.testing.assert_close(whole(window, known), network(window, known))


def test_a_rollout_is_of_one_shape_and_gives_what_the_network_does():
    network = made(TT)
    window, known = drawn(network)
    rollout = Rollout(network, window, known)
    torch.testing.assert_close(rollout(2 * window, known), network(2 * window, known))
    with pytest.raises(ValueError, match=r"\(3, 7, 3\) are not \(4, 7, 3\)"):
        rollout(window[:3], known[:3])


@pytest.mark.parametrize(("order", "layers", "kind"), SIZES)
def test_parameters_are_counted_without_the_network(order, layers, kind):
    recurrence = Recurrence(5, layers, order, 2, 3, kind)
    network = made(recurrence, features=3, outputs=2)
    count = sum(each.numel() for each in network.parameters())
    assert recurrence.parameters(3, 2) == count


LIKE = [Recurrence(1), Recurrence(1, 2, lags=3), Recurrence(1, 1, 2, 2, 1)]


@pytest.mark.parametrize(
    ("wanted", "like"), [(40_231, LIKE[0]), *itertools.product((400_000, 2_345_678), LIKE)]
)
def test_sizes_are_matched_within_two_percent(like, wanted):
    size = hidden_for(wanted, like, features=2)
    counts = [replace(like, hidden=each).parameters(2) - wanted for each in (size - 1, size, size + 1)]
    assert abs(counts[1]) <= 0.02 * wanted
    assert abs(counts[1]) == min(map(abs, counts))


def test_numbers_that_no_size_has_are_told():
    with pytest.raises(ValueError, match="no hidden size has 100 parameters within 2%: the nearest"):
        hidden_for(100, Recurrence(1, order=3, lags=3, rank=8))


@pytest.mark.parametrize("wanted", [20_000, 40_231, 63_000])
def test_where_no_size_fits_another_rank_is_taken_and_told(wanted, capsys):
    like = Recurrence(1, order=3, lags=3, rank=4)
    found = matched(wanted, like, features=2)
    assert abs(found.parameters(2) - wanted) <= 0.02 * wanted
    assert replace(found, hidden=1, rank=4) == like
    assert ("rank" in capsys.readouterr().out) == (found.rank != 4)


def test_a_network_without_layers_is_refused():
    with pytest.raises(ValueError, match="layers is 0"):
        made(Recurrence(4, layers=0))
