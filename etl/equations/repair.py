"""Decimal trees whose powers of ten were turned round: ``2 + 5 * (-1)**10`` that was ``2 + 5 * 10**(-1)``.

The maker of the neuralMath corpus shuffled arguments of powers as if their order did not matter; of its 476
decimal trees, 329 are wrong as they are stored.
"""

from dataclasses import replace

import numpy as np

from etl.equations.certificates import VERDICTS
from etl.equations.certify import certify
from etl.equations.forest import Equations
from etl.equations.grammar import CODE
from etl.equations.groups import exact
from etl.equations.merge import merge, restrict
from etl.equations.splits import subset
from etl.equations.trees import anywhere

_ALLOWED = [CODE[name] for name in ("equality", "add", "mul", "pow", "number")]


def repair_decimals(equations: Equations) -> tuple[Equations, int]:
    """Swap base and exponent of powers with the exponent 10 in decimal trees that are false, and then true.

    Parameters
    ----------
    equations : Equations
        Those with variables, or with other functions than sums, products and powers, stay as they are.

    Returns
    -------
    Equations
        In the same order, with the same labels and places.
    int
        How many were repaired.

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> from etl.equations.parse import parse
    >>> build = Builder()
    >>> repaired, count = repair_decimals(build.equations([parse("2.5 = 2 + 5 * (-1)**10", build)]))
    >>> count, certify(repaired).names()
    (1, ['identity'])
    """
    wrong = np.flatnonzero(_turned(equations))
    wrong = wrong[certify(subset(equations, wrong)).verdict == VERDICTS.index("false")]
    swapped = _swapped(subset(equations, wrong))
    right = certify(swapped).verdict == VERDICTS.index("identity")
    if not right.any():
        return equations, 0
    wrong, swapped = wrong[right], subset(swapped, np.flatnonzero(right))
    both = merge([equations, swapped])
    roots = both.roots[: len(equations)].copy()
    roots[wrong] = both.roots[len(equations) :]
    return replace(equations, forest=both.forest, roots=roots), len(wrong)


def _turned(equations: Equations) -> np.ndarray:
    """Equations of numbers, sums, products and powers alone, with a power whose exponent is 10."""
    forest = equations.forest
    other = anywhere(forest, ~np.isin(forest.func, _ALLOWED))
    return anywhere(forest, _powers_to_ten(equations))[equations.roots] & ~other[equations.roots]


def _powers_to_ten(equations: Equations) -> np.ndarray:
    forest = equations.forest
    tens = [number for number, text in enumerate(forest.numbers) if text.isdigit() and exact(text) == 10]
    exponent = forest.right
    ten = (forest.func[exponent] == CODE["number"]) & np.isin(forest.leaf[exponent], tens)
    return (forest.func == CODE["pow"]) & ten


def _swapped(equations: Equations) -> Equations:
    alone = restrict(equations)
    turned, forest = _powers_to_ten(alone), alone.forest
    left = np.where(turned, forest.right, forest.left)
    right = np.where(turned, forest.left, forest.right)
    return replace(alone, forest=replace(forest, left=left, right=right))
