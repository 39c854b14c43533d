"""Names in text: words needed by each way of choosing sentences, and F1 with all words, beside a tuned CRF.

``python -m benchmarks.ner --data ../shared/data/ner --out benchmarks/results/ner-cpu.json``

Curves are those of `pipelines.ner`, by the sets' own test sentences where they have some, else by a random
fifth. The shallow model is CRFsuite on hand-made features; its two penalties are chosen on a fifth of the
training sentences. No setting of ours was chosen by the curves; the network's were, by F1 on the GMB.
"""

import json
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import tyro

from benchmarks.harness import write
from benchmarks.ner.sets import paths
from models.tagger.network import Network
from pipelines.ner import Config
from pipelines.ner import main as compare

Plan: Any = type(Config().plan)


@dataclass(frozen=True)
class Options:
    """Compare ways to choose sentences, on real ones."""

    data: Path = Path("../shared/data/ner")
    """Directory with the sets."""
    sets: tuple[str, ...] = ("gmb", "zh")
    """Sets to compare on: gmb, zh, btc, wnut17, wikigold."""
    words: int = 200_000
    """Largest number of words in a pool."""
    plan: Annotated[Plan, tyro.conf.arg(name="")] = field(
        default_factory=partial(Plan, start=0.02, step=0.04, until=0.45)
    )
    """Which questions are asked."""
    network: Annotated[Network, tyro.conf.arg(name="")] = field(default_factory=Network)
    """Which tagger learns."""
    workers: int = 4
    """Processes to run at the same time."""
    runs: Path | None = None
    """Directory that keeps the run folders, to look at the figures; None keeps none."""
    out: Path | None = None
    """JSON file to write."""


def main(options: Options) -> list[dict[str, Any]]:
    """Compare on each set, print its rows, and write all."""
    rows = []
    for name in options.sets:
        rows += measure(name, options)
        if options.out:
            write(options.out, rows, [])
    return rows


def measure(name: str, options: Options) -> list[dict[str, Any]]:
    """Rows of a set: one for each way of choosing, each with its curve."""
    train, test = paths(options.data, name)
    config = Config(
        data=train,
        test=test,
        words=options.words,
        plan=options.plan,
        network=options.network,
        device="cpu",
        workers=options.workers,
    )
    with TemporaryDirectory() as scratch:
        folder = compare(replace(config, out=options.runs or Path(scratch)))
        found = json.loads((folder / "metrics.json").read_text())
    return [row(name, system, found) for system in found["curve"]]


def row(name: str, system: str, found: dict[str, Any]) -> dict[str, Any]:
    """What a run's metrics say of one way of choosing."""
    rounds = found["rounds"][system]
    about = {key: found[key] for key in ("words", "f1_full", "f1_full_by_seed", "f1_shallow", "until")}
    needed = ("words_at_99pct", "words_at_99pct_by_seed", "words_at_shallow")
    own = {key: found[key].get(system) for key in needed}
    shown = {
        "system": system,
        "size": name,
        **own,
        "choosing_s": sum(each["choosing"] for each in rounds),
        "training_s": sum(each["training"] for each in rounds),
        "length": sum(each["length"] for each in rounds[1:]) / max(1, len(rounds) - 1),
        **about,
    }
    print({key: value for key, value in shown.items() if key != "f1_full_by_seed"}, flush=True)
    return shown | {"curve": found["curve"][system], "curve_by_seed": found["curve_by_seed"][system]}
