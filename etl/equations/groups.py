"""Nodes of a forest by height and function: what is computed by one call an array."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import numpy as np

from etl.engine import Engine
from etl.engine.types import Array
from etl.equations.forest import Forest
from etl.equations.grammar import BINARY, CODE, FUNCTIONS, LEAVES
from etl.handoff import from_host

SHORT = {Fraction(-1): "inverse", Fraction(2): "square", Fraction(1, 2): "sqrt"}
"""Powers that have a quicker and closer function of their own."""


@dataclass(frozen=True)
class Group:
    """Nodes of one function whose children are all known once the groups before are.

    Attributes
    ----------
    name : str
        Of the function or black box; ``inverse``, ``square`` and ``sqrt`` are powers.
    nodes : int64 array, shape (nodes,)
    children : tuple of int64 arrays, shape (nodes,)
        One an argument; powers with a name of their own have the base alone.
    """

    name: str
    nodes: Array
    children: tuple[Array, ...]


def groups(forest: Forest, engine: Engine, among: np.ndarray | None = None) -> Iterator[Group]:
    """Groups of nodes but leaves and equalities, children before parents.

    Parameters
    ----------
    forest : Forest
    engine : Engine
        Whose arrays groups are made of; all cross to a GPU at once.
    among : bool array, shape (nodes,), optional
        Nodes that are wanted; all by default.

    Examples
    --------
    >>> from etl.engine import choose
    >>> from etl.equations.forest import Builder
    >>> build = Builder()
    >>> x, y = build.symbol("x"), build.symbol("y")
    >>> _ = build.node("add", build.node("sin", x), build.node("sin", y))
    >>> [(group.name, group.nodes.tolist()) for group in groups(build.forest(), choose("cpu"))]
    [('sin', [2, 3]), ('add', [4])]
    """
    names, func = function_names(forest)
    inner = (func >= len(LEAVES)) & (func != CODE["equality"])
    inner = np.flatnonzero(inner if among is None else inner & among)
    if not len(inner):
        return
    key = forest.height[inner].astype(np.int64) * len(names) + func[inner]
    order = np.argsort(key, kind="stable")
    inner, key = inner[order], key[order]
    rows = from_host(np.stack([inner, forest.left[inner], forest.right[inner]]), engine)
    for start, stop in pairwise([0, *(np.flatnonzero(np.diff(key)) + 1).tolist(), len(key)]):
        name = names[func[inner[start]]]
        nodes, left, right = rows[:, start:stop]
        yield Group(name, nodes, (left, right) if name in BINARY else (left,))


def function_names(forest: Forest) -> tuple[tuple[str, ...], np.ndarray]:
    """Names of functions, ``inverse``, ``square`` and ``sqrt`` among them, and the place of each node's.

    Parameters
    ----------
    forest : Forest

    Returns
    -------
    tuple of str
    int16 array, shape (nodes,)
    """
    func = forest.func.copy()
    powers = np.flatnonzero(func == CODE["pow"])
    exponents = forest.right[powers]
    leaf = np.where(forest.func[exponents] == CODE["number"], forest.leaf[exponents], -1)
    for place, value in enumerate(SHORT):
        spelled = [number for number, text in enumerate(forest.numbers) if exact(text) == value]
        func[powers[np.isin(leaf, spelled)]] = len(FUNCTIONS) + len(forest.boxes) + place
    return (*FUNCTIONS, *forest.boxes, *SHORT.values()), func


@lru_cache(maxsize=1 << 16)
def exact(text: str) -> Fraction:
    """A number as it is written, exactly.

    Parameters
    ----------
    text : str

    Raises
    ------
    ValueError
        The text is no number.

    Examples
    --------
    >>> exact("-1/2"), exact("0.50")
    (Fraction(-1, 2), Fraction(1, 2))
    """
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{text!r} is no number: write digits, with a sign, a point or one /") from None
