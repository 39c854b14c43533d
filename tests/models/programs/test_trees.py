"""Batches of levels and functions come to what a node by node recursion does, gradients too."""

import numpy as np
import pytest
import torch

from etl.equations.forest import Builder, Equations
from etl.equations.grammar import CODE
from models.programs.batches import FIRST, PAIRS, Trees, sides
from models.programs.encoders import TreeNetwork, tree_lstm, tree_nn
from models.programs.segment_matmul import _Grouped, segment_matmul
from tests.models.programs.random_equations import random_equations

NETWORKS = {"tree_lstm": tree_lstm, "tree_nn": tree_nn}


def recursive(network: TreeNetwork, equations: Equations, node: int) -> list[torch.Tensor]:
    """h and c of a node by the equations of the paper, one node at a time."""
    forest, size = equations.forest, network.hidden
    code, leaves = int(forest.func[node]), network.leaves
    if forest.height[node] == 0:
        if code == CODE["number"]:
            given = leaves.number(torch.tensor([-0.5]))
        elif code == CODE["symbol"]:
            given = leaves.symbol.weight[forest.leaf[node]]
        else:
            given = leaves.constant.weight[0]
        return [given.sigmoid(), torch.zeros(size)]
    below = [recursive(network, equations, int(c)) for c in (forest.left[node], forest.right[node]) if c >= 0]
    cell = network.one if len(below) == 1 else network.two
    kind = code - (FIRST if len(below) == 1 else CODE[PAIRS[0]])
    gates = torch.cat([h for h, _ in below]) @ cell.by_function.weight[kind] + cell.by_function.bias[kind]
    if len(gates) == size:
        return [gates.tanh(), torch.zeros(size)]
    into, out, *forget, new = gates.split(size)
    kept = sum(f.sigmoid() * c for f, (_, c) in zip(forget, below, strict=True))
    memory = into.sigmoid() * new.tanh() + kept
    return [out.sigmoid() * memory.tanh(), memory]


@pytest.mark.parametrize("name", NETWORKS)
def test_batched_equals_recursive(name: str) -> None:
    torch.manual_seed(0)
    equations = random_equations(12, boxes=("bessel",))
    network = NETWORKS[name](2, hidden=6, dropout=0.5, boxes=1).eval()
    roots = sides(equations)
    plan = Trees(equations.forest).plan(roots)
    found = network(plan)[plan.roots]
    expected = torch.stack([recursive(network, equations, int(node))[0] for node in roots.ravel()])
    torch.testing.assert_close(found.flatten(0, 1), expected, atol=1e-5, rtol=1e-5)
    weights = torch.randn_like(expected)
    slopes = [
        torch.autograd.grad((out * weights).sum(), list(network.parameters()), retain_graph=True)
        for out in (found.flatten(0, 1), expected)
    ]
    for one, other in zip(*slopes, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_each_reachable_subtree_is_worked_out_once() -> None:
    equations = random_equations(30)
    chosen = sides(equations)[:, :7]
    plan = Trees(equations.forest).plan(chosen)
    reached, queue = set(), chosen.ravel().tolist()
    while queue:
        node = queue.pop()
        if node >= 0 and node not in reached:
            reached.add(node)
            queue += [int(equations.forest.left[node]), int(equations.forest.right[node])]
    assert sorted(plan.nodes) == sorted(reached)
    np.testing.assert_array_equal(plan.nodes[plan.roots], chosen)


def test_levels_are_contiguous_and_functions_contiguous_segments_of_them() -> None:
    equations = random_equations(30)
    forest, plan = equations.forest, Trees(equations.forest).plan(sides(equations))
    assert [g.start for g in plan.groups] == [plan.leaves, *(g.stop for g in plan.groups[:-1])]
    for group in plan.groups:
        nodes = plan.nodes[group.start : group.stop]
        assert len(set(forest.height[nodes])) == 1
        np.testing.assert_array_equal(np.repeat(np.arange(len(group.counts)), group.counts), group.kinds)
        np.testing.assert_array_equal(np.cumsum(group.counts), group.ends)
        np.testing.assert_array_equal(plan.nodes[group.left], forest.left[nodes])


def test_no_root_is_an_empty_plan() -> None:
    plan = Trees(random_equations(2).forest).plan(np.zeros((2, 0), np.int64))
    assert len(plan) == len(plan.groups) == 0


def test_a_root_that_is_no_equality_is_named() -> None:
    build = Builder()
    x = build.symbol("x")
    equations = build.equations([build.node("equality", x, x), x])
    with pytest.raises(ValueError, match="equation 1 is no equality"):
        sides(equations)
    with pytest.raises(ValueError, match="plan the sides"):
        Trees(equations.forest).plan(equations.roots)


def test_the_grouped_product_is_that_of_segments_up_to_its_rounding() -> None:
    torch.manual_seed(0)
    counts = (3, 0, 5, 1)
    x, weights = torch.randn(9, 10, requires_grad=True), torch.randn(4, 10, 13, requires_grad=True)
    ends = torch.tensor(counts).cumsum(0).int()
    grouped, segments = _Grouped.apply(x, weights, ends), segment_matmul(x, weights, counts, ends)
    torch.testing.assert_close(grouped, segments, atol=0.05, rtol=0.02)
    along = torch.randn_like(segments)
    for one, other in zip(
        *(torch.autograd.grad((out * along).sum(), (x, weights)) for out in (grouped, segments)), strict=True
    ):
        torch.testing.assert_close(one, other, atol=0.08, rtol=0.02)
