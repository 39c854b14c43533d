"""A chain is the outer product that it replaces, and a cell is the loop over its equations."""

import itertools
import string

import pytest
import torch
from torch import nn

from models.sequences.cell import Cell
from models.sequences.chain import chain, core_shapes
from models.tensors.operations import tt_to_tensor

GRID = list(itertools.product((1, 2, 3), (1, 2, 3), (1, 2, 3, 4)))
HIDDEN = 3


def drawn(*shape):
    return torch.randn(shape, dtype=torch.float64)


def outer_product(s, cores, add):
    """All S^P products of each row, times the whole weight."""
    *before, last = cores
    size, outputs = last.shape[1:]
    weight = tt_to_tensor([*before, last.reshape(last.shape[0], -1, 1)])
    weight = weight.reshape(*[size] * len(cores), outputs)
    modes = string.ascii_lowercase[: len(cores)]
    each = ",".join(f"z{mode}" for mode in modes)
    return add + torch.einsum(f"{each},{modes}y->zy", *[s] * len(cores), weight)


def literal(cell, x):
    """The paper's equations, an element of the batch and a gate at a time."""
    H, rows = cell.hidden, []
    for row in x:
        h, c = [torch.zeros(H, dtype=x.dtype)] * cell.lags, torch.zeros(H, dtype=x.dtype)
        out = []
        for value in row:
            s = torch.cat((torch.ones(1, dtype=x.dtype), *h))
            add = cell.weight @ value + cell.bias
            gates = outer_product(s[None], list(cell.cores), add[None])[0]
            if cell.kind == "rnn":
                new = torch.tanh(gates)
            else:
                i, f, g, o = (gates[k * H : (k + 1) * H] for k in range(4))
                c = c * torch.sigmoid(f) + torch.sigmoid(i) * torch.tanh(g)
                new = torch.sigmoid(o) * torch.tanh(c)
            h = [new, *h[:-1]]
            out.append(new)
        rows.append(torch.stack(out))
    return torch.stack(rows)


@pytest.mark.parametrize(("order", "lags", "rank"), GRID)
def test_a_chain_is_the_outer_product_with_its_gradients(order, lags, rank):
    torch.manual_seed(0)
    size = HIDDEN * lags + 1
    given = [drawn(4, size), drawn(4, 5), *[drawn(*each) for each in core_shapes(size, 5, order, rank)]]
    results = []
    for product in (chain, outer_product):
        s, add, *cores = (each.clone().requires_grad_() for each in given)
        found = product(s, cores, add)
        found.sin().sum().backward()
        results.append((found.detach(), *(each.grad for each in (s, add, *cores))))
    for ours, explicit in zip(*results, strict=True):
        torch.testing.assert_close(ours, explicit, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("order", "kind"), [(1, "lstm"), (2, "lstm"), (3, "lstm"), (2, "rnn")])
def test_gradients_through_time_are_those_of_finite_differences(order, kind):
    torch.manual_seed(1)
    cell = Cell(2, 2, order=order, lags=2, rank=2, kind=kind, dtype=torch.float64)
    x = drawn(2, 3, 2).requires_grad_()
    weights = list(cell.parameters())
    assert torch.autograd.gradcheck(lambda x, *_: cell(x)[0], (x, *weights))


