"""Which questions a budget buys: what a queue over items would ask, found by one sort."""

from etl.engine import array_namespace
from etl.engine.types import Array
from models.partial.chains import Chains


def select_within_budget(found: Chains, costs: Array, budget: float, first: Array | None = None) -> Chains:
    """The questions that a queue asks, in its order, while the next one can be paid.

    The queue holds each item's next question; the one of the highest priority is asked, of equals that of the
    first item, and the item is put back with its next one. A question that is more urgent than the one that
    led to it follows at once. So the queue asks in the order of the least priority so far along each chain,
    which is a running minimum, and then of items and steps.

    Parameters
    ----------
    found : Chains
        Ordered by item and step, each item's chain from step 0 on.
    costs : float64 array, shape (Q,)
    budget : float
    first : float array, shape (items,), optional
        Asked before the priorities, for instance items that were begun: higher is earlier.

    Notes
    -----
    Equal, choice by choice, to a heap of items from which one is taken at a time.
    """
    xp = array_namespace(found.item)
    least = running_minimum(found.priority, found.step)
    keys = [found.step, found.item, -least]
    if first is not None:
        keys.append(-first[found.item])
    order = xp.lexsort(xp.stack([xp.asarray(key, dtype="float64") for key in keys]))
    spent = xp.cumsum(costs[found.question[order]])
    return found.take(order[: int(xp.searchsorted(spent, budget * (1 + 1e-12), side="right"))])


def running_minimum(values: Array, step: Array) -> Array:
    """Least value so far of each run; a run begins where ``step`` is 0 and counts on.

    By doubling: after round r each place holds the least of the 2**r places up to it, within its run.

    Parameters
    ----------
    values : float64 array, shape (n,)
    step : int64 array, shape (n,)

    Returns
    -------
    float64 array, shape (n,)
    """
    xp = array_namespace(values)
    least, reach, longest = values.copy(), 1, int(step.max()) if len(step) else 0
    while reach <= longest:
        before = xp.where(step[reach:] >= reach, least[:-reach], xp.inf)
        least[reach:] = xp.minimum(least[reach:], before)
        reach *= 2
    return least
