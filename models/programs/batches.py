"""The order of work for a batch of equations: levels x functions, each distinct subtree once.

A node is worked out after its children, so nodes go by height; and all nodes of a height that have the same
function are multiplied by the same weights, so within a height they go by function. Rows of a batch are its
nodes in that order: each level is contiguous, and each function a contiguous segment of it.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import cycle, pairwise

import numpy as np
import torch

from etl.engine.types import Array, Tensor, TorchDevice
from etl.equations.forest import Equations, Forest
from etl.equations.grammar import BINARY, CODE, FUNCTIONS, LEAVES, UNARY
from etl.equations.groups import exact
from etl.equations.trees import of_numbers, reachable
from etl.handoff import on_device, to_host
from models.programs.plan import Group, Plan

PAIRS = BINARY[1:]
"""Functions of two arguments that a network has weights for; an equality has two sides instead."""
LARGEST = Fraction(10**6)
"""Beyond which numbers look alike to a network."""
FIRST = len(LEAVES) + len(BINARY)
"""Code of the first function of one argument."""


class Trees:
    """Forests in host memory, one after another, from which batches are planned.

    Parameters
    ----------
    forests : Forest
        On either engine; each is copied to the host once. Nodes of the second are numbered from the length of
        the first on, see ``starts``.
    symbols, boxes : sequence of str, optional
        Names that a network knows, by number; by default those of the first forest. A symbol that is not
        among them takes the number of one that its forest does not use, in order.

    Raises
    ------
    ValueError
        A black box is not known.
    """

    def __init__(
        self, *forests: Forest, symbols: Sequence[str] | None = None, boxes: Sequence[str] | None = None
    ) -> None:
        self.forests = forests
        self.symbols = tuple(forests[0].symbols if symbols is None else symbols)
        self.boxes = tuple(forests[0].boxes if boxes is None else boxes)
        sizes = [len(forest) for forest in forests]
        self.starts = np.cumsum([0, *sizes[:-1]])
        self.height = _joined([forest.height for forest in forests])
        self.func = _joined([self._func(forest) for forest in forests])
        moved = list(zip(forests, self.starts, strict=True))
        self.left = _joined([_moved(forest.left, start) for forest, start in moved])
        self.right = _joined([_moved(forest.right, start) for forest, start in moved])
        leaves = [self._leaves(forest) for forest in forests]
        self.values = np.concatenate([values for values, _ in leaves])
        self.names = np.concatenate([names for _, names in leaves])

    def _func(self, forest: Forest) -> Array:
        """Codes, with black boxes by the numbers of ``boxes``."""
        strange = sorted(set(forest.boxes) - set(self.boxes))
        if strange:
            known = ", ".join(self.boxes) or "none"
            raise ValueError(f"black box {strange[0]} is not known ({known}); fit with samples of it")
        codes = [len(FUNCTIONS) + self.boxes.index(name) for name in forest.boxes]
        return np.array([*range(len(FUNCTIONS)), *codes])[to_host(forest.func)]

    def _leaves(self, forest: Forest) -> tuple[Array, Array]:
        """Values of numbers, float32, and numbers of symbols, int64, by node."""
        func, leaf = to_host(forest.func), to_host(forest.leaf)
        names = np.array([*numbered(forest.symbols, self.symbols), 0], np.int64)
        values = of_numbers(forest, value).astype(np.float32)
        return values, names[np.where(func == CODE["symbol"], leaf, -1)]

    def reached(self, roots: Array) -> Array:
        """Nodes at or below roots, sorted, int64.

        Parameters
        ----------
        roots : int array
        """
        return reachable(self.left, self.right, roots)

    def plan(self, roots: Array, device: TorchDevice = "cpu") -> Plan:
        """The order of work for all nodes at or below roots.

        Parameters
        ----------
        roots : int array, any shape
            Nodes that are no equalities: see `sides`.
        device : torch.device

        Raises
        ------
        ValueError
            There is an equality at or below a root.
        """
        nodes = self.reached(roots)
        order = np.lexsort((self.func[nodes], self.height[nodes]))
        rows = np.empty_like(order)
        rows[order] = np.arange(len(order))

        def row(of: Array) -> Array:
            return rows[np.searchsorted(nodes, of)]

        return _Planner(self, nodes[order]).plan(row, np.asarray(roots), device)


class _Planner:
    """Makes the plan of nodes that are in order."""

    def __init__(self, trees: Trees, nodes: Array) -> None:
        self.trees, self.nodes = trees, nodes
        self.func, self.height = trees.func[nodes], trees.height[nodes]
        if (self.func == CODE["equality"]).any():
            raise ValueError("an equality is no part of an expression; plan the sides of equations instead")
        self.high = int(np.searchsorted(self.height, 1))
        self.ends = np.searchsorted(self.func[: self.high], [CODE["symbol"], CODE["pi"]])
        inner = self.func[self.high :]
        self.kinds = np.where(inner < FIRST, inner - CODE[PAIRS[0]], inner - FIRST)

    def plan(self, row: Callable[[Array], Array], roots: Array, device: TorchDevice) -> Plan:
        numbers, symbols = self.ends
        values, names = self.trees.values, self.trees.names
        inner = self.nodes[self.high :]
        cuts = self._cuts()
        counts = [self._counts(*cut) for cut in cuts]
        ints = [
            names[self.nodes[numbers:symbols]],
            self.func[symbols : self.high] - CODE["pi"],
            row(roots.ravel()),
            self.kinds,
            row(self.trees.left[inner]),
            row(np.maximum(self.trees.right[inner], self.nodes.min(initial=0))),
            *(count.cumsum() for count in counts),
        ]
        names_, constants, asked, kinds, left, right, *ends = upload(ints, device)
        groups = []
        for (start, stop), count, end in zip(cuts, counts, ends, strict=True):
            at = slice(start, stop)
            pair = right[at] if self._is_pair(start) else None
            told = start + self.high, stop + self.high, tuple(count.tolist())
            groups.append(Group(*told, kinds[at], end.to(torch.int32), left[at], pair))
        (value,) = upload([values[self.nodes[:numbers]]], device)
        return Plan(self.nodes, value, names_, constants, tuple(groups), asked.view(roots.shape))

    def _is_pair(self, at: int) -> bool:
        return bool(self.func[self.high + at] < FIRST)

    def _cuts(self) -> list[tuple[int, int]]:
        """Where height or number of arguments changes, from the first inner node."""
        mark = 2 * self.height[self.high :] + (self.func[self.high :] >= FIRST)
        if not len(mark):
            return []
        edges = [0, *(np.flatnonzero(np.diff(mark)) + 1).tolist(), len(mark)]
        return list(pairwise(edges))

    def _counts(self, start: int, stop: int) -> Array:
        functions = len(PAIRS) if self._is_pair(start) else len(UNARY) + len(self.trees.boxes)
        return np.bincount(self.kinds[start:stop], minlength=functions)


def _joined(arrays: list[Array]) -> Array:
    return np.concatenate([np.asarray(to_host(array)).astype(np.int64) for array in arrays])


def _moved(children: Array, start: int) -> Array:
    host = np.asarray(to_host(children)).astype(np.int64)
    return np.where(host < 0, host, host + start)


def upload(arrays: list[Array], device: TorchDevice) -> list[Tensor]:
    """Arrays of one type as tensors, by one upload.

    Parameters
    ----------
    arrays : list of array, each of one dimension
    device : torch.device
    """
    return list(on_device(np.concatenate(arrays), device).split([len(array) for array in arrays]))


def sides(equations: Equations) -> Array:
    """Nodes of the left and right sides of equations, int64, shape (2, equations).

    Parameters
    ----------
    equations : Equations

    Raises
    ------
    ValueError
        A root is no equality.
    """
    forest, roots = equations.forest, np.asarray(to_host(equations.roots)).astype(np.int64)
    func, left, right = (np.asarray(to_host(a)) for a in (forest.func, forest.left, forest.right))
    odd = np.flatnonzero(func[roots] != CODE["equality"])
    if len(odd):
        where = equations.places[odd[0]] if equations.places else f"equation {odd[0]}"
        raise ValueError(f"{where} is no equality; write it as two sides with = between them")
    return np.stack([left[roots], right[roots]]).astype(np.int64)


def value(text: str) -> float:
    """Value of a number as it is written, between -1e6 and 1e6.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> value("-1/2"), value("0.50")
    (-0.5, 0.5)
    """
    return float(max(-LARGEST, min(LARGEST, exact(text))))


def numbered(names: Sequence[str], known: Sequence[str]) -> list[int]:
    """Numbers of the names of a forest among those that a network knows.

    Parameters
    ----------
    names, known : sequence of str

    Examples
    --------
    >>> numbered(["x", "b", "y", "z"], ["a", "b", "c"])
    [0, 1, 2, 0]
    """
    places = {name: at for at, name in enumerate(known)}
    free = [at for at, name in enumerate(known) if name not in names] or [0]
    others = cycle(free)
    return [places[name] if name in places else next(others) for name in names]
