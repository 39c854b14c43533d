"""Two encoders: of an equation with a blank, and of what can stand there; what fits lies close together.

The candidates' side is worked out once for all equations, and an equation's once for all candidates.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import nn
from torch.nn import functional as F

from etl.engine.types import Array, Tensor
from etl.equations.fingerprint import fingerprint
from etl.equations.forest import Equations
from etl.handoff import to_host
from models.programs.batches import Trees, sides, upload
from models.programs.blanking import blanked
from models.programs.context import holds_blank
from models.programs.encoders import tree_lstm
from models.programs.history import History
from models.programs.plan import Plan
from models.sequences.schedule import Schedule
from models.sequences.training import Training


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
        self.inner = nn.Linear(3 * hidden, 2 * hidden)
        self.query = nn.Linear(2 * hidden, hidden)
        self.key = nn.Linear(hidden, hidden + 1)

    def states(self, plan: Plan) -> Tensor:
        """States of the roots of a batch, (roots, hidden)."""
        found: Tensor = self.trees(plan)[plan.roots]
        return found

    def forward(self, inside: Tensor, outside: Tensor, keys: Tensor) -> Tensor:
        """Logarithms of probabilities, (equations, candidates).

        Parameters
        ----------
        inside, outside : tensor, shape (equations, hidden)
            States of the sides with the blank, and of those without.
        keys : tensor, shape (candidates, hidden + 1)
            Of the candidates: ``key`` of their states.
        """
        asked = self.query(self.inner(torch.cat([inside, outside, inside * outside], 1)).tanh())
        return F.log_softmax(torch.addmm(keys[:, -1], asked, keys[:, :-1].T), 1)


@dataclass(frozen=True)
class _Asked:
    """Nodes in one numbering: sides with the blank and without, (2, equations), and candidates."""

    trees: Trees
    pairs: Array
    candidates: Array

    def plan(self, chosen: Array) -> Plan:
        return self.trees.plan(np.concatenate([*self.pairs[:, chosen], self.candidates]))


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
    keys_ : tensor, shape (candidates, hidden + 1)
        What the candidates are compared by.
    history_ : list of dict
        Mean loss of each epoch.
    n_iter_ : int
        Steps.
    stop_reason_ : str
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
        given, answers = blanked(equations, self.blanks, seed=self.random_state)
        targets = self._targets(given, answers)
        known = np.flatnonzero(targets >= 0)
        if not len(known):
            raise ValueError("no part of these equations is a candidate: give some that stand in them")
        with torch.random.fork_rng([]):
            torch.manual_seed(self.random_state)
            self.network_ = DualNetwork(len(self.candidates.forest.symbols), self.hidden)
            self._train(self._asked(given), known, targets)
        self.network_.eval()
        with torch.no_grad():
            plan = Trees(self.candidates.forest, boxes=()).plan(self.candidates.roots)
            self.keys_ = self.network_.key(self.network_.states(plan))
        return self

    def _train(self, asked: _Asked, known: Array, targets: Array) -> None:
        per_epoch = -(-len(known) // self.batch)
        schedule = Schedule(self.epochs * per_epoch, self.lr, per_epoch, 0, 0.0, self.random_state)
        history = History()
        training = Training(self.network_, schedule, curriculum=history)

        def loss(_: torch.Generator, step: int) -> Tensor:
            epoch, place = divmod(step, per_epoch)
            order = np.random.default_rng([self.random_state, epoch]).permutation(known)
            chosen = order[place * self.batch : (place + 1) * self.batch]
            (wanted,) = upload([targets[chosen]], "cpu")
            states = training.network.states(asked.plan(chosen))
            inside, outside, candidates = states.tensor_split([len(chosen), 2 * len(chosen)])
            found = F.nll_loss(training.network(inside, outside, training.network.key(candidates)), wanted)
            history.add(found)
            return found

        def last() -> float:
            """The last weights are taken, as those of the lowest rate."""
            history.note(training.progress.step)
            return -float(training.progress.step)

        self.stop_reason_ = training.fit(loss, last)
        self.history_, self.n_iter_ = history.entries, training.progress.step

    def scores(self, equations: Equations, at_once: int = 256) -> Array:
        """Logarithms of probabilities.

        Parameters
        ----------
        equations : Equations
            Each with a blank.
        at_once : int
            Equations of a batch.

        Returns
        -------
        float32 array, shape (equations, candidates)
        """
        check_is_fitted(self, "network_")
        asked = self._asked(equations)
        cuts = [np.arange(len(equations))[at : at + at_once] for at in range(0, len(equations), at_once)]
        with torch.no_grad():
            found = [self._scored(asked, cut) for cut in cuts]
        return to_host(torch.cat(found))

    def _scored(self, asked: _Asked, cut: Array) -> Tensor:
        states = self.network_.states(asked.trees.plan(asked.pairs[:, cut].ravel()))
        found: Tensor = self.network_(*states.tensor_split(2), self.keys_)
        return found

    def _targets(self, given: Equations, answers: Array) -> Array:
        """The candidate that stood in each blank; -1 where it is none."""
        own = fingerprint(self.candidates.forest)[self.candidates.roots]
        order = np.argsort(own, kind="stable")
        looked_for = fingerprint(given.forest)[answers]
        place = np.minimum(np.searchsorted(own[order], looked_for), len(own) - 1)
        return np.where(own[order][place] == looked_for, order[place], -1)

    def _asked(self, equations: Equations) -> _Asked:
        own = self.candidates.forest
        trees = Trees(equations.forest, own, symbols=own.symbols, boxes=())
        left, right = sides(equations)
        swapped = holds_blank(equations.forest)[right]
        pairs = np.where(swapped, (right, left), (left, right))
        return _Asked(trees, pairs, self.candidates.roots + trees.starts[1])
