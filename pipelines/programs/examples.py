"""Equations on which a network is right, and wrong, with their certificates."""

from typing import Any

import numpy as np

from etl.equations.certify import certify
from etl.equations.forest import Equations
from etl.equations.splits import subset
from etl.equations.write import infix
from pipelines.programs.measures import right

EACH = 6
"""Of either kind: those of which the network is surest."""


def examples(equations: Equations, probability: np.ndarray, seed: int) -> list[dict[str, Any]]:
    """The equations of which a network is surest, rightly and wrongly.

    Parameters
    ----------
    equations : Equations
        With labels.
    probability : float array, shape (equations,)
        That each holds.
    seed : int
        Of the certifier's points.

    Returns
    -------
    list of dict
        ``equation, probability, is_right, verdict, certificate``.
    """
    hits = right(equations.labels, probability)
    surest = np.argsort(-abs(probability - 0.5), kind="stable")
    rows = np.concatenate([surest[hits[surest] == is_right][:EACH] for is_right in (True, False)])
    found = certify(subset(equations, rows), seed=seed)
    return [
        {
            "equation": infix(equations.forest, int(equations.roots[row])),
            "probability": float(probability[row]),
            "is_right": bool(hits[row]),
            "verdict": found.of(place).verdict,
            "certificate": f"{found.of(place).domain}; {found.of(place).branch}",
        }
        for place, row in enumerate(rows.tolist())
    ]
