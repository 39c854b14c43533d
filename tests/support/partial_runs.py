"""Runs of the partial-feedback pipeline for tests: small, on the CPU, and what they leave."""

import csv
import json
from pathlib import Path

from pipelines.partial.pipeline import Config

TABLE = "child,parent\ncat,pet\ndog,pet\npet,animal\ncow,animal\nanimal,\ncar,\n"


def config(out: Path, **options) -> Config:
    plain = {"variants": ("uniform", "alpf_eig"), "epochs": 2, "device": "cpu", "out": out, "budget": 0.1}
    return Config(**{**plain, **options})


def metrics(folder: Path) -> dict:
    return json.loads((folder / "metrics.json").read_text())


def choices(folder: Path) -> str:
    return " ".join(json.loads((folder / "config.json").read_text())["choices"])


def labels(folder: Path) -> dict[str, str]:
    with (folder / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["remaining"] for row in rows} == {"1"}
    return {row["item"]: row["class"] for row in rows}
