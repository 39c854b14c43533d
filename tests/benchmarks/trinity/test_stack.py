"""The stack of usual libraries learns what is plain, from texts and from vectors."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.trinity import data, judge
from tests.benchmarks.trinity.test_data import parts

pytest.importorskip("crowdkit", reason="crowd-kit is an extra")
pytest.importorskip("tomotopy", reason="tomotopy is an extra")
pytest.importorskip("torch", reason="PyTorch is an extra")

from benchmarks.trinity.peers import network, stack, topics

STAGES = {
    True: ["read", "labels", "scale", "xgboost", "network", "refit", "predict"],
    False: ["read", "labels", "count", "topics", "tf-idf", "xgboost", "network", "refit", "predict"],
}


@pytest.mark.parametrize("vectors", [True, False])
@pytest.mark.filterwarnings("ignore")
def test_the_stack_learns_what_is_plain(
    vectors: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, name, few in ((stack, "COMPONENTS", 2), (stack, "ROUNDS", 5), (topics, "TOPICS", 4)):
        monkeypatch.setattr(place, name, few)
    data.write(tmp_path, data.drawn(parts(vectors), seed=0))
    done = stack.run(str(tmp_path / "seen"), 1, str(tmp_path / "out"), 0)
    assert judge.right(Path(done["predictions"]), data.Set("x", 0, tmp_path).gold(), "x").all()
    assert list(done["stages"]) == STAGES[vectors]
    assert done["facts"]["chosen"] in ("xgboost", "network")
    assert json.loads((tmp_path / "out" / "stages.jsonl").read_text().splitlines()[0])["stage"] == "read"


@pytest.mark.filterwarnings("ignore")
def test_the_network_separates_what_a_line_does_not() -> None:
    X = np.random.default_rng(0).normal(size=(400, 2)).astype("float32")
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    assert (network.fit(X, y, 1, 0).predict(X) == y).mean() > 0.9
