"""Every function that is asked of NetworkX's backend cuGraph is there, with those keywords."""

import ast
from pathlib import Path

import networkx
import pytest

from tests.contract.api import frozen

SOURCES = Path(__file__).parents[2] / "models" / "graphs"


def calls() -> dict[str, set[str]]:
    """Functions called with ``backend=`` or with options that hold it, and their keywords."""
    found: dict[str, set[str]] = {}
    for path in SOURCES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            asked = node.args[0] if ast.unparse(node.func) == "answer_of" else node.func
            if ast.unparse(asked).startswith("networkx."):
                keywords = {keyword.arg for keyword in node.keywords if keyword.arg}
                found.setdefault(asked.attr, set()).update(keywords - {"backend"})
    return found


@pytest.mark.parametrize("name", sorted(calls().keys() - {"PowerIterationFailedConvergence"}))
def test_the_backend_has_the_function(name: str) -> None:
    offer = frozen()(f"nx_cugraph.{name}")

    assert offer is not None
    assert calls()[name] <= set(offer.split())


@pytest.mark.parametrize("kind", ["connected", "weakly_connected", "strongly_connected"])
def test_the_backend_has_components(kind: str) -> None:
    assert frozen()(f"nx_cugraph.{kind}_components") == "G"
    assert callable(getattr(networkx, f"{kind}_components"))


def test_what_is_looked_at_is_what_is_called() -> None:
    assert {"pagerank", "triangles", "single_source_shortest_path_length"} <= calls().keys()
