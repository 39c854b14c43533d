"""The tested versions, and what is installed beside them; no checked library is imported."""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

State = Literal["ok", "absent", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at: ``absent`` is optional and not there, an ``error`` keeps something from running.

    ``gpu`` marks what only the GPU path needs.
    """

    section: str
    what: str
    state: State = "ok"
    remedy: str = ""
    gpu: bool = False


@dataclass(frozen=True)
class Row:
    """One row of the matrix: names it may be installed under, versions tested, and who needs it."""

    names: tuple[str, ...]
    wanted: str
    needs: Literal["cpu", "gpu", "option"] = "cpu"


def rapids(name: str, wanted: str = "==26.10.*") -> Row:
    """Row of a RAPIDS library: a wheel for CUDA 13 or 12, or conda's package without a suffix."""
    return Row((f"{name}-cu13", f"{name}-cu12", name), wanted, "gpu")


MATRIX = (
    Row(("pandas",), ">=3.0,<3.1"),
    Row(("numpy",), ">=2,<2.5"),
    Row(("opt_einsum",), ">=3.4"),
    Row(("pyarrow",), ">=19"),
    Row(("scipy",), ">=1.14"),
    Row(("scikit-learn",), ">=1.6,<1.10"),
    Row(("sympy",), ">=1.14"),
    Row(("xgboost-cpu", "xgboost"), ">=3.2,<4"),
    Row(("dask",), ">=2026.7.1"),
    Row(("distributed",), ">=2026.7.1"),
    Row(("matplotlib",), ">=3.10"),
    Row(("mpmath",), ">=1.3"),
    Row(("networkx",), ">=3.2"),
    Row(("numba",), ">=0.60,<0.65"),
    Row(("psutil",), ">=6"),
    Row(("threadpoolctl",), ">=3.1"),
    Row(("tqdm",), ">=4.66"),
    Row(("tyro",), ">=1.0"),
    Row(("torch",), ">=2.13", "option"),
    Row(("python-crfsuite",), ">=0.9.12", "option"),
    Row(("av",), ">=16", "option"),
    rapids("cudf"),
    rapids("dask-cudf"),
    rapids("cuml"),
    rapids("cugraph"),
    rapids("nx-cugraph"),
    rapids("rmm"),
    Row(("dask-cuda",), "==26.10.*", "gpu"),
    rapids("distributed-ucxx", "==0.52.*"),
    Row(("cupy-cuda13x", "cupy-cuda12x", "cupy"), ">=14.0.1,!=14.1.0", "gpu"),
)
"""Versions that were resolved and tested together, as in pyproject.toml."""

KNOWN = (*(name for row in MATRIX for name in row.names), "nvidia-nvjitlink", "pip")
"""Every name whose version matters."""


def installed(names: Iterable[str] = KNOWN) -> dict[str, str]:
    """Versions of the distributions that are installed, by name."""
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def release(version: str) -> tuple[int, ...]:
    """Leading numbers of a version.

    Examples
    --------
    >>> release("2.13.0+cpu"), release("3.3.0rc1")
    ((2, 13, 0), (3, 3, 0))
    """
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else (0,)


def verdict(version: str, wanted: str) -> Literal["in", "below", "outside"]:
    """Whether a version is in the tested range, below a ``>=`` of it, or otherwise outside of it.

    Examples
    --------
    >>> verdict("3.0.6", ">=3.0,<3.1"), verdict("2.3", ">=3.0,<3.1"), verdict("3.1.0", ">=3.0,<3.1")
    ('in', 'below', 'outside')
    """
    outcome: Literal["in", "outside"] = "in"
    for clause in wanted.split(","):
        found = re.fullmatch(r"(>=|==|<|!=)([\d.]+?)(\.\*)?", clause)
        if not found:
            raise ValueError(f"the matrix holds {clause!r}, which is not a version clause")
        bound = release(found[2])
        length = len(bound) if found[3] else max(len(bound), len(release(version)))
        mine, bound = ((*numbers, *[0] * length)[:length] for numbers in (release(version), bound))
        if found[1] == ">=" and mine < bound:
            return "below"
        if not {">=": True, "==": mine == bound, "<": mine < bound, "!=": mine != bound}[found[1]]:
            outcome = "outside"
    return outcome


def remedy(*requirements: str) -> str:
    """Command that installs the requirements into this environment."""
    if (Path(sys.prefix) / "conda-meta").is_dir():
        return "conda env update -f environment.yml"
    return "pip install " + " ".join(f"'{requirement}'" for requirement in requirements)


def check_libraries(versions: Mapping[str, str], matrix: Sequence[Row] = MATRIX) -> list[Finding]:
    """Compare versions with the matrix, one finding a row."""
    return [_library(row, versions) for row in matrix]


def _library(row: Row, versions: Mapping[str, str]) -> Finding:
    name = next((name for name in row.names if name in versions), None)
    gpu = row.needs == "gpu"
    if name is None:
        state: State = "error" if row.needs == "cpu" else "absent"
        return Finding(
            "libraries", f"{row.names[0]} is not installed", state, remedy(row.names[0] + row.wanted), gpu
        )
    where = verdict(versions[name], row.wanted)
    if where == "in":
        return Finding("libraries", f"{name} {versions[name]}", gpu=gpu)
    what = f"{name} {versions[name]}; tested are {row.wanted}"
    state = "error" if where == "below" and row.needs == "cpu" else "warning"
    return Finding("libraries", what, state, remedy(name + row.wanted), gpu)
