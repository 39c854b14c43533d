"""A map whose tensor is a train of cores with an output and an input each (block TT, TT matrix)."""

from math import prod

import torch

from etl.engine.types import Tensor, TorchDevice
from models.tensors.layers.maps import Factors, Map, Rank, orthonormal, put
from models.tensors.layers.tt import train_ranks
from models.tensors.operations import tt_to_tensor
from models.tensors.tt import tensor_train


class BlockTTMap(Map):
    """Each core takes one input mode of a row and puts one output mode in its place.

    Source: Novikov and others, "Tensorizing neural networks", NeurIPS 2015, equation 5.

    Parameters
    ----------
    inputs, outputs : sequence of int
        Of equal number; outputs come first in a core: ``out_first`` is true.
    rank : int or sequence of int
        See `models.tensors.layers.tt.train_ranks`, of modes that are an output times an input.
    """

    def build(self, rank: Rank, device: TorchDevice, dtype: torch.dtype | None) -> None:
        """Make the parameters of a rank, not filled yet."""
        if len(self.inputs) != len(self.outputs):
            raise ValueError(
                f"block TT pairs modes: {len(self.outputs)} outputs do not go with {len(self.inputs)} inputs"
            )
        self.pairs = [out * into for out, into in zip(self.outputs, self.inputs, strict=True)]
        self.rank = train_ranks(rank, self.pairs)
        sizes = zip(self.rank, self.outputs, self.inputs, self.rank[1:], strict=False)
        self.factors = Factors(sizes, device, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Rows (b, inputs) to rows (b, outputs)."""
        after = self.fan_in
        for core in self.factors.all():
            before, out, into, behind = core.shape
            after //= into
            flat = core.permute(1, 3, 0, 2).reshape(out * behind, before * into)
            if after == 1:
                x = x.reshape(-1, before * into) @ flat.T
            else:
                x = flat @ x.reshape(-1, before * into, after)
        return x.reshape(-1, self.fan_out)

    def matrix(self) -> Tensor:
        """The dense weight (outputs, inputs)."""
        cores = [core.reshape(core.shape[0], -1, core.shape[3]) for core in self.factors.all()]
        modes = [size for pair in zip(self.outputs, self.inputs, strict=True) for size in pair]
        whole = tt_to_tensor(cores).reshape(modes)
        count = len(self.outputs)
        order = (*range(0, 2 * count, 2), *range(1, 2 * count, 2))
        return torch.permute(whole, order).reshape(self.fan_out, -1)

    def fill(self, matrix: Tensor) -> None:
        """Take the cores from the TT-SVD of a dense weight (outputs, inputs)."""
        count = len(self.outputs)
        paired = [mode for at in range(count) for mode in (at, count + at)]
        tensor = self.as_tensor(matrix).permute(paired).reshape(self.pairs)
        for own, core in zip(self.factors.all(), tensor_train(tensor, self.rank), strict=True):
            put(own, core.reshape(own.shape))

    def draw(self, gain: float) -> None:
        """Each core keeps the variance, and the last has ``gain`` times it."""
        last = self.factors.count - 1
        for at, core in enumerate(self.factors.all()):
            before, out, into, behind = core.shape
            scale = gain**0.5 if at == last else 1.0
            like = torch.empty(before, into, out, behind, device=core.device, dtype=core.dtype)
            drawn = orthonormal(before * into, out * behind, like, scale)
            with torch.no_grad():
                core.copy_(drawn.permute(0, 2, 1, 3))

    def flops(self, rows: int) -> int:
        """Of `forward`."""
        total, after, spread = 0, self.fan_in, 1
        for at, (out, into) in enumerate(zip(self.outputs, self.inputs, strict=True)):
            after //= into
            total += 2 * spread * self.rank[at] * into * out * self.rank[at + 1] * after
            spread *= out
        return rows * total

    def rebuild_flops(self) -> int:
        """Of `matrix`."""
        sizes = list(enumerate(self.pairs))[1:]
        return sum(2 * prod(self.pairs[:at]) * self.rank[at] * size * self.rank[at + 1] for at, size in sizes)
