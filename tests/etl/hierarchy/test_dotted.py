"""Names with dots as a hierarchy, against the beginnings of the names themselves."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.hierarchy.dotted import ALL, parse
from etl.hierarchy.tree import Hierarchy


def check(tree: Hierarchy) -> None:
    """Each inner node holds the classes that begin with it, and each beginning of a name is a node."""
    nodes, below = tree.members()
    size = len(tree.classes)
    prefixes = {name[:at] for name in tree.classes for at, sign in enumerate(name) if sign == "."}
    assert {node.removesuffix(ALL) for node in nodes[size:]} == prefixes
    for node, row in zip(nodes[size:], below[size:], strict=True):
        start = node.removesuffix(ALL)
        assert (node != start) == (start in tree.classes)
        expected = {name for name in tree.classes if name == start or name.startswith(start + ".")}
        assert {tree.classes[code] for code in np.flatnonzero(row)} == expected


NAMES = st.lists(st.sampled_from("ab"), min_size=1, max_size=4).map(".".join)


@given(st.lists(NAMES, min_size=2, max_size=12, unique=True))
def test_nodes_are_the_beginnings_of_names(names: list[str]) -> None:
    tree = parse(names)
    assert tree.classes == tuple(names)
    check(tree)


def test_a_class_that_begins_another_stays_a_leaf() -> None:
    tree = parse(["comp", "comp.sys.mac", "rec"])
    assert tree.parents == {
        "comp.sys.mac": ("comp.sys",),
        "comp.sys": ("comp.*",),
        "comp": ("comp.*",),
    }
    assert [tree.title(node) for node in ("comp", "comp.*", "comp.sys")] == ["comp", "comp (all)", "comp.sys"]


@pytest.mark.parametrize("name", ["", ".a", "a.", "a..b"])
def test_empty_parts_are_named(name: str) -> None:
    with pytest.raises(ValueError, match=r"classes\[1\]: .* has an empty part"):
        parse(["x.y", name])


def test_names_that_make_no_hierarchy_are_refused() -> None:
    with pytest.raises(ValueError, match="'a' is named twice"):
        parse(["a", "b", "a"])
    with pytest.raises(ValueError, match=r"names: there is a cycle of 1,"):
        parse(["a", "a.*"])


def test_arxiv_categories(real_text: Path) -> None:
    with gzip.open(real_text / "arxiv" / "abstracts_30k.tsv.gz", "rt", encoding="utf-8") as file:
        names = sorted({line.split("\t")[1] for line in file} - {"category"})
    tree = parse(names)
    assert {"cond-mat.*", "physics", "cs"} <= set(tree.members()[0])
    check(tree)
