"""A cell computes its equations, written out here over whole states and without the shortcut."""

import pytest
import torch
from torch.nn import functional

from models.video.cell import ConvLSTMCell, ConvTTLSTMCell

KINDS = {
    "one state each": {"order": 3, "steps": 3, "rank": 2},
    "window that slides": {"order": 2, "steps": 4, "rank": 3},
    "fixed window": {"order": 3, "steps": 4, "rank": 2, "lags": 4},
    "window between": {"order": 2, "steps": 4, "rank": 2, "lags": 2},
    "order 1": {"order": 1, "steps": 3, "rank": 2},
    "whole states": {"order": 3, "steps": 3, "rank": None},
}
STARTS = {
    "one state each": [0, 1, 2],
    "window that slides": [0, 1],
    "fixed window": [0, 0, 0],
    "window between": [0, 2],
    "order 1": [0],
    "whole states": [0, 1, 2],
}


def made(**sizes) -> ConvTTLSTMCell:
    torch.manual_seed(0)
    return ConvTTLSTMCell(2, 4, 3, dtype=torch.float64, **sizes)


def convolved(x, kernel, bias):
    """Sums over places, one by one: zeros are beyond the edge."""
    side, (high, wide) = kernel.shape[-1], x.shape[-2:]
    padded = functional.pad(x, [side // 2] * 4)
    total = bias[None, :, None, None].expand(len(x), -1, high, wide).clone()
    for row in range(side):
        for column in range(side):
            part = padded[:, :, row : row + high, column : column + wide]
            total += torch.einsum("bchw,oc->bohw", part, kernel[:, :, row, column])
    return total


def literal(cell, starts, frames):
    """Hidden states of all frames."""
    size = cell.hidden
    states = [frames.new_zeros(len(frames), size, *frames.shape[-2:]) for _ in range(cell.steps)]
    memory = states[0]
    for x in frames.unbind(1):
        value = None
        for place, start in enumerate(starts):
            term = states[-cell.steps + start]
            if cell.rank is not None:
                seen = torch.cat(states[start - cell.steps :][: cell.lags], 1)
                kernel = cell.windows.weight.reshape(cell.order, cell.lags, cell.rank, size, 3, 3)[place]
                kernel = kernel.transpose(0, 1).reshape(cell.rank, cell.lags * size, 3, 3)
                term = convolved(seen, kernel, cell.window_bias[place])
            if value is not None:
                term = term + convolved(value, cell.chain[place - 1].weight, cell.chain[place - 1].bias)
            value = term
        gates = convolved(torch.cat([x, value], 1), cell.gates.weight, cell.gates.bias)
        i, f, o, g = gates.split(size, 1)
        memory = f.sigmoid() * memory + i.sigmoid() * g.tanh()
        states.append(o.sigmoid() * memory.tanh())
    return torch.stack(states[cell.steps :], 1)


def unrolled(cell, frames):
    state, found = cell.start(frames[:, 0]), []
    for x in frames.unbind(1):
        state = cell(x, state)
        found.append(state.hidden)
    return torch.stack(found, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_is_its_equations(kind: str) -> None:
    cell = made(**KINDS[kind])
    frames = torch.randn(2, 6, 2, 5, 7, dtype=torch.float64)
    torch.testing.assert_close(
        unrolled(cell, frames), literal(cell, STARTS[kind], frames), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_finite_differences(kind: str) -> None:
    cell = made(**KINDS[kind])
    frames = torch.randn(1, 4, 2, 2, 3, dtype=torch.float64, requires_grad=True)
    names, values = zip(*cell.named_parameters(), strict=True)

    def last(x, *parameters):
        own = dict(zip(names, parameters, strict=True))
        state = cell.start(x[:, 0])
        for each in x.unbind(1):
            state = torch.func.functional_call(cell, own, (each, state))
        return state.hidden

    assert torch.autograd.gradcheck(last, (frames, *values), fast_mode=True)


def test_without_a_rank_order_1_is_a_convolutional_lstm() -> None:
    torch.manual_seed(1)
    cell, dense = ConvLSTMCell(2, 4, 1), torch.nn.LSTM(2, 4, batch_first=True)
    i, f, o, g = cell.gates.weight[:, :, 0, 0].chunk(4)
    order = torch.cat([i, f, g, o])
    bias = torch.cat([cell.gates.bias.chunk(4)[at] for at in (0, 1, 3, 2)])
    state = {"weight_ih_l0": order[:, :2], "weight_hh_l0": order[:, 2:]}
    dense.load_state_dict({**state, "bias_ih_l0": bias, "bias_hh_l0": torch.zeros(16)})
    frames = torch.randn(3, 6, 2, 1, 1)
    torch.testing.assert_close(unrolled(cell, frames)[..., 0, 0], dense(frames[..., 0, 0])[0])


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ({"kernel": 4}, "a kernel of 4 has no middle; take an odd one, such as 5"),
        ({"order": 4, "steps": 3}, "order 4 needs as many steps; it got 3"),
        ({"lags": 4}, r"lags is 4; a window holds 1 to 3 states \(steps\)"),
        ({"rank": None, "steps": 5}, "take steps equal to order, and lags 1"),
        ({"rank": 0}, "rank is 0; it is at least 1"),
    ],
)
def test_sizes_that_make_no_cell_are_refused(sizes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ConvTTLSTMCell(1, 4, **sizes)
