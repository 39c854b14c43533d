"""Where and with what a run or a benchmark was made: commit, versions, machine, command."""

import importlib.metadata
import os
import platform
import resource
import shlex
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

LIBRARIES = (
    "cudf-cu13 cuml-cu13 cupy-cuda13x dask distributed duckdb numpy pandas polars pyarrow scikit-learn "
    "networkx numba scipy statsmodels torch xgboost xgboost-cpu"
).split()


def facts() -> dict[str, Any]:
    """Everything needed to tell one result from another."""
    return {
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": command(),
        "commit": commit(),
        "machine": machine(),
        "versions": versions(),
    }


def command() -> str:
    """The command line, as it can be typed again from the repository's root."""
    return " ".join([program(), *map(shlex.quote, sys.argv[1:])])


def program() -> str:
    """What stands before the options: ``python -m pipelines.crowd``, or ``trinity crowd``."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    if spec:
        return f"python -m {spec.name.removesuffix('.__main__')}"
    return sys.argv[0] if " " in sys.argv[0] else f"python {Path(sys.argv[0]).name}"


def commit() -> str:
    """Commit of the repository, with ``+`` where files differ from it, or ``unknown``."""
    here = Path(__file__).parent
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"],
            cwd=here,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()


def machine() -> dict[str, Any]:
    """Processor, cores and memory."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that are installed."""
    installed = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            installed[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return installed


def peak_mb() -> int:
    """Largest resident memory of this process so far, in MB of 10**6 bytes.

    On Linux ``ru_maxrss`` begins at that of the process that started this one; VmHWM does not.
    """
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    for line in lines:
        if line.startswith("VmHWM"):
            return int(int(line.split()[1]) * 1024 / 1e6)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(most * (1 if sys.platform == "darwin" else 1024) / 1e6)
