"""pyproject.toml, constraints.txt, environment.yml and the Dockerfile ask for versions that agree."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from etl.engine import device_runs
from etl.engine.device_runs import RESULTS

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = {
    extra: [Requirement(line) for line in lines] for extra, lines in PROJECT["optional-dependencies"].items()
}
BASE = {requirement.name: requirement for requirement in map(Requirement, PROJECT["dependencies"])}
PINS = [
    Requirement(line)
    for line in (ROOT / "constraints.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
CONDA_NAMES = {"matplotlib": "matplotlib-base", "torch": "pytorch-gpu"}
DASK = ("dask", "distributed")
RAPIDS = {"cudf-cu13", "cuml-cu13", "cugraph-cu13", "nx-cugraph-cu13", "dask-cuda", "dask-cudf-cu13"}


def pins(name: str, python: str) -> list[Version]:
    """Versions that constraints.txt fixes for a package on a Python version."""
    return [
        Version(str(pin.specifier).removeprefix("=="))
        for pin in PINS
        if canonicalize_name(pin.name) == canonicalize_name(name)
        and (pin.marker is None or pin.marker.evaluate({"python_version": python}))
    ]


def wanted(extra: str, name: str, python: str) -> list[Requirement]:
    """Requirements of an extra for a package that hold on a Python version."""
    return [
        requirement
        for requirement in EXTRAS[extra]
        if requirement.name == name
        and (requirement.marker is None or requirement.marker.evaluate({"python_version": python}))
    ]


def conda() -> dict[str, SpecifierSet]:
    """Packages of environment.yml and their versions; ``26.10.*`` means ``==26.10.*``."""
    lines = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    pairs = [re.fullmatch(r"([\w-]+)(.*)", line).groups() for line in lines if isinstance(line, str)]
    return {name: SpecifierSet(re.sub(r"^=(?!=)", "==", version)) for name, version in pairs}


def image() -> re.Match[str]:
    """Version of RAPIDS, CUDA and Python in the name of the Docker image."""
    text = (ROOT / "docker/Dockerfile").read_text()
    return re.search(
        r"^FROM rapidsai/base:(?P<rapids>[\d.]+)-cuda(?P<cuda>\d+)-py(?P<python>[\d.]+)$", text, re.M
    )


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_constraints_satisfy_every_range(python: str) -> None:
    extras = [each for extra, lines in EXTRAS.items() if extra != "gpu" for each in lines]

    shared = [each for each in EXTRAS["gpu"] if each.name in DASK]
    for requirement in [*BASE.values(), *extras, *shared]:
        if requirement.marker is None or requirement.marker.evaluate({"python_version": python}):
            (pin,) = pins(requirement.name, python)
            assert pin in requirement.specifier, requirement


def test_constraints_fix_public_versions() -> None:
    for pin in PINS:
        (specifier,) = pin.specifier
        assert (specifier.operator, Version(specifier.version).local) == ("==", None), pin


def test_torch_is_a_range_in_the_project_and_fixed_in_the_constraints() -> None:
    (torch,) = [each for each in EXTRAS["torch"] if each.name == "torch"]

    assert torch.specifier == SpecifierSet(">=2.13")
    assert pins("torch", "3.11") == [Version("2.13.0")]


@pytest.mark.parametrize(
    ("python", "inside", "outside"), [("3.11", "3.2.0", "3.3.0"), ("3.12", "3.3.0", "3.2.0")]
)
def test_cpu_xgboost_follows_python(python: str, inside: str, outside: str) -> None:
    (xgboost,) = wanted("cpu", "xgboost-cpu", python)

    assert inside in xgboost.specifier
    assert outside not in xgboost.specifier


def test_gpu_xgboost_reads_cudf_frames_with_nulls() -> None:
    """XGBoost 3.2, the last for Python 3.11, cannot."""
    (xgboost,) = wanted("gpu", "xgboost", "3.12")

    assert "3.2.0" not in xgboost.specifier
    assert "3.3.0" in xgboost.specifier
    assert wanted("gpu", "xgboost", "3.11") == []


def test_rapids_release_is_the_same_everywhere() -> None:
    release = image()["rapids"]
    gpu = {requirement.name: requirement.specifier for requirement in EXTRAS["gpu"]}

    assert {name: gpu[name] for name in RAPIDS} == dict.fromkeys(RAPIDS, SpecifierSet(f"=={release}.*"))
    assert {conda()[name] for name in ("rapids", "dask-cudf")} == {SpecifierSet(f"=={release}.*")}
    assert conda()["distributed-ucxx"] == gpu["distributed-ucxx-cu13"]


def test_cuda_and_python_are_the_same_in_image_and_environment() -> None:
    match, environment = image(), conda()

    assert f"{match['python']}.0" in environment["python"]
    assert f"{match['python']}.0" in SpecifierSet(PROJECT["requires-python"])
    assert environment["cuda-version"].contains(f"{match['cuda']}.3.0")
    suffixes = set(re.findall(r"-cu(?:da)?(\d+)", " ".join(map(str, EXTRAS["gpu"]))))
    assert suffixes == {match["cuda"]}


def test_environment_asks_for_the_ranges_of_the_project() -> None:
    environment = conda()

    for name, requirement in BASE.items():
        if name not in DASK:
            assert environment[CONDA_NAMES.get(name, name)] == requirement.specifier, name


@pytest.mark.parametrize("name", DASK)
def test_dask_is_pinned_only_where_rapids_needs_it(name: str) -> None:
    (pinned,) = wanted("gpu", name, "3.12")
    (pin,) = pinned.specifier
    (base,) = BASE[name].specifier

    assert pin.operator == "=="
    assert conda()[name] == pinned.specifier
    assert base.operator == ">="
    assert pin.version in BASE[name].specifier


def test_environment_and_image_bring_what_networks_need() -> None:
    environment = conda()
    installed = re.findall(r"-e '\.\[([\w,]+)\]'", (ROOT / "docker/Dockerfile").read_text())

    for requirement in EXTRAS["torch"]:
        assert environment[CONDA_NAMES.get(requirement.name, requirement.name)] == requirement.specifier
    assert ["torch" in extras.split(",") for extras in installed] == [True]


def test_every_extra_is_explained() -> None:
    table = re.findall(r"^\| `([\w,]+)` \|", (ROOT / "docs/install.md").read_text(), re.M)

    assert set(table) == set(EXTRAS)


def test_environment_leaves_xgboost_to_rapids_and_pip_adds_no_extras() -> None:
    parsed = yaml.safe_load((ROOT / "environment.yml").read_text())

    assert parsed["channels"] == ["rapidsai", "conda-forge"]
    assert parsed["dependencies"][-1] == {"pip": ["-e ."]}
    assert not [name for name in conda() if "xgboost" in name]


def test_extras_name_no_package_twice() -> None:
    for extra, lines in EXTRAS.items():
        names = [(requirement.name, str(requirement.marker)) for requirement in lines]
        assert len(names) == len(set(names)), extra


def test_every_package_of_the_layout_is_found() -> None:
    find = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert packages == {pattern.rstrip("*") for pattern in find["include"]}


def test_records_of_devices_are_installed_where_they_are_read(tmp_path: Path) -> None:
    """They lie beside the package etl in a clone and in an installation alike."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    record = tmp_path / "benchmarks" / "results" / "device-h100.json"
    record.parent.mkdir(parents=True)
    record.touch()

    assert RESULTS.relative_to(Path(device_runs.__file__).parents[2]) == record.parent.relative_to(tmp_path)
    assert [found for each in data["benchmarks"] for found in (tmp_path / "benchmarks").glob(each)] == [
        record
    ]
