"""A generated corpus does not tell its truth by what its equations are made of."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from etl.equations.forest import Equations
from etl.equations.generate import generate
from etl.equations.grammar import CODE, FUNCTIONS
from etl.equations.splits import depths, split
from etl.equations.trees import below, sizes, totals


@pytest.fixture(scope="module")
def corpus() -> Equations:
    return generate(3000, 0, (3, 5), log=lambda line: None)


def counts(equations: Equations) -> np.ndarray:
    """Functions, and each number and symbol, of both sides together, and how the sides differ in them."""
    forest = equations.forest
    columns = [forest.func[:, None] == np.arange(len(FUNCTIONS))]
    for kind, names in (("number", forest.numbers), ("symbol", forest.symbols)):
        is_kind = (forest.func == CODE[kind])[:, None]
        columns.append(is_kind & (forest.leaf[:, None] == np.arange(len(names))))
    bags = totals(forest, np.concatenate(columns, axis=1).astype(float))
    left, right = bags[forest.left[equations.roots]], bags[forest.right[equations.roots]]
    return np.concatenate([left + right, np.abs(left - right)], axis=1)


def test_a_linear_model_of_counts_hardly_tells_the_truth(corpus: Equations) -> None:
    train, test = split(corpus, 0.4)
    scale = StandardScaler().fit(counts(train))
    model = LogisticRegression(max_iter=300).fit(scale.transform(counts(train)), train.labels)
    assert 0.4 < model.score(scale.transform(counts(test)), test.labels) < 0.62


def test_all_functions_occur_and_lengths_are_balanced(corpus: Equations) -> None:
    forest = corpus.forest
    used = np.unique(forest.func[below(forest, corpus.roots)])
    assert {CODE[name] for name in FUNCTIONS if name != "blank"} <= set(used.tolist())
    length, depth = sizes(forest)[corpus.roots], depths(corpus)
    for each in np.unique(depth):
        false, true = (length[(depth == each) & (corpus.labels == label)].mean() for label in (0, 1))
        assert abs(false - true) < 0.3
