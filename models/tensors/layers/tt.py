"""A map whose tensor is a train of cores (TT)."""

from math import prod

import torch

from etl.engine.types import Tensor, TorchDevice
from models.tensors.layers.maps import Factors, Map, Rank, Shape, orthonormal, put, ranks
from models.tensors.operations import tt_to_tensor
from models.tensors.tt import tensor_train

SPREAD = 3.0
"""See `models.tensors.layers.tucker.SPREAD`. Of 1, 2 and 3: .958, .950, .962; with another seed .961 of 1 and
.962 of 3."""


def train_ranks(rank: Rank, shape: Shape) -> tuple[int, ...]:
    """Ranks of a train, with the ones at its ends.

    Parameters
    ----------
    rank : int or sequence of int
        One for all places, one a place between two cores, or these with the ones at the ends.
    shape : sequence of int
        Of the tensor.

    Examples
    --------
    >>> train_ranks(3, (4, 5, 2))
    (1, 3, 2, 1)
    >>> train_ranks((1, 3, 2, 1), (4, 5, 2))
    (1, 3, 2, 1)
    """
    most = [min(prod(shape[:at]), prod(shape[at:])) for at in range(1, len(shape))]
    if isinstance(rank, int):
        if rank < 1:
            raise ValueError(f"TT rank {rank} is below 1; give another")
        return (1, *(min(rank, limit) for limit in most), 1)
    inner = tuple(rank)
    if len(inner) == len(shape) + 1 and inner[0] == inner[-1] == 1:
        inner = inner[1:-1]
    return (1, *ranks(inner, most, "TT"), 1)


class TTMap(Map):
    """Rows pass through the cores of the inputs, then spread by those of the outputs.

    Parameters
    ----------
    inputs, outputs : sequence of int
        Inputs come first in the train: ``out_first`` is false.
    rank : int or sequence of int
        See `train_ranks`.
    """

    def build(self, rank: Rank, device: TorchDevice, dtype: torch.dtype | None) -> None:
        """Make the parameters of a rank, not filled yet."""
        self.rank = train_ranks(rank, self.shape)
        sizes = zip(self.rank, self.shape, self.rank[1:], strict=False)
        self.factors = Factors(sizes, device, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Rows (b, inputs) to rows (b, outputs)."""
        into, out = self.parted(self.factors.all())
        after = self.fan_in
        for core in into:
            flat = core.reshape(-1, core.shape[2])
            after //= core.shape[1]
            x = (
                (x.reshape(-1, flat.shape[0]) @ flat)
                if after == 1
                else flat.T @ x.reshape(-1, len(flat), after)
            )
        for core in out:
            x = x.reshape(-1, core.shape[0]) @ core.reshape(core.shape[0], -1)
        return x.reshape(-1, self.fan_out)

    def matrix(self) -> Tensor:
        """The dense weight (outputs, inputs)."""
        return self.as_matrix(tt_to_tensor(self.factors.all()))

    def fill(self, matrix: Tensor) -> None:
        """Take the cores from the TT-SVD of a dense weight (outputs, inputs)."""
        for own, core in zip(
            self.factors.all(), tensor_train(self.as_tensor(matrix), self.rank), strict=True
        ):
            put(own, core)

    def draw(self, gain: float) -> None:
        """Each core keeps the variance; the last has ``gain`` times it.

        The inputs' cores are `SPREAD` times as long, and the first of the outputs makes up for it.
        """
        into, out = self.parted(self.factors.all())
        with torch.no_grad():
            for core in into:
                core.copy_(orthonormal(core.shape[0] * core.shape[1], core.shape[2], core, SPREAD))
            for at, core in enumerate(out):
                own = 1.0 if at else gain / SPREAD ** (2 * len(into))
                core.normal_(0, (own / core.shape[0]) ** 0.5)

    def flops(self, rows: int) -> int:
        """Of `forward`."""
        total, after, spread = 0, self.fan_in, 1
        for at, size in enumerate(self.shape):
            before, behind = self.rank[at : at + 2]
            if at < len(self.inputs):
                after //= size
                total += 2 * before * size * behind * after
            else:
                total += 2 * spread * before * size * behind
                spread *= size
        return rows * total

    def rebuild_flops(self) -> int:
        """Of `matrix`."""
        total, done = 0, self.shape[0]
        for at, size in enumerate(self.shape[1:], 1):
            total += 2 * done * self.rank[at] * size * self.rank[at + 1]
            done *= size
        return total
