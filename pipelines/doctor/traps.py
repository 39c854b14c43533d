"""Combinations that install well and fail later: builds, drivers and devices that do not fit each other."""

import csv
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.doctor.checks import Finding, State, release, remedy

CUDA13_DRIVER, CUDA12_DRIVER = 580, 535
DASK = "2026.7.1"


@dataclass(frozen=True)
class Gpu:
    """One device; ``capability`` is CUDA's compute capability, (7, 0) for Volta."""

    name: str
    capability: tuple[int, int]
    memory: int


def check_traps(
    versions: Mapping[str, str],
    python: tuple[int, int] = sys.version_info[:2],
    driver: str | None = None,
    gpus: Sequence[Gpu] = (),
) -> list[Finding]:
    """Look for combinations that install well and fail later.

    Parameters
    ----------
    versions : mapping of name to version
        What is installed.
    driver : str, optional
        Version of the NVIDIA driver, None where there is none.
    """
    found = [*_xgboost(versions, python), *_builds(versions), *_dask(versions)]
    if "pip" in versions and release(versions["pip"]) < (24,):
        found.append(
            _trap(f"pip {versions['pip']} resolves RAPIDS and PyTorch wrongly", "pip install 'pip>=24'")
        )
    if driver is not None:
        found += _driver(versions, driver, gpus)
    elif any(name.startswith("cupy") for name in versions):
        text = "CuPy is installed, and no NVIDIA driver is: imports will work and computation will not"
        found.append(_trap(text, f"install an NVIDIA driver >= {CUDA13_DRIVER}, or pass --device cpu"))
    return found or [Finding("traps", "none of the known traps")]


def _trap(what: str, cure: str, state: State = "warning") -> Finding:
    return Finding("traps", what, state, cure, gpu=True)


def _has(versions: Mapping[str, str], suffix: str) -> bool:
    return any(name.endswith(suffix) for name in versions)


def _xgboost(versions: Mapping[str, str], python: tuple[int, int]) -> list[Finding]:
    if "xgboost" in versions and "xgboost-cpu" in versions:
        keep = "xgboost>=3.3" if _has(versions, "-cu13") or _has(versions, "-cu12") else "xgboost-cpu"
        cure = f"pip uninstall -y xgboost xgboost-cpu && {remedy(keep)}"
        return [_trap("xgboost and xgboost-cpu overwrite each other's files", cure)]
    mine = versions.get("xgboost")
    wheels = "cudf-cu13" in versions or "cudf-cu12" in versions
    if not wheels or (mine and release(mine) >= (3, 3)):
        return []
    text = f"cuDF frames with nulls need xgboost >= 3.3, and {'it is ' + mine if mine else 'it is absent'}"
    cure = remedy("xgboost>=3.3")
    if "xgboost-cpu" in versions:
        cure = f"pip uninstall -y xgboost-cpu && {cure}"
    if python < (3, 12):
        cure = f"make an environment with Python >= 3.12 (this is {python[0]}.{python[1]}), then {cure}"
    return [_trap(text, cure, "error")]


def _builds(versions: Mapping[str, str]) -> list[Finding]:
    found = []
    link = versions.get("nvidia-nvjitlink")
    if _has(versions, "-cu13") and link and release(link) < (13, 3):
        text = f"nvjitlink {link} lacks symbols that RAPIDS 26.10 links to; `import cuml` fails"
        found.append(_trap(text, remedy("nvidia-nvjitlink>=13.3"), "error"))
    if _has(versions, "-cu12") and _has(versions, "-cu13"):
        wrong = [name for name in versions if name.endswith("-cu12")]
        text = "RAPIDS builds for CUDA 12 and 13 are both installed"
        found.append(_trap(text, "pip uninstall -y " + " ".join(sorted(wrong)), "error"))
    if any(name.startswith("cudf") for name in versions) and release(versions.get("numpy", "0")) >= (2, 5):
        text = f"`import cudf` fails with numpy {versions['numpy']}"
        found.append(_trap(text, remedy("numpy>=2,<2.5"), "error"))
    return found


def _dask(versions: Mapping[str, str]) -> list[Finding]:
    """Whether Dask is the one version that RAPIDS goes with."""
    if not any(name.startswith("cudf") for name in versions):
        return []
    other = {name: versions[name] for name in ("dask", "distributed") if versions.get(name, DASK) != DASK}
    cure = remedy(*(f"{name}=={DASK}" for name in other))
    return [
        _trap(f"RAPIDS 26.10 needs {name} {DASK}, and it is {mine}", cure) for name, mine in other.items()
    ]


def _driver(versions: Mapping[str, str], driver: str, gpus: Sequence[Gpu]) -> list[Finding]:
    """Whether driver and devices can run the CUDA version that RAPIDS was built for."""
    found = []
    for suffix, least, capability in (
        ("-cu13", CUDA13_DRIVER, (7, 5)),
        ("-cu12", CUDA12_DRIVER, (7, 0)),
    ):
        if not _has(versions, suffix):
            continue
        if release(driver)[0] < least:
            text = f"the driver is {driver}; builds for {suffix[1:]} need {least} or newer"
            found.append(_trap(text, f"install an NVIDIA driver >= {least}", "error"))
        for gpu in gpus:
            if gpu.capability < capability:
                text = f"{gpu.name} has compute capability {gpu.capability[0]}.{gpu.capability[1]}; "
                text += f"builds for {suffix[1:]} need {capability[0]}.{capability[1]}"
                cure = remedy("cudf-cu12==26.10.*") if gpu.capability >= (7, 0) else "pass --device cpu"
                found.append(_trap(text, cure, "error"))
    return found


def driver_version(proc: Path = Path("/proc")) -> str | None:
    """Version of the loaded NVIDIA driver, or None."""
    try:
        text = (proc / "driver/nvidia/version").read_text()
    except OSError:
        rows = _ask_smi("driver_version")
        return rows[0][0] if rows else None
    found = re.search(r"\b\d{3,}\.\d+(\.\d+)?\b", text)
    return found[0] if found else None


def gpus() -> list[Gpu]:
    """Devices that the driver's own tool lists; none where it is not installed."""
    found = []
    for name, capability, memory in _ask_smi("name,compute_cap,memory.total"):
        numbers = re.fullmatch(r"(\d+)\.(\d+) (?:(\d+) MiB)?.*", f"{capability} {memory}")
        if numbers:
            found.append(Gpu(name, (int(numbers[1]), int(numbers[2])), int(numbers[3] or 0) << 20))
    return found


def _ask_smi(fields: str) -> list[list[str]]:
    command = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return [[word.strip() for word in row] for row in csv.reader(done.stdout.splitlines()) if row]
