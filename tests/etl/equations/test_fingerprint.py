"""Nodes have the same fingerprint where a definition by recursion says they are the same."""

import numpy as np
import pytest

from etl.equations.fingerprint import fingerprint
from etl.equations.forest import Builder
from etl.equations.grammar import COMMUTATIVE
from etl.equations.parse import parse


@pytest.mark.parametrize("seed", range(3))
def test_classes_are_those_of_sorted_trees(seed: int) -> None:
    draw, build = np.random.default_rng(seed), Builder()
    given = [build.symbol("x"), build.symbol("y"), build.number("2"), build.node("pi")]
    for _ in range(400):
        left, right = (int(each) for each in draw.choice(given[:40], 2))
        given.append(build.node(str(draw.choice(["add", "mul", "pow", "log", "equality"])), left, right))
    forest = build.forest()
    written: list[str] = []
    for node in range(len(forest)):
        below = [written[child] for child in (forest.left[node], forest.right[node]) if child >= 0]
        if int(forest.func[node]) in COMMUTATIVE:
            below.sort()
        name = f"{forest.func[node]},{forest.leaf[node]}({','.join(below)})"
        written.append(str(hash(name)))
    found = fingerprint(forest).tolist()
    assert [found.index(each) for each in found] == [written.index(each) for each in written]
    assert len(set(found)) < len(forest)


def test_mirror_images_are_equal_and_other_orders_are_not() -> None:
    build = Builder()
    nodes = [
        parse(text, build) for text in ("x**y = y", "y = x**y", "y**x = y", "log(x, y) = y", "log(y, x) = y")
    ]
    found = fingerprint(build.forest())[nodes]
    assert found[0] == found[1]
    assert len(set(found.tolist())) == 4


def test_no_nodes_have_no_fingerprints() -> None:
    assert fingerprint(Builder().forest()).shape == (0,)
