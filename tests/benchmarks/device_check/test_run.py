"""However a check ends, what was learnt before is kept, and the next one is started."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from benchmarks.device_check.checks import CHECKS, Check, Facts
from benchmarks.device_check.run import Plan, run, summary
from tests.support.waiting import LIMIT, until

ROOT = Path(__file__).parents[3]
HERE = "tests.support.device_checks"


def done(out: Path, *names: str, seconds: int = 60, deadline: float = 10 * LIMIT) -> list[Facts]:
    checks = [Check(name, seconds, (), f"{HERE}:{name}", ("crowd",)) for name in names]
    return run(Plan(tuple(checks), deadline, True, out))


def lines(out: Path) -> list[Facts]:
    return [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]


def test_items_are_kept_beside_their_check(tmp_path: Path) -> None:
    (row,) = done(tmp_path, "good")
    *items, last = lines(tmp_path)
    assert [(each["kind"], each["item"], each["ok"]) for each in items] == [
        ("item", "one", True),
        ("item", "two", True),
    ]
    assert items[0]["facts"] == {"dry": True}
    assert last == json.loads(json.dumps(row))
    assert (row["ok"], row["passed"], row["failed"], row["stories"]) == (True, 2, [], ("crowd",))


def test_a_wrong_item_fails_its_check_and_no_other(tmp_path: Path) -> None:
    rows = done(tmp_path, "wrong", "good")
    assert [(row["ok"], row["failed"]) for row in rows] == [(False, ["bad"]), (True, [])]
    assert rows[0]["passed"] == 2
    (bad,) = [line for line in lines(tmp_path) if line.get("item") == "bad"]
    assert "3, not 4" in bad["error"]


def test_a_check_goes_on_behind_an_item_that_took_its_process_down(tmp_path: Path) -> None:
    (row,) = done(tmp_path, "crashing")
    assert (row["ok"], row["passed"], row["failed"]) == (False, 2, ["crash"])
    assert f"signal {signal.SIGSEGV.value} in crash" in row["why"]
    assert "Segmentation fault" in (tmp_path / "log.txt").read_text(), "the place is told"


def test_a_device_that_is_lost_is_taken_anew(tmp_path: Path) -> None:
    (row,) = done(tmp_path, "sticky")
    assert (row["ok"], row["passed"], row["failed"]) == (False, 1, ["one"])


def test_a_check_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    rows = done(tmp_path, "hanging", "good", seconds=2)
    assert [row["ok"] for row in rows] == [False, True]
    assert (rows[0]["failed"], rows[0]["passed"]) == (["hang"], 1)
    assert "the time limit in hang" in rows[0]["why"]
    assert not alive(int((tmp_path / "grandchild").read_text()))


def alive(process: int) -> bool:
    """Whether a process is still there after a while; one that ended and was not fetched is not."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        if state == "Z":
            return False
        time.sleep(0.1)
    return True


def test_what_no_longer_fits_is_skipped_and_told(tmp_path: Path) -> None:
    rows = done(tmp_path, "good", deadline=0.0)
    assert [(row["ok"], "it may take 360" in row["why"]) for row in rows] == [(None, True)]
    assert "skipped" in summary(rows)[1]
    assert summary(rows)[-1] == "0 checks passed, 0 failed, 1 were skipped"


def test_a_check_without_its_library_is_skipped_on_a_device(tmp_path: Path) -> None:
    check = Check("good", 60, ("no_such_library",), f"{HERE}:good")
    (row,) = run(Plan((check,), 60.0, False, tmp_path))
    assert (row["ok"], row["why"]) == (None, "needs no_such_library")


def test_lines_outlive_a_parent_that_is_killed(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\nfrom tests.benchmarks.device_check.test_run import done\n"
        f"done(Path({str(tmp_path)!r}), 'good', 'hanging')"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    end = time.monotonic() + LIMIT
    while not (tmp_path / "grandchild").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    process.kill()
    process.wait()
    grandchild = int((tmp_path / "grandchild").read_text())
    until(lambda: not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == "zombie")
    assert [line.get("item", line.get("name")) for line in lines(tmp_path)][:4] == [
        "one",
        "two",
        "good",
        "one",
    ]


def test_the_parent_imports_nothing_that_may_touch_a_device() -> None:
    code = "import sys, benchmarks.device_check.run\nprint(*{name.partition('.')[0] for name in sys.modules})"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    strange = set(found.stdout.split()) - sys.stdlib_module_names - {"benchmarks"}
    assert {name for name in strange if not name.startswith(("_", "sitecustomize"))} == set()


def test_every_story_has_checks_and_all_fit_the_time() -> None:
    from pipelines import stories

    told = {story for check in CHECKS for story in check.stories}
    assert told == {"engine", *stories()} - {"doctor"}
    assert len({check.name for check in CHECKS}) == len(CHECKS)


@pytest.mark.parametrize("name", ["environment", "arrays", "frames"])
def test_the_cpu_passes_beside_itself(name: str, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "benchmarks.device_check",
        "--dry",
        "--only",
        name,
        "--out",
        str(tmp_path),
    ]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines()[-1] == "1 checks passed, 0 failed, 0 were skipped", found.stdout
