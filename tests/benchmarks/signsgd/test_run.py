"""The lab limits and counts, leaves nothing behind, and the benchmark writes what it measures."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("torch")

from benchmarks.signsgd import lab as signsgd_lab
from benchmarks.signsgd import rates, run, table
from benchmarks.signsgd.lab import Lab
from models.signsgd.network_model import Codec
from tests.support.waiting import LIMIT, until

REASON = signsgd_lab.lacking()
needs_lab = pytest.mark.skipif(REASON is not None, reason=REASON or "")


def of(place: int) -> str:
    return os.readlink(f"/proc/{place}/ns/net")


def wait_for_the_end_of(names: set[str]) -> None:
    """Until no process is in one of these namespaces."""

    def gone() -> bool:
        left = set()
        for entry in Path("/proc").glob("[0-9]*/ns/net"):
            with suppress(OSError):  # it has just ended
                left.add(os.readlink(entry))
        return not left & names

    until(gone)


@needs_lab
def test_two_workers_send_a_32nd_in_less_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, n = tmp_path / "signsgd.json", 500_000
    config = run.Config((10,), (2,), n, ("fp32", "fp16", "sharded"), (), repeat=1, budget=0, out=out)

    rows = {row["system"]: row for row in run.main(config)}

    sent = {name: row["sent"] for name, row in rows.items()}
    assert 4 * n < sent["fp32"] < 4.2 * n
    assert sent["fp32"] / sent["sharded"] == pytest.approx(32, rel=0.06)  # other traffic is counted too
    assert sent["fp32"] / sent["fp16"] == pytest.approx(2, rel=0.02)
    assert rows["fp32"]["wall_s"] > 0.9 * 8 * 4 * n / 10e6
    assert rows["sharded"]["wall_s"] < rows["fp16"]["wall_s"] < rows["fp32"]["wall_s"]
    facts = json.loads(out.read_text())
    assert facts["results"] == list(rows.values())
    assert len(table.collective(facts).splitlines()) == 2 + 3 + 3
    assert "time 1.0, bytes 1.0" in capsys.readouterr().out


@needs_lab
def test_a_worker_that_fails_is_named_and_nothing_is_left() -> None:
    names = set()
    with Lab(2, "no_such_module") as lab:
        names = {of(place) for place in lab.places}
        assert len(names) == 3
        with pytest.raises(RuntimeError, match="(?s)worker 0 ended on .*no_such_module"):
            lab.ask(what="anything")
    wait_for_the_end_of(names)


@needs_lab
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_the_lab_is_killed(end: signal.Signals) -> None:
    code = (
        "import sys; from benchmarks.signsgd.lab import Lab\n"
        "with Lab(2, 'benchmarks.signsgd.peers.worker') as lab:\n"
        "    print(*lab.places, flush=True); sys.stdin.read()"
    )
    root = Path(run.__file__).parents[1]
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
    ) as process:
        try:
            assert process.stdout is not None
            names = {of(int(place)) for place in process.stdout.readline().split()}
            assert len(names) == 3
            process.send_signal(end)
            assert process.wait(LIMIT) == -end
        finally:
            process.kill()
    wait_for_the_end_of(names)


def test_where_a_tool_lacks_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")

    assert run.main(run.Config()) == []
    assert "skipped: ip, tc, nsenter, unshare not found: install" in capsys.readouterr().out


def test_predictions_stand_beside_measurements() -> None:
    host = {
        "seconds": {"fp32": 0.1, "fp16": 0.2, "powersgd": 0.3, "sharded": 0.15},
        "vote": 1e-11,
        "shapes": [[1000, 1000]],
    }
    link = {"rate": 10, "workers": 3, "latency": 0.0, "bytes_s": 1e6}
    found = {"fp32": 5.4, "fp16": 3.0, "powersgd": 0.31, "sharded": 0.4, "sharded plain": 9.0}
    steps = [{"system": name, "wall_s": value} for name, value in found.items()]

    (row,) = rates.predictions(link, [host], steps)

    seconds = {each["system"]: each["predicted_s"] for each in row["systems"]}
    megabyte = 1 + 1e6 * Codec().move  # a second on the wire, and what the host takes to move it
    assert seconds["fp32"] == pytest.approx(0.1 + 4 / 3 * 4 * megabyte)
    assert seconds["fp16"] == pytest.approx(0.2 + 4 / 3 * 2 * megabyte)
    assert seconds["powersgd"] == pytest.approx(0.3 + 4 / 3 * 4 * 0.004 * megabyte)
    assert seconds["sharded"] == pytest.approx(0.15 + 1e-5 + 4 / 3 * 0.125 * megabyte)
    assert row["orders_wrong"] == ["sharded < powersgd"]
    assert (row["verdict"], row["measured"], row["agrees"]) == ("level", "do not use", False)
