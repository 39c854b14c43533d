"""What the machine has, and whether the libraries load and compute one number each."""

import importlib
import importlib.metadata
import importlib.util
import subprocess
from datetime import date

from benchmarks.device_check.checks import Facts, Items, Setting
from benchmarks.device_check.compare import engines

LIBRARIES = (
    "cudf-cu13 cuml-cu13 cugraph-cu13 nx-cugraph-cu13 dask-cuda rmm-cu13 cupy-cuda13x nvidia-nvjitlink torch "
    "triton numba numpy scipy pandas pyarrow networkx scikit-learn xgboost dask distributed tyro"
).split()
FIELDS = "name,driver_version,memory.total,memory.free,compute_cap"


def items(setting: Setting) -> Items:
    """The card, and versions."""
    return {"card": lambda: card(setting), "versions": versions}


def card(setting: Setting) -> Facts:
    """What the driver's tool says of the first device.

    Raises
    ------
    OSError, subprocess.SubprocessError
        It names none, and the run is not dry.
    """
    today = date.today().isoformat()
    command = ["nvidia-smi", f"--query-gpu={FIELDS}", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=15, check=True)
    except (OSError, subprocess.SubprocessError):
        if setting.dry:
            return {"gpu": None, "date": today}
        raise
    name, driver, total, free, capability = (word.strip() for word in done.stdout.splitlines()[0].split(","))
    facts = {"gpu": name, "driver": driver, "memory": total, "free": free, "capability": capability}
    return facts | {"date": today}


def versions() -> Facts:
    """Of everything that matters, as far as it is installed."""
    known = {}
    for name in LIBRARIES:
        try:
            known[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            known[name] = "absent"
    return known


def loads(setting: Setting) -> Items:
    """Imports in the order that failed before, then one small computation of each library."""
    return {
        "torch before cuML": lambda: _imported("torch", setting),
        "a sum of a series": lambda: _equal(_series(setting), 3),
        "k-means": lambda: _equal(_clusters(setting), 2),
        "CuPy takes its memory from RMM": lambda: _pool(setting),
    }


def _imported(name: str, setting: Setting) -> Facts:
    device, _ = engines(setting)
    found = importlib.util.find_spec(name) is not None
    if found:
        importlib.import_module(name)
    return {"with": found, "ml": device.ml.__name__}


def _series(setting: Setting) -> int:
    device, _ = engines(setting)
    return int(device.df.Series([1, 2]).sum())


def _clusters(setting: Setting) -> int:
    device, _ = engines(setting)
    rows = device.xp.asarray([[0.0, 0.0], [0.1, 0.0], [9.0, 9.0], [9.1, 9.0]])
    labels = device.learner("cluster.KMeans")(n_clusters=2, random_state=0, n_init=1).fit(rows).labels_
    return len(set(labels.tolist()))


def _pool(setting: Setting) -> Facts | None:
    """After `choose`, arrays and frames come from CUDA's pool."""
    from etl.engine import choose

    choose(setting.device)
    if setting.dry:
        return None
    resource = type(importlib.import_module("rmm").mr.get_current_device_resource()).__name__
    allocator = str(importlib.import_module("cupy").cuda.get_allocator())
    assert resource == "CudaAsyncMemoryResource", resource
    assert "rmm" in allocator, allocator
    return {"resource": resource, "allocator": allocator}


def _equal(found: object, wanted: object) -> None:
    assert found == wanted, f"{found}, not {wanted}"
