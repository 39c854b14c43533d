"""A comparison that cannot fail is none: other values, types and shapes are refused."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from benchmarks.device_check import arrays, compare
from benchmarks.device_check.checks import Setting
from tests.contract.api import frozen
from tests.contract.scan import uses

ROOT = Path(__file__).parents[3]
LIBRARIES = {"xp": "cupy", "special": "cupyx.scipy.special", "sparse": "cupyx.scipy.sparse"}


@pytest.mark.parametrize(
    ("found", "wanted", "message"),
    [
        (np.arange(3.0), np.arange(3), "float64, not int64"),
        (np.arange(3, dtype="int32"), np.arange(3), "int32, not int64"),
        (np.arange(3), np.arange(1, 4), "Mismatched elements: 3 / 3"),
        (np.zeros(3), np.zeros((3, 1)), "shape"),
        (np.array([1.0, np.nan]), np.array([1.0, 0.0]), "nan location"),
        (np.float32(1), (1, 2), "not a tuple"),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]}), "columns"),
        (pd.Series(["a", None]), pd.Series(["a", "b"]), "Mismatched"),
    ],
)
def test_what_differs_is_refused(found: object, wanted: object, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        compare.same(found, wanted, 1e-6)


def test_width_alone_is_no_difference_where_it_need_not_be() -> None:
    compare.same(np.arange(3, dtype="int32"), np.arange(3), 1e-6, exact=False)
    compare.same(pd.Series([None, "a"]), pd.Series([np.nan, "a"]), 1e-6)
    with pytest.raises(AssertionError, match="float64, not int64"):
        compare.same(np.arange(3.0), np.arange(3), 1e-6, exact=False)


def test_a_library_that_answers_otherwise_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A device whose zeta is of another type, as CuPy's polygamma was."""
    wrong = SimpleNamespace(xp=np, special=SimpleNamespace(zeta=lambda n, x: np.float32(1)))
    host = SimpleNamespace(xp=np, special=SimpleNamespace(zeta=lambda n, x: np.float64(1)))
    monkeypatch.setattr(compare, "engines", lambda setting: (wrong, host))
    found = arrays.items(Setting(True, tmp_path))
    with pytest.raises(AssertionError, match="float32, not float64"):
        found["special.zeta(2.0, xp.abs(x) + 1)"]()


def test_what_is_compared_is_what_the_project_asks_of_cupy() -> None:
    used = {
        use.name
        for room in ("etl", "models", "pipelines")
        for path in (ROOT / room).rglob("*.py")
        for use in uses(path.read_text())
    }
    words = re.findall(r"\b(xp|special|sparse)\.([a-z_0-9]+(?:\.[a-z_0-9]+)?)", " ".join(arrays.TEXTS))
    asked = {f"{LIBRARIES[library]}.{name}" for library, name in words}
    assert all(frozen()(name) for name in asked)
    assert asked <= used, asked - used
