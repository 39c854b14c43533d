"""Equations as one forest of arrays in which each distinct subtree is held once (hash-consing)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from etl.equations.grammar import CODE, FUNCTIONS, arity
from etl.records import Rejected

NONE = -1
"""No child, no leaf."""


@dataclass(frozen=True)
class Forest:
    """Distinct nodes, children before parents.

    Attributes
    ----------
    func : int16 array, shape (nodes,)
        Codes of `grammar.FUNCTIONS`; from ``len(FUNCTIONS)`` on, of ``boxes``.
    left, right : int32 arrays, shape (nodes,)
        Children; -1 where there is none. The one child of a function of one argument is the left one.
    leaf : int32 array, shape (nodes,)
        Place of a number in ``numbers``, of a symbol in ``symbols``; -1 for other nodes.
    height : int32 array, shape (nodes,)
        Edges down to the farthest leaf.
    numbers : tuple of str
        As they are written: ``2``, ``-1/2``, ``0.50``. Two spellings are two leaves.
    symbols, boxes : tuple of str
        Names of variables, and of functions that are known by samples only.
    """

    func: np.ndarray
    left: np.ndarray
    right: np.ndarray
    leaf: np.ndarray
    height: np.ndarray
    numbers: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    boxes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Nodes."""
        return len(self.func)


@dataclass(frozen=True)
class Equations:
    """Roots in a forest, with what a file says of each.

    Attributes
    ----------
    forest : Forest
    roots : int32 array, shape (equations,)
        Nodes, mostly of the function ``equality``.
    labels : int8 array, shape (equations,)
        1 true, 0 false, -1 where that is not told.
    places : tuple of str
        File and line or record of each; empty where there is no file.
    refused : tuple of Rejected
        Lines or records of the file that could not be read, in its order.
    pairs : int32 array, shape (equations,) or (0,)
        The same number for an identity and the false equation that was made of it; empty where there is none.
    """

    forest: Forest
    roots: np.ndarray
    labels: np.ndarray
    places: tuple[str, ...] = ()
    refused: tuple[Rejected, ...] = ()
    pairs: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))

    def __len__(self) -> int:
        """Equations."""
        return len(self.roots)


@dataclass
class Builder:
    """Takes nodes one by one, and gives each distinct one its number.

    Attributes
    ----------
    boxes : tuple of str
        Names of black boxes.
    keys : list of tuples
        Function, left, right and leaf of each node so far, to be read.
    heights : list of int
        Its height, to be read.

    Examples
    --------
    >>> build = Builder()
    >>> x, two = build.symbol("x"), build.number("2")
    >>> build.node("pow", x, two) == build.node("pow", x, two), build.node("pow", two, x)
    (True, 3)
    >>> build.forest().height.tolist()
    [0, 0, 1, 1]
    """

    boxes: tuple[str, ...] = ()
    keys: list[tuple[int, int, int, int]] = field(default_factory=list)
    heights: list[int] = field(default_factory=list)
    _nodes: dict[tuple[int, int, int, int], int] = field(default_factory=dict)
    _tables: list[np.ndarray] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)
    _symbols: dict[str, int] = field(default_factory=dict)

    def number(self, text: str) -> int:
        """A number as it is written: digits, a sign, a point, or one ``/``."""
        return self.add(CODE["number"], leaf=self._numbers.setdefault(text, len(self._numbers)))

    def symbol(self, name: str) -> int:
        """A variable."""
        return self.add(CODE["symbol"], leaf=self._symbols.setdefault(name, len(self._symbols)))

    def node(self, name: str, *children: int) -> int:
        """A node by the name of its function, or of one of ``boxes``."""
        code = CODE[name] if name in CODE else len(FUNCTIONS) + self.boxes.index(name)
        if len(children) != arity(code):
            raise ValueError(f"{name} takes {arity(code)} arguments, not {len(children)}")
        return self.add(code, *children)

    def add(self, code: int, left: int = NONE, right: int = NONE, leaf: int = NONE) -> int:
        """A node by the code of its function; its number, the old one where it is there."""
        key = (code, left, right, leaf)
        found = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = len(self.keys)
            first = self.heights[left] if left >= 0 else NONE
            second = self.heights[right] if right >= 0 else NONE
            self.keys.append(key)
            self.heights.append(1 + (first if first > second else second))
        return found

    def sizes(self) -> tuple[int, int, int]:
        """Nodes, numbers and symbols so far, for `shrink`."""
        return len(self._nodes), len(self._numbers), len(self._symbols)

    def shrink(self, sizes: tuple[int, int, int]) -> None:
        """Forget what came after: nodes of an equation that turned out to be none."""
        for key in self.keys[sizes[0] :]:
            del self._nodes[key]
        for names, size in ((self._numbers, sizes[1]), (self._symbols, sizes[2])):
            while len(names) > size:
                names.popitem()
        del self.keys[sizes[0] :], self.heights[sizes[0] :]
        self._tables = [table[: sizes[0]] for table in self._tables]

    def forest(self) -> Forest:
        """All nodes so far, as arrays; those of an earlier call are not gone through again."""
        held = sum(map(len, self._tables))
        rows = [(*key, height) for key, height in zip(self.keys[held:], self.heights[held:], strict=True)]
        self._tables = [np.concatenate([*self._tables, np.array(rows, np.int32).reshape(-1, 5)])]
        func, left, right, leaf, height = (column.copy() for column in self._tables[0].T)
        names = tuple(self._numbers), tuple(self._symbols), self.boxes
        return Forest(func.astype(np.int16), left, right, leaf, height, *names)

    def equations(self, roots: Sequence[int], labels: Sequence[int] | None = None) -> Equations:
        """Roots among the nodes so far, with their labels."""
        told = np.full(len(roots), -1, np.int8) if labels is None else np.asarray(labels, np.int8)
        return Equations(self.forest(), np.asarray(roots, np.int32), told)
