"""A generated corpus is true to its labels, balanced, without copies, and the same for the same seed."""

from collections import Counter

import numpy as np
import pytest

from etl.equations.axioms import AXIOMS
from etl.equations.fingerprint import keys
from etl.equations.forest import Builder, Equations
from etl.equations.generate import generate
from etl.equations.parse import parse
from etl.equations.splits import depths
from tests.support.exactly import truth


@pytest.fixture(scope="module")
def corpus() -> Equations:
    return generate(800, seed=1, depths=(2, 6), log=lambda line: None)


def test_labels_hold_at_fifty_digits_at_other_points(corpus: Equations) -> None:
    sample = np.random.default_rng(0).permutation(len(corpus))[:200]
    found = [truth(corpus.forest, int(corpus.roots[each]), int(each)) for each in sample]
    fit = {1: {"true"}, 0: {"false", "both"}}
    assert [
        each for each, what in zip(sample, found, strict=True) if what not in fit[corpus.labels[each]]
    ] == []


def test_depths_and_truth_are_balanced(corpus: Equations) -> None:
    assert len(corpus) == 800
    counts = Counter(zip(depths(corpus).tolist(), corpus.labels.tolist(), strict=True))
    assert counts == dict.fromkeys([(depth, label) for depth in range(2, 7) for label in (0, 1)], 80)


def test_no_equation_is_there_twice_whichever_way_round(corpus: Equations) -> None:
    assert len(np.unique(keys(corpus))) == len(corpus)


def test_false_equations_have_the_same_words_as_identities(corpus: Equations) -> None:
    forest = corpus.forest
    size, functions = np.zeros(len(forest)), np.zeros((len(forest), forest.func.max() + 1))
    for node in range(len(forest)):
        children = [int(child) for child in (forest.left[node], forest.right[node]) if child >= 0]
        functions[node, forest.func[node]] = 1
        functions[node] += functions[children].sum(0)
        size[node] = functions[node].sum()
    false, true = (functions[corpus.roots[corpus.labels == label]].mean(0) for label in (0, 1))
    np.testing.assert_allclose(false, true, atol=0.08)
    assert abs(false.sum() - true.sum()) < 0.02 * true.sum()


def test_each_equation_tells_where_it_comes_from(corpus: Equations) -> None:
    corrupted = np.array(["corrupted" in place for place in corpus.places])
    np.testing.assert_array_equal(corrupted, corpus.labels == 0)


def test_a_seed_gives_the_same_equations_and_another_one_others() -> None:
    first, again, other = (generate(200, seed, (2, 4), log=lambda line: None) for seed in (3, 3, 4))
    np.testing.assert_array_equal(keys(first), keys(again))
    assert first.places == again.places
    assert len(np.intersect1d(keys(first), keys(other))) < 100


def test_a_depth_without_more_is_told_and_the_others_fill_up() -> None:
    said: list[str] = []
    made = generate(200, 0, {1: 1.0, 3: 1.0}, negatives=0.25, log=said.append)
    counts = Counter(zip(depths(made).tolist(), made.labels.tolist(), strict=True))
    assert said[0].startswith("depth 1 has ")
    assert len(made) == 200
    assert counts[3, 0] == round(0.25 * (counts[3, 0] + counts[3, 1]))
    assert any(line.startswith("pairs dropped: ") for line in said)


@pytest.mark.parametrize(
    ("count", "asked", "negatives", "why"),
    [
        (1, (1, 8), 0.5, "count is 1"),
        (9, (0, 3), 0.5, "depths are"),
        (9, {2: 0.0}, 0.5, "depths are"),
        (9, (1, 2), 1, "negatives is 1"),
    ],
)
def test_what_cannot_be_made_is_refused(
    count: int, asked: tuple[int, int], negatives: float, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        generate(count, 0, asked, negatives)


def test_only_axioms_up_to_a_depth_are_used() -> None:
    made = generate(300, 0, (3, 5), axioms_to=3, log=lambda line: None)
    build = Builder()
    low = {text for text in AXIOMS if build.heights[parse(text, build)] <= 3}
    assert {place.split(", ")[0] for place in made.places if "log(" not in place} <= {*low, "x=x"}
