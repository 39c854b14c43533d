"""What orders the classes of the completion set: how often each stands in equations, or a network."""

from typing import Self

import numpy as np

from etl.engine.types import Array
from etl.equations.fingerprint import fingerprint
from etl.equations.forest import Equations
from models.programs.dual_encoder import DualEncoder
from models.programs.prior import occurrences

BLANKS = 11_100
"""Parts that are taken out of equations to learn from."""


class Frequencies:
    """Logarithms of how often members of each class stand in equations.

    Parameters
    ----------
    members : Equations
    classes : int array, shape (members,)
    """

    def __init__(self, members: Equations, classes: Array) -> None:
        self.prints = fingerprint(members.forest)[members.roots]
        self.classes = classes
        self.logs = np.zeros(int(classes.max()) + 1)

    def fit(self, equations: Equations) -> Self:
        """Count.

        Parameters
        ----------
        equations : Equations
        """
        counts, prints = occurrences(equations), fingerprint(equations.forest)
        order = np.argsort(self.prints)
        place = np.minimum(np.searchsorted(self.prints[order], prints), len(order) - 1)
        known = self.prints[order][place] == prints
        found = np.bincount(self.classes[order][place[known]], counts[known], minlength=len(self.logs))
        self.logs = np.log(found + 0.5)
        return self

    def scores(self, equations: Equations) -> Array:
        """The same for all equations, (equations, classes)."""
        return np.broadcast_to(self.logs, (len(equations), len(self.logs)))


class Representatives:
    """Scores of classes by a network that scores their members; its options were chosen on files 0-4.

    Parameters
    ----------
    members : Equations
    classes : int array, shape (members,)
    seed : int
    """

    def __init__(self, members: Equations, classes: Array, seed: int = 0) -> None:
        self.network = DualEncoder(members, hidden=64, epochs=15, random_state=seed)
        self.classes = classes
        self.order = np.argsort(classes, kind="stable")
        self.starts = np.searchsorted(classes[self.order], np.arange(int(classes.max()) + 1))

    def fit(self, equations: Equations) -> Self:
        """Learn, from as many blanks in few equations as in many; see `DualEncoder`."""
        self.network.set_params(blanks=max(1, BLANKS // len(equations))).fit(equations)
        return self

    def scores(self, equations: Equations) -> Array:
        """Logarithms of the sums of the members' probabilities, (equations, classes)."""
        found = np.exp(self.network.scores(equations))[:, self.order]
        return np.log(np.add.reduceat(found, self.starts, axis=1))
