"""The systems that are timed do the same work, and a difference would be seen."""

import gzip
import json
from pathlib import Path

import pytest

from benchmarks import harness
from benchmarks.mortgage import run, table
from benchmarks.mortgage.peers import duckdb_sql, notebook_pandas, ours, polars_lazy
from tests.support.files import tidy, write_combined

pytest.importorskip("duckdb", reason="duckdb is an extra")
pytest.importorskip("polars", reason="polars is an extra")
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("label", ["default", "rapids"])
@pytest.mark.parametrize("source", ["written", "real"])
def test_all_systems_agree(source: str, label: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    data = tmp_path / "2017Q1.csv"
    if source == "real":
        data.write_bytes(
            gzip.decompress((request.getfixturevalue("real_mortgage") / "2017Q1.csv.gz").read_bytes())
        )
    else:
        write_combined(tidy(3, loans=80), data)
    systems = [ours, duckdb_sql, polars_lazy, *([notebook_pandas] if label == "rapids" else [])]
    digests = {s.__name__: s.digest(s.run(str(tmp_path), 1, label)) for s in systems}
    assert digests["benchmarks.mortgage.peers.ours"]["label"] > 10
    harness.agree(digests)


def test_a_value_in_a_wrong_row_is_seen(tmp_path: Path) -> None:
    write_combined(tidy(3), tmp_path / "2017Q1.csv")
    frames = ours.run(str(tmp_path), 1, "default")
    right = ours.digest(frames)
    frames[0] = frames[0].assign(orig_ltv=frames[0]["orig_ltv"].to_numpy()[::-1].copy())
    with pytest.raises(ValueError, match=r"a and b disagree about orig_ltv.mix"):
        harness.agree({"a": right, "b": ours.digest(frames)})


def test_results_are_written_with_what_made_them(tmp_path: Path, capsys) -> None:
    config = run.Config(sizes=(20_000,), repeat=1, data=tmp_path / "data", out=tmp_path / "out.json")
    run.main(config)
    facts = json.loads((tmp_path / "out.json").read_text())
    assert {"machine", "command", "date", "versions", "results", "ratios"} <= set(facts)
    assert {row["system"] for row in facts["results"]} == {"mortgage.ours", *run.PEERS}
    for row in facts["results"]:
        assert row["cpu_s"] > 0
        assert row["peak_mb"] > 50
    best = min(row["cpu_s"] for row in facts["results"] if row["system"] != "mortgage.ours")
    own = next(row["cpu_s"] for row in facts["results"] if row["system"] == "mortgage.ours")
    assert facts["ratios"][0]["cpu"] == pytest.approx(own / best, abs=0.001)
    assert f"{own:.2f}" in table.speed(facts)


def test_a_failing_system_is_told_with_its_error() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)notebook_pandas failed.*the notebook has one label"):
        harness.measure("mortgage.notebook_pandas", {"data": "x", "threads": 1, "label": "default"})
