"""Classes below each node, against networkx, and hierarchies that are none."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.hierarchy.tree import Hierarchy, flat


@st.composite
def hierarchies(draw: st.DrawFn) -> Hierarchy:
    """Nodes whose parents have lower numbers; the classes are leaves in any order, some left out."""
    count, most = draw(st.integers(4, 25)), draw(st.integers(1, 3))
    parents = {}
    for node in range(2, count):
        drawn = draw(st.sets(st.integers(0, node - 1), max_size=most))
        parents[str(node)] = tuple(str(parent) for parent in drawn)
    inner = {name for names in parents.values() for name in names}
    leaves = draw(st.permutations([str(n) for n in range(count) if str(n) not in inner]))
    if len(leaves) < 2:
        leaves = [*leaves, "alone"]
    return Hierarchy(tuple(leaves[: draw(st.integers(2, len(leaves)))]), parents)


@given(hierarchies())
def test_members_are_networkx_descendants(tree: Hierarchy) -> None:
    graph = nx.DiGraph([(parent, child) for child, names in tree.parents.items() for parent in names])
    graph.add_nodes_from(tree.classes)
    above = set().union(*(nx.ancestors(graph, name) for name in tree.classes))
    nodes, below = tree.members()
    assert nodes == [*tree.classes, *sorted(above)]
    assert below.dtype == bool
    assert below.shape == (len(nodes), len(tree.classes))
    for node, row in zip(nodes, below, strict=True):
        expected = (nx.descendants(graph, node) | {node}) & set(tree.classes)
        assert {tree.classes[code] for code in np.flatnonzero(row)} == expected


def test_a_chain_deeper_than_the_stack_is_no_trouble() -> None:
    parents = {str(n): (str(n + 1),) for n in range(20_000)}
    _, below = Hierarchy(("0", "other"), parents).members()
    assert below.shape == (20_002, 2)
    assert below.sum(axis=0).tolist() == [20_001, 1]


def test_a_title_or_else_the_id() -> None:
    tree = Hierarchy(("a", "b"), {}, {"a": "apple"})
    assert [tree.title(node) for node in tree.classes] == ["apple", "b"]


def test_a_cycle_is_shown_from_child_to_parent() -> None:
    parents = {"a": ("x",), "x": ("y",), "y": ("z",), "z": ("x",)}
    with pytest.raises(ValueError, match="a cycle of 3,") as caught:
        Hierarchy(("a", "b"), parents)
    way = str(caught.value).split("parent: ")[1].split(";")[0].split(" -> ")
    assert way[0] == way[-1]
    assert set(way) == {"x", "y", "z"}
    assert all(parent in parents[child] for child, parent in pairwise(way))
    with pytest.raises(ValueError, match="a cycle of 1, .*: a -> a; take out"):
        Hierarchy(("a", "b"), {"a": ("a",)})


def test_classes_that_are_no_leaves_or_not_two_are_refused() -> None:
    with pytest.raises(ValueError, match="class 'animal' lies above class 'cat'.*leave one of them out"):
        Hierarchy(("animal", "cat"), {"cat": ("feline",), "feline": ("animal",)})
    with pytest.raises(ValueError, match="'a' is named twice, with codes 0 and 2; keep one"):
        flat(["a", "b", "a"])
    with pytest.raises(ValueError, match=r"the classes are \['a'\]; give two"):
        flat(["a"])


def test_a_long_cycle_is_cut_short() -> None:
    parents = {str(n): (str((n + 1) % 500),) for n in range(500)}
    with pytest.raises(ValueError, match="a cycle of 500, ") as caught:
        Hierarchy(("a", "b"), parents)
    assert len(str(caught.value)) < 200
