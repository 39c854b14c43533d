"""Ranks that fall while a network learns: trains of cores are rounded to a share of their energy.

Source: Oseledets, "Tensor-train decomposition", SIAM J. Sci. Comput. 33(5), 2011, algorithm 2.
"""

from dataclasses import dataclass

import torch
from torch.optim import Optimizer

from etl.engine.types import Module
from models.sequences.cell import Cell
from models.tensors.tt import tt_round


@dataclass(frozen=True)
class Rounding:
    """Every so many steps each cell's cores are rounded; what changed starts anew in the optimiser.

    Attributes
    ----------
    every : int
        Steps of training between two roundings.
    energy : float
        Share of the sum of squares of a cell's weight that is kept, over all cuts of its train.

    Raises
    ------
    ValueError
        One of them is out of its range.
    """

    every: int = 200
    energy: float = 0.999

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"every is {self.every}; ranks are rounded each step or more rarely")
        if not 0 < self.energy <= 1:
            raise ValueError(f"energy is {self.energy}; a share that is kept is above 0 and at most 1")

    def apply(self, network: Module, optimizer: Optimizer, step: int) -> None:
        """Round the cells of a network if it is time to, and print which ranks fell and why.

        Parameters
        ----------
        network : nn.Module
        optimizer : torch.optim.Optimizer
            Of its parameters, which stay the same objects.
        step : int
            Steps of training that were made.
        """
        if step % self.every:
            return
        for name, cell in network.named_modules():
            if isinstance(cell, Cell) and len(cell.cores) > 1:
                before = cell.ranks
                if round_cores(cell, self.energy):
                    for core in cell.cores:
                        optimizer.state.pop(core, None)
                    print(
                        f"step {step:,}: ranks {before} of {name} fell to {cell.ranks}, "
                        f"which keep {self.energy:.4%} of the sum of squares of its weight"
                    )


@torch.no_grad()
def round_cores(cell: Cell, energy: float) -> bool:
    """Give a cell's train the least ranks that keep a share of its energy; whether any fell.

    Where none does the cores are left as they are.

    Parameters
    ----------
    cell : Cell
        Of order 2 or more.
    energy : float
    """
    *before, last = [core.double() for core in cell.cores]
    size, gates = last.shape[1:]
    train = [*before, last.reshape(len(last), size * gates, 1)]
    found = tt_round(train, max(cell.ranks), energy=energy)
    if [len(core) for core in found[1:]] == cell.ranks:
        return False
    found[-1] = found[-1].reshape(-1, size, gates)
    for core, new in zip(cell.cores, found, strict=True):
        core.data = new.to(core.dtype).contiguous()
        core.grad = None
    return True
