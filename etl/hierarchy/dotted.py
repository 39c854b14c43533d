"""A hierarchy from names with dots, such as those of newsgroups and of arXiv's categories."""

from collections.abc import Sequence
from pathlib import Path

from etl.hierarchy.lines import named
from etl.hierarchy.tree import Hierarchy, built

ALL = ".*"
"""Ends the id of the node above a class whose name also begins other classes."""


def parse(names: Sequence[str]) -> Hierarchy:
    """A hierarchy in which ``comp.sys.mac`` lies below ``comp.sys``, and that below ``comp``.

    A class that begins others, as ``cond-mat`` does ``cond-mat.other``, stays a leaf; it and they lie below a
    node ``cond-mat.*``.

    Raises
    ------
    ValueError
        A name has an empty part, or the classes are not such as `Hierarchy` takes.

    Examples
    --------
    >>> tree = parse(["cond-mat", "cond-mat.other", "hep-ex"])
    >>> tree.parents
    {'cond-mat.other': ('cond-mat.*',), 'cond-mat': ('cond-mat.*',)}
    """
    return _parse(named(names), Path("names"), ".")


def read(path: Path) -> Hierarchy:
    """The same of a file with a name a line, in the order of the file; or of paths, if each has a slash.

    Raises
    ------
    ValueError
        As `parse`, or lines are two words each, which may be two nodes.
    """
    asked = named(path)
    pairs = [name.split() for _, name in asked]
    if pairs and all(len(pair) == 2 for pair in pairs) and not any("." in name for _, name in asked):
        raise ValueError(
            f"{asked[0][0]}: {asked[0][1]!r} holds a blank, as all lines do, and may be one class or two "
            "nodes; give a table (.csv) with columns child and parent"
        )
    return _parse(asked, path, "/" if asked and all("/" in name for _, name in asked) else ".")


def above(name: str, dot: str) -> dict[str, tuple[str, ...]]:
    """Parent of a name and of all its beginnings.

    Parameters
    ----------
    name : str
    dot : str
        What parts of a name are joined by.

    Returns
    -------
    dict of str to tuple of str
        The parent, one a tuple, of each name that has one.

    Examples
    --------
    >>> above("comp.sys.mac", ".")
    {'comp.sys.mac': ('comp.sys',), 'comp.sys': ('comp',)}
    """
    found: dict[str, tuple[str, ...]] = {}
    parent, cut, _ = name.rpartition(dot)
    while cut:
        found[name] = (parent,)
        name = parent
        parent, cut, _ = name.rpartition(dot)
    return found


def _parse(asked: list[tuple[str, str]], place: Path, dot: str) -> Hierarchy:
    parents: dict[str, tuple[str, ...]] = {}
    for where, name in asked:
        if not all(name.split(dot)):
            raise ValueError(f"{where}: {name!r} has an empty part; write names such as comp{dot}sys{dot}mac")
        parents.update(above(name, dot))
    classes = [name for _, name in asked]
    both = {parent for (parent,) in parents.values()} & set(classes)

    def node(name: str) -> str:
        return name + ALL.replace(".", dot) if name in both else name

    renamed = {node(name): (node(parent),) for name, (parent,) in parents.items()}
    leaves = {name: (node(name),) for name in classes if name in both}
    return built(place, classes, renamed | leaves, {node(name): f"{name} (all)" for name in sorted(both)})
