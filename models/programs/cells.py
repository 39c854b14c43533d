"""Cells with weights by function: what a node's state is by those of its children."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from etl.engine.types import Tensor
from models.programs.plan import Group
from models.programs.segment_matmul import segment_matmul


class ByFunction(nn.Module):
    """A linear map for each function of one number of arguments.

    Parameters
    ----------
    functions, inputs, outputs : int
    """

    def __init__(self, functions: int, inputs: int, outputs: int) -> None:
        super().__init__()
        bound = math.sqrt(3 / inputs)  # of a variance of 1 / inputs
        self.weight = nn.Parameter(torch.empty(functions, inputs, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(functions, outputs))

    def forward(self, x: Tensor, group: Group) -> Tensor:
        """Map each row by its function.

        Parameters
        ----------
        x : tensor, shape (rows, inputs)
        group : Group
            Of these rows.
        """
        out = segment_matmul(x, self.weight, group.counts, group.ends)
        return out + F.embedding(group.kinds, self.bias)


class Cell(nn.Module):
    """What all cells share: gates by function, and what is known of a node beside its children.

    Parameters
    ----------
    functions : int
    children : {1, 2}
    hidden, outputs : int
        Numbers of a child that are looked at, and of gates.
    extra : int
        Further numbers of each node, which are mapped alike for all functions.
    """

    def __init__(self, functions: int, children: int, hidden: int, outputs: int, extra: int = 0) -> None:
        super().__init__()
        self.hidden = hidden
        self.by_function = ByFunction(functions, children * hidden, outputs)
        self.of_extra = nn.Linear(extra, outputs, bias=False) if extra else None

    def gates(self, states: list[Tensor], group: Group, extra: Tensor | None) -> Tensor:
        """What goes into the gates of nodes, (rows, outputs)."""
        below = [state[:, : self.hidden] for state in states]
        found: Tensor = self.by_function(below[0] if len(below) == 1 else torch.cat(below, 1), group)
        return found if self.of_extra is None else found + self.of_extra(extra)


class LSTMCell(Cell):
    """Of a Tree-LSTM: ``c = sum_k f_k c_k + i tanh(u)``, ``h = o tanh(c)``, with a forget gate a child.

    A state is [h, c] in one row, so that a child is gathered once.

    Parameters
    ----------
    functions : int
    children : {1, 2}
    hidden : int
    dropout : float
        Of ``tanh(u)``, so that what was remembered is left whole.
    extra : int
        Further numbers of each node.
    """

    def __init__(
        self, functions: int, children: int, hidden: int, dropout: float = 0.0, extra: int = 0
    ) -> None:
        super().__init__(functions, children, hidden, (3 + children) * hidden, extra)
        self.dropout = dropout
        with torch.no_grad():  # it remembers, until it has learnt what to forget
            self.by_function.bias[:, 2 * hidden : (2 + children) * hidden] += 1

    def forward(self, states: list[Tensor], group: Group, extra: Tensor | None = None) -> Tensor:
        """States of nodes, (rows, 2 * hidden).

        Parameters
        ----------
        states : list of tensor, each (rows, 2 * hidden)
            Of first children, and of second ones.
        group : Group
        extra : tensor, shape (rows, extra), optional
        """
        size = self.hidden
        gates = self.gates(states, group, extra)
        opened, new = gates[:, :-size].sigmoid(), gates[:, -size:].tanh()
        into, out, *kept = opened.split(size, 1)
        cell = into * F.dropout(new, self.dropout, self.training)
        for keep, state in zip(kept, states, strict=True):
            cell = torch.addcmul(cell, keep, state[:, size:])
        return torch.cat([out * cell.tanh(), cell], 1)


class LayerCell(Cell):
    """Of a Tree-NN: one layer, ``h = f(W [h_1, h_2] + b)``.

    Parameters
    ----------
    functions : int
    children : {1, 2}
    hidden : int
    dropout : float
        Of h.
    extra : int
        Further numbers of each node.
    """

    def __init__(
        self, functions: int, children: int, hidden: int, dropout: float = 0.0, extra: int = 0
    ) -> None:
        super().__init__(functions, children, hidden, hidden, extra)
        self.dropout = dropout

    def forward(self, states: list[Tensor], group: Group, extra: Tensor | None = None) -> Tensor:
        """States of nodes, (rows, hidden).

        Parameters
        ----------
        states : list of tensor, each (rows, hidden)
            Of first children, and of second ones.
        group : Group
        extra : tensor, shape (rows, extra), optional
        """
        return F.dropout(self.gates(states, group, extra).tanh(), self.dropout, self.training)
