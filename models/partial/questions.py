"""Yes/no questions over classes: which classes a yes leaves, and what an answer costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from etl.engine import Engine, array_namespace
from etl.engine.types import Array
from etl.handoff import from_host
from etl.hierarchy.tree import Hierarchy
from etl.records import Choice, record
from models.partial import question_plan


@dataclass(frozen=True)
class Questions:
    """A set of questions that tells every two classes apart; see `questions` and `from_matrix`.

    Attributes
    ----------
    matrix : bool array, shape (Q, K)
        Classes of which the true answer is yes; its device is that of items and their candidates.
    names : tuple of str
        What is asked for: "is it ...?".
    costs : float64 array, shape (Q,)
        Of an answer, in money, seconds, or answers.
    classes : tuple of str
    """

    matrix: Array
    names: tuple[str, ...]
    costs: Array
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def plan(self) -> question_plan.Plan:
        """What the kernels of a CPU need of the questions, made once."""
        return question_plan.plan(array_namespace(self.matrix).ascontiguousarray(self.matrix), self.costs)


def questions(
    hierarchy: Hierarchy, engine: Engine, cost: Callable[[str], float] = lambda node: 1.0
) -> Questions:
    """A question for each class, and for each node above that covers some classes and not all.

    Nodes that cover the same classes ask the same; the first is kept. Source: Hu, Lipton, Anandkumar and
    Ramanan, "Active learning with partial feedback", ICLR 2019, section 3.

    Parameters
    ----------
    hierarchy : Hierarchy
    engine : Engine
        Where the matrix is made.
    cost : callable
        Of a question for a node, by its id.

    Examples
    --------
    >>> from etl.engine import choose
    >>> from etl.hierarchy.dotted import parse
    >>> questions(parse(["pet.cat", "pet.dog", "car"]), choose("cpu")).names
    ('pet.cat', 'pet.dog', 'car', 'pet')
    """
    nodes, members = hierarchy.members()
    titles, costs = [hierarchy.title(node) for node in nodes], [cost(node) for node in nodes]
    return from_matrix(members, engine, titles, costs, hierarchy.classes)


def from_matrix(
    matrix: np.ndarray,
    engine: Engine,
    names: Sequence[str] | None = None,
    costs: Sequence[float] | None = None,
    classes: Sequence[str] | None = None,
) -> Questions:
    """Questions of a matrix in host memory, without those that split nothing or ask the same as one before.

    Both are counted in the journal under ``questions``.

    Parameters
    ----------
    matrix : bool array, shape (Q, K)
        In host memory: classes of which the true answer is yes.
    engine : Engine
        Where the questions' matrix and costs are made.
    names : sequence of str, of length Q, optional
    costs : sequence of float, of length Q, optional
        Above 0; 1 each by default.
    classes : sequence of str, of length K, optional

    Raises
    ------
    ValueError
        Two classes have the same answer to every question; a cost is not positive and finite; lengths differ.
    """
    rows = np.asarray(matrix, dtype=bool)
    count, size = rows.shape
    names = [f"question {place}" for place in range(count)] if names is None else list(names)
    prices = np.ones(count) if costs is None else np.asarray(costs, dtype="float64")
    labels = tuple(map(str, range(size))) if classes is None else tuple(classes)
    if not len(names) == len(prices) == count or len(labels) != size:
        raise ValueError(
            f"the matrix is {count} questions by {size} classes; there are {len(names)} names, "
            f"{len(prices)} costs and {len(labels)} classes: give one each"
        )
    wrong = np.flatnonzero(~((prices > 0) & np.isfinite(prices)))
    if len(wrong):
        place = int(wrong[0])
        raise ValueError(
            f"question {names[place]!r} costs {prices[place]}; a cost must be positive and finite"
        )
    _check_apart(rows, labels)
    kept = _distinct(rows)
    if len(kept) < count:
        record(
            Choice(
                reason=f"questions: {count - len(kept):,} of {count:,} are left out, as they repeat others"
            )
        )
    chosen = tuple(names[place] for place in kept)
    return Questions(from_host(rows[kept], engine), chosen, from_host(prices[kept], engine), labels)


def _distinct(rows: np.ndarray) -> list[int]:
    """First place of each distinct row that splits the classes."""
    first: dict[bytes, int] = {}
    for place in np.flatnonzero(rows.any(axis=1) & ~rows.all(axis=1)).tolist():
        first.setdefault(np.packbits(rows[place]).tobytes(), place)
    return list(first.values())


def _check_apart(rows: np.ndarray, labels: tuple[str, ...]) -> None:
    seen: dict[bytes, int] = {}
    for place, column in enumerate(np.packbits(rows, axis=0).T):
        other = seen.setdefault(column.tobytes(), place)
        if other != place:
            raise ValueError(
                f"no question tells {labels[other]!r} from {labels[place]!r}; add one that does, such as one "
                "for each class"
            )
