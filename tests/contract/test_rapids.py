"""Every name and keyword that the project asks of RAPIDS exists in 26.10; runs with no GPU and no RAPIDS."""

import importlib.util
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from etl.engine import Engine
from etl.executors import profile
from tests.contract import api, kinds
from tests.contract.scan import Use, uses

ROOT = Path(__file__).parents[2]
AGGREGATORS = (
    "aggregator dawid_skene glad incremental inputs mace majority one_coin pooled prediction products ties "
    "zero_based_skill"
).split()
SOURCES = sorted(path for part in ("etl", "models", "pipelines") for path in (ROOT / part).rglob("*.py"))
HOST = {
    "generate.py",
    "generate_write.py",
    "buckets.py",
    "simulate.py",
    "spelling.py",
}  # work on the host, never on the device
FRAMES = [
    path
    for path in [
        *(ROOT / "etl/handoff").glob("*.py"),
        ROOT / "etl/ids.py",
        *(ROOT / "etl/mortgage").glob("*.py"),
        *(ROOT / "etl/crowd").glob("*.py"),
        *(ROOT / f"models/crowd/{name}.py" for name in AGGREGATORS),
        *(ROOT / "etl/text" / name for name in ("counts.py", "tokenise_frame.py", "ngrams.py")),
    ]
    if path.name not in HOST
]
ELSEWHERE = {"argmax": "arrays", "item": "NumPy and CuPy scalars", "view": "arrays"}
"""Calls, in files of frames, with the name of a frame's method on something of unknown kind that is none."""
ON_THE_HOST = {
    ("pipelines/graph/figures.py", "argmax"): "drawn from a frame that was fetched",
    ("pipelines/graph/story.py", "idxmax"): "told from a frame that was fetched",
    ("pipelines/clusters/data.py", "check_format"): "of a matrix that SciPy read",
}
"""Calls on what is annotated as of either engine and always comes from the host."""
FRAME_KINDS = {"", "frame", "series", "index"}


@cache
def own_kinds() -> kinds.Project:
    """Read once, and only by those who ask: it takes as long as importing a library."""
    return kinds.project(path.read_text() for path in SOURCES)


@pytest.fixture(params=["frozen", "live"] if importlib.util.find_spec("cudf") else ["frozen"])
def lookup(request: pytest.FixtureRequest) -> api.Lookup:
    return api.live if request.param == "live" else api.frozen()


def faults(source: str, lookup: api.Lookup) -> list[str]:
    own = kinds.project([source])
    found = [(use, api.fault(use, lookup)) for use in uses(source, own) if use.kind in FRAME_KINDS]
    found += [(use, api.misuse(use, lookup, own)) for use in uses(source, own) if use.name[0] == "."]
    return [f"line {use.line}: {text}" for use, text in found if text]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_and_keywords_exist(path: Path, lookup: api.Lookup) -> None:
    named = [use for use in uses(path.read_text()) if not use.name.startswith(".")]

    assert [f"line {use.line}: {found}" for use in named if (found := api.fault(use, lookup))] == []


@pytest.mark.parametrize("path", FRAMES, ids=lambda path: str(path.relative_to(ROOT)))
def test_methods_of_frames_exist(path: Path, lookup: api.Lookup) -> None:
    methods = [
        use
        for use in uses(path.read_text(), own_kinds())
        if use.name[0] == "." and use.kind in FRAME_KINDS and use.name[1:] not in ELSEWHERE
    ]

    assert [f"line {use.line}: {found}" for use in methods if (found := api.fault(use, lookup))] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_methods_of_every_kind_exist(path: Path, lookup: api.Lookup) -> None:
    """Of arrays, sparse matrices and frames, by the project's annotations and CuPy's own documentation."""
    place = str(path.relative_to(ROOT))
    methods = [
        use
        for use in uses(path.read_text(), own_kinds())
        if use.name[0] == "." and (place, use.name[1:]) not in ON_THE_HOST
    ]

    assert [
        f"line {use.line}: {found}" for use in methods if (found := api.misuse(use, lookup, own_kinds()))
    ] == []


def test_exceptions_are_in_use() -> None:
    found = [use for path in FRAMES for use in uses(path.read_text(), own_kinds()) if use.kind in FRAME_KINDS]
    assert set(ELSEWHERE) <= {use.name[1:] for use in found if api.fault(use, api.frozen())}
    for place, method in ON_THE_HOST:
        found = [use for use in uses((ROOT / place).read_text(), own_kinds()) if use.name == f".{method}"]
        assert any(api.misuse(use, api.frozen(), own_kinds()) for use in found), (place, method)


def test_kinds_are_known_by_annotations() -> None:
    """What the scan can judge; it falls if annotations or the scan lose what they say."""
    told = [use.kind for path in SOURCES for use in uses(path.read_text(), own_kinds()) if use.name[0] == "."]

    assert sum(kind in ("array", "csr", "frame", "series", "index") for kind in told) > 450
    assert sum(kind != "" for kind in told) > 0.4 * len(told)


def test_scanner_finds_the_calls_of_the_project() -> None:
    found = {use.name for path in SOURCES for use in uses(path.read_text())}

    assert {"cudf.read_csv", "cupy.cuda.is_available", "dask_cuda.LocalCUDACluster"} <= found


@pytest.mark.parametrize("workers", [1, 2])
def test_cluster_profile_is_accepted(workers: int, lookup: api.Lookup) -> None:
    options = frozenset(profile(Engine("gpu", "test"), workers))

    assert api.fault(Use("dask_cuda.LocalCUDACluster", options, 0, call=True), lookup) is None


