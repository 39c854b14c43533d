"""Writes ``rapids_26_10.json``: python -m tests.contract.reduce [DUMP.json.gz].

Names come from the RAPIDS that is installed (no GPU is needed), or, for cuDF, cuML, dask-cuda, from a dump
``{"api": {name: [[parameter, kind, default], ...]}}`` made where it was. Only families in use are kept.
"""

import gzip
import importlib
import json
import sys
from pathlib import Path

from tests.contract.api import FRAMES, FROZEN, live

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
CLASSES = (*FRAMES, "dask_cuda.LocalCUDACluster")
DUMPED = (
    "cudf.",
    "cuml.cluster.KMeans",
    "cuml.feature_extraction.text.",
    "cuml.linear_model.LogisticRegression",
    "dask_cuda.LocalCUDACluster",
)
_MARKS = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}


def installed() -> dict[str, str]:
    """Public names of `MODULES` and `CLASSES` with their signatures."""
    names = [*MODULES, *CLASSES]
    for owner in (*MODULES, *CLASSES):
        module, _, kind = owner.rpartition(".") if owner in CLASSES else (owner, "", "")
        thing = importlib.import_module(module)
        names += [
            f"{owner}.{name}" for name in dir(getattr(thing, kind) if kind else thing) if name[0] != "_"
        ]
    return {name: found for name in names if (found := live(name)) is not None}


def dumped(path: Path) -> dict[str, str]:
    """Names of the dump that belong to cuDF or to the cluster."""
    api = json.loads(gzip.decompress(path.read_bytes()))["api"]
    return {
        name: " ".join(_MARKS.get(kind, "") + parameter for parameter, kind, _ in entry)
        if isinstance(entry, list)
        else "?"
        for name, entry in api.items()
        if name.startswith(DUMPED)
    }


if __name__ == "__main__":
    api = installed() | (dumped(Path(sys.argv[1])) if len(sys.argv) > 1 else {})
    FROZEN.write_text(json.dumps({"rapids": "26.10", "api": dict(sorted(api.items()))}, indent=0) + "\n")
