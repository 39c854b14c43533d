"""Rivals read the pre-order of the nodes."""

import numpy as np
import pytest
import torch

from etl.equations.forest import Builder, Forest
from etl.equations.grammar import CODE
from models.programs.batches import Trees, sides
from models.programs.networks import READERS, Shape, network
from models.programs.sequence import LONGEST, SequenceBatches
from tests.models.programs.random_equations import random_equations


def preorder(forest: Forest, node: int) -> list[int]:
    below = [int(child) for child in (forest.left[node], forest.right[node]) if child >= 0]
    return [node, *(one for child in below for one in preorder(forest, child))]


def test_tokens_are_the_pre_order() -> None:
    equations = random_equations(9)
    forest, pairs = equations.forest, sides(equations)
    singles = pairs[0, :3]
    made = SequenceBatches(Trees(forest))
    batch = made.batch(pairs, singles, "cpu")
    nodes = [preorder(forest, int(root)) for root in (*equations.roots, *singles)]
    assert batch.lengths.tolist() == [len(each) for each in nodes]
    for row, each in enumerate(nodes):
        assert batch.tokens[row, : len(each)].tolist() == made.tokens[each].tolist()
        assert not batch.tokens[row, len(each) :].any()
        is_number = forest.func[each] == CODE["number"]
        np.testing.assert_allclose(batch.values[row, : len(each)], np.where(is_number, -0.5, 0))


@pytest.mark.parametrize("name", READERS)
def test_what_follows_the_end_changes_nothing(name: str) -> None:
    torch.manual_seed(0)
    equations = random_equations(6)
    pairs, made = sides(equations), SequenceBatches(Trees(equations.forest))
    model = network(Shape(name, 2, 0, hidden=8)).eval()
    together, _ = model(made.batch(pairs, pairs[0, :0], "cpu"))
    alone = torch.cat([model(made.batch(pairs[:, [at]], pairs[0, :0], "cpu"))[0] for at in range(6)])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)


def test_a_tree_that_is_too_long_when_written_out_is_refused() -> None:
    build = Builder()
    node = build.symbol("x")
    for _ in range(60):
        node = build.node("add", node, node)
    made = SequenceBatches(Trees(build.forest()))
    with pytest.raises(ValueError, match=f"reads {LONGEST:,}.*tree_lstm"):
        made.batch(np.array([[node], [node]]), np.zeros(0, int), "cpu")
