import os
import tomllib
from pathlib import Path

import pytest

from pipelines.doctor.traps import DASK, Gpu, check_traps, driver_version, gpus

PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"
GPU = {
    "cudf-cu13": "26.10.2",
    "numpy": "2.4.6",
    "xgboost": "3.4.1",
    "nvidia-nvjitlink": "13.5.37",
    "pip": "26.3",
}
H100 = Gpu("NVIDIA H100", (9, 0), 80 << 30)
V100 = Gpu("Tesla V100-SXM2-32GB", (7, 0), 32 << 30)


def without(*names: str) -> dict[str, str]:
    return {name: version for name, version in GPU.items() if name not in names}


def test_a_good_installation_has_none():
    (found,) = check_traps(GPU, (3, 13), "580.65.06", [H100])
    assert (found.state, found.what) == ("ok", "none of the known traps")


@pytest.mark.parametrize(
    ("versions", "python", "driver", "devices", "state", "what", "remedy"),
    [
        ({**GPU, "xgboost-cpu": "3.4.1"}, (3, 13), "580.1", [H100], "warning", "overwrite", "xgboost>=3.3"),
        (
            {**GPU, "dask": "2026.8.0", "distributed": "2026.7.1"},
            (3, 13),
            "580.1",
            [H100],
            "warning",
            "needs dask 2026.7.1, and it is 2026.8.0",
            "pip install 'dask==2026.7.1'",
        ),
        (
            {"xgboost-cpu": "3.2.0", "xgboost": "3.2.0"},
            (3, 11),
            None,
            [],
            "warning",
            "overwrite",
            "'xgboost-cpu'",
        ),
        (
            {**GPU, "xgboost": "3.2.0"},
            (3, 13),
            "580.1",
            [H100],
            "error",
            "it is 3.2.0",
            "pip install 'xgboost>=3.3'",
        ),
        (
            {**GPU, "xgboost": "3.2.0"},
            (3, 11),
            "580.1",
            [H100],
            "error",
            "nulls",
            "Python >= 3.12 (this is 3.11)",
        ),
        (without("xgboost"), (3, 13), "580.1", [H100], "error", "it is absent", "xgboost>=3.3"),
        (
            {**without("xgboost"), "xgboost-cpu": "3.4.1"},
            (3, 13),
            "580.1",
            [H100],
            "error",
            "nulls",
            "uninstall -y xgboost-cpu",
        ),
        (
            {**GPU, "nvidia-nvjitlink": "13.0.88"},
            (3, 13),
            "580.1",
            [H100],
            "error",
            "nvjitlink 13.0.88",
            "nvidia-nvjitlink>=13.3",
        ),
        ({**GPU, "numpy": "2.5.2"}, (3, 13), "580.1", [H100], "error", "numpy 2.5.2", "numpy>=2,<2.5"),
        ({**GPU, "rmm-cu12": "26.10.0"}, (3, 13), "580.1", [H100], "error", "CUDA 12 and 13", "-y rmm-cu12"),
        (GPU, (3, 13), "570.124.06", [H100], "error", "driver is 570.124.06", "driver >= 580"),
        (GPU, (3, 13), "580.1", [V100], "error", "capability 7.0", "cudf-cu12"),
        ({**GPU, "pip": "23.2.1"}, (3, 13), "580.1", [H100], "warning", "pip 23.2.1", "pip>=24"),
        ({"cupy-cuda13x": "14.2.0"}, (3, 13), None, [], "warning", "no NVIDIA driver", "--device cpu"),
    ],
)
def test_each_trap_is_seen_with_its_remedy(versions, python, driver, devices, state, what, remedy):
    found = [one for one in check_traps(versions, python, driver, devices) if what in one.what]
    assert [one.state for one in found] == [state]
    assert remedy in found[0].remedy


def test_volta_runs_builds_for_cuda_12():
    versions = {"cudf-cu12": "26.10.2", "xgboost": "3.4.1"}
    assert [one.state for one in check_traps(versions, (3, 13), "535.1", [V100])] == ["ok"]
    assert [one.state for one in check_traps(versions, (3, 13), "525.1", [V100])] == ["error"]


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024", "535.183.01"),
        (
            "NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (dvs@host)  Sun Jul 27",
            "580.65.06",
        ),
        ("NVIDIA UNIX Open Kernel Module for aarch64  590.44  Release Build", "590.44"),
    ],
)
def test_the_driver_tells_its_version(tmp_path, line, version):
    (tmp_path / "driver/nvidia").mkdir(parents=True)
    text = f"NVRM version: {line}\nGCC version:  gcc version 12.3.0 (Ubuntu 12.3.0-1ubuntu1~22.04)\n"
    (tmp_path / "driver/nvidia/version").write_text(text)
    assert driver_version(tmp_path) == version


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """Put a program named as the driver's tool, which prints the given lines, first in the search path."""

    def put(text: str, code: int = 0) -> None:
        path = tmp_path / "nvidia-smi"
        path.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\nexit {code}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return put


def test_the_drivers_tool_lists_devices(tool):
    tool("NVIDIA H100, 9.0, 81559 MiB\nTesla V100-SXM2-32GB, 7.0, 32768 MiB\nNVIDIA GB10, 12.1, [N/A]")
    assert [(one.capability, one.memory >> 20) for one in gpus()] == [
        ((9, 0), 81559),
        ((7, 0), 32768),
        ((12, 1), 0),
    ]


def test_a_tool_that_fails_lists_none(tool, tmp_path):
    tool("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", 9)
    assert gpus() == []
    assert driver_version(tmp_path) is None


def test_any_dask_goes_without_rapids():
    (found,) = check_traps({"dask": "2027.1.0", "distributed": "2027.1.0"}, (3, 13))
    assert found.state == "ok"


def test_the_dask_of_rapids_is_the_one_that_the_project_pins():
    options = tomllib.loads(PYPROJECT.read_text())["project"]["optional-dependencies"]
    assert {f"{name}=={DASK}" for name in ("dask", "distributed")} <= set(options["gpu"])
