"""Encoder and decoder of recurrent cells: the decoder goes on from its own outputs.

Sources: Sutskever, Vinyals, Le, "Sequence to sequence learning with neural networks", NeurIPS 2014; Yu,
Zheng, Anandkumar, Yue, "Long-term forecasting using higher-order tensor RNNs", arXiv 1711.00073, section 3.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import torch
from torch import nn

from etl.engine.types import Tensor
from models.sequences.cell import Cell, Kind, State, check
from models.sequences.chain import core_shapes


@dataclass(frozen=True)
class Recurrence:
    """Sizes of a network; see `models.sequences.cell.Cell`.

    Attributes
    ----------
    hidden : int
    layers : int
        Cells above each other, in the encoder and in the decoder.
    order, lags, rank : int
    kind : {"lstm", "rnn"}
    """

    hidden: int
    layers: int = 1
    order: int = 1
    lags: int = 1
    rank: int = 1
    kind: Kind = "lstm"

    def cells(self, inputs: int) -> nn.ModuleList:
        """One a layer, of which the first takes ``inputs`` numbers."""
        sizes = [inputs, *[self.hidden] * (self.layers - 1)]
        told = {name: value for name, value in asdict(self).items() if name != "layers"}
        return nn.ModuleList(Cell(size, **told) for size in sizes)

    def parameters(self, features: int, outputs: int = 1) -> int:
        """How many parameters `Seq2Seq` has: twice the cells, and a linear map.

        Parameters
        ----------
        features, outputs : int

        Examples
        --------
        >>> Recurrence(20, order=2, lags=3, rank=4).parameters(features=0)
        39869
        """
        gates = self.hidden * (4 if self.kind == "lstm" else 1)
        shapes = core_shapes(self.hidden * self.lags + 1, gates, self.order, self.rank)
        train = sum(before * size * after for before, size, after in shapes)
        inputs = 1 + features + self.hidden * (self.layers - 1)
        cells = self.layers * (train + gates) + gates * inputs
        return 2 * cells + (self.hidden + 1) * outputs


class Seq2Seq(nn.Module):
    """Windows to outputs of the steps to come. Nothing in it depends on values, nor waits for the device.

    Parameters
    ----------
    features : int
        What is known of each step, beside the value.
    outputs : int
        Of a step.
    recurrence : Recurrence
    point : callable
        The value that outputs (B, outputs) stand for, (B,); it is the next input.
    """

    def __init__(
        self, features: int, outputs: int, recurrence: Recurrence, point: Callable[[Tensor], Tensor]
    ) -> None:
        super().__init__()
        check(recurrence.kind, layers=recurrence.layers, outputs=outputs)
        self.encoder = recurrence.cells(1 + features)
        self.decoder = recurrence.cells(1 + features)
        self.output = nn.Linear(recurrence.hidden, outputs)
        self.point = point

    def forward(
        self, window: Tensor, known: Tensor, truth: Tensor | None = None, taught: Tensor | None = None
    ) -> Tensor:
        """Outputs of the steps to come.

        Parameters
        ----------
        window : tensor, shape (B, lookback, 1 + features)
            Value and features.
        known : tensor, shape (B, horizon, features)
        truth : tensor, shape (B, horizon), optional
            In training; NaN is missing.
        taught : tensor of bool, shape (B, horizon), optional
            Where the truth of a step, if it is there, is the next input in place of the output.

        Returns
        -------
        tensor, shape (B, horizon, outputs)
        """
        states = self.encode(window)
        first = self.decoder[0]
        features = nn.functional.linear(known.transpose(0, 1), first.weight[:, 1:], first.bias)
        value, outputs = window[:, -1, 0], []
        for step, projected in enumerate(features.unbind()):
            h, states = self.decode(projected + value[:, None] * first.weight[:, 0], states)
            outputs.append(self.output(h))
            value = self.point(outputs[-1])
            if truth is not None and taught is not None:
                given = taught[:, step] & ~torch.isnan(truth[:, step])
                value = torch.where(given, truth[:, step], value)
        return torch.stack(outputs, 1)

    def encode(self, window: Tensor) -> list[State]:
        """States of the encoder's cells after a window, the first layer's first."""
        states = []
        for cell in self.encoder:
            window, state = cell(window)
            states.append(state)
        return states

    def decode(self, projected: Tensor, states: Sequence[State]) -> tuple[Tensor, list[State]]:
        """One step of the decoder's cells.

        Parameters
        ----------
        projected : tensor, shape (B, gates)
            Inputs of the first layer, see `Cell.project`.
        states : sequence of State

        Returns
        -------
        tensor, shape (B, hidden)
            h of the last layer.
        list of State
        """
        after = []
        for layer, (cell, state) in enumerate(zip(self.decoder, states, strict=True)):
            after.append(cell.step(cell.project(projected) if layer else projected, state))
            projected = after[-1].hidden[0]
        return projected, after


def hidden_for(
    parameters: int, like: Recurrence, features: int = 0, outputs: int = 1, tolerance: float = 0.02
) -> int:
    """The hidden size at which a network has as many parameters as another.

    Parameters
    ----------
    parameters : int
        Wanted.
    like : Recurrence
        Its hidden size is of no effect.
    features, outputs : int
    tolerance : float
        Share by which the number may differ.

    Raises
    ------
    ValueError
        No size is within the tolerance.

    Examples
    --------
    >>> hidden_for(39_869, Recurrence(1))
    69
    """
    size, count = nearest(parameters, like, features, outputs)
    if abs(count - parameters) > tolerance * parameters:
        raise ValueError(
            f"no hidden size has {parameters:,} parameters within {tolerance:.0%}: the nearest, {size}, has "
            f"{count:,}; take another rank, number of lags or layers, or that many parameters"
        )
    return size


def matched(
    parameters: int, like: Recurrence, features: int = 0, outputs: int = 1, tolerance: float = 0.02
) -> Recurrence:
    """A network with as many parameters as another: where no hidden size will do it prints another rank.

    Parameters
    ----------
    parameters, like, features, outputs, tolerance
        See `hidden_for`.

    Raises
    ------
    ValueError
        No size of any rank up to twice that of ``like`` is within the tolerance.
    """
    ranks = range(1, 2 * like.rank + 1) if like.order > 1 else [like.rank]
    for rank in sorted(ranks, key=lambda rank: abs(rank - like.rank)):
        found = replace(like, rank=rank)
        size, count = nearest(parameters, found, features, outputs)
        if abs(count - parameters) <= tolerance * parameters:
            if rank != like.rank:
                print(f"rank {rank} in place of {like.rank}: {count:,} parameters, of {parameters:,} wanted")
            return replace(found, hidden=size)
    return replace(like, hidden=hidden_for(parameters, like, features, outputs, tolerance))


def nearest(parameters: int, like: Recurrence, features: int, outputs: int) -> tuple[int, int]:
    """The hidden size with the nearest number of parameters, and that number.

    Parameters
    ----------
    parameters, like, features, outputs
        See `hidden_for`.
    """

    def count(size: int) -> int:
        return replace(like, hidden=size).parameters(features, outputs)

    above = 1
    while count(above) < parameters:
        above *= 2
    low = above // 2
    while above - low > 1:
        middle = (low + above) // 2
        low, above = (middle, above) if count(middle) < parameters else (low, middle)
    return min(
        ((size, count(size)) for size in (low or above, above)), key=lambda pair: abs(pair[1] - parameters)
    )
