import json
from pathlib import Path

import pytest

from benchmarks import harness
from benchmarks.graph import run
from benchmarks.graph.peers import networkx, ours


@pytest.mark.parametrize("operation", ["build", *networkx.OPERATIONS])
def test_both_find_the_same(operation: str) -> None:
    data = {"size": 4000, "seed": 1, "device": "cpu", "operation": operation}
    found = {peer.__name__: peer.digest(peer.run(peer.load(data), 1, operation)) for peer in (networkx, ours)}
    assert found["benchmarks.graph.peers.ours"]["count"] > 100
    harness.agree(found, run.TOLERANCE)
    other = ours.digest(ours.run(ours.load(data | {"seed": 2}), 1, operation))
    with pytest.raises(ValueError, match="disagree about"):
        harness.agree({"one": found["benchmarks.graph.peers.ours"], "other": other}, run.TOLERANCE)


def test_one_size_is_measured_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "r.json"
    ratios = run.main(run.Config(sizes=(2000,), operations=("bfs",), repeat=1, out=path))

    written = json.loads(path.read_text())
    assert written["ratios"] == ratios
    assert {row["system"] for row in written["results"]} == {"graph.networkx", "graph.ours"}
    assert "bfs" in capsys.readouterr().out
