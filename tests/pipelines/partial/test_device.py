"""The story of partial feedback on a GPU is that on the CPU."""

from pathlib import Path

import pytest

pytest.importorskip("torch")

from pipelines.partial.pipeline import Config, main
from tests.support.device_runs import both

DRAWN = ("questions_to_full", "accuracy_at_30pct", "accuracy_end", "saving", "curve", "best")
"""By the order of rows in training, which PyTorch draws on the device."""


@pytest.mark.gpu
def test_a_gpu_comes_to_what_the_cpu_comes_to(tmp_path: Path) -> None:
    def run(device: str) -> Path:
        settings = {"items": 60, "epochs": 1, "budget": 0.2, "variants": ("uniform", "alpf_edc")}
        return main(Config(device=device, out=tmp_path / device, **settings)).folder

    both(run, within=1e-6, drawn=DRAWN)
