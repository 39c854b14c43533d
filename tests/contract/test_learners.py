"""Each parameter of the learner table exists in both libraries, and means the same unless it is given."""

import ast
import importlib
import inspect
import json
from typing import Any

import pytest

from etl.engine.learners import TABLE, Twin
from tests.contract.api import FROZEN, frozen, live

CUML = json.loads(FROZEN.read_text())["defaults"]
rows = pytest.mark.parametrize("row", TABLE, ids=lambda row: row.path)


def sklearn(row: Twin) -> dict[str, Any]:
    module, _, kind = row.path.rpartition(".")
    found = getattr(importlib.import_module(f"sklearn.{module}"), kind)
    return {name: each.default for name, each in inspect.signature(found).parameters.items()}


@rows
def test_every_parameter_is_taken_by_both(row: Twin) -> None:
    taken = set((frozen()(f"cuml.{row.cuml}") or "").split())
    same = row.same.split()

    assert set(same) <= set(sklearn(row))
    assert {row.renamed.get(name, name) for name in same} | set(row.pinned) <= taken
    assert set(row.renamed) | set(row.only) | set(row.values) <= {*same, *_optional(row)}
    assert row.is_jobs("n_jobs") <= ("n_jobs" in sklearn(row))


def _optional(row: Twin) -> set[str]:
    """Entries shared by several rows may name what one of them lacks."""
    return {"max_samples", "weights"} if row.path.startswith(("tree.", "neighbors.")) else set()


@rows
def test_a_default_left_out_is_the_same_in_both(row: Twin) -> None:
    own = sklearn(row)
    for name in row.same.split():
        twin = row.renamed.get(name, name)
        value = row.translated({name: own[name]})[twin]
        other = row.pinned.get(twin, ast.literal_eval(CUML[row.cuml][twin]))
        assert value == other, f"{name}: {own[name]!r} becomes {value!r}, and cuML takes {other!r}"


@rows
def test_cuml_has_the_methods_of_its_twin(row: Twin) -> None:
    methods = {"fit"}
    if row.path.startswith("decomposition"):
        methods |= {"fit_transform", "transform", "inverse_transform"}
    elif "Nearest" in row.path:
        methods |= {"kneighbors"}
    elif "DBSCAN" in row.path:
        methods |= {"fit_predict"}
    else:
        methods |= {"predict"}

    assert all(frozen()(f"cuml.{row.cuml}.{method}") for method in methods)


@pytest.mark.skipif(importlib.util.find_spec("cuml") is None, reason="cuML is not installed")
@rows
def test_frozen_signatures_are_the_installed_ones(row: Twin) -> None:
    assert live(f"cuml.{row.cuml}") == frozen()(f"cuml.{row.cuml}")
