"""The tagger's story on a GPU is that on the CPU: data of CuPy, networks where PyTorch has them."""

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="taggers are networks; pip install 'trinity[torch]'")

from etl.conll import simulate
from models.tagger.network import Network
from pipelines.ner.config import Config, Plan
from pipelines.ner.pipeline import main
from pipelines.ner.training.pipeline import Train, train
from tests.pipelines.ner.test_pipeline import write
from tests.support.device_runs import both

PLAN = Plan(acquisitions=("random", "mnlp", "bald"), start=0.1, step=0.2, until=0.3, samples=3, seeds=1)
SMALL = Network(width=16, epochs=4, round_epochs=2, round_steps=30, round_lr=0.002)
DRAWN = (
    *("f1_full", "f1_full_by_seed", "curve", "curve_by_seed", "rounds"),
    *("words_at_99pct", "words_at_99pct_by_seed", "words_at_shallow"),
)
"""By dropout, which PyTorch draws on the device."""


@pytest.mark.gpu
def test_a_gpu_comes_to_what_the_cpu_comes_to(tmp_path: Path) -> None:
    def run(device: str) -> Path:
        options = {"words": 2000, "workers": 1, "device": device, "out": tmp_path / device}
        return main(Config(plan=PLAN, network=SMALL, **options)).folder

    both(run, within=1e-6, drawn=DRAWN)


@pytest.mark.gpu
def test_training_on_labels_does_too(tmp_path: Path) -> None:
    data = write(tmp_path / "train.conll", simulate.sentences(80, seed=1))
    few = Network(width=8, epochs=2, round_steps=8)

    def run(device: str) -> Path:
        return train(Train(data=data, network=few, device=device, out=tmp_path / device)).folder

    both(
        run,
        within=1e-6,
        drawn=("f1", "f1_interval", "f1_by_type", "precision", "recall", "gain_interval", "loss"),
    )
