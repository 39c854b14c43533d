"""Writes ``rapids_26_10.json``: python -m tests.contract.reduce [DUMP.json.gz].

Names come from the RAPIDS that is installed (no GPU is needed), or, for cuDF, cuML, dask-cuda, from a dump
``{"api": {name: [[parameter, kind, default], ...]}}`` made where it was; what is in neither stays as it was.
Only families in use are kept, and of learners the defaults.
"""

import gzip
import importlib
import importlib.util
import json
import sys
from pathlib import Path

from etl.engine.learners import TABLE
from tests.contract.api import FRAMES, FROZEN, SPARSE, live

MODULES = (
    "cudf",
    "cupy",
    "cupy.cuda",
    "cupy.cuda.runtime",
    "cupy.linalg",
    "cupy.random",
    "cupyx.scipy.sparse",
    "cupyx.scipy.special",
)
METHODS = ("cupy.add.at", "cupy.minimum.at")
"""Of functions: they are asked for by name."""
CLASSES = (*FRAMES, "cupy.ndarray", *SPARSE, "dask_cuda.LocalCUDACluster")
DUMPED = (
    "cudf.",
    "cuml.feature_extraction.text.",
    "dask_cuda.LocalCUDACluster",
    "rmm.mr.",
    *sorted({f"cuml.{row.cuml}" for row in TABLE}),
)
GRAPHS = ("from_scipy_sparse_array", "pagerank", "connected_components", "weakly_connected_components",
          "strongly_connected_components", "single_source_shortest_path_length",
          "single_source_dijkstra_path_length", "jaccard_coefficient", "triangles")  # fmt: skip
"""Functions of NetworkX that are asked of its backend."""
_MARKS = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}


def installed() -> dict[str, str]:
    """Public names of `MODULES` and `CLASSES` with their signatures."""
    owners = [owner for owner in (*MODULES, *CLASSES) if importlib.util.find_spec(owner.partition(".")[0])]
    names = [*owners, *(METHODS if "cupy" in owners else ())]
    for owner in owners:
        module, _, kind = owner.rpartition(".") if owner in CLASSES else (owner, "", "")
        thing = importlib.import_module(module)
        names += [
            f"{owner}.{name}" for name in dir(getattr(thing, kind) if kind else thing) if name[0] != "_"
        ]
    return {name: found for name in names if (found := live(name)) is not None}


def dumped(path: Path) -> dict[str, str]:
    """Names of the dump that belong to cuDF, to learners, to graphs, to memory or to the cluster."""
    return {"rmm": "module", "rmm.mr": "module"} | {
        name: " ".join(_MARKS.get(kind, "") + parameter for parameter, kind, _ in entry)
        if isinstance(entry, list)
        else "?"
        for name, entry in _entries(path).items()
        if name.startswith(DUMPED) or name in {f"nx_cugraph.{graph}" for graph in GRAPHS}
    }


def defaults(path: Path) -> dict[str, dict[str, str]]:
    """How cuML spells the defaults of each learner's parameters."""
    api = _entries(path)
    return {
        row.cuml: {parameter: default for parameter, _, default in api[f"cuml.{row.cuml}"]} for row in TABLE
    }


def _entries(path: Path) -> dict[str, list]:
    return json.loads(gzip.decompress(path.read_bytes()))["api"]


if __name__ == "__main__":
    dump = [Path(name) for name in sys.argv[1:]]
    before = json.loads(FROZEN.read_text())
    api = before["api"] | installed() | (dumped(dump[0]) if dump else {})
    found = before | {"api": dict(sorted(api.items()))} | ({"defaults": defaults(dump[0])} if dump else {})
    FROZEN.write_text(json.dumps(found, indent=0) + "\n")
