"""A hierarchy of classes: which classes lie below each node."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import numpy as np

SHOWN = 8
"""Nodes of a cycle that an error names."""


@dataclass(frozen=True)
class Hierarchy:
    """Classes and the nodes above them. A node may have several parents, as in WordNet.

    Parameters
    ----------
    classes : tuple of str
        The leaves; a class's place is its code, 0 to K - 1.
    parents : mapping of str to tuple of str
        Parents of each node that has any. Nodes above no class are passed over.
    titles : mapping of str to str
        What people call a node, where it is not its id.

    Raises
    ------
    ValueError
        There are fewer than two classes, one is named twice or lies above another, or nodes form a cycle.

    Examples
    --------
    >>> tree = Hierarchy(("cat", "dog", "tree"), {"cat": ("animal",), "dog": ("animal",)})
    >>> nodes, below = tree.members()
    >>> nodes[3], below[3].tolist()
    ('animal', [True, True, False])
    """

    classes: tuple[str, ...]
    parents: Mapping[str, tuple[str, ...]]
    titles: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_cycles(self.parents)
        _check_names(self.classes)
        below = self._above()
        for name in self.classes:
            if name in below:
                raise ValueError(
                    f"class {name!r} lies above class {below[name]!r}, and a class has to be a leaf; "
                    "leave one of them out"
                )

    def title(self, node: str) -> str:
        """What people call the node, or else its id."""
        return self.titles.get(node, node)

    def members(self) -> tuple[list[str], np.ndarray]:
        """Which classes each node is, or has below it.

        Returns
        -------
        nodes : list of str
            The classes in their order, then all nodes above them, sorted.
        below : array of bool, shape (nodes, K)
        """
        nodes = [*self.classes, *sorted(self._above())]
        row = {node: index for index, node in enumerate(nodes)}
        below = np.eye(len(nodes), len(self.classes), dtype=bool)
        upwards = {node: self.parents.get(node, ()) for node in nodes}
        for node in reversed(list(TopologicalSorter(upwards).static_order())):
            for parent in upwards[node]:
                below[row[parent]] |= below[row[node]]
        return nodes, below

    def _above(self) -> dict[str, str]:
        """Each node above a class, and one such class."""
        found: dict[str, str] = {}
        for name in self.classes:
            waiting = list(self.parents.get(name, ()))
            while waiting:
                node = waiting.pop()
                if node not in found:
                    found[node] = name
                    waiting.extend(self.parents.get(node, ()))
        return found


def flat(classes: Sequence[str]) -> Hierarchy:
    """Classes without a hierarchy.

    Examples
    --------
    >>> flat(["cat", "dog"]).members()[1].astype(int).tolist()
    [[1, 0], [0, 1]]
    """
    return Hierarchy(tuple(classes), {})


def built(
    place: Path, classes: Sequence[str], parents: Mapping[str, tuple[str, ...]], titles: Mapping[str, str]
) -> Hierarchy:
    """A hierarchy whose errors begin with the file it came from.

    Parameters
    ----------
    place : Path
        The file.
    classes, parents, titles
        See `Hierarchy`.

    Raises
    ------
    ValueError
        They form no hierarchy.
    """
    try:
        return Hierarchy(tuple(classes), parents, titles)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error


def _check_cycles(parents: Mapping[str, tuple[str, ...]]) -> None:
    try:
        TopologicalSorter(parents).prepare()
    except CycleError as error:
        # graphlib lists each node before the one it is a parent of.
        cycle = error.args[1][::-1]
        more = " -> ..." if len(cycle) > SHOWN + 1 else ""
        way = " -> ".join(cycle[: SHOWN + 1])
        raise ValueError(
            f"there is a cycle of {len(cycle) - 1}, from child to parent: {way}{more}; "
            "take out one of these links"
        ) from error


def _check_names(classes: tuple[str, ...]) -> None:
    if len(classes) < 2:
        raise ValueError(f"the classes are {list(classes)}; give two at least")
    first: dict[str, int] = {}
    for code, name in enumerate(classes):
        if first.setdefault(name, code) != code:
            raise ValueError(f"class {name!r} is named twice, with codes {first[name]} and {code}; keep one")
