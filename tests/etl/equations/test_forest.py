"""Nodes of a forest are distinct, and stand after their children."""

import numpy as np
import pytest

from etl.equations.forest import Builder
from etl.equations.grammar import BINARY, UNARY


def grown(seed: int, nodes: int) -> tuple[Builder, list[int]]:
    """Nodes at random over a few leaves, and the number that each call gave."""
    draw = np.random.default_rng(seed)
    build = Builder(boxes=("f",))
    given = [build.symbol("x"), build.number("2"), build.node("pi")]
    for _ in range(nodes):
        left, right = (int(each) for each in draw.choice(given, 2))
        name = str(draw.choice([*BINARY[1:], *UNARY, "f"]))
        given.append(build.node(name, left, right) if name in BINARY else build.node(name, left))
    return build, given


def test_each_distinct_subtree_is_held_once_and_after_its_children() -> None:
    build, given = grown(0, 3000)
    forest = build.forest()
    rows = np.stack([forest.func, forest.left, forest.right, forest.leaf], 1)
    assert len(np.unique(rows, axis=0)) == len(forest) == max(given) + 1
    assert (np.maximum(forest.left, forest.right) < np.arange(len(forest))).all()


def test_heights_are_of_the_longest_way_down() -> None:
    build, _ = grown(1, 200)
    forest = build.forest()

    def deepest(node: int) -> int:
        children = [each for each in (forest.left[node], forest.right[node]) if each >= 0]
        return 1 + max(map(deepest, children)) if children else 0

    assert [deepest(node) for node in range(len(forest))] == forest.height.tolist()


def test_a_function_is_refused_another_number_of_arguments() -> None:
    build = Builder()
    with pytest.raises(ValueError, match="sin takes 1 arguments, not 2"):
        build.node("sin", build.symbol("x"), build.symbol("x"))


def test_a_builder_forgets_what_came_after() -> None:
    build, _ = grown(2, 50)
    held, sizes = build.forest(), build.sizes()
    build.node("mul", build.number("77"), build.symbol("w"))
    build.forest()
    build.shrink(sizes)
    other = build.node("mul", build.number("78"), build.symbol("v"))
    forest = build.forest()
    assert other == len(held) + 2 == len(forest) - 1
    assert (forest.numbers[-1], forest.symbols[-1]) == ("78", "v")
    assert (forest.func[: len(held)] == held.func).all()
