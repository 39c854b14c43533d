"""What new files lack, and what it costs to code their categories anew: the area under the ROC curve.

``python -m benchmarks.mortgage.unseen --out benchmarks/results/mortgage-unseen-cpu.json``

A run is trained on loans. Those that are left when a seller and a state are taken out are scored by the saved
model as it is, and with the codes that their own values would have; each seller and each state of at least
`SHARE` of the rows is taken out in turn.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks import harness
from etl.engine import choose
from etl.engine.types import Estimator, Frame
from etl.mortgage import coding, cut, features, generate, read
from pipelines import load
from pipelines import mortgage as story

LACKING = ("seller_name", "property_state")
SHARE = 0.03


@dataclass(frozen=True)
class Config:
    """Score loans of files that lack a seller and a state."""

    data: Path | None = None
    """Loan file, small enough for one piece; None generates one."""
    rows: int = 200_000
    """Rows of the generated file."""
    out: Path | None = None
    """JSON file to write."""


def main(config: Config) -> list[dict[str, Any]]:
    """Train, take out, score; prints and returns a row for each seller and state."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        data = config.data or generate.generate(folder / "data", rows=config.rows, quarters=("2014Q1",))[0]
        run = story.main(story.Config(data=data, device="cpu", out=folder)).folder
        (piece,) = cut.cut(data, folder, 1 << 30)
        model, rows = load(run, "cpu").model, features.shape(read.read(piece, choose("cpu")))
        found = list(_each(model, rows))
    worst = max(found, key=lambda row: row["right"] - row["anew"])
    print(f"{len(found)} pairs; the most that is lost: {worst}")
    print(f"largest difference of a probability: {max(row['difference'] for row in found)}")
    if config.out:
        harness.write(config.out, found)
    return found


def _each(model: Estimator, rows: Frame) -> Iterator[dict[str, Any]]:
    whole = model.score([rows])["probability"].to_numpy()
    shares = [rows[name].value_counts(normalize=True) for name in LACKING]
    for seller, state in product(*(share.index[share >= SHARE] for share in shares)):
        kept = ((rows["seller_name"] != seller) & (rows["property_state"] != state)).to_numpy()
        part = rows[kept]
        part = part.assign(**{name: part[name].cat.remove_unused_categories() for name in LACKING})
        yield {"seller": seller, "state": state, "rows": len(part)} | _compared(model, part, whole[kept])


def _compared(model: Estimator, part: Frame, whole: np.ndarray) -> dict[str, float]:
    label, found = part["label"].to_numpy(), model.score([part])["probability"].to_numpy()
    anew = model.trees.probability(coding.encode(part, coding.vocabulary(part)))
    areas = {"whole": whole, "right": found, "anew": anew}
    compared = {name: round(float(roc_auc_score(label, each)), 4) for name, each in areas.items()}
    return compared | {"difference": float(np.abs(found - whole).max())}


if __name__ == "__main__":
    from pipelines import parse

    main(parse(Config, __doc__))
