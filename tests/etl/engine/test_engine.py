"""The engine is chosen with a reason, and read off the data afterwards."""

import sys

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from etl.engine import array_namespace, choose, devices, engine_of


def test_auto_tells_why() -> None:
    count, why = devices()
    engine = choose("auto")
    assert engine.name == "cpu" or count
    assert why in engine.reason


def test_a_gpu_asked_for_and_absent_is_an_error() -> None:
    if devices()[0]:
        pytest.skip("a GPU is here")
    with pytest.raises(RuntimeError, match="A GPU was asked for.*doctor.*--device cpu"):
        choose("gpu")


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(ValueError, match="must be one of auto, cpu, gpu"):
        choose("tpu")  # type: ignore[arg-type]


def test_importing_rapids_is_no_proof_of_a_device(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """Packages that import, and whose CuPy finds no driver, are what a machine without one has."""
    for name in ("cudf", "cupy"):
        (tmp_path / f"{name}.py").write_text("class cuda:\n    is_available = staticmethod(lambda: False)\n")
    monkeypatch.syspath_prepend(tmp_path)
    try:
        count, why = devices()
    finally:
        for name in ("cudf", "cupy"):
            sys.modules.pop(name, None)
    assert count == 0
    assert "no CUDA driver or device" in why


def test_computation_asks_the_data(engine) -> None:
    for data in (engine.xp.zeros(2), engine.df.DataFrame({"a": [1]}), [engine.df.Series([1])]):
        assert engine_of(data).name == engine.name
        assert array_namespace(data) is engine.xp


def test_what_belongs_to_no_engine_is_refused() -> None:
    assert engine_of(scipy.sparse.csr_matrix(np.eye(2))).name == "cpu"
    with pytest.raises(TypeError, match="builtins.dict belongs to no engine"):
        engine_of({"a": 1})


def test_the_table_names_libraries_that_are_there() -> None:
    engine = choose("cpu")
    assert engine.df is pd
    assert engine.ml.__name__ == "sklearn"
    assert engine.sparse is scipy.sparse
    assert engine.cluster.__name__ == "LocalCluster"
