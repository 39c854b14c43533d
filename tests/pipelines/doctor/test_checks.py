import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from pipelines.doctor.checks import MATRIX, Row, check_libraries, installed, release, verdict

PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"
NUMBERS = st.lists(st.integers(0, 30), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
CLAUSE = st.tuples(st.sampled_from([">=", "<", "==", "!="]), NUMBERS).map("".join)
CLAUSES = st.one_of(CLAUSE, NUMBERS.map(lambda number: f"=={number}.*"))
RANGES = st.lists(CLAUSES, min_size=1, max_size=3).map(",".join)


@given(NUMBERS, st.one_of(RANGES, st.sampled_from([row.wanted for row in MATRIX])))
def test_versions_are_judged_as_packaging_judges_them(version, wanted):
    assert (verdict(version, wanted) == "in") == (version in SpecifierSet(wanted))


@given(NUMBERS, st.sampled_from(["", "+cpu", "rc1", ".post1"]))
def test_a_release_is_its_leading_numbers(number, suffix):
    assert release(number + suffix)[: number.count(".") + 1] == Version(number).release


def test_the_matrix_is_what_the_project_declares():
    project = tomllib.loads(PYPROJECT.read_text())["project"]
    options = project["optional-dependencies"].values()
    lines = [*(line for option in options for line in option), *project["dependencies"]]
    declared = {need.name: need.specifier for need in map(Requirement, lines) if need.marker is None}
    rows = {name: row for row in MATRIX for name in row.names if name in declared}
    assert len(rows) > 15
    assert {name: SpecifierSet(row.wanted) for name, row in rows.items()} == {
        name: declared[name] for name in rows
    }
    needed = {Requirement(line).name for line in project["dependencies"]}
    assert needed <= {row.names[0] for row in MATRIX if row.needs == "cpu"}


GOOD = {
    "pandas": "3.0.6", "numpy": "2.4.6", "pyarrow": "26.0.1", "scipy": "1.17.1", "scikit-learn": "1.9.1",
    "xgboost-cpu": "3.2.0", "dask": "2026.7.1", "distributed": "2026.7.1", "matplotlib": "3.11.2",
    "networkx": "3.6.1", "numba": "0.64.0", "opt_einsum": "3.4.0",
    "sympy": "1.14.0", "mpmath": "1.3.0",
    "psutil": "7.2.2", "threadpoolctl": "3.8.0",
    "tqdm": "4.70.1", "tyro": "1.0.17",
}  # fmt: skip


def bad(versions):
    return [found for found in check_libraries(versions) if found.state in ("warning", "error")]


def test_the_tested_versions_are_good():
    assert bad(GOOD) == []
    assert bad({**GOOD, "torch": "2.13.0+cpu", "cudf-cu13": "26.10.2", "cupy-cuda13x": "14.2.0"}) == []


@pytest.mark.parametrize(
    ("name", "version", "state", "gpu", "remedy"),
    [
        ("pandas", "2.3.3", "error", False, "pandas>=3.0,<3.1"),
        ("pandas", "3.1.1", "warning", False, "pandas>=3.0,<3.1"),
        ("numpy", "2.5.2", "warning", False, "numpy>=2,<2.5"),
        ("dask", "2025.9.2", "error", False, "dask>=2026.7.1"),
        ("xgboost-cpu", "2.1.4", "error", False, "xgboost-cpu>=3.2,<4"),
        ("torch", "2.9.1", "warning", False, "torch>=2.13"),
        ("cudf-cu12", "26.8.0", "warning", True, "cudf-cu12==26.10.*"),
        ("cupy", "14.1.0", "warning", True, "cupy>=14.0.1,!=14.1.0"),
    ],
)
def test_a_wrong_version_has_its_remedy(name, version, state, gpu, remedy):
    (found,) = bad({**GOOD, name: version})
    assert (found.state, found.gpu) == (state, gpu)
    assert f"{name} {version}" in found.what
    assert f"'{remedy}'" in found.remedy


def test_a_missing_library_is_an_error_only_where_the_cpu_needs_it():
    (found,) = bad({name: version for name, version in GOOD.items() if name != "pyarrow"})
    assert found.what == "pyarrow is not installed"
    assert found.state == "error"
    absent = {found.what.split()[0] for found in check_libraries(GOOD) if found.state == "absent"}
    assert {"torch", "cudf-cu13", "dask-cuda"} <= absent


def test_only_installed_distributions_have_versions():
    assert set(installed(["numpy", "no-such-library-here"])) == {"numpy"}


def test_a_clause_that_is_none_is_refused():
    with pytest.raises(ValueError, match="~=3"):
        check_libraries({"pandas": "3.0"}, [Row(("pandas",), "~=3")])
