"""Runs of the topics pipeline, and what they left."""

import json
from pathlib import Path

import pandas as pd

from pipelines.topics.pipeline import Config, main


def run(out: Path, data: Path | str, **options) -> Path:
    settings = {"topics": 3, "workers": 2, "device": "cpu", "out": out}
    return main(Config(data=str(data), **settings | options)).folder  # type: ignore[arg-type]


def left(out: Path) -> list[str]:
    return [path.name for path in (out / "topics").glob("*")] if out.exists() else []


def metrics(folder: Path) -> dict:
    return json.loads((folder / "metrics.json").read_text())


def shares(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "documents.parquet").set_index("id")
