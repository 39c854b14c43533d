"""Traversals of a forest: level by level from the leaves up, and from roots down to what they are made of."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from etl.equations.forest import NONE, Forest
from etl.equations.grammar import CODE
from etl.handoff import to_host

BITS = 64


def of_numbers(forest: Forest, tell: Callable[[str], float], other: float = 0) -> np.ndarray:
    """What is told of the text of each number, by node, on the host.

    Parameters
    ----------
    forest : Forest
        On either engine.
    tell : callable
    other : number
        Of all other nodes.

    Returns
    -------
    array, shape (nodes,)

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> build = Builder()
    >>> _ = build.node("add", build.number("0.5"), build.symbol("x"))
    >>> of_numbers(build.forest(), float).tolist()
    [0.5, 0.0, 0.0]
    """
    func, leaf = to_host(forest.func), to_host(forest.leaf)
    told = np.array([*map(tell, forest.numbers), other])
    return np.asarray(told[np.where(func == CODE["number"], leaf, NONE)])  # the last is that of the others


def levels(height: np.ndarray) -> list[np.ndarray]:
    """Nodes of each height, leaves first: what is computed together when children come before parents.

    Parameters
    ----------
    height : int array, shape (nodes,)

    Examples
    --------
    >>> [nodes.tolist() for nodes in levels(np.array([0, 1, 0, 2]))]
    [[0, 2], [1], [3]]
    """
    order = np.argsort(height, kind="stable")
    return np.split(order, np.cumsum(np.bincount(height))[:-1])


def anywhere(forest: Forest, marked: np.ndarray) -> np.ndarray:
    """Marks of nodes and of all nodes beneath them.

    Parameters
    ----------
    forest : Forest
    marked : bool or unsigned array, shape (nodes,)
        Bits are joined by *or*.

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> build = Builder()
    >>> _ = build.node("add", build.node("sin", build.symbol("x")), build.number("1"))
    >>> anywhere(build.forest(), build.forest().func == 1)
    array([ True,  True, False,  True])
    """
    found = np.append(marked, marked.dtype.type(0))  # the last entry is found by the child -1
    for nodes in levels(forest.height):
        found[nodes] |= found[forest.left[nodes]] | found[forest.right[nodes]]
    return found[:-1]


def variables(forest: Forest) -> np.ndarray:
    """Which symbols nodes are made of.

    Parameters
    ----------
    forest : Forest

    Returns
    -------
    uint64 array, shape (nodes,)
        A bit a symbol; from the 65th on they share those of the first.
    """
    symbol = forest.func == CODE["symbol"]
    bit = np.uint64(1) << (forest.leaf % BITS).astype(np.uint64)
    return anywhere(forest, np.where(symbol, bit, np.uint64(0)))


def totals(forest: Forest, each: np.ndarray) -> np.ndarray:
    """Sums over the trees of nodes; a subtree counts as often as it occurs.

    Parameters
    ----------
    forest : Forest
    each : float array, shape (nodes, ...)
        Floats, since a deep tree of shared subtrees may have more nodes than any integer can tell.

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> build = Builder()
    >>> x = build.symbol("x")
    >>> _ = build.node("sin", build.node("add", x, x))
    >>> totals(build.forest(), np.ones(3))
    array([1., 3., 4.])
    """
    found = np.concatenate([each, np.zeros_like(each[:1], shape=(1, *each.shape[1:]))])
    for nodes in levels(forest.height)[1:]:
        found[nodes] += found[forest.left[nodes]] + found[forest.right[nodes]]
    return found[:-1]


def sizes(forest: Forest) -> np.ndarray:
    """Nodes of each node's tree, as floats.

    Parameters
    ----------
    forest : Forest
    """
    return totals(forest, np.ones(len(forest)))


def below(forest: Forest, roots: np.ndarray) -> np.ndarray:
    """Nodes that roots are made of, the roots too.

    Parameters
    ----------
    forest : Forest
    roots : int array, any shape

    Returns
    -------
    int64 array
        In ascending order, so that children stay before parents.
    """
    return reachable(forest.left, forest.right, roots)


def reachable(left: np.ndarray, right: np.ndarray, roots: np.ndarray) -> np.ndarray:
    """`below` of children alone.

    Parameters
    ----------
    left, right : int arrays, shape (nodes,)
        Children of each node; -1 for none.
    roots : int array, any shape

    Returns
    -------
    int64 array
    """
    met = np.zeros(len(left), bool)
    found = [np.zeros(0, np.int64)]
    front = np.unique(roots)
    while len(front):
        met[front] = True
        found.append(front)
        children = np.concatenate([left[front], right[front]])
        children = children[children >= 0]
        front = np.unique(children[~met[children]])
    return np.sort(np.concatenate(found))


def part(forest: Forest, nodes: np.ndarray) -> Forest:
    """A forest of some nodes, in their order; tables of numbers and names stay as they are.

    Parameters
    ----------
    forest : Forest
    nodes : int array, shape (nodes,)
        Ascending, and with each node's children, as of `below`.
    """
    place = np.full(len(forest) + 1, -1, np.int32)  # the last entry is found by the child -1
    place[nodes] = np.arange(len(nodes), dtype=np.int32)
    kept = {name: getattr(forest, name)[nodes] for name in ("func", "leaf", "height")}
    return replace(forest, left=place[forest.left[nodes]], right=place[forest.right[nodes]], **kept)
