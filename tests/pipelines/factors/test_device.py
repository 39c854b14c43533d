"""The factors' story on a GPU is that on the CPU, and nothing crosses but what its ledger tells."""

from pathlib import Path

import pytest

from pipelines.factors.pipeline import Config, main
from tests.pipelines.factors.test_pipeline import flows
from tests.support.device_runs import both


@pytest.mark.gpu
@pytest.mark.parametrize("method", ["cp", "tucker"])
def test_a_gpu_comes_to_what_the_cpu_comes_to(method: str, tmp_path: Path) -> None:
    table, _ = flows()
    table.to_csv(tmp_path / "t.csv", index=False)
    given = {"modes": ("sensor", "day", "minute"), "value": "speed", "ranks": (2, 3), "method": method}
    both(
        lambda device: (
            main(
                Config(data=tmp_path / "t.csv", device=device, out=tmp_path / device, **given)  # type: ignore[arg-type]
            ).folder
        ),
        within=1e-6,
    )
