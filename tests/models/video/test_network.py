"""Networks have the published numbers of parameters, and feed back what they predict."""

import pytest
import torch
from torch import nn

from models.tensors.savings import savings
from models.video.network import NetworkSettings, VideoNetwork

LSTM = NetworkSettings.conv_lstm()
PUBLISHED = {
    "ConvLSTM": (LSTM, 3_973_201),
    "Conv-TT-LSTM": (NetworkSettings(), 2_687_281),
    "one state each, rank 4": (NetworkSettings(rank=4), 2_322_241),
    "whole states": (NetworkSettings(rank=None), 4_972_561),
    "5 steps": (NetworkSettings(steps=5), 3_263_281),
    "order 1": (NetworkSettings(order=1), 2_648_497),
    "order 2": (NetworkSettings(order=2), 2_763_889),
    "rank 16": (NetworkSettings(rank=16), 3_474_961),
}
SMALL = NetworkSettings(hidden=(3, 4, 5, 3), layers=2, kernel=3, order=2, steps=3, rank=2)


def count(network: nn.Module) -> int:
    return sum(each.numel() for each in network.parameters())


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_as_published(name: str) -> None:
    settings, parameters = PUBLISHED[name]
    assert count(VideoNetwork(settings, device="meta")) == parameters


def test_savings_count_parameters_and_operations_of_a_frame() -> None:
    old, new = (VideoNetwork(each, device="meta") for each in (LSTM, NetworkSettings()))
    row = savings(nn.Sequential(old), {"0": new}, torch.empty(1, 1, 1, 64, 64, device="meta"))[0]
    weights = [sum(each.numel() for each in net.parameters() if each.ndim == 4) for net in (old, new)]
    assert row.parameters == (3_973_201, 2_687_281)
    assert row.flops == (2 * 64 * 64 * weights[0], 2 * 64 * 64 * weights[1])


def rolled(network, clips, known, taught):
    """The rollout, a frame at a time, and what is read chosen by hand."""
    states = [[cell.start(clips[:, 0]) for cell in block] for block in network.blocks]
    found = []
    for at in range(known + taught.shape[1]):
        frame = clips[:, at].clone()
        if at >= known:
            for row in range(len(clips)):
                frame[row] = clips[row, at] if taught[row, at - known] else found[-1][row]
        predicted, states = network._advance(frame, states)
        found.append(predicted)
    return torch.stack(found, 1)


def test_after_the_input_predictions_are_read_but_where_the_truth_is_taught() -> None:
    torch.manual_seed(0)
    network, clips = VideoNetwork(SMALL), torch.rand(3, 7, 1, 6, 5)
    taught = torch.tensor([[0, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=torch.bool)
    found = network(clips, 4, 3, taught)
    torch.testing.assert_close(found, rolled(network, clips, 3, taught))
    free = network(clips[:, :3], 4)
    torch.testing.assert_close(free, network(clips, 4, 3, torch.zeros_like(taught)))
    assert not torch.allclose(free[:, -1], found[:, -1])


def test_skips_lead_from_block_1_to_block_4_and_from_block_2_to_the_output() -> None:
    torch.manual_seed(0)
    network = VideoNetwork(SMALL)
    assert [block[0].gates.in_channels - SMALL.rank for block in network.blocks] == [1, 3, 4, 3 + 5]
    assert network.output.in_channels == 3 + 4


def test_recomputed_gradients_are_the_same() -> None:
    torch.manual_seed(0)
    network, clips = VideoNetwork(SMALL), torch.rand(2, 4, 1, 5, 5)
    gradients = []
    for network.recompute in (False, True):
        network.zero_grad()
        network(clips, 3).square().sum().backward()
        gradients.append([each.grad.clone() for each in network.parameters()])
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize(
    ("shape", "asked", "said"),
    [
        ((2, 5, 6, 6), {}, r"takes clips \(clips, frames, 1, height, width\); it got \(2, 5, 6, 6\)"),
        ((2, 5, 3, 6, 6), {}, r"it got \(2, 5, 3, 6, 6\)"),
        ((2, 0, 1, 6, 6), {}, "at least a frame is read and one predicted; asked: 0 and 1"),
        ((2, 5, 1, 6, 6), {"frames_out": 0}, "asked: 5 and 0"),
        ((2, 5, 1, 6, 6), {"frames_in": 6}, "6 frames are read, and the clips have 5"),
    ],
)
def test_clips_that_do_not_fit_are_refused(shape, asked, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        VideoNetwork(SMALL, device="meta")(torch.empty(shape, device="meta"), **asked)
