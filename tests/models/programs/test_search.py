"""Both searches find the candidates that trying each one by itself finds."""

import numpy as np
import pytest

from etl.equations.evaluate import evaluate
from etl.equations.fingerprint import fingerprint
from etl.equations.forest import Builder, Equations
from etl.equations.grammar import CODE, FUNCTIONS
from models.programs.blanking import blanked
from models.programs.context import contexts
from models.programs.graft import filled
from models.programs.named_points import named_points
from models.programs.pool import Pool, distinct, usual, values_of
from models.programs.search import by_enumeration, by_inversion, composed


def identities() -> Equations:
    """Right equations with one symbol or two."""
    build = Builder()
    x, y, one, two = build.symbol("x"), build.symbol("y"), build.number("1"), build.number("2")
    node = build.node
    sin, cos = node("sin", x), node("cos", x)
    squares = node("add", node("pow", sin, two), node("pow", cos, two))
    double = node("mul", two, node("mul", sin, cos))
    power = node("pow", node("exp", x), y)
    return build.equations(
        [
            node("equality", squares, one),
            node("equality", node("sin", node("add", x, x)), double),
            node("equality", power, node("exp", node("mul", x, y))),
            node("equality", node("ln", node("exp", node("tanh", x))), node("tanh", node("mul", one, x))),
        ]
    )


def _pool() -> Pool:
    forest = usual(["x", "y"]).forest()
    values = values_of(forest, named_points(forest.symbols, 12))
    nodes = np.array(distinct(values, range(len(forest))))
    return Pool(forest, nodes, values[nodes], fingerprint(forest)[nodes])


def _by_hand(equations: Equations, at: int, pool: Pool) -> set[int]:
    """Candidates with which both sides are equal at each point where they are defined."""
    each = filled(equations, [(at, pool.forest, int(node)) for node in pool.nodes])
    values = evaluate(each.forest, named_points(each.forest.symbols, 12))
    left, right = values[each.forest.left[each.roots]], values[each.forest.right[each.roots]]
    defined = np.isfinite(left) & np.isfinite(right)
    equal = abs(left - right) <= 1e-8 * (1 + abs(right))
    return set(np.flatnonzero(equal.all(1) & defined.all(1)).tolist())


@pytest.mark.parametrize("search", [by_enumeration, by_inversion])
def test_a_search_finds_what_trying_each_candidate_finds(search) -> None:
    asked, _ = blanked(identities(), times=6, seed=3)
    pool = _pool()
    values = values_of(asked.forest, named_points(asked.forest.symbols, 12))
    for at, context in enumerate(contexts(asked, values)):
        places, shares = search(context, pool)
        assert set(places[shares == 1].tolist()) == _by_hand(asked, at, pool), at


def test_what_is_no_candidate_is_put_together_of_two() -> None:
    build = Builder()
    x, half = build.symbol("x"), build.number("1/2")
    looked_for = build.node("mul", build.node("tanh", x), build.node("sin", x))
    left = build.node("add", half, build.add(CODE["blank"]))
    asked = build.equations([build.node("equality", left, build.node("add", half, looked_for))])
    pool = _pool()
    (context,) = contexts(asked, values_of(asked.forest, named_points(["x"], 12)))
    assert len(by_inversion(context, pool)[0]) == 0
    pairs = composed(context, pool)
    names = [
        (code, *(FUNCTIONS[pool.forest.func[pool.nodes[place]]] for place in places))
        for code, *places in pairs
    ]
    assert (CODE["mul"], "tanh", "sin") in names


@pytest.mark.parametrize(
    ("sides", "cause"),
    [
        (("blank", "blank"), "more than one blank"),
        (("x", "x"), "no blank"),
    ],
)
def test_equations_without_their_one_blank_are_refused(sides: tuple[str, str], cause: str) -> None:
    build = Builder()
    leaves = {"x": build.symbol("x"), "blank": build.add(CODE["blank"])}
    asked = build.equations([build.node("equality", *(leaves[side] for side in sides))])
    with pytest.raises(ValueError, match=cause):
        contexts(asked, np.zeros((3, 2), complex))


def test_what_is_no_equation_is_refused() -> None:
    build = Builder()
    asked = build.equations([build.node("sin", build.add(CODE["blank"]))])
    with pytest.raises(ValueError, match="needs an equation"):
        contexts(asked, np.zeros((2, 2), complex))
