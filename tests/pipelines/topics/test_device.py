"""The topics' story on a GPU is that on the CPU, up to sums of another order in float32."""

from pathlib import Path

import pytest

from pipelines.topics import demo
from pipelines.topics.pipeline import Columns, Config, main
from tests.pipelines.topics.test_pipeline import articles
from tests.support.device_runs import both

WITHIN = 1e-4


@pytest.mark.gpu
def test_a_gpu_comes_to_what_the_cpu_comes_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DOCUMENTS": 800, "WORDS": 300, "TOPICS": 4}.items():
        monkeypatch.setattr(demo, name, value)

    def run(device: str) -> Path:
        return main(Config(topics=4, workers=1, device=device, out=tmp_path / device)).folder

    both(run, within=WITHIN)


@pytest.mark.gpu
def test_so_it_does_of_a_file_of_texts_with_labels(tmp_path: Path) -> None:
    articles().to_csv(tmp_path / "articles.csv", index=False)
    columns = Columns(text=("title", "body"), id="key", date="day", label="theme")

    def run(device: str) -> Path:
        settings = {"topics": 3, "workers": 1, "device": device, "out": tmp_path / device}
        return main(Config(data=str(tmp_path / "articles.csv"), columns=columns, **settings)).folder

    both(run, within=WITHIN)
