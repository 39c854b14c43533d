"""Chains of questions on a CPU, an item at a time; only questions that still split it are scored."""

from typing import NamedTuple

import numba
import numpy as np

from models.partial.scores import GRID

SAME, SUM, NONE = 0, 1, 2
"""What an answer makes of another question's sums: they stay, are summed anew, or it splits no more."""
LN4 = float(np.log(4))


class Plan(NamedTuple):
    """What is known of the questions before any item; see `plan`.

    A node is a class, 0 to K - 1, or a question of several classes, K and above: small ones first.

    Attributes
    ----------
    Q : bool array, shape (questions, K)
    asks : int64 array, shape (nodes,)
        Question of each node; -1 for a class that none asks for alone.
    rates, bounds : float64 arrays, shape (nodes,)
        1 / cost of a node's question, and that to the power of ln 4.
        top : float
        Greatest rate.
    starts : int64 array
    parts : uint32 array
        Node K + c is the union of disjoint ``parts[starts[c] : starts[c + 1]]``, large ones first.
    fates : uint8 array, shape (2, questions, nodes - K)
        What a no, or a yes, to a question makes of each larger node's sums.
    """

    Q: np.ndarray
    asks: np.ndarray
    rates: np.ndarray
    bounds: np.ndarray
    top: float
    starts: np.ndarray
    parts: np.ndarray
    fates: np.ndarray


def plan(Q: np.ndarray, costs: np.ndarray) -> Plan:
    """Prepare questions, bool (questions, K), and their costs for `chains`."""
    sizes, classes = Q.sum(axis=1), Q.shape[1]
    order = np.argsort(sizes, kind="stable")
    large = order[sizes[order] > 1]
    asks = np.concatenate([np.full(classes, -1), large])
    for question in np.flatnonzero(sizes == 1):
        asks[Q[question].argmax()] = question
    starts, parts = cover(Q[large])
    rates = np.where(asks < 0, 0.0, 1 / costs[asks])
    return Plan(Q, asks, rates, rates**LN4, rates.max(), starts, parts, _fates(Q, Q[large]))


def cover(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each row, smaller ones first, as the union of disjoint rows within it and of single classes.

    A sum over a row's classes is then a sum over few parts that are known already.

    Examples
    --------
    >>> starts, parts = cover(np.array([[True, True, False, False], [True, True, True, False]]))
    >>> parts[starts[1] : starts[2]].tolist()
    [4, 2]
    """
    found: list[list[int]] = []
    for place, row in enumerate(rows):
        left, own = row.copy(), list[int]()
        for part in range(place - 1, -1, -1):
            if left[rows[part]].all():
                left &= ~rows[part]
                own.append(len(row) + part)
        found.append(own + np.flatnonzero(left).tolist())
    starts = np.cumsum([0, *map(len, found)])
    return starts, np.array([part for own in found for part in own], dtype="uint32")


def _fates(Q: np.ndarray, large: np.ndarray) -> np.ndarray:
    counts = [np.count_nonzero(Q & row, axis=1) for row in large]
    shared = np.array(counts, dtype="int64").reshape(len(large), len(Q)).T
    apart, within = shared == 0, shared == large.sum(axis=1)
    around = shared == Q.sum(axis=1)[:, None]
    no = np.where(apart, SAME, np.where(within, NONE, SUM))
    yes = np.where(apart | around, NONE, np.where(within, SAME, SUM))
    return np.stack([no, yes]).astype("uint8")


@numba.njit(cache=True, error_model="numpy")
def _entropy(q: float) -> float:
    return -q * np.log2(q) if q > 0 else 0.0


@numba.njit(cache=True, error_model="numpy")
def _struck(yes: float, left: float, size: float) -> float:
    """Expected decrease of the candidates."""
    return size - (yes * left + (1 - yes) * (size - left))


@numba.njit(cache=True, error_model="numpy")
def _splitting(alive, fates, is_new, plan, s, m, size):  # type: ignore[no-untyped-def]
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
def _choose(nodes, best, choice, plan, s, m, size, total, is_eig):  # type: ignore[no-untyped-def]
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
def _likeliest(alive, held, plan, s, other):  # type: ignore[no-untyped-def]
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
def _strike(held, s, m, row, yes):  # type: ignore[no-untyped-def]
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
def _begin(p, y, s, m, held):  # type: ignore[no-untyped-def]
    count = 0
    for k in range(len(y)):
        s[k], m[k] = (p[k], 1.0) if y[k] else (0.0, 0.0)
        held[count] = k
        count += y[k]
    return held[:count]


@numba.njit(cache=True, error_model="numpy")
def _total(held, s):  # type: ignore[no-untyped-def]
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
def chain(p, y, truth, plan, kind, most, least, space, asked, priority):  # type: ignore[no-untyped-def]
    """Ask until one candidate is left; returns the number of questions; see `chains`."""
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
def chains(P, Y, truth, plan, kind, most, least):  # type: ignore[no-untyped-def]
    """Chains of a block of items: the number of questions of each, and all questions and priorities.

    ``kind`` is 0 for EIG, 1 for ERC, 2 for EDC. A chain ends after ``most`` questions, and before one whose
    priority is below ``least``.
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
