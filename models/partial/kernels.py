"""Chains of questions on a CPU, an item at a time; only questions that still split it are scored."""

import numba
import numpy as np

from models.partial.question_plan import LN4, SAME, SUM, Plan
from models.partial.scores import GRID


@numba.njit(cache=True, error_model="numpy")
def _entropy(q: float) -> float:
    return -q * np.log2(q) if q > 0 else 0.0


@numba.njit(cache=True, error_model="numpy")
def _struck(yes: float, left: float, size: float) -> float:
    """Expected decrease of the candidates."""
    return size - (yes * left + (1 - yes) * (size - left))


@numba.njit(cache=True, error_model="numpy")
def _splitting(
    alive: np.ndarray,
    fates: np.ndarray,
    is_new: bool,
    plan: Plan,
    s: np.ndarray,
    m: np.ndarray,
    size: int,
) -> np.ndarray:
    """Bring the sums of larger nodes up to date; returns the nodes that split the candidates."""
    count, classes = 0, plan.Q.shape[1]
    for node in alive:
        fate = SUM if is_new else fates[node - classes]
        if fate != SAME:
            own, left = 0.0, 0.0
            if fate == SUM:
                for at in range(plan.starts[node - classes], plan.starts[node - classes + 1]):
                    own += s[plan.parts[at]]
                    left += m[plan.parts[at]]
            s[node], m[node] = own, left
        alive[count] = node
        count += 0 < m[node] < size
    return alive[:count]


@numba.njit(cache=True, error_model="numpy")
def _least(best: float, top: float) -> float:
    """What ``4 q (1 - q)`` times a node's bound must reach for this worth, less a step for rounding."""
    return max(0.0, (best - top) / GRID * (1 - 1e-9)) ** LN4


@numba.njit(cache=True, error_model="numpy")
def _choose(
    nodes: np.ndarray,
    best: float,
    choice: int,
    plan: Plan,
    s: np.ndarray,
    m: np.ndarray,
    size: int,
    total: float,
    is_eig: bool,
) -> tuple[float, int]:
    """The node of the greatest worth, of equals the first question; begins with one that was found before.

    No entropy is taken where it must be less: it is at most ``(4 q (1 - q)) ** (1 / ln 4)``. Source: Topsøe,
    "Bounds for entropy and divergence for distributions over a two-element set", 2001, theorem 1.2.
    """
    scale, least = 1 / total, _least(best, plan.top)
    for node in nodes:
        yes = min(1.0, s[node] * scale)
        if plan.asks[node] < 0 or (is_eig and 4 * yes * (1 - yes) * plan.bounds[node] < least):
            continue
        score = _entropy(yes) + _entropy(1 - yes) if is_eig else _struck(yes, m[node], size)
        worth = np.rint(score * GRID) * plan.rates[node]
        if worth > best or (worth == best and plan.asks[node] < plan.asks[choice]):
            best, choice = worth, node
            least = _least(best, plan.top)
    return best, choice


@numba.njit(cache=True, error_model="numpy")
def _likeliest(alive: np.ndarray, held: np.ndarray, plan: Plan, s: np.ndarray, other: np.int64) -> np.int64:
    """The node of the fewest classes that include the likeliest candidate, if any; see `scores.best`."""
    top = held[0]
    for k in held:
        if s[k] > s[top]:
            top = k
    if plan.asks[top] >= 0:
        return np.int64(top)
    for node in alive:
        if plan.Q[plan.asks[node], top]:
            return np.int64(node)
    return other


@numba.njit(cache=True, error_model="numpy")
def _strike(held: np.ndarray, s: np.ndarray, m: np.ndarray, row: np.ndarray, yes: bool) -> np.ndarray:
    """Candidates that the answer leaves; the sums of others are 0."""
    count = 0
    for k in held:
        kept = row[k] == yes  # no branch: it would be a coin's toss
        s[k] *= kept
        m[k] = kept
        held[count] = k
        count += kept
    return held[:count]


@numba.njit(cache=True, error_model="numpy")
def _begin(p: np.ndarray, y: np.ndarray, s: np.ndarray, m: np.ndarray, held: np.ndarray) -> np.ndarray:
    """The candidates; sums of classes are their priors and ones, or 0."""
    count = 0
    for k in range(len(y)):
        s[k], m[k] = (p[k], 1.0) if y[k] else (0.0, 0.0)
        held[count] = k
        count += y[k]
    return held[:count]


