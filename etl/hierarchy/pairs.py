"""A hierarchy from lines of two ids, a parent and its child, as ``wordnet.is_a.txt`` has them."""

from pathlib import Path

from etl.hierarchy.lines import named
from etl.hierarchy.tree import Hierarchy, built


def is_pairs(path: Path) -> bool:
    """Whether each line is two words that are surely nodes: ids with digits, or some are parent and child."""
    rows = [name.split() for _, name in named(path)]
    if not rows or any(len(row) != 2 for row in rows):
        return False
    first, second = (set(column) for column in zip(*rows, strict=True))
    return bool(first & second) or all(any(map(str.isdigit, word)) for word in first | second)


def read(path: Path) -> Hierarchy:
    """Read lines of a parent and its child; if no first word repeats and second ones do, child and parent.

    Raises
    ------
    ValueError
        A child has two parents, or nodes form a cycle; the line is named.
    """
    asked = named(path)
    rows = [(place, *name.split()) for place, name in asked]
    firsts, seconds = ([row[k] for row in rows] for k in (1, 2))
    child_first = len(set(firsts)) == len(rows) and len(set(seconds)) < len(rows)
    parents: dict[str, str] = {}
    for place, one, other in rows:
        child, parent = (one, other) if child_first else (other, one)
        if parents.setdefault(child, parent) != parent:
            raise ValueError(
                f"{place}: {child!r} lies below {parents[child]!r} and below {parent!r}; keep one, for only "
                "WordNet's files allow several"
            )
    above = set(parents.values())
    leaves = [child for child in parents if child not in above]
    return built(path, leaves, {child: (parent,) for child, parent in parents.items()}, {})
