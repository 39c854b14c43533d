"""From leaves to roots: states of all nodes of a batch, level by level."""

from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

from etl.engine.types import Tensor
from etl.equations.grammar import UNARY
from models.programs.batches import PAIRS
from models.programs.cells import LayerCell, LSTMCell
from models.programs.plan import Plan

CONSTANTS = 2
"""Pi, and a blank."""


class Leaves(nn.Module):
    """Numbers by their value, symbols and constants by an embedding each; the same sigmoid over all.

    Parameters
    ----------
    symbols, hidden : int
    dropout : float
        Of embeddings.
    extra : int
        Further numbers of each leaf.
    """

    def __init__(self, symbols: int, hidden: int, dropout: float = 0.0, extra: int = 0) -> None:
        super().__init__()
        self.number = nn.Sequential(nn.Linear(1, hidden), nn.Sigmoid(), nn.Linear(hidden, hidden))
        self.symbol = nn.Embedding(max(symbols, 1), hidden)
        self.constant = nn.Embedding(CONSTANTS, hidden)
        self.of_extra = nn.Linear(extra, hidden, bias=False) if extra else None
        self.dropout = dropout

    def forward(self, plan: Plan, extra: Tensor | None = None) -> Tensor:
        """States of the leaves of a batch, (leaves, hidden).

        Parameters
        ----------
        plan : Plan
        extra : tensor, shape (leaves, extra), optional
        """
        named = torch.cat([self.symbol(plan.symbols), self.constant(plan.constants)])
        given = F.dropout(named, self.dropout, self.training)
        given = torch.cat([self.number(plan.numbers[:, None]), given])
        return (given if self.of_extra is None else given + self.of_extra(extra)).sigmoid()


class TreeNetwork(nn.Module):
    """A cell for functions of one argument and one of two, over trees.

    Parameters
    ----------
    cell : type
        `LSTMCell` or `LayerCell`.
    symbols : int
        Names of variables that are told apart.
    hidden : int
        Numbers that a node shows to others.
    dropout : float
        A subtree that is shared has one mask.
    boxes : int
        Functions known by samples only.
    extra : int
        Further numbers of each node, see `models.programs.values`.
    """

    def __init__(
        self,
        cell: type[LSTMCell | LayerCell],
        symbols: int,
        hidden: int = 50,
        dropout: float = 0.1,
        boxes: int = 0,
        extra: int = 0,
    ) -> None:
        super().__init__()
        self.hidden, self.extra, self.keeps = hidden, extra, cell is LSTMCell
        self.leaves = Leaves(symbols, hidden, dropout, extra)
        self.one = cell(len(UNARY) + boxes, 1, hidden, dropout=dropout, extra=extra)
        self.two = cell(len(PAIRS), 2, hidden, dropout=dropout, extra=extra)

    def forward(self, plan: Plan, extra: Tensor | None = None) -> Tensor:
        """States of all rows of a batch, (rows, hidden).

        Parameters
        ----------
        plan : Plan
        extra : tensor, shape (rows, extra), optional
        """
        high = plan.leaves
        states = self.leaves(plan, None if extra is None else extra[:high])
        if self.keeps:
            states = F.pad(states, (0, self.hidden))
        for group in plan.groups:
            below = [states.index_select(0, rows) for rows in (group.left, group.right) if rows is not None]
            cell = self.one if group.right is None else self.two
            given = None if extra is None else extra[group.start : group.stop]
            states = torch.cat([states, cell(below, group, given)])
        return states[:, : self.hidden]


tree_lstm = partial(TreeNetwork, LSTMCell)
"""A Tree-LSTM with weights by function: ``tree_lstm(symbols, hidden, dropout, boxes, extra)``."""
tree_nn = partial(TreeNetwork, LayerCell)
"""A Tree-NN with weights by function."""
