"""Where a blank stands: the way from an equation's sign down to it, and the values beside that way.

What is put into the blank changes the nodes on that way only. So a candidate's values go up through
`Context.up`, and what the equation wants of it comes down through `Context.down`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from etl.engine.types import Array
from etl.equations.forest import Equations, Forest
from etl.equations.functions import apply
from etl.equations.grammar import CODE, FUNCTIONS
from etl.equations.trees import anywhere
from models.programs.invert import preimages

CLOSE = 1e-8
"""Difference that counts as rounding, relative to one more than the magnitude."""
BLANK, EQUALITY = CODE["blank"], CODE["equality"]


@dataclass(frozen=True)
class Step:
    """A node above the blank.

    Attributes
    ----------
    code : int
        Its function.
    slot : {0, 1}
        The argument that the blank is in.
    other : int
        Node of the other argument; -1 where there is none.
    """

    code: int
    slot: int
    other: int


@dataclass(frozen=True)
class Context:
    """An equation around its blank, at sample points.

    Attributes
    ----------
    equality : Step
        Its other argument is the side without the blank.
    steps : tuple of Step
        From below the equality down.
    others : complex array, shape (steps, points)
        Values of the other arguments; nan where there is none.
    wanted : complex array, shape (points,)
        Values of the side without the blank.
    """

    equality: Step
    steps: tuple[Step, ...]
    others: Array
    wanted: Array

    def up(self, values: Array, points: Array | slice = slice(None)) -> Array:
        """Values of the side with the blank, for values in the blank.

        Parameters
        ----------
        values : complex array, shape (candidates, points)
        points : int array or slice
            Which of the sample points these are.
        """
        for step, other in zip(reversed(self.steps), self.others[::-1], strict=True):
            beside = np.broadcast_to(other[points], values.shape)
            pair = (values, beside) if step.slot == 0 else (beside, values)
            values = apply(FUNCTIONS[step.code], *pair[: 1 if step.other < 0 else 2])
        return values

    def down(self, point: int, most: int = 512) -> tuple[Array, bool]:
        """Values that the blank must have at a point.

        Parameters
        ----------
        point : int
        most : int
            Branches that are followed: those of least magnitude.

        Returns
        -------
        values : complex array, shape (branches,)
        whole : bool
            Whether no branch was left out.

        Raises
        ------
        Anything
            The blank does not matter there.
        """
        values, whole = self.wanted[point : point + 1], True
        for step, other in zip(self.steps, self.others[:, point], strict=True):
            values = preimages(step.code, step.slot, values, other)
            if len(values) > most:
                values, whole = values[np.argsort(abs(values), kind="stable")[:most]], False
        return values, whole

    def equal(self, values: Array, points: Array | slice = slice(None)) -> Array:
        """Where both sides are equal with these values in the blank, but for rounding.

        Parameters
        ----------
        values : complex array, shape (candidates, points)
        points : int array or slice
            Which of the sample points these are.

        Returns
        -------
        bool array, shape (candidates, points)
            False where a side is undefined.
        """
        wanted = self.wanted[points]
        with np.errstate(all="ignore"):
            return abs(self.up(values, points) - wanted) <= CLOSE * (1 + abs(wanted))

    @cached_property
    def defined(self) -> Array:
        """Points at which all that stands beside the blank is defined, bool, shape (points,)."""
        beside = self.others[[step.other >= 0 for step in self.steps]]
        found: Array = np.isfinite(self.wanted) & np.isfinite(beside).all(0)
        return found

    def agree(self, values: Array) -> Array:
        """Share of the points at which a candidate makes both sides equal, of those of `defined`.

        Parameters
        ----------
        values : complex array, shape (candidates, points)

        Returns
        -------
        float array, shape (candidates,)
            0 where they are equal at fewer than two points.
        """
        met = (self.equal(values) & self.defined).sum(1)
        return np.where(met > 1, met / max(self.defined.sum(), 1), 0.0)


def holds_blank(forest: Forest) -> Array:
    """Which nodes have the blank at or below them, bool, shape (nodes,).

    Parameters
    ----------
    forest : Forest
    """
    return anywhere(forest, forest.func == BLANK)


def way_down(forest: Forest, root: int, held: Array) -> Iterator[Step]:
    """Steps from the equality to the blank, that of the equality first.

    Parameters
    ----------
    forest : Forest
    root : int
        Of an equation.
    held : bool array, shape (nodes,)
        See `holds_blank`.

    Raises
    ------
    ValueError
        No blank, or more than one; no equation.
    """
    if forest.func[root] != EQUALITY:
        raise ValueError("a completion needs an equation: write '=' between its two sides")
    if not held[root]:
        raise ValueError("the equation has no blank: write one ? where a part is looked for")
    node = root
    while forest.func[node] != BLANK:
        left, right = int(forest.left[node]), int(forest.right[node])
        if right >= 0 and held[left] and held[right]:
            raise ValueError("the equation has more than one blank: write one ?, and fill it first")
        slot = int(not held[left])
        yield Step(int(forest.func[node]), slot, left if slot else right)
        node = right if slot else left


def contexts(equations: Equations, values: Array) -> list[Context]:
    """The surroundings of each equation's blank.

    Parameters
    ----------
    equations : Equations
        Each with one blank.
    values : complex array, shape (nodes, points)
        Of all nodes; what it has at and above a blank is not looked at.

    Returns
    -------
    list of Context
    """
    held = holds_blank(equations.forest)
    found = []
    for root in equations.roots.tolist():
        equality, *steps = way_down(equations.forest, root, held)
        beside = [step.other for step in steps]
        others = np.where(np.array(beside)[:, None] >= 0, values[beside], np.nan) if steps else values[:0]
        found.append(Context(equality, tuple(steps), others, values[equality.other]))
    return found
