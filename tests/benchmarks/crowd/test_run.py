"""The systems that are timed on votes agree, and the figures say who took how long."""

import json
from pathlib import Path

import pytest

from benchmarks.crowd import run

pytest.importorskip("crowdkit", reason="crowd-kit is an extra")


def test_a_small_run_compares_all_systems(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    out = tmp_path / "crowd.json"
    config = run.Config(sizes=(20_000,), repeat=1, workers=50, classes=4, data=tmp_path, out=out)
    ratios = run.main(config)
    facts = json.loads(out.read_text())
    assert {row["system"] for row in facts["results"]} == set(run.SYSTEMS)
    cost = {row["system"]: row["cpu_s"] for row in facts["results"]}
    for ratio in ratios:
        assert ratio["cpu"] == pytest.approx(cost[ratio["system"]] / cost["crowd.ours"], rel=0.05, abs=0.01)
    assert "crowd.kit takes" in capsys.readouterr().out
    assert run.generate(config, 20_000).stat().st_mtime_ns == run.generate(config, 20_000).stat().st_mtime_ns
