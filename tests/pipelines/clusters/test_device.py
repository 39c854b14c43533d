"""The clusters' story on a GPU is that on the CPU."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csc_matrix, csr_matrix, save_npz

from etl.engine import Engine
from etl.handoff import to_host
from pipelines.clusters.data import load
from pipelines.clusters.pipeline import Config, main
from pipelines.run import Run
from tests.support.device_runs import both

DRAWN = (
    *("clusters", "silhouette", "inertia", "purity", "reason", "by_k"),
    *("agreement", "told_by_neighbours"),
)
"""By the starts of k-means, which cuML draws itself."""


@pytest.mark.gpu
def test_a_gpu_comes_to_what_the_cpu_comes_to(tmp_path: Path) -> None:
    both(
        lambda device: main(Config(rows=300, clusters=4, device=device, out=tmp_path / device)).folder,
        within=1e-6,
        drawn=DRAWN,
    )


@pytest.mark.gpu
def test_so_it_does_of_a_file_by_density(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(np.repeat(rng.normal(0, 9, (3, 4)), 40, axis=0) + rng.normal(size=(120, 4)))
    table = table.set_axis([*"abcd"], axis=1).assign(id=[f"r{n}" for n in range(120)])
    table.loc[3, "a"] = np.nan
    table.to_csv(tmp_path / "rows.csv", index=False)

    def run(device: str) -> Path:
        settings = {"leave": ("id",), "method": "dbscan", "device": device, "out": tmp_path / device}
        return main(Config(data=str(tmp_path / "rows.csv"), **settings)).folder

    both(run, within=1e-6)


@pytest.mark.parametrize("kind", [csr_matrix, csc_matrix])
def test_counts_in_a_sparse_file_are_read_by_rows(engine: Engine, kind: type, tmp_path: Path) -> None:
    counts = np.array([[0, 3, 4, 0], [2, 0, 0, 0], [0, 1, 0, 0], [5, 0, 0, 12]])
    save_npz(tmp_path / "counts.npz", kind(counts))
    config = Config(data=str(tmp_path / "counts.npz"), device=engine.name, out=tmp_path / "out")

    with Run("clusters", config) as run:
        X = to_host(load(config, run).X.toarray())

    wanted = counts / np.linalg.norm(counts, axis=1, keepdims=True)
    np.testing.assert_allclose(X, wanted, rtol=1e-6)
