"""Ids of two sources are matched as Python's own ``==`` matches them, but that a bool is no number."""

import numpy as np
import pandas as pd
import pytest

from etl import ids
from etl.crowd.votes import encode
from etl.engine import Engine
from etl.graph.edges import graph
from etl.handoff import to_host
from models.crowd.soft_labels import rows_of
from models.graphs.neighbours import jaccard

BIG = 2**53
KINDS = {
    "texts": ["7", "07", "7.0", "a", "1e3"],
    "numeric texts": ["7", "12", "3"],
    "int64": np.array([7, 3, -1, BIG + 1, 2**62 + 1, 1000]),
    "uint64": np.array([7, BIG, 2**64 - 1, 2**63 + 5, BIG + 1], "uint64"),
    "int32": np.array([7, 5, -1], "int32"),
    "float64": np.array([7.0, 3.5, float(BIG), -1.0]),
    "bool": np.array([True, False]),
    "range": range(3, 9),
}


def expected(known: list, values: list) -> list[int]:
    same = {(isinstance(value, bool), value): row for row, value in enumerate(known)}
    return [same.get((isinstance(value, bool), value), -1) for value in values]


@pytest.mark.parametrize("values", KINDS)
@pytest.mark.parametrize("known", KINDS)
def test_places_are_those_of_equal_ids(engine: Engine, known: str, values: str) -> None:
    both = engine.df.Index(KINDS[known]), engine.df.Series(KINDS[values])

    found = ids.places(*both)

    assert found.dtype == np.int64
    plain = [pd.Index(KINDS[kind]).tolist() for kind in (known, values)]
    assert to_host(found).tolist() == expected(*plain)


@pytest.mark.parametrize(
    "held",
    [
        np.array([100, -100, 100], "int8"),
        np.arange(20_000, -20_001, -1).astype("int16"),
        np.array([2**63 + 7, 2**63 + 5], "uint64"),
    ],
    ids=lambda held: str(held.dtype),
)
def test_codes_are_of_ids_at_the_ends_of_their_type(engine: Engine, held: np.ndarray) -> None:
    codes, found = ids.factorize(engine.df.Series(held))

    known, places = np.unique(held, return_inverse=True)
    assert to_host(found.values).tolist() == known.tolist()
    assert to_host(codes).tolist() == places.tolist()
    assert found.dtype == held.dtype


def test_nothing_is_found_among_no_ids(engine: Engine) -> None:
    assert to_host(ids.places(engine.df.Index([7])[:0], engine.df.Index(["7"]))).tolist() == [-1]


def test_tasks_of_texts_are_not_those_of_numbers(engine: Engine) -> None:
    df = engine.df
    votes = encode(df.DataFrame({"task": ["07", "8"], "worker": [1, 1], "label": [0, 1]}))

    with pytest.raises(ValueError, match="another type"):
        votes.with_truth(df.Series([1, 0], index=df.Index([7, 8])))
    with pytest.raises(ValueError, match="no row in X"):
        rows_of(engine.xp.ones((2, 3)), votes, df.Index([7, 8]))
    with pytest.raises(ValueError, match="none of the 2 known"):
        ids.factorize(df.Series(["8"], name="task"), df.Index([7, 8]))


def test_signed_and_unsigned_nodes_stay_apart(engine: Engine) -> None:
    kinds = {"source": np.array([BIG, BIG + 1]), "target": np.array([2**63 + 5, 2**63 + 6], "uint64")}
    found = graph(engine.df.DataFrame(kinds))

    assert to_host(found.nodes.values).tolist() == [BIG, BIG + 1, 2**63 + 5, 2**63 + 6]
    below = {"source": np.array([-1]), "target": np.array([BIG + 1], "uint64")}
    assert to_host(graph(engine.df.DataFrame(below)).nodes.values).tolist() == [-1, BIG + 1]
    with pytest.raises(ValueError, match="source and target are negative and others 2"):
        graph(engine.df.DataFrame({"source": np.array([-1, 1]), "target": kinds["target"]}))


def test_nodes_of_texts_are_not_those_of_numbers(engine: Engine) -> None:
    found = graph(engine.df.DataFrame({"source": [7, 8], "target": [8, 9]}))
    texts = engine.df.DataFrame({"source": ["7"], "target": ["8"]})

    for ask in (lambda: found.code("7"), lambda: jaccard(found, texts), lambda: graph(texts, nodes=[7, 8])):
        with pytest.raises(ValueError, match="no node '7'|none of the 2 nodes"):
            ask()
