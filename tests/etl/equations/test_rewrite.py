"""Patterns match what they should, and a subtree is found and replaced where it stands."""

from random import Random

from etl.equations.forest import Builder
from etl.equations.rewrite import Rewriter, rules
from etl.equations.terms import Terms


def made() -> tuple[Terms, dict[str, int]]:
    """Terms with ``2*(x+y)``, ``x+x``, and the identities ``x+x = 2*x`` and ``x*y = y*x``."""
    build = Builder()
    x, y, two = build.symbol("x"), build.symbol("y"), build.number("2")
    nodes = {"x": x, "y": y, "two": two, "sum": build.node("add", x, y), "sin": build.node("sin", y)}
    nodes["product"] = build.node("mul", two, nodes["sum"])
    nodes["twice"] = build.node("add", nodes["sin"], nodes["sin"])
    nodes["double"] = build.node("equality", build.node("add", x, x), build.node("mul", two, x))
    nodes["turned"] = build.node("equality", build.node("mul", x, y), build.node("mul", y, x))
    terms = Terms(build)
    terms.measure()
    return terms, nodes


def test_each_identity_is_a_rule_in_both_directions_and_order_is_none() -> None:
    terms, nodes = made()
    found = rules(terms, [nodes["double"], nodes["turned"]])
    assert [rule.axiom for rule in found] == [0, 0]
    assert (found[0].pattern, found[0].template) == (found[1].template, found[1].pattern)


def test_a_variable_stands_for_one_subtree_only() -> None:
    terms, nodes = made()
    rewriter = Rewriter(terms, rules(terms, [nodes["double"]]), Random(0), [nodes["x"]])
    build = terms.build
    either = {build.node("mul", nodes["two"], nodes["sin"]), build.node("mul", nodes["sin"], nodes["two"])}
    double = build.node("add", nodes["sum"], nodes["sum"])
    found = {
        name: {rewriter.at(nodes[name]) for _ in range(40)} - {None} for name in ("twice", "sum", "product")
    }
    assert found == {"twice": {(node, 0) for node in either}, "sum": set(), "product": {(double, 0)}}


def test_subtrees_are_numbered_from_the_root_and_put_back_in_their_place() -> None:
    terms, nodes = made()
    root = nodes["product"]
    assert terms.size[root] == 5
    found = [terms.find(root, place) for place in range(5)]
    assert [node for node, _ in found] == [root, nodes["two"], nodes["sum"], nodes["x"], nodes["y"]]
    assert all(terms.put(way, node) == root for node, way in found)
    changed = terms.put(found[4][1], nodes["sin"])
    assert changed == terms.build.node("mul", nodes["two"], terms.build.node("add", nodes["x"], nodes["sin"]))
    assert terms.substitute(root, nodes["y"], nodes["sin"]) == changed


def test_sums_that_differ_in_order_are_of_one_kind() -> None:
    terms, nodes = made()
    build = terms.build
    pairs = [
        (build.node(name, nodes["x"], nodes["y"]), build.node(name, nodes["y"], nodes["x"]))
        for name in ("add", "pow")
    ]
    terms.measure()
    assert [terms.kind[one] == terms.kind[other] for one, other in pairs] == [True, False]
