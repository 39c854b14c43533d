"""The strict stand-in holds to what `selfcheck` asserts, refuses the rest, and finds planted mistakes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEVICE = ROOT / "tests/support/device"
PLANTED = {
    "a method of pandas alone": ("column.rename_axis('task')", "AttributeError", "rename_axis"),
    "a code with missing values as an index": (
        "xp.zeros(3)[df.Series(['a', None]).astype('category').cat.codes.values]",
        "IndexError",
        "must be of integer or boolean type",
    ),
    "a bool of Python as a condition": ("xp.where(True, 1.0, 2.0)", "AttributeError", "astype"),
    "values of texts": ("df.Series(['a']).values", "TypeError", ""),
    "a column with nulls as an array": ("xp.asarray(column)", "ValueError", "masked arrays"),
    "a start of a maximum": ("xp.zeros(2).max(initial=0)", "TypeError", "initial"),
    "numpy.asarray of the device": ("np.asarray(xp.zeros(2))", "TypeError", "Implicit conversion"),
    "dates in an array": ("xp.asarray(np.array(['2000-01'], 'M8[s]'))", "ValueError", "datetime64"),
    "a sum of host and device": ("xp.zeros(2) + np.ones(2)", "TypeError", ""),
    "the host in a slice of the device": ("xp.zeros(2)[:] = np.ones(2)", "ValueError", "fill"),
    "a name that the stand-in lacks": ("xp.fft", "NotImplementedError", "cupy.fft is in the real cupy"),
    "a name that is not there": ("xp.nditer", "AttributeError", "nditer"),
    "a method that the stand-in lacks": ("xp.zeros(2).partition(1)", "NotImplementedError", "partition"),
    "trees of the host on rows of the device": (
        "import xgboost as x; x.Booster({}, [x.DMatrix(np.eye(2))]).inplace_predict(xp.eye(2))",
        "RuntimeError",
        "mismatched devices: the booster is on cpu",
    ),
    "trees of the device on rows of the host": (
        "import xgboost as x; x.Booster({'device': 'cuda'}, [x.DMatrix(xp.eye(2))]).inplace_predict([[1]])",
        "RuntimeError",
        "mismatched devices: the booster is on cuda",
    ),
    "memory that is managed": ("import rmm; rmm.mr.ManagedMemoryResource", "NotImplementedError", "Managed"),
}
"""What each says: source, error, a part of its message."""
TRIED = """
import json, sys
import numpy as np
from etl.engine import choose
engine = choose("gpu")
df, xp = engine.df, engine.xp
column, found = df.Series([1.0, None]), {}
for name, (source, *_) in json.loads(sys.argv[1]).items():
    try:
        exec(source)
        found[name] = ["nothing", ""]
    except Exception as error:
        found[name] = [type(error).__name__, str(error)]
print(json.dumps(found))
"""
CROSSES = """
import sys
from etl.engine import choose
from etl.handoff import to_host
device = choose("gpu").xp.arange(1000)
to_host(device)
def row(kind="int32"):
    sparse, xp = choose("gpu").sparse, choose("gpu").xp
    places = xp.arange(1000, dtype=kind), xp.stack([device[0], device[-1] + 1]).astype(kind)
    return sparse.csr_matrix((xp.ones(1000), *places), shape=(1, 1000))
{}
sys.exit(3)
"""


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Python on the stand-in, from the root of the project."""
    command = [sys.executable, str(DEVICE / "run.py"), *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ, timeout=600)


@pytest.fixture(scope="module")
def tried() -> dict[str, list[str]]:
    """What was raised for each planted mistake."""
    done = run("-c", TRIED, json.dumps(PLANTED))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[0])


def test_every_assertion_holds_on_the_stand_in() -> None:
    lines = run(DEVICE / "selfcheck.py").stdout.splitlines()
    checks = [line for line in lines if line.startswith(("ok", "WRONG"))]
    assert [line for line in checks if line.startswith("WRONG")] == []
    assert len(checks) >= 80
    assert f"{len(checks)} of {len(checks)} hold on the stand-in" in lines


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_refused(name: str, tried: dict[str, list[str]]) -> None:
    _, error, part = PLANTED[name]
    assert tried[name][0] == error
    assert part in tried[name][1]


@pytest.mark.parametrize(
    ("planted", "way", "times", "size"),
    [
        ("device.get()", "out", 1, 8000),
        ("device.tolist()", "out", 1, 8000),
        ("choose('gpu').xp.asarray([1.0, 2.0])", "in", 1, 16),
        ("int(device.sum())", "sync", 1, 8),
        ("choose('gpu').xp.bincount(device)", "sync", 2, 0),
        ("row()", "sync", 1, 8),  # the ends of its pointers
        ("row('int64')", "sync", 5, 40),  # and whether int32 holds all
        ("row() @ device.astype('float64')", "sync", 2, 16),  # and whether it is canonical
        ("m = row(); m.sum_duplicates(); m.copy() @ device; m.T.T @ device; m[:]", "sync", 2, 16),
        ("row()[:0]; row()[device[:1] * 0]", "sync", 5, 40),
    ],
)
def test_a_planted_crossing_is_counted_with_its_caller(
    tmp_path: Path, planted: str, way: str, times: int, size: int
) -> None:
    source = CROSSES.format(planted)
    program = f"exec(compile({source!r}, {str(ROOT / 'pipelines/planted.py')!r}, 'exec'))"
    done = run("--crossings", tmp_path / "crossings.json", "-c", program)
    found = json.loads((tmp_path / "crossings.json").read_text())
    assert done.returncode == 3, done.stderr
    assert found["told"]["out"] == {"times": 1, "bytes": 8000}
    assert {key: each for key, each in found["untold"].items() if each["times"]} == {
        way: {"times": times, "bytes": size}
    }
    rows = [row["caller"] for row in found["rows"] if "handoff" not in row["caller"]]
    assert {row.partition(" < ")[2] or row for row in rows} == {"pipelines/planted.py:11"}
    assert done.stdout.splitlines()[-1].startswith("crossings untold")


def test_the_stand_in_is_small() -> None:
    """All its lines; its own assertions and the checker of PyTorch's code are apart."""
    apart = ("host_reads.py", "torch_device.py", "selfcheck.py", "selfcheck_frames.py")
    own = [path for path in DEVICE.rglob("*.py") if path.name not in apart]
    assert sum(len(path.read_text().splitlines()) for path in own) <= 2100
