import pytest

from benchmarks.learners import run
from benchmarks.learners.peers import learner
from etl.engine import devices
from etl.engine.learners import TABLE

PERFECT = {"score": 0.9, "agreement": 0.9, "explained": 0.5, "distance": 1.0}


@pytest.mark.parametrize("path", [row.path for row in TABLE])
def test_every_learner_of_the_table_learns(path: str) -> None:
    found = learner.run(learner.load({"size": 2000, "seed": 0, "device": "cpu"}), 1, path)
    ((name, value),) = found.items()
    assert value > (0.6 if path.endswith("TreeRegressor") else PERFECT[name])


@pytest.mark.skipif(devices()[0] > 0, reason="there is a GPU")
def test_without_a_gpu_the_reason_is_told() -> None:
    with pytest.raises(SystemExit, match="compared on a GPU, and there is none to use"):
        run.main(run.Config())
