"""Two encoders: of an equation with a blank, and of what can stand there; what fits lies close together.

The candidates' side is worked out once for all equations, and an equation's once for all candidates.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch
from sklearn.base import BaseEstimator
from torch import nn
from torch.nn import functional as F

from etl.engine.types import Array, Tensor
from etl.equations.forest import Equations
from models.programs.batches import Plan, Trees, sides
from models.programs.blanking import blanked
from models.programs.context import holds_blank
from models.programs.encoders import tree_lstm
from models.programs.graft import Grafter


@dataclass(frozen=True)
class _Asked:
    """Nodes of one forest: sides of equations with the blank and without, and candidates."""

    trees: Trees
    inside: Array
    outside: Array
    candidates: Array


class DualNetwork(nn.Module):
    """A Tree-LSTM for both, and a map of each side of the comparison.

    Parameters
    ----------
    symbols : int
        Names of variables that are told apart.
    hidden : int
    """

    def __init__(self, symbols: int, hidden: int = 50) -> None:
        super().__init__()
        self.trees = tree_lstm(symbols, hidden=hidden)
        self.query = nn.Sequential(
            nn.Linear(3 * hidden, 2 * hidden), nn.GELU(), nn.Linear(2 * hidden, hidden)
        )
        self.key = nn.Linear(hidden, hidden)
        self.bias = nn.Linear(hidden, 1)

    def forward(self, plan: Plan, equations: int) -> Tensor:
        """Logarithms of probabilities, (equations, candidates).

        Parameters
        ----------
        plan : Plan
            Of the sides of equations with the blank, of those without, and of candidates, in this order.
        equations : int
        """
        states = self.trees(plan)[plan.roots]
        inside, outside, candidates = states.split([equations, equations, len(states) - 2 * equations])
        asked = self.query(torch.cat([inside, outside, inside * outside], 1))
        scores = asked @ self.key(candidates).T + self.bias(candidates).T
        return F.log_softmax(scores, 1)


class DualEncoder(BaseEstimator):
    """Scores candidates for blanks by a network that has seen many equations with parts taken out.

    Parameters
    ----------
    candidates : Equations
        What can stand in a blank: the roots.
    hidden : int
    epochs : int
    blanks : int
        Parts that are taken out of each equation, one at a time.
    batch : int
        Equations.
    lr : float
        Largest step of Adam, on one cycle.
    random_state : int
        Seed of weights, blanks and batches.

    Attributes
    ----------
    network_ : DualNetwork
    loss_ : float
        Mean of the last epoch.
    """

    def __init__(
        self,
        candidates: Equations,
        hidden: int = 50,
        epochs: int = 10,
        blanks: int = 4,
        batch: int = 128,
        lr: float = 5e-3,
        random_state: int = 0,
    ) -> None:
        self.candidates = candidates
        self.hidden = hidden
        self.epochs = epochs
        self.blanks = blanks
        self.batch = batch
        self.lr = lr
        self.random_state = random_state

    def fit(self, equations: Equations) -> Self:
        """Learn from right equations.

        Parameters
        ----------
        equations : Equations
            Without blanks. A part that is none of the candidates is left where it is.

        Raises
        ------
        ValueError
            None of their parts is a candidate.
        """
        torch.manual_seed(self.random_state)
        given, answers = blanked(equations, self.blanks, seed=self.random_state)
        asked, targets = self._joined(given, answers)
        self.network_ = DualNetwork(len(self.candidates.forest.symbols), self.hidden)
        steps = self.epochs * -(-len(targets) // self.batch)
        optimiser = torch.optim.Adam(self.network_.parameters(), self.lr)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, self.lr, total_steps=steps)
        rng = np.random.default_rng(self.random_state)
        self.network_.train()
        for _ in range(self.epochs):
            losses = []
            for chosen in np.array_split(rng.permutation(len(targets)), steps // self.epochs):
                loss = F.nll_loss(self._forward(asked, chosen), torch.from_numpy(targets[chosen]))
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
                losses.append(loss.detach())
            self.loss_ = float(torch.stack(losses).mean())
        return self

    @torch.no_grad()
    def scores(self, equations: Equations, batch: int = 256) -> Array:
        """Logarithms of probabilities.

        Parameters
        ----------
        equations : Equations
            Each with a blank.
        batch : int

        Returns
        -------
        float32 array, shape (equations, candidates)
        """
        self.network_.eval()
        asked = self._placed(equations)[0]
        pieces = np.array_split(np.arange(len(equations)), -(-len(equations) // batch))
        return np.concatenate([self._forward(asked, piece).numpy() for piece in pieces])

    def _joined(self, given: Equations, answers: Array) -> tuple[_Asked, Array]:
        """Equations whose answer is a candidate, and which one."""
        asked, into = self._placed(given)
        own = {node: at for at, node in reversed(list(enumerate(asked.candidates.tolist())))}
        targets = np.array([own.get(node, -1) for node in into.put_all(given.forest, answers)])
        known = np.flatnonzero(targets >= 0)
        if not len(known):
            raise ValueError("no part of these equations is a candidate: give some that stand in them")
        inside, outside = asked.inside[known], asked.outside[known]
        return replace(asked, inside=inside, outside=outside), targets[known]

    def _placed(self, equations: Equations) -> tuple[_Asked, Grafter]:
        into = Grafter()
        candidates = into.put_all(self.candidates.forest, self.candidates.roots)
        left, right = sides(equations)
        swapped = holds_blank(equations.forest)[right]
        inside, outside = (
            np.array(into.put_all(equations.forest, side), int)
            for side in np.where(swapped, (right, left), (left, right))
        )
        trees = Trees(into.build.forest(), self.candidates.forest.symbols)
        return _Asked(trees, inside, outside, np.array(candidates)), into

    def _forward(self, asked: _Asked, chosen: Array) -> Tensor:
        roots = np.concatenate([asked.inside[chosen], asked.outside[chosen], asked.candidates])
        return self.network_(asked.trees.plan(roots), len(chosen))
