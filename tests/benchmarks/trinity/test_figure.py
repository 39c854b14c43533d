"""The page's figure is drawn from what the demonstration comes to, and from nothing else."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.trinity import figure
from pipelines.trinity import Config


def test_the_demonstration_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "drawn.png").write_bytes(b"a picture")
    asked: list[Config] = []

    def main(config: Config) -> SimpleNamespace:
        asked.append(config)
        return SimpleNamespace(figures={"gains": tmp_path / "drawn.png"})

    monkeypatch.setattr(figure, "main", main)
    figure.draw(tmp_path / "gains.png")
    assert (asked[0].data, asked[0].votes, asked[0].learners) == (None, None, ("logistic",))
    assert (tmp_path / "gains.png").read_bytes() == b"a picture"
