"""No equation is on both sides of a split, whichever way round it is written."""

import gzip
import json
from dataclasses import replace

import numpy as np
import pytest

from etl.equations.fingerprint import fingerprint, keys
from etl.equations.forest import Builder, Equations
from etl.equations.merge import merge, restrict
from etl.equations.read import read_equations
from etl.equations.splits import by_depth, depths, distinct, drop_mirrors, split, subset
from tests.support.real import EQUATIONS, present


def sums(names: list[tuple[str, str, str]]) -> Equations:
    """``a + b = c`` of each three names, and ``a + b = (a + b) + c``."""
    build = Builder()
    roots = []
    for first, second, third in names:
        left, right = build.node("add", *map(build.symbol, (first, second))), build.symbol(third)
        more = build.node("add", left, right)
        roots += [
            build.node("equality", left, right),
            build.node("equality", left, more),
        ]
    return build.equations(roots, [0, 1] * len(names))


def written(equations: Equations) -> list[str]:
    """Each equation spelled out, arguments of sums and equalities in alphabetical order."""
    forest = equations.forest

    def spell(node: int) -> str:
        if forest.left[node] < 0:
            return forest.symbols[forest.leaf[node]]
        return f"{forest.func[node]}({','.join(sorted(map(spell, (forest.left[node], forest.right[node]))))})"

    return [spell(root) for root in equations.roots.tolist()]


def many(seed: int) -> Equations:
    letters = np.random.default_rng(seed).choice(list("abcdef"), (60, 3))
    return sums([(str(a), str(b), str(c)) for a, b, c in letters])


def test_fingerprints_are_equal_where_the_sorted_spellings_are() -> None:
    spelled, found = [*written(many(0)), *written(many(1))], np.concatenate([keys(many(0)), keys(many(1))])
    same = np.array(spelled)[:, None] == np.array(spelled)
    np.testing.assert_array_equal(found[:, None] == found, same)


def test_a_power_keeps_its_order() -> None:
    build = Builder()
    x, two = build.symbol("x"), build.number("2")
    build.node("pow", x, two), build.node("pow", two, x)
    found = fingerprint(build.forest())
    assert len(set(found.tolist())) == 4


def test_a_split_keeps_all_copies_of_an_equation_on_one_side() -> None:
    train, test = split(many(0), 0.3, seed=1)
    assert len(train) + len(test) == len(many(0))
    assert not set(written(train)) & set(written(test))
    assert len(set(written(test))) == round(0.3 * len(set(written(many(0)))))


def test_distinct_keeps_the_first_of_each() -> None:
    kept = distinct(many(0))
    assert sorted(written(kept)) == sorted(set(written(many(0))))


def test_depth_is_the_height_of_the_equality() -> None:
    equations = sums([("a", "b", "c")])
    assert depths(equations).tolist() == [2, 3]
    low, high = by_depth(equations, [2], [3, 4])
    assert (depths(low).tolist(), depths(high).tolist()) == ([2], [3])
    with pytest.raises(ValueError, match=r"depths \[3\] are in train and in test"):
        by_depth(equations, [2, 3], [3])


def test_mirror_images_of_training_equations_are_dropped_across_forests() -> None:
    train, test = many(0), many(1)
    left = drop_mirrors(train, test)
    expected = [text for text in written(test) if text not in set(written(train))]
    assert written(left) == expected
    assert 0 < len(left) < len(test)


@pytest.mark.parametrize("share", [0, 1, -0.5])
def test_a_share_must_leave_both_sides_something(share: float) -> None:
    with pytest.raises(ValueError, match="take a part between 0 and 1"):
        split(many(0), share)


def test_a_restricted_forest_says_the_same_with_fewer_nodes() -> None:
    some = subset(many(0), np.arange(5))
    cut = restrict(some)
    assert written(cut) == written(some)
    assert len(cut.forest) < len(some.forest)


def test_a_merged_forest_says_the_same_and_holds_each_subtree_once() -> None:
    parts = [many(0), many(1)]
    merged = merge(parts)
    assert written(merged) == [text for part in parts for text in written(part)]
    np.testing.assert_array_equal(depths(merged), np.concatenate([depths(part) for part in parts]))
    forest = merged.forest
    rows = np.stack([forest.func, forest.left, forest.right, forest.leaf], 1)
    assert len(np.unique(rows, axis=0)) == len(rows)
    assert (np.maximum(forest.left, forest.right) < np.arange(len(forest))).all()


def test_forests_of_different_black_boxes_are_not_merged() -> None:
    build = Builder(boxes=("f",))
    with pytest.raises(ValueError, match="black boxes differ"):
        merge([many(0), build.equations([build.node("f", build.symbol("x"))])])


def test_a_pair_stays_on_one_side() -> None:
    equations = distinct(many(2))
    paired = replace(equations, pairs=np.arange(len(equations), dtype=np.int32) // 2)
    train, test = split(paired, 0.4)
    assert not set(train.pairs.tolist()) & set(test.pairs.tolist())
    assert len(test) > 20
    merged = merge([train, replace(test, pairs=test.pairs + 1000)])
    assert merged.pairs.tolist() == [*train.pairs.tolist(), *(test.pairs + 1000).tolist()]


def test_a_fifth_of_the_official_test_set_are_mirror_images() -> None:
    folder = EQUATIONS / "neuralMath"
    train, test = (read_equations(present(folder / f"res{name}Data.json.gz")) for name in ("train", "test"))
    with gzip.open(folder / "restestData.json.gz") as file:
        records = [row for bucket in json.load(file) for row in bucket]
    functions = [row["equation"]["func"].split(",") for row in records]
    symbolic = subset(test, np.array(["Number" not in names for names in functions]))
    left, strictly = (len(drop_mirrors(train, symbolic, commuted)) for commuted in (False, True))
    assert (len(symbolic), len(symbolic) - left, len(symbolic) - strictly) == (1225, 230, 423)
    told = [int(row["equation"]["depth"].split(",")[0]) for row in records]
    assert depths(test).tolist() == told
