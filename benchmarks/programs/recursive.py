"""A Tree-LSTM node by node, as trees are written down: the oracle of what is batched, and its rival."""

from dataclasses import dataclass

import torch

from etl.engine.types import Tensor
from etl.equations.forest import Forest
from etl.equations.grammar import CODE, FUNCTIONS
from models.programs.batches import FIRST, PAIRS, value
from models.programs.encoders import TreeNetwork

State = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Recursive:
    """The states of one tree, each of its nodes worked out by itself.

    Attributes
    ----------
    network : TreeNetwork
        A Tree-LSTM.
    forest : Forest
    """

    network: TreeNetwork
    forest: Forest

    def state(self, node: int) -> State:
        """What a node shows, and what it remembers, each (hidden,).

        Parameters
        ----------
        node : int
        """
        forest, code = self.forest, int(self.forest.func[node])
        children = [int(each[node]) for each in (forest.left, forest.right) if each[node] >= 0]
        if not children:
            return self._leaf(code, int(forest.leaf[node]))
        below = [self.state(child) for child in children]
        cell = self.network.two if children[1:] else self.network.one
        kind = code - CODE[PAIRS[0]] if children[1:] else code - FIRST
        gates = torch.cat([shown for shown, _ in below]) @ cell.by_function.weight[kind]
        into, out, *kept, new = (gates + cell.by_function.bias[kind]).split(self.network.hidden)
        cells = into.sigmoid() * new.tanh()
        for keep, (_, remembered) in zip(kept, below, strict=True):
            cells = cells + keep.sigmoid() * remembered
        return out.sigmoid() * cells.tanh(), cells

    def _leaf(self, code: int, leaf: int) -> State:
        leaves, name = self.network.leaves, FUNCTIONS[code]
        if name == "number":
            given = leaves.number(torch.tensor([value(self.forest.numbers[leaf])]))
        elif name == "symbol":
            given = leaves.symbol.weight[leaf]
        else:
            given = leaves.constant.weight[code - CODE["pi"]]
        shown = given.sigmoid()
        return shown, torch.zeros_like(shown)

    def logit(self, root: int) -> Tensor:
        """Of an equation: the product of what its sides show.

        Parameters
        ----------
        root : int
        """
        left, right = (self.state(int(each[root]))[0] for each in (self.forest.left, self.forest.right))
        return left @ right
