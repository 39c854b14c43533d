"""The graph's story on a GPU is that on the CPU."""

from pathlib import Path

import pytest

from pipelines.graph.pipeline import Config, main
from tests.support.device_runs import both


@pytest.mark.gpu
def test_a_gpu_comes_to_what_the_cpu_comes_to(tmp_path: Path) -> None:
    drawn = ("communities", "modularity")
    both(lambda device: main(Config(device=device, out=tmp_path / device)).folder, within=1e-9, drawn=drawn)


@pytest.mark.gpu
def test_so_it_does_of_a_file_with_distances(tmp_path: Path) -> None:
    table = tmp_path / "edges.csv"
    lines = [f"{one},{(7 * one + step) % 40},{step / 4}" for one in range(40) for step in (1, 2, 5)]
    table.write_text("from,to,km\n" + "\n".join(lines) + "\n")

    def run(device: str) -> Path:
        settings = {"ends": ("from", "to"), "weight": "km", "weights": "distance"}
        return main(Config(data=table, device=device, out=tmp_path / device, **settings)).folder

    both(run, within=1e-9, drawn=("communities", "modularity"))