@numba.njit(cache=True, error_model="numpy")
def _total(held: np.ndarray, s: np.ndarray) -> tuple[float, bool]:
    """Probability of the candidates; where it is 0 they become equally likely."""
    total = 0.0
    for k in held:
        total += s[k]
    if total > 0:
        return total, False
    for k in held:
        s[k] = 1.0
    return float(len(held)), True


@numba.njit(cache=True, error_model="numpy")
def chain(
    p: np.ndarray,
    y: np.ndarray,
    truth: int,
    plan: Plan,
    kind: int,
    most: int,
    least: float,
    space: tuple[np.ndarray, ...],
    asked: np.ndarray,
    priority: np.ndarray,
) -> int:
    """Ask about an item until one candidate is left; returns the number of questions.

    Parameters
    ----------
    p : float array, shape (K,)
    y : bool array, shape (K,)
    truth : int
    plan, kind, most, least
        See `chains`.
    space : tuple of arrays
        Room for sums of probabilities and of candidates, float64 (nodes,), for candidates, uint32 (K,), and
        for the larger nodes that split them, uint32 (nodes - K,).
    asked, priority : int64 and float64 array, shape (at least K - 1,)
        Where the questions and their priorities are written.
    """
    s, m, held, alive = space
    classes, steps, q, yes = len(y), 0, 0, False
    held = _begin(p, y, s, m, held)
    for place in range(len(alive)):
        alive[place] = classes + place
    while len(held) > 1 and steps < most:
        size, (total, is_flat) = len(held), _total(held, s)
        alive = _splitting(alive, plan.fates[int(yes), q], steps == 0 or is_flat, plan, s, m, size)
        best, node = _choose(alive[::-1], -1.0, 0, plan, s, m, size, total, kind == 0)
        best, node = _choose(held, best, node, plan, s, m, size, total, kind == 0)
        if kind == 0 and best == 0:
            node = _likeliest(alive, held, plan, s, node)
        remaining = size - _struck(min(1.0, s[node] / total), m[node], size)
        urgency = -np.rint(remaining * GRID) if kind == 1 else best
        if urgency < least:
            break
        q = plan.asks[node]
        asked[steps], priority[steps] = q, urgency
        steps, yes = steps + 1, plan.Q[q, truth]
        held = _strike(held, s, m, plan.Q[q], yes)
    return steps


@numba.njit(cache=True, error_model="numpy", nogil=True)
def chains(
    P: np.ndarray,
    Y: np.ndarray,
    truth: np.ndarray,
    plan: Plan,
    kind: int,
    most: int,
    least: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Chains of a block of items.

    Parameters
    ----------
    P : float array, shape (n, K)
        Prior of each item.
    Y : bool array, shape (n, K)
        Candidates of each item.
    truth : int array, shape (n,)
        Class by which each item's questions are answered.
    plan : Plan
    kind : int
        0 for EIG, 1 for ERC, 2 for EDC.
    most : int
        A chain ends after so many questions.
    least : float
        A chain ends before a question whose priority is below this.

    Returns
    -------
    steps : int64 array, shape (n,)
        Number of questions of each item.
    asked : int64 array, shape (sum of steps,)
        Questions, ordered by item and step.
    priority : float64 array, shape (sum of steps,)
    """
    n, classes, nodes = len(Y), Y.shape[1], len(plan.asks)
    steps, end, room = np.zeros(n, np.int64), 0, 8 * n + classes
    asked, priority = np.empty(room, np.int64), np.empty(room, np.float64)
    space = (
        np.zeros(nodes),
        np.zeros(nodes),
        np.empty(classes, np.uint32),
        np.empty(nodes - classes, np.uint32),
    )
    for i in range(n):
        if end + classes > len(asked):
            asked = np.concatenate((asked, np.empty_like(asked)))
            priority = np.concatenate((priority, np.empty_like(priority)))
        steps[i] = chain(P[i], Y[i], truth[i], plan, kind, most, least, space, asked[end:], priority[end:])
        end += steps[i]
    return steps, asked[:end], priority[:end]