@pytest.mark.parametrize(
    ("order", "lags", "kind"), [(1, 1, "lstm"), (1, 3, "rnn"), (2, 2, "lstm"), (3, 2, "rnn")]
)
def test_a_cell_is_the_loop_over_its_equations(order, lags, kind):
    torch.manual_seed(2)
    cell = Cell(2, HIDDEN, order=order, lags=lags, rank=2, kind=kind, dtype=torch.float64)
    x = drawn(2, 5, 2)
    torch.testing.assert_close(cell(x)[0], literal(cell, x), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("bias", [True, False])
def test_with_the_weights_of_nn_lstm_a_cell_gives_its_outputs(bias):
    torch.manual_seed(3)
    lstm = nn.LSTM(3, 8, num_layers=2, bias=bias, batch_first=True, dtype=torch.float64)
    cells = [Cell(size, 8, dtype=torch.float64) for size in (3, 8)]
    for layer, cell in enumerate(cells):
        cell.load_lstm(lstm, layer)
    x = drawn(4, 7, 3)
    wanted, (h, c) = lstm(x)
    lower, first = cells[0](x)
    found, second = cells[1](lower)
    torch.testing.assert_close(found, wanted)
    torch.testing.assert_close(torch.stack([first.hidden[0], second.hidden[0]]), h)
    torch.testing.assert_close(torch.stack([first.memory, second.memory]), c)


def test_an_lstm_has_as_many_parameters_as_nn_lstm():
    assert count(Cell(3, 8)) == count(nn.LSTM(3, 8))


def count(module):
    return sum(each.numel() for each in module.parameters())


@pytest.mark.parametrize(
    ("order", "lags", "rank", "kind"), [(2, 3, 4, "lstm"), (3, 3, 4, "lstm"), (4, 2, 2, "rnn")]
)
def test_parameters_are_as_counted_in_the_paper(order, lags, rank, kind):
    hidden, inputs = 20, 3
    size, gates = hidden * lags + 1, hidden * (4 if kind == "lstm" else 1)
    train = rank * size + (order - 2) * rank**2 * size + rank * size * gates
    cell = Cell(inputs, hidden, order=order, lags=lags, rank=rank, kind=kind)
    assert count(cell) == train + gates * inputs + gates


def test_a_state_goes_on_where_it_was_left():
    torch.manual_seed(4)
    cell, x = Cell(2, 4, order=2, lags=3, rank=2), torch.randn(3, 8, 2)
    whole, _ = cell(x)
    first, state = cell(x[:, :3])
    rest, _ = cell(x[:, 3:], state)
    torch.testing.assert_close(torch.cat((first, rest), 1), whole)


@pytest.mark.parametrize("rank", [1, 2, 8])
@pytest.mark.parametrize("order", [2, 3, 5])
def test_gates_vary_at_the_start_as_those_of_an_lstm(order, rank):
    torch.manual_seed(5)
    s = torch.cat((torch.ones(256, 1), torch.randn(256, 60).tanh()), 1)
    none = torch.zeros(256, 80)
    ordinary = chain(s, list(Cell(3, 20, lags=3).cores), none).std()
    ratio = chain(s, list(Cell(3, 20, order=order, lags=3, rank=rank).cores), none).std() / ordinary
    assert 0.9 < ratio < 1.6


@pytest.mark.parametrize("order", [2, 3])
def test_all_cores_learn_from_the_first_step(order):
    torch.manual_seed(6)
    cell = Cell(1, 8, order=order, lags=2, rank=3)
    cell(torch.randn(16, 6, 1))[0].square().sum().backward()
    norms = [core.grad.norm() / core.norm() for core in cell.cores]
    assert min(norms) > 1e-2 * max(norms)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"order": 0}, "order is 0"),
        ({"lags": 1.5}, "lags is 1.5"),
        ({"rank": -1}, "rank is -1"),
        ({"hidden": True}, "hidden is True"),
        ({"kind": "gru"}, "kind is 'gru'"),
    ],
)
def test_what_no_cell_has_is_refused(given, told):
    with pytest.raises(ValueError, match=told) as error:
        Cell(**{"inputs": 1, "hidden": 2} | given)
    assert "\n" not in str(error.value)


def test_weights_and_inputs_of_other_sizes_are_refused():
    with pytest.raises(ValueError, match="of the sizes of the LSTM"):
        Cell(3, 8, lags=2).load_lstm(nn.LSTM(3, 8))
    with pytest.raises(ValueError, match="of the sizes of the LSTM"):
        Cell(3, 8).load_lstm(nn.LSTM(3, 9))
    with pytest.raises(ValueError, match=r"give \(batch, steps, 3\)"):
        Cell(3, 8)(torch.zeros(2, 5, 2))
