"""The completion set of recursive memory networks: equations with a subtree to be found, and candidates."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from etl.equations.corpus import BLANK, NONE, decode
from etl.equations.corpus_records import Row, lists, rejected, rows
from etl.equations.forest import Builder, Equations
from etl.records import Rejected, record


@dataclass(frozen=True)
class Blanks:
    """Equations with a blank, in one forest with what it stands for.

    Attributes
    ----------
    equations : Equations
        Roots in which the leaf ``blank`` stands in the place of a subtree.
    whole : int32 array, shape (equations,)
        Roots of the equations with that subtree.
    answers : int32 array, shape (equations,)
        The subtrees.
    """

    equations: Equations
    whole: np.ndarray
    answers: np.ndarray

    def __len__(self) -> int:
        """Equations."""
        return len(self.answers)


def read_blanks(path: Path, build: Builder | None = None) -> Blanks:
    """Equations with a blank; records that cannot be read are set aside, and counted.

    Parameters
    ----------
    path : Path
        JSON, also packed by gzip, or a ``.tar.gz`` of such; each record has a ``blankNodeNum``, the number in
        ``nodeNum`` of the subtree's root. Files of an archive without such are passed over.
    build : Builder, optional
        Takes the nodes. With the one of `read_candidates`, nodes have the same numbers in both.

    Raises
    ------
    FileNotFoundError
    ValueError
        No record can be read, or the file is damaged.
    """
    build = build or Builder()

    def read(row: Row) -> tuple[int, int, int]:
        func, values = lists(row)
        start = _place(row, len(func))
        end = _end(func, start)
        answer = decode(func[start:end], values[start:end], build)
        whole = decode(func, values, build)
        blank = [
            [*each[:start], sign, NONE, NONE, *each[end:]] for each, sign in ((func, BLANK), (values, "?"))
        ]
        return decode(blank[0], blank[1], build), whole, answer

    found, refused, places = _each(path, read, build, "blankNodeNum")
    roots, whole, answers = (np.array(column, np.int32) for column in zip(*found, strict=True))
    equations = build.equations(roots.tolist(), [1] * len(roots))
    return Blanks(replace(equations, places=places, refused=refused), whole, answers)


def read_candidates(path: Path, build: Builder | None = None) -> tuple[Equations, np.ndarray]:
    """Subtrees that may stand in a blank, and the class of each: those of equal value have the same.

    Parameters
    ----------
    path : Path
        JSON, also packed by gzip or in a ``.tar.gz``; each record has a ``class``.
    build : Builder, optional
        See `read_blanks`.

    Returns
    -------
    Equations
        Roots are no equations here.
    int32 array, shape (candidates,)

    Raises
    ------
    FileNotFoundError
    ValueError
        See `read_blanks`.
    """
    build = build or Builder()

    def read(row: Row) -> tuple[int, int, int]:
        return decode(*lists(row), build), int(str(row["class"])), 0

    found, refused, places = _each(path, read, build, "class")
    roots, classes, _ = (np.array(column, np.int32) for column in zip(*found, strict=True))
    return replace(build.equations(roots.tolist()), places=places, refused=refused), classes


Read = tuple[list[tuple[int, int, int]], tuple[Rejected, ...], tuple[str, ...]]


def _each(path: Path, read: Callable[[Row], tuple[int, int, int]], build: Builder, key: str) -> Read:
    """What is read of the records that have a key."""
    found, places, refused = list[tuple[int, int, int]](), list[str](), list[Rejected]()
    for place, row in rows(path):
        if not isinstance(row, dict) or key not in row:
            continue
        sizes = build.sizes()
        try:
            found.append(read(row))
            places.append(str(place))
        except ValueError as error:
            build.shrink(sizes)
            refused.append(rejected(place, error))
    if not found:
        why = f" (record {refused[0].line}: {refused[0].reason})" if refused else ""
        raise ValueError(
            f'{path} holds no record with "{key}" that can be read{why}; give the completion set'
        )
    if refused:
        record(replace(refused[0], rows=len(refused)))
    return found, tuple(refused), tuple(places)


def _place(row: Row, size: int) -> int:
    """Where the blank's subtree begins in the lists of a row."""
    equation = row["equation"]
    numbers = str(equation.get("nodeNum") if isinstance(equation, dict) else "").split(",")
    number = str(row["blankNodeNum"])
    if len(numbers) != size or number not in numbers or number == NONE:
        raise ValueError(f'"nodeNum" has no node {number}, which "blankNodeNum" names')
    return numbers.index(number)


def _end(func: list[str], start: int) -> int:
    """Where the subtree that begins at a place ends: each node wants two, and ``#`` wants none."""
    wanted = 1
    for place in range(start, len(func)):
        wanted += -1 if func[place] == NONE else 1
        if not wanted:
            return place + 1
    raise ValueError("its list ends before the blank's subtree does")
