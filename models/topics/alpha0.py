"""Whether documents are what the model says, and its alpha0 where they are."""

from dataclasses import dataclass, field

import numpy as np

from etl.engine import array_namespace
from etl.engine.types import Array
from models.topics import decompose, recover
from models.topics.whiten import Sketch, whiten

SMALLEST, LARGEST = 1e-2, 1e2
TEXT = 0.1
"""alpha0 where none fits: too small a value does no harm to what is refined, too large a one does."""


@dataclass
class Search:
    """The sum rule, evaluated by turning one sketch: the alphas recovered must add up to alpha0.

    Attributes
    ----------
    sketch : Sketch
    topics : int
    restarts : int
        Random starts of the first decomposition; later ones start from the one before.
    seed : int
    trials : dict of float
        alpha0 tried: sum of alphas over alpha0.
    """

    sketch: Sketch
    topics: int
    restarts: int
    seed: int
    trials: dict[float, float] = field(default_factory=dict)
    _start: Array | None = None

    def ratio(self, alpha0: float) -> float:
        """Sum of the recovered alphas over alpha0."""
        xp = array_namespace(self.sketch.q)
        whitened = whiten(self.sketch, alpha0, self.topics)
        k = len(whitened.T)
        start = None
        if self._start is not None and self._start.shape[1] == k:
            left, _, right = xp.linalg.svd(xp.linalg.pinv(whitened.turn) @ self._start)
            start = left @ right
        components = decompose.polar(whitened.T, restarts=self.restarts, seed=self.seed, start=start)
        self._start = whitened.turn @ components.V
        total = float(recover.weights(components.strengths, alpha0).sum())
        self.trials[alpha0] = total / alpha0
        return self.trials[alpha0]


def find(
    sketch: Sketch, topics: int, restarts: int = 4, seed: int = 0, tol: float = 5e-3
) -> tuple[float, str]:
    """alpha0 at which the sum rule holds, by bisection on its logarithm; and the reason.

    The ratio falls from above one to below one as alpha0 grows past the truth. Documents that are not of
    the model's making give no crossing.

    Parameters
    ----------
    sketch : Sketch
        Moments in m directions, m at least ``topics``.
    topics : int
    restarts : int
        Random starts of the first decomposition.
    seed : int
        Of these starts.
    tol : float
        Width of the bracket of ``log(alpha0)`` at which the bisection ends.

    Returns
    -------
    alpha0 : float
        From `SMALLEST` to `LARGEST`; `TEXT` where there is no crossing.
    reason : str
    """
    search = Search(sketch, topics, restarts, seed)
    low, high = np.log(SMALLEST), np.log(LARGEST)
    ends = search.ratio(SMALLEST) - 1, search.ratio(LARGEST) - 1
    if ends[0] * ends[1] > 0:
        side = "above" if ends[0] > 0 else "below"
        return TEXT, f"alpha0: {TEXT}, as the alphas add up to {side} alpha0 whatever it is"
    while high - low > tol:
        middle = (low + high) / 2
        if (search.ratio(float(np.exp(middle))) - 1) * ends[0] > 0:
            low = middle
        else:
            high = middle
    value = float(np.exp((low + high) / 2))
    return value, f"alpha0: {value:.3g}, where the alphas recovered add up to it"
