"""A convolutional LSTM cell that looks back over several hidden states through a convolutional tensor train.

Sources: Shi and others, "Convolutional LSTM network", NIPS 2015 (order 1); Su and others, "Convolutional
tensor-train LSTM for spatio-temporal learning", NeurIPS 2020, arXiv 2002.09131. Written from the equations.
"""

from typing import NamedTuple

import torch
from torch import nn

from etl.engine.types import Tensor, TorchDevice


class State(NamedTuple):
    """What a cell carries from frame to frame.

    Attributes
    ----------
    hidden, cell : Tensor, shape (b, hidden, h, w)
    past : tuple of Tensor
        What the convolutions P made of the hidden states before, oldest first, one a step but the last.
    """

    hidden: Tensor
    cell: Tensor
    past: tuple[Tensor, ...]


class ConvTTLSTMCell(nn.Module):
    """Conv-TT-LSTM of order m over n steps, with windows of q states and rank r.

    With hidden states H_1 (oldest) to H_n (newest), and ``*`` a convolution of k x k places::

        H~_l = P_l * [H_{s(l)+1} .. H_{s(l)+q}] + b_l,    l = 0 .. m-1,    s(l) = l (n - q) // (m - 1)
        V_0 = H~_0,    V_l = H~_l + G_{l-1} * V_{l-1}
        [i, f, o, g] = G_{m-1} * [X ; V_{m-1}]
        c = sig(f) c + sig(i) tanh(g),    h = sig(o) tanh(c)

    ``lags`` is q: n - m + 1 is the window that slides, n is the fixed one, and n = m with q = 1 is one state
    each ("v2"). Without a rank there is no P, H~_l = H_{l+1} ("v1"); of order 1 that is a ConvLSTM.

    A hidden state meets each kernel of each P_l once in its life, so all of them are one convolution of the
    newest state, whose result is kept instead of the state.

    Parameters
    ----------
    inputs, hidden : int
        Channels.
    kernel : int
        k, which is odd.
    order, steps : int
        m and n, m <= n.
    rank : int, optional
        r.
    lags : int, optional
        q; n - m + 1 by default.
    device, dtype
        Of the parameters.

    Examples
    --------
    >>> cell = ConvTTLSTMCell(1, 6, kernel=3, order=2, steps=3, rank=4)
    >>> frame = torch.ones(2, 1, 8, 8)
    >>> cell(frame, cell.start(frame)).hidden.shape
    torch.Size([2, 6, 8, 8])
    """

    def __init__(
        self,
        inputs: int,
        hidden: int,
        kernel: int = 5,
        order: int = 3,
        steps: int = 3,
        rank: int | None = 8,
        lags: int | None = None,
        device: TorchDevice = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.lags = steps - order + 1 if lags is None else lags
        _check(inputs, hidden, kernel, order, steps, rank, self.lags)
        self.hidden, self.kernel, self.order, self.steps, self.rank = hidden, kernel, order, steps, rank
        self.starts = [at * (steps - self.lags) // max(order - 1, 1) for at in range(order)]
        width, place = rank or hidden, {"device": device, "dtype": dtype}
        same = {"kernel_size": kernel, "padding": kernel // 2, **place}
        if rank is not None:
            self.windows = nn.Conv2d(hidden, order * self.lags * rank, bias=False, **same)
            self.window_bias = nn.Parameter(torch.empty(order, rank, **place))
        self.chain = nn.ModuleList(nn.Conv2d(width, width, **same) for _ in range(order - 1))
        self.gates = nn.Conv2d(inputs + width, 4 * hidden, **same)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights as `torch.nn.Conv2d` does; a window of q states counts as one convolution."""
        for each in (*self.chain, self.gates):
            each.reset_parameters()
        if self.rank is not None:
            bound = (self.lags * self.hidden * self.kernel**2) ** -0.5
            nn.init.uniform_(self.windows.weight, -bound, bound)
            nn.init.uniform_(self.window_bias, -bound, bound)

    def start(self, frame: Tensor) -> State:
        """A state of zeros for frames like this one, (b, inputs, h, w)."""
        batch, _, high, wide = frame.shape
        zeros = frame.new_zeros(batch, self.hidden, high, wide)
        kept = self.order * self.lags * self.rank if self.rank else self.hidden
        empty = frame.new_zeros(batch, kept, high, wide)
        return State(zeros, zeros, (empty,) * (self.steps - 1))

    def forward(self, x: Tensor, state: State) -> State:
        """A frame on: x is (b, inputs, h, w)."""
        maps = (*state.past, state.hidden if self.rank is None else self.windows(state.hidden))
        gates = self.gates(torch.cat([x, self._chained(self._windows(maps))], 1))
        i, f, o, g = gates.chunk(4, 1)
        cell = f.sigmoid() * state.cell + i.sigmoid() * g.tanh()
        return State(o.sigmoid() * cell.tanh(), cell, maps[1:])

    def _windows(self, maps: tuple[Tensor, ...]) -> list[Tensor]:
        """H~_l, from what the convolutions made of each state."""
        if self.rank is None:
            return list(maps)
        found = []
        for place, start in enumerate(self.starts):
            total = self.window_bias[place, :, None, None]
            for lag in range(self.lags):
                first = (place * self.lags + lag) * self.rank
                total = total + maps[start + lag][:, first : first + self.rank]
            found.append(total)
        return found

    def _chained(self, windows: list[Tensor]) -> Tensor:
        """V_{m-1}."""
        value = windows[0]
        for each, convolution in zip(windows[1:], self.chain, strict=True):
            value = each + convolution(value)
        return value


class ConvLSTMCell(ConvTTLSTMCell):
    """Convolutional LSTM without peepholes: `ConvTTLSTMCell` of order 1, without a rank.

    Parameters
    ----------
    inputs, hidden, kernel, device, dtype
        See `ConvTTLSTMCell`.
    """

    def __init__(
        self,
        inputs: int,
        hidden: int,
        kernel: int = 5,
        device: TorchDevice = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(inputs, hidden, kernel, 1, 1, None, None, device, dtype)


def _check(
    inputs: int, hidden: int, kernel: int, order: int, steps: int, rank: int | None, lags: int
) -> None:
    """Raise ValueError for sizes that make no cell."""
    sizes = {"inputs": inputs, "hidden": hidden, "kernel": kernel, "order": order, "steps": steps}
    if rank is not None:
        sizes["rank"] = rank
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name} is {size}; it is at least 1")
    if kernel % 2 == 0:
        raise ValueError(f"a kernel of {kernel} has no middle; take an odd one, such as {kernel + 1}")
    if order > steps:
        raise ValueError(f"order {order} needs as many steps; it got {steps}")
    if not 1 <= lags <= steps:
        raise ValueError(f"lags is {lags}; a window holds 1 to {steps} states (steps)")
    if rank is None and (steps, lags) != (order, 1):
        raise ValueError("without a rank each term sees one state: take steps equal to order, and lags 1")