GOOD = [
    "engine.df.read_csv(path, sep='|', names=names, byte_range=(0, 9))",
    "engine_of(x).df.concat(pieces, ignore_index=True).reset_index(drop=True)",
    "def f(x):\n    df, xp = engine.df, engine.xp\n    return df.Series(xp.where(x > 0, 1, 0))",
    "frame.merge(other, on='loan_id', how='left')",
    "frame.groupby('a', sort=False).agg({'b': 'max'})",
    "frame.name.str.replace('a', 'b', regex=False)",
    "engine.cluster(n_workers=2, rmm_async=True, dashboard_address=None)",
    "engine.df.Categorical(x) if engine.name == 'cpu' else engine.df.Series(x)",
    "def f(e, x):\n    if e.name == 'gpu':\n        return x.to_arrow()\n    return e.df.Categorical(x)",
    "{}.setdefault('a', 1)",
    "def f(x: Array):\n    return x.max(axis=0).argmax(), (x * 2).ravel().view('u1'), x[x > 0].item()",
    "def f(x: Tensor):\n    return x.view(2, 3), (2 * x).argsort(stable=True)",
    "def f(x: Frame):\n    y = x['a'].values\n    return y.ravel(), y.argmax()",
    "def f(x: np.ndarray, y: Csr):\n    return x.max(initial=0), y.sum(axis=0).ravel(), y.data.max()",
    "class A:\n    x: Csr\n    def f(self):\n        return self.x.tocsc(), self.x.T.dot(1)",
    "def f(ax):\n    ax.plot(1, 2, color='red')\n    return ax.figure.savefig('a', dpi=3)",
    "def f(x: Array, n):\n    if n:\n        y = x\n    else:\n        y = [1]\n    return y.index(1)",
]
BAD = {
    "engine.df.read_csv(path, seperator='|')": "cudf.read_csv does not take seperator",
    "engine.df.read_xml(path)": "cudf.read_xml does not exist",
    "engine.df.DataFrame.from_arow(x)": "cudf.DataFrame.from_arow does not exist",
    "import importlib\nimportlib.import_module('cudf').isna(x)": "cudf.isna does not exist",
    "from cudf import isna\nisna(x)": "cudf.isna does not exist",
    "engine.xp.piecewise_linear(x)": "cupy.piecewise_linear does not exist",
    "def f(xp, x):\n    return xp.nosuch": "cupy.nosuch does not exist",
    "def f(x):\n    xp = engine_of(x).xp\n    return xp.cumsum(x, axes=0)": "cupy.cumsum does not take axes",
    "take = engine.xp.takes\ntake(x)": "cupy.takes does not exist",
    "y = array_namespace(x).cumsum(x, axes=0)": "cupy.cumsum does not take axes",
    "frame.merge(other, one='loan_id')": ".merge does not take one",
    "frame['a'].set_axis(index)": "set_axis is a method of pandas that cuDF has not",
    "engine.cluster(n_workers=2, jit_unspill=True)": "does not take jit_unspill",
    "def f(step: Array):\n    return int(step.max(initial=0))": "array.max does not take ['initial']",
    "def f(x: Array | None):\n    return (2 * x).mean(where=x > 0)": "array.mean does not take",
    "def f(df):\n    x = engine_of(df).xp.zeros(3)\n    return x.newbyteorder()": "array.newbyteorder does",
    "class A:\n    x: Array\n\ndef f(a: A):\n    return a.x.sum(initial=1)": "array.sum does not take",
    "def g() -> Csr: ...\ndef f():\n    return g().reshape(1, 2, copy=False, x=1)": "csr.reshape does not",
    "def f(known: Series):\n    return known.rename_axis('task')": "series.rename_axis does not exist",
    "def f(x, y):\n    return x.merge(y).rename_axis('task')": "any kind.rename_axis does not exist",
    "def f(x: Frame):\n    x.copy().to_csv('a', index_label='task')": "frame.to_csv does not take",
    "if engine.name == 'gpu':\n    engine.df.Categorical(x)": "cudf.Categorical does not exist",
}


@pytest.mark.parametrize("source", GOOD)
def test_right_calls_pass(source: str, lookup: api.Lookup) -> None:
    assert faults(source, lookup) == []


@pytest.mark.parametrize(("source", "message"), BAD.items(), ids=BAD.values())
def test_wrong_calls_are_found(source: str, message: str, lookup: api.Lookup) -> None:
    assert any(message in found for found in faults(source, lookup))


@pytest.mark.parametrize(
    "library", ["cudf", "cupy", "cupyx", "cuml", "cugraph", "dask_cuda", "dask_cudf", "rmm"]
)
@pytest.mark.parametrize(
    ("file", "allowed"),
    [("etl/engine/__init__.py", True), ("etl/mortgage/read.py", False), ("models/new.py", False)],
)
def test_gpu_libraries_are_imported_in_the_engine_only(library: str, file: str, allowed: bool) -> None:
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--no-cache",
        "--output-format=json",
        "--stdin-filename",
        file,
    ]
    source = f'"""A module."""\n\nimport {library}\n\n__all__ = ["{library}"]\n'
    done = subprocess.run(
        [*command, "-"], input=source, capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert ("TID251" in {row["code"] for row in json.loads(done.stdout)}) is not allowed
