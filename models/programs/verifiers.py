"""What is asked of networks: whether equations are identities, and the values of expressions."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from etl.engine.types import Array, Tensor, TorchDevice
from models.programs.batches import Trees
from models.programs.encoders import TreeNetwork
from models.programs.plan import Plan


class Decoder(nn.Sequential):
    """From a state to the number that it stands for.

    Parameters
    ----------
    hidden : int
    """

    def __init__(self, hidden: int) -> None:
        super().__init__(nn.Linear(hidden, hidden), nn.Sigmoid(), nn.Linear(hidden, 1))


@dataclass(frozen=True)
class TreeBatch:
    """Trees of equations and expressions.

    Attributes
    ----------
    plan : Plan
        Whose roots are left sides, right sides and expressions, one after another.
    pairs : int
        Equations.
    extra : tensor, shape (rows, extra), optional
        Further numbers of each node.
    apart : tensor, shape (pairs, numbers), optional
        How far both sides are apart at sample points.
    """

    plan: Plan
    pairs: int
    extra: Tensor | None = None
    apart: Tensor | None = None


class TreeVerifier(nn.Module):
    """A network over trees: the logit of an equation is ``<h_l, h_r> + b``.

    Parameters
    ----------
    encoder : TreeNetwork
    apart : int
        Numbers that tell how far the sides of an equation are apart; 0 for none.
    """

    def __init__(self, encoder: TreeNetwork, apart: int = 0) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, Decoder(encoder.hidden)
        self.bias = nn.Parameter(torch.zeros(()))
        self.of_apart = _small(apart) if apart else None

    def forward(self, batch: TreeBatch) -> tuple[Tensor, Tensor]:
        """Logits, (pairs,), and values, (singles,).

        Parameters
        ----------
        batch : TreeBatch
        """
        states = self.encoder(batch.plan, batch.extra).index_select(0, batch.plan.roots)
        left, right, single = states.tensor_split((batch.pairs, 2 * batch.pairs))
        logits = (left * right).sum(1) + self.bias
        if self.of_apart is not None:
            logits = logits + self.of_apart(batch.apart)[:, 0]
        return logits, self.decoder(single)[:, 0]


def _small(inputs: int) -> nn.Module:
    return nn.Sequential(nn.Linear(inputs, 16), nn.Tanh(), nn.Linear(16, 1))


class TreeBatches:
    """Makes batches of trees.

    Parameters
    ----------
    trees : Trees
    """

    def __init__(self, trees: Trees) -> None:
        self.trees = trees

    def batch(self, pairs: Array, singles: Array, device: TorchDevice) -> TreeBatch:
        """Equations and expressions as a `TreeVerifier` takes them.

        Parameters
        ----------
        pairs : int array, shape (2, equations)
            Nodes of sides.
        singles : int array, shape (expressions,)
            Nodes.
        device : torch.device
        """
        plan = self.trees.plan(np.concatenate([pairs.ravel(), singles]), device)
        return TreeBatch(plan, pairs.shape[1])
