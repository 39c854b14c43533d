"""One cell for the LSTM, the LSTM of several lags (MLSTM), and tensor-train LSTM and RNN.

Sources: Yu, Zheng, Anandkumar, Yue, "Long-term forecasting using higher-order tensor RNNs", arXiv 1711.00073;
Soltani and Jiang, "Higher order recurrent neural networks", arXiv 1605.00064 (order 1, several lags).
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np
import torch
from torch import nn

from etl.engine.types import Module, Tensor, TorchDevice
from models.sequences.chain import chain, core_shapes

Kind = Literal["lstm", "rnn"]
FORGET = 1.0
"""Initial bias of the gate that forgets, as the paper's sigmoid(f + 1)."""


class State(NamedTuple):
    """What a cell remembers.

    Attributes
    ----------
    hidden : tuple of L tensors, shape (batch, hidden)
        h_{t-1}, ..., h_{t-L}.
    memory : tensor, shape (batch, hidden)
        c_{t-1}; of an RNN h_{t-1}.
    one : tensor, shape (batch, 1)
        The constant in s.
    """

    hidden: tuple[Tensor, ...]
    memory: Tensor
    one: Tensor


class Cell(nn.Module):
    """Gates = W^x x_t + b + the tensor train of s_{t-1} = [1; h_{t-1}; ...; h_{t-L}], taken P times.

    LSTM: [i, f, g, o] = gates; c_t = sig(f) c_{t-1} + sig(i) tanh(g); h_t = sig(o) tanh(c_t). RNN: h_t = tanh
    (gates). With P = 1 and L = 1 it is `torch.nn.LSTM`, with as many parameters: the row of the constant is
    ``bias_hh``.

    Parameters
    ----------
    inputs : int
    hidden : int
        H.
    order : int
        P.
    lags : int
        L.
    rank : int
        r; of no effect where the order is 1.
    kind : {"lstm", "rnn"}
    device, dtype
        Of the parameters.

    Raises
    ------
    ValueError
        A number is not whole or below 1, or the kind is unknown.
    """

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        order: int = 1,
        lags: int = 1,
        rank: int = 1,
        kind: Kind = "lstm",
        device: TorchDevice = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        check(kind, inputs=inputs, hidden=hidden, order=order, lags=lags, rank=rank)
        self.hidden, self.lags, self.kind = hidden, lags, kind
        gates = hidden * (4 if kind == "lstm" else 1)

        def empty(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.empty(shape, device=device, dtype=dtype))

        self.weight = empty(gates, inputs)
        self.bias = empty(gates)
        self.cores = nn.ParameterList(
            empty(*shape) for shape in core_shapes(hidden * lags + 1, gates, order, rank)
        )
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Draw a start at which gates vary as those of an LSTM do, at any order and rank.

        Of small random cores the product of P is close to nothing, and so are its gradients. Here the first
        of the numbers between two cores is the constant of s, which all cores hand on, so that the last core
        begins as the matrix of an LSTM; the others are projections of h, whose squares add up to those of one
        hidden unit.
        """
        bound = self.hidden**-0.5
        self.weight.uniform_(-bound, bound)
        self.bias.zero_()
        if self.kind == "lstm":
            self.bias[self.hidden : 2 * self.hidden] = FORGET
        for at, core in enumerate(self.cores[:-1]):
            carry(core, first=at == 0)
        last = self.cores[-1]
        last.uniform_(-1, 1).mul_((self.hidden * self.lags) ** -0.5)
        last[:, 0] = 0

    @property
    def ranks(self) -> list[int]:
        """Between neighbours of its cores, none where the order is 1."""
        return [core.shape[0] for core in self.cores][1:]

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *rest: object) -> None:
        """Take cores of other ranks too: they may have fallen, see `models.sequences.rounding`."""
        given = [state_dict.get(f"{prefix}cores.{at}", core) for at, core in enumerate(self.cores)]
        if [len(given[0]), *outer_modes(given)] == [1, *outer_modes(list(self.cores))]:
            for core, new in zip(self.cores, given, strict=True):
                core.data = core.data.new_empty(new.shape)
        super()._load_from_state_dict(state_dict, prefix, *rest)

    def project(self, x: Tensor) -> Tensor:
        """W^x x + b of inputs (..., inputs), for all steps at once."""
        return nn.functional.linear(x, self.weight, self.bias)

    def start(self, like: Tensor) -> State:
        """The state before a first step, of as many rows as ``like`` has."""
        nothing = like.new_zeros(len(like), self.hidden)
        return State((nothing,) * self.lags, nothing, like.new_ones(len(like), 1))

    def step(self, projected: Tensor, state: State) -> State:
        """The state after one input.

        Parameters
        ----------
        projected : tensor, shape (batch, gates)
            The input's `project`.
        state : State
        """
        s = torch.cat((state.one, *state.hidden), 1)
        gates = chain(s, list(self.cores), projected)
        if self.kind == "rnn":
            h = memory = gates.tanh()
        else:
            i, f, g, o = gates.chunk(4, 1)
            memory = torch.addcmul(f.sigmoid() * state.memory, i.sigmoid(), g.tanh())
            h = o.sigmoid() * memory.tanh()
        return State((h, *state.hidden[:-1]), memory, state.one)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """All steps of inputs that are known.

        Parameters
        ----------
        x : tensor, shape (batch, steps, inputs)
        state : State, optional
            By default `start`.

        Returns
        -------
        tensor, shape (batch, steps, hidden)
            h_1, h_2, ...
        State
            After the last step.
        """
        if x.ndim != 3 or x.shape[2] != self.weight.shape[1]:
            wanted = f"(batch, steps, {self.weight.shape[1]})"
            raise ValueError(f"inputs have the shape {tuple(x.shape)}; give {wanted}")
        state, outputs = state or self.start(x[:, 0]), []
        for projected in self.project(x.transpose(0, 1)).unbind():
            state = self.step(projected, state)
            outputs.append(state.hidden[0])
        return torch.stack(outputs, 1), state

    @torch.no_grad()
    def load_lstm(self, lstm: Module, layer: int = 0) -> None:
        """Take the weights of one layer of a `torch.nn.LSTM`, so that outputs are the same.

        Parameters
        ----------
        lstm : nn.LSTM
        layer : int

        Raises
        ------
        ValueError
            This cell is not an LSTM of order 1 and one lag, or its sizes are others.
        """
        named = dict(lstm.named_parameters())
        weight, core = named[f"weight_ih_l{layer}"], named[f"weight_hh_l{layer}"].T
        mine = (self.kind, len(self.cores), self.lags, tuple(self.weight.shape))
        if mine != ("lstm", 1, 1, tuple(weight.shape)):
            raise ValueError(
                f"the LSTM has a weight of {tuple(weight.shape)}, and this cell is of kind, order, lags and "
                f"weight {mine}; make Cell(inputs, hidden) of the sizes of the LSTM"
            )
        zero = torch.zeros_like(self.bias)
        self.weight.copy_(weight)
        self.bias.copy_(named.get(f"bias_ih_l{layer}", zero))
        self.cores[0][0].copy_(torch.cat((named.get(f"bias_hh_l{layer}", zero)[None], core)))


def check(kind: str, **counts: int) -> None:
    """Refuse a kind of cell that there is not, and counts that are not whole numbers from 1.

    Parameters
    ----------
    kind : str
    **counts : int
        By name.

    Raises
    ------
    ValueError
    """
    if kind not in get_args(Kind):
        raise ValueError(f"kind is {kind!r}; it must be one of {', '.join(get_args(Kind))}")
    for name, count in counts.items():
        if not isinstance(count, int | np.integer) or isinstance(count, bool) or count < 1:
            raise ValueError(f"{name} is {count!r}; give a whole number, 1 or more")


def outer_modes(cores: Sequence[Tensor]) -> list[int]:
    """Sizes of a train's modes, and of its output: all but its ranks.

    Parameters
    ----------
    cores : sequence of tensors
    """
    return [*(core.shape[1] for core in cores), cores[-1].shape[2]]


def carry(core: Tensor, first: bool) -> None:
    """Fill a core that is not the last: the constant goes on as number 0, beside projections of h.

    Parameters
    ----------
    core : tensor, shape (rank before, S, rank after)
        Written to.
    first : bool
        Whether nothing stands before it.
    """
    core.zero_()
    for at in range(core.shape[0]):
        core[at, 0, at] = 1
    others = core[0 if first else 1 :, 1:, 1:]
    if others.numel():
        others.normal_(0, (others.shape[1] * others.shape[2]) ** -0.5)
