"""Functions by their values at points: ``sin(1.25) = 0.95``, as equations."""

from collections.abc import Sequence

import numpy as np

from etl.equations.evaluate import evaluate
from etl.equations.forest import Builder, Equations
from etl.equations.grammar import UNARY
from etl.handoff import to_host

WIDEST = 3.14
"""Arguments are drawn from minus this to this, as in the corpora of neural programs."""
LARGEST = 10.0
"""Values that are larger are not taken, as a mean square would be theirs alone."""


def function_values(
    each: int, seed: int = 0, functions: Sequence[str] = UNARY, decimals: int = 2
) -> Equations:
    """Equations that tell values of functions at points, both rounded.

    Parameters
    ----------
    each : int
        Equations of each function, at most: where a value is not real, or beyond 10, there is none.
    seed : int
    functions : sequence of str
        Names of functions of one argument.
    decimals : int
        Of arguments and values.

    Returns
    -------
    Equations
        Of the label 1.

    Examples
    --------
    >>> from etl.equations.write import infix
    >>> found = function_values(1, functions=("exp",))
    >>> infix(found.forest, int(found.roots[0]))
    'exp(0.86) = 2.36'
    """
    draw, build = np.random.default_rng(seed), Builder()
    asked = []
    for name in functions:
        for x in np.round(draw.uniform(-WIDEST, WIDEST, each), decimals):
            asked.append(build.node(name, build.number(f"{x:.{decimals}f}")))
    values = to_host(evaluate(build.forest(), np.zeros((0, 1), np.complex128)))[asked, 0]
    roots = [
        build.node("equality", node, build.number(f"{value.real:.{decimals}f}"))
        for node, value in zip(asked, values, strict=True)
        if value.imag == 0 and abs(value.real) <= LARGEST
    ]
    return build.equations(roots, [1] * len(roots))
