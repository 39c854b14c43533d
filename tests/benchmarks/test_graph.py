import json
from pathlib import Path

import pytest

from benchmarks import graph, harness
from benchmarks.peers import graph_networkx, graph_ours


@pytest.mark.parametrize("operation", ["build", *graph_networkx.OPERATIONS])
def test_both_find_the_same(operation: str) -> None:
    data = {"size": 4000, "seed": 1, "device": "cpu", "operation": operation}
    found = {
        peer.__name__: peer.digest(peer.run(peer.load(data), 1, operation))
        for peer in (graph_networkx, graph_ours)
    }
    assert found["benchmarks.peers.graph_ours"]["count"] > 100
    harness.agree(found, graph.TOLERANCE)
    other = graph_ours.digest(graph_ours.run(graph_ours.load(data | {"seed": 2}), 1, operation))
    with pytest.raises(ValueError, match="disagree about"):
        harness.agree({"one": found["benchmarks.peers.graph_ours"], "other": other}, graph.TOLERANCE)


def test_one_size_is_measured_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "r.json"
    ratios = graph.main(graph.Config(sizes=(2000,), operations=("bfs",), repeat=1, out=path))

    written = json.loads(path.read_text())
    assert written["ratios"] == ratios
    assert {row["system"] for row in written["results"]} == {"graph_networkx", "graph_ours"}
    assert "bfs" in capsys.readouterr().out
