"""How far a model's probabilities can be trusted, told by the answers that it did not expect."""

from etl.engine import array_namespace
from etl.engine.types import Array
from etl.handoff import numbers

GRID = tuple(2.0 ** (power / 4) for power in range(-4, 25))
"""Temperatures that are tried, 1/2 to 64."""
MOST = 5000
"""Items that are looked at."""


def tempered(P: Array, temperature: float) -> Array:
    """``P ** (1 / temperature)``, rows summing to 1; flatter above 1.

    Parameters
    ----------
    P : float array, shape (n, K)
        Probability of each class.
    temperature : float
        Above 0.

    Returns
    -------
    float array, shape (n, K)

    Examples
    --------
    >>> import numpy
    >>> tempered(numpy.array([[0.8, 0.2]]), 2.0).round(3).tolist()
    [[0.667, 0.333]]
    """
    xp = array_namespace(P)
    raised = xp.exp(xp.log(xp.maximum(P, 1e-30)) / temperature)
    return raised / raised.sum(axis=1, keepdims=True)


def temperature(P: Array, before: Array, after: Array) -> float:
    """The temperature of `GRID` under which new answers are likeliest.

    The likelihood of an item's new answers is ``sum_k after_k p_k / sum_k before_k p_k``: probabilities of a
    model that has not seen them, masked by what was known. Source of the form: Guo, Pleiss, Sun and
    Weinberger, "On calibration of modern neural networks", ICML 2017, section 4.2; there labels, here
    candidates.

    Parameters
    ----------
    P : float array, shape (n, K)
    before, after : float array, shape (n, K)
        Candidates before and after the answers, 0 or 1, or soft. The first `MOST` rows are looked at.

    Returns
    -------
    float
        Of equally likely ones the least.
    """
    xp = array_namespace(P)
    logs, means = xp.log(xp.maximum(P[:MOST].astype("float64"), 1e-30)), list[Array]()
    for value in GRID:
        raised = xp.exp(logs / value)
        held = (raised * after[:MOST]).sum(axis=1) / (raised * before[:MOST]).sum(axis=1)
        means.append(xp.log(xp.maximum(held, 1e-30)).mean())
    losses = [(-mean, value) for mean, value in zip(numbers(means), GRID, strict=True)]
    return min([(float("inf"), 1.0), *losses])[1]
