"""Topics by us, Mallet, tomotopy, gensim and scikit-learn: how good, in how many core-seconds and megabytes.

``python -m benchmarks.topics --mallet FOLDER --out benchmarks/results/topics-cpu.json``

Each system runs in a process of its own. Only training is timed, not the reading of documents (Mallet reads
its own format within its time). All topics are judged alike, see `benchmarks.topics.judge`. A set that is not
there, or a system that cannot run, is left out, and the reason printed.
"""

import importlib.metadata
import importlib.util
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import harness
from benchmarks.topics import data as topics_data
from benchmarks.topics import figure as topics_figure
from benchmarks.topics import growth as topics_growth
from benchmarks.topics import judge
from benchmarks.topics import systems as topics_systems
from benchmarks.topics.data import Corpus
from benchmarks.topics.systems import OURS, SYSTEMS
from etl.text.simulate import Design
from pipelines.figures import save

Row = dict[str, Any]


LONG = (("arxiv-100k", 50),)
"""Set and topics for which Mallet's further iterations are made."""


@dataclass(frozen=True)
class Config:
    """Compare ways to learn topics."""

    data: Path = Path("../shared/data")
    """Directory with text/arxiv and text/nyt; synthetic sets need none."""
    sets: tuple[str, ...] = (*topics_data.REAL, *topics_data.SYNTHETIC)
    """Corpora of the table."""
    k: tuple[int, ...] = (5, 10, 20, 50, 100)
    """Numbers of topics; synthetic sets are learnt with their own number."""
    systems: tuple[str, ...] = tuple(SYSTEMS)
    """Systems to compare."""
    curves: tuple[tuple[str, int], ...] = (("arxiv-100k", 50), ("arxiv-100k", 20))
    """Corpora and numbers of topics for curves of quality against cost."""
    growth: tuple[int, ...] = (50_000, 200_000, 800_000)
    """Sizes of growing corpora on which ours is timed; with any, it is also timed on growing topics."""
    mallet: Path | None = None
    """Folder of Mallet with its jars and, if it was built, its classes."""
    mallet_iterations: tuple[int, ...] = (200,)
    """Iterations of Mallet; those after the first only for 50 topics of arxiv-100k: 1000 take ten minutes."""
    threads: int = 1
    """Threads of ours, Mallet and tomotopy; gensim and scikit-learn take one."""
    repeat: int = 3
    """Runs of ours, each with its own seed, of which medians are reported; the others run once."""
    scratch: Path | None = None
    """Directory for the corpora while they are used; by default the system's."""
    figure: Path | None = None
    """File in which to draw the curves."""
    out: Path | None = None
    """JSON file to write, again after each step."""


def main(config: Config) -> dict[str, list[Row]]:
    """Measure tables, curves and growth; returns what is written."""
    parts: dict[str, list[Row]] = {name: [] for name in ("results", "ratios", "curves", "reach", "growth")}
    systems = topics_systems.available(config.systems, config.mallet)
    with tempfile.TemporaryDirectory(dir=config.scratch, prefix="topics-") as scratch:
        _warm(Path(scratch), systems)
        for name in dict.fromkeys((*config.sets, *(name for name, _ in config.curves))):
            corpus = _corpus(name, config, Path(scratch))
            if corpus is None:
                continue
            for k in _sizes(config, corpus) if name in config.sets else ():
                parts["results"] += table(config, corpus, k, systems)
                _save(config, parts)
            for k in (k for curved, k in config.curves if curved == name):
                parts["curves"] += curve(config, corpus, k, systems)
                _save(config, parts)
            if config.growth and name == topics_growth.SET:
                parts["growth"] += topics_growth.topics(corpus, config.threads)
        parts["growth"] += topics_growth.documents(config.growth, Path(scratch), config.threads)
    for ratio in _save(config, parts)["ratios"]:
        print(_compared(ratio))
    return parts


def table(config: Config, corpus: Corpus, k: int, systems: list[str]) -> list[Row]:
    """A row of each system at its stop, after runs in turns."""
    samples: dict[tuple[str, int], list[Row]] = {}
    for turn in range(config.repeat):
        for name in systems:
            if turn and name not in OURS:
                continue
            for stop in _stops(config, corpus, k, name):
                samples.setdefault((name, stop), []).extend(_run(config, name, corpus, k, (stop,), turn))
    return [_told(judge.merge(runs)) for runs in samples.values()]


def curve(config: Config, corpus: Corpus, k: int, systems: list[str]) -> list[Row]:
    """Rows of each system at its stops, in one run."""
    rows = [row for name in systems for row in _run(config, name, corpus, k, SYSTEMS[name].curve, 0)]
    return [_told(judge.merge([row])) for row in rows]


def _run(config: Config, name: str, corpus: Corpus, k: int, stops: tuple[int, ...], seed: int) -> list[Row]:
    return topics_systems.run(name, corpus, k, stops, seed, config.threads, config.mallet)


def _corpus(name: str, config: Config, scratch: Path) -> Corpus | None:
    try:
        return topics_data.prepare(name, config.data, scratch, config.mallet)
    except FileNotFoundError as error:
        print(f"{name} is left out: {error.filename} does not exist")
        return None


def _warm(scratch: Path, systems: list[str]) -> None:
    """Let our loops be compiled once, as the libraries' were before they were installed."""
    corpus = topics_data.write("warm", topics_data.drawn(500, Design(200, 3, 1.0, 50)), scratch)
    for name in OURS:
        if name in systems:
            topics_systems.run(name, corpus, 3, (1,))


def _sizes(config: Config, corpus: Corpus) -> tuple[int, ...]:
    return config.k if corpus.known is None else (len(corpus.known),)


def _stops(config: Config, corpus: Corpus, k: int, name: str) -> tuple[int, ...]:
    if name != "mallet":
        return (SYSTEMS[name].stop,)
    return config.mallet_iterations if (corpus.name, k) in LONG else config.mallet_iterations[:1]


def _told(row: Row) -> Row:
    near = f"  L1 {row['l1']:.2f}" if "l1" in row else ""
    print(
        f"{row['set']:<10} k {row['k']:>3}  {row['system']:<8} {row['stop']:>4}  {row['cpu_s']:8.1f} core-s  "
        f"{row['peak_mb']:5,.0f} MB  perplexity {row['perplexity']:7.1f}  NPMI {row['npmi']:.3f}{near}",
        flush=True,
    )
    return row


def _compared(ratio: Row) -> str:
    good = {True: "ours as good", False: "ours not as good"}[ratio["as_good"]]
    place = f"{ratio['set']}, k {ratio['k']}: {ratio['system']} {ratio['stop']}"
    return f"{place} takes {ratio['cpu']:.1f} times our core-seconds; {good}"


def _save(config: Config, parts: dict[str, list[Row]]) -> dict[str, list[Row]]:
    parts["ratios"], parts["reach"] = (
        judge.ratios(parts["results"]),
        judge.reach(parts["curves"]),
    )
    if config.figure:
        save(topics_figure.curves(parts["curves"]), config.figure)
    if config.out:
        there = [name for name in ("gensim", "numba", "tomotopy") if importlib.util.find_spec(name)]
        versions = {name: importlib.metadata.version(name) for name in there}
        harness.write(config.out, **parts, versions=versions)
    return parts
