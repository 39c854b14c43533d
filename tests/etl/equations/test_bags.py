"""Bags count what a walk over the tree meets, and do not tell the truth of a generated corpus."""

from collections import Counter

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from etl.equations.bags import bags, variety, words
from etl.equations.forest import Equations
from etl.equations.generate import generate
from etl.equations.grammar import FUNCTIONS
from etl.equations.splits import split


def counted(equations: Equations, node: int) -> Counter[str]:
    forest = equations.forest
    name, leaf = FUNCTIONS[forest.func[node]], forest.leaf[node]
    below = [int(child) for child in (forest.left[node], forest.right[node]) if child >= 0]
    names = {"number": forest.numbers, "symbol": forest.symbols}.get(name)
    return sum(
        (counted(equations, child) for child in below), Counter([name, *([names[leaf]] if names else [])])
    )


def test_bags_count_functions_and_leaves_of_each_side() -> None:
    equations = generate(60, 0, (2, 5), log=lambda line: None)
    for side, found in zip(("left", "right"), bags(equations), strict=True):
        nodes = getattr(equations.forest, side)[equations.roots].tolist()
        rows = [{word: int(n) for word, n in zip(words(equations), row, strict=True) if n} for row in found]
        assert rows == [dict(counted(equations, node)) for node in nodes]


def test_a_linear_model_of_bags_hardly_tells_the_truth() -> None:
    train, test = split(generate(3000, 0, (3, 5), log=lambda line: None), 0.4)
    scale = StandardScaler().fit(_features(train))
    model = LogisticRegression(max_iter=300).fit(scale.transform(_features(train)), train.labels)
    assert 0.4 < model.score(scale.transform(_features(test)), test.labels) < 0.62


def _features(equations: Equations) -> np.ndarray:
    """Counts of both sides together, and how they differ."""
    left, right = bags(equations)
    return np.concatenate([left + right, np.abs(left - right)], axis=1)


def test_variety_is_of_all_functions_and_lengths_are_balanced() -> None:
    found = variety(generate(3000, 0, (3, 5), log=lambda line: None))
    assert set(FUNCTIONS) - {"blank", "equality"} <= set(found.functions)
    assert found.subtrees > 3000
    for false, true in found.length.values():
        assert abs(false - true) < 0.3
