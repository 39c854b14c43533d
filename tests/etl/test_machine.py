import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pyarrow as pa
import pytest
from dask.utils import parse_bytes as dask_parse_bytes
from hypothesis import given
from hypothesis import strategies as st

from etl.engine import Engine
from etl.machine import (
    GIB,
    MIB,
    Limit,
    cores,
    deaf_children,
    device_memory,
    group_memory,
    memory_limit,
    parse_bytes,
    release_unused,
    show,
)

ROOT = Path(__file__).parents[2]
UNITS = st.sampled_from(["", "B", "kB", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB", "gib", "mb"])

PROBE = """
import json, resource, sys
from etl.machine import memory_limit
resource.setrlimit(getattr(resource, sys.argv[1]), (int(sys.argv[2]),) * 2)
in_use = bytearray(200 << 20)
limit = memory_limit()
fits = len(bytearray(int(limit.bytes * 0.9)))
try:
    bytearray(int(limit.bytes * 1.1))
except MemoryError:
    print(json.dumps([limit.bytes, limit.reason, fits]))
"""


@given(st.one_of(st.integers(0, 2**20), st.decimals(0, 1000, places=3)), UNITS, st.sampled_from(["", " "]))
def test_amounts_are_read_as_dask_reads_them(number, unit, space):
    text = f"{number}{space}{unit}"
    assert parse_bytes(text) == dask_parse_bytes(text)


@given(st.integers(0, 2**50))
def test_shown_amounts_read_back_to_a_twentieth(amount):
    assert parse_bytes(show(amount)) == pytest.approx(amount, rel=0.051)


@pytest.mark.parametrize("text", ["4G", "", "four", "-1GiB", "1e3", "GiB", "4 Gi B", "٣GiB", "1.2.3MB"])
def test_other_amounts_are_refused_with_an_example(text):
    with pytest.raises(ValueError, match="4GiB") as caught:
        parse_bytes(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("name", ["RLIMIT_AS", "RLIMIT_DATA"])
def test_own_limits_bind_as_allocation_does(name):
    most = 600 * MIB
    command = [sys.executable, "-c", PROBE, name, str(most)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    amount, reason, fits = json.loads(done.stdout)
    assert 0 < fits <= amount <= most - 200 * MIB
    assert name in reason
    assert "600.0 MiB" in reason


def test_an_asked_limit_only_lowers():
    found = memory_limit("100 MiB")
    assert found == Limit(100 * MIB, "100 MiB was asked for")
    high = memory_limit("900 TiB")
    assert high.bytes < 900 << 40
    assert "asked" not in high.reason


def test_the_limit_is_below_the_machine_and_not_negative():
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < memory_limit().bytes <= total
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    assert most == resource.RLIM_INFINITY or memory_limit().bytes <= most


def tree(root: Path, groups: str, files: dict[str, str]) -> Path:
    """A root directory with this process's cgroups and the files below ``sys/fs/cgroup``."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(groups)
    for name, text in files.items():
        path = root / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_version_2_takes_parents_and_leaves_cached_files_out(tmp_path):
    root = tree(
        tmp_path,
        "0::/slice/run\n",
        {
            "slice/run/memory.max": "max\n",
            "slice/run/memory.high": f"{3 * GIB}\n",
            "slice/run/memory.current": f"{GIB}\n",
            "slice/run/memory.stat": f"anon 5\ninactive_file {GIB // 2}\n",
            "slice/memory.max": f"{2 * GIB}\n",
            "slice/memory.current": f"{GIB}\n",
        },
    )
    found = {limit.bytes: limit.reason for limit in group_memory(root)}
    assert set(found) == {3 * GIB - GIB // 2, GIB}
    assert "slice/memory.max" in found[GIB]
    assert memory_limit("900TiB", root).bytes <= GIB


@pytest.mark.parametrize("path", ["/job/inner", "/docker/not/visible/here", "/../job/inner"])
def test_version_1_finds_the_nearest_visible_group(tmp_path, path):
    root = tree(
        tmp_path,
        f"9:name=systemd:/\n4:memory:{path}\n0::/\n",
        {
            "memory/memory.limit_in_bytes": "9223372036854771712\n",
            "memory/memory.usage_in_bytes": "5\n",
            "memory/job/memory.limit_in_bytes": f"{512 * MIB}\n",
            "memory/job/memory.usage_in_bytes": f"{100 * MIB}\n",
            "memory/job/memory.stat": f"inactive_file 1\ntotal_inactive_file {40 * MIB}\n",
        },
    )
    least = min(limit.bytes for limit in group_memory(root))
    visible = "job" in path
    assert least == (452 * MIB if visible else 9223372036854771712 - 5)
    bound = memory_limit(root=root)
    assert ("cgroup" in bound.reason) == visible


def test_an_exhausted_group_leaves_nothing(tmp_path):
    root = tree(tmp_path, "0::/a\n", {"a/memory.max": "100\n", "a/memory.current": "300\n"})
    assert memory_limit(root=root).bytes == 0


def test_no_groups_no_limits(tmp_path):
    assert group_memory(tmp_path) == []
    assert cores(tmp_path) == cores_by_affinity()


def cores_by_affinity() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@pytest.mark.parametrize(
    ("groups", "files"),
    [
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "150000 100000\n"}),
        ("0::/a\n", {"a/cpu.max": "20000 100000\n"}),
        (
            "2:cpu,cpuacct:/a\n",
            {"cpu,cpuacct/a/cpu.cfs_quota_us": "100000\n", "cpu,cpuacct/a/cpu.cfs_period_us": "100000\n"},
        ),
    ],
)
def test_quotas_bound_cores_at_one_at_least(tmp_path, groups, files):
    assert cores(tree(tmp_path, groups, files)) == 1


def test_no_quota_leaves_affinity(tmp_path):
    files = {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}
    assert cores(tree(tmp_path, "1:cpu:/\n", files)) == cores_by_affinity()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="affinity is Linux's")
def test_affinity_bounds_cores():
    code = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
    code += "from etl.machine import cores; print(cores())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


def test_memory_of_an_engine_is_where_its_frames_live(engine: Engine):
    found = device_memory(engine)
    assert found.bytes > 0
    assert ("GPU" in found.reason) == (engine.name == "gpu")
    assert engine.name == "gpu" or found.bytes == pytest.approx(memory_limit().bytes, rel=0.2)


DEAF = """
import multiprocessing, signal
from etl.machine import deaf_children
with deaf_children():
    pool = multiprocessing.get_context("spawn").Pool(1)
print([signal.SIGINT in mask for mask in (
    pool.apply(signal.pthread_sigmask, (signal.SIG_BLOCK, ())), signal.pthread_sigmask(signal.SIG_BLOCK, ())
)])
pool.terminate()
"""


def test_the_first_process_that_is_spawned_never_hears_of_ctrl_c() -> None:
    done = subprocess.run([sys.executable, "-c", DEAF], capture_output=True, text=True, check=True)
    assert done.stdout == "[True, False]\n"


def interrupted(done: list[str]) -> None:
    with deaf_children():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)
        done.append("spawned")


@pytest.mark.usefixtures("hears_ctrl_c")
def test_ctrl_c_that_another_thread_hears_is_raised_after_the_processes_are_spawned() -> None:
    done: list[str] = []
    stop = threading.Event()
    other = threading.Thread(target=stop.wait)  # takes signals that the main thread blocks
    other.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted(done)
    finally:
        stop.set()
        other.join()
    assert done == ["spawned"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_memory_that_arrow_keeps_for_later_goes_back() -> None:
    def resident() -> int:
        return psutil.Process().memory_info().rss

    held = [pa.array([b"x" * (100 << 10)]) for _ in range(1000)]
    full = resident()
    del held
    release_unused()
    assert resident() < full - 50 * MIB
