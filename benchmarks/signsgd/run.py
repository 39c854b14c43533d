"""Majority vote beside fp32, fp16 and PowerSGD over slow networks: ``python -m benchmarks.signsgd``.

``python -m benchmarks.signsgd --out benchmarks/results/signsgd-cpu.json``

Each worker is a process of one thread in a network namespace of its own (see `benchmarks.signsgd.lab`). Bytes
are those the kernel counts at its device, with headers. "collective" reduces a vector on each worker, with
the codec; "step" is forward, backward and SGD of ResNet-50 under DistributedDataParallel. Votes are compared
with sign(sum of signs), and replicas with each other, before any time is printed.
"""

import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import harness
from benchmarks.signsgd.lab import Lab, lacking, slowest
from benchmarks.signsgd.rates import predictions

Row = dict[str, Any]
WORKER = "benchmarks.signsgd.peers.worker"
DENSE = ("fp32", "fp16")


@dataclass(frozen=True)
class Config:
    """Time votes and means over limited networks."""

    rates: tuple[float, ...] = (100, 1000, 10000)
    """Bandwidth of each worker in Mbit/s, both ways."""
    workers: tuple[int, ...] = (2, 3, 4)
    """Numbers of workers."""
    size: int = 25_557_032
    """Coordinates of a collective; the default is those of ResNet-50."""
    collectives: tuple[str, ...] = ("fp32", "fp16", "sharded", "allgather", "server", "sharded plain")
    """Means, and votes by their transports; "plain" uses PyTorch without compiled loops."""
    steps: tuple[str, ...] = ("fp32", "fp16", "powersgd", "sharded", "sharded plain")
    """Hooks to time in training steps; none leaves out steps and the advisor."""
    middle: tuple[str, ...] = ("allgather",)
    """More hooks, at the middle rate only."""
    repeat: int = 3
    """Smallest number of rounds; medians are reported."""
    budget: float = 20.0
    """Seconds to spend on rounds at one rate, where more than ``repeat`` fit in."""
    most: int = 9
    """Largest number of rounds."""
    out: Path | None = None
    """JSON file to write, again after each rate."""


def main(config: Config) -> list[Row]:
    """Measure all; returns the rows. Where there can be no lab it says why, and returns none."""
    why = lacking()
    if why:
        print(f"skipped: {why}")
        return []
    parts: dict[str, list[Row]] = {"results": [], "ratios": [], "links": [], "advisor": []}
    for workers in config.workers:
        with Lab(workers, WORKER) as lab:
            host = prepared(lab, config)
            for rate in config.rates:
                measured(lab, config, rate, host, parts)
                if config.out:
                    harness.write(config.out, **parts)
    return parts["results"]


def prepared(lab: Lab, config: Config) -> list[Row]:
    """Set up and warm all ways, without a limit, and compare results; what steps cost each worker's machine.

    Raises
    ------
    ValueError
        A vote differs from the oracle, or workers differ.
    """
    found = lab.ask(what="make", kind="collective", ways=config.collectives, size=config.size)
    agree(found)
    votes = {way: {"vote": sha} for way, sha in found[0].items() if way not in DENSE}
    harness.agree(votes, 0)
    if not config.steps:
        return []
    agree(lab.ask(what="make", kind="step", ways=[*config.steps, *config.middle]))
    return lab.ask(what="host")


def agree(found: list[Row]) -> None:
    """Compare workers bit for bit; see `benchmarks.harness.agree`."""
    harness.agree({f"worker {rank}": own for rank, own in enumerate(found)}, 0)


def measured(lab: Lab, config: Config, rate: float, host: list[Row], parts: dict[str, list[Row]]) -> None:
    """Add rows of one rate."""
    lab.limit(rate)
    place = {"rate": rate, "workers": lab.workers}
    rows = turns(lab, config, "collective", config.collectives, place | {"size": config.size})
    if config.steps:
        more = config.middle if rate == config.rates[len(config.rates) // 2] else ()
        steps = turns(lab, config, "step", (*config.steps, *more), place)
        size = int(min(16e6, rate * 1e6 / 8 * 0.4))
        link = lab.ask(what="link", size=size, repeat=20)
        known = {name: statistics.median(reply[name] for reply in link) for name in ("latency", "bytes_s")}
        parts["links"].append(place | known | {"load": os.getloadavg()[0]})
        parts["advisor"] += predictions(place | known, host, steps)
        rows += steps
    parts["results"] += rows
    parts["ratios"] += compared(rows)


def turns(lab: Lab, config: Config, kind: str, ways: tuple[str, ...], place: Row) -> list[Row]:
    """Medians of ways that take turns; the slowest worker's time and bytes, and the mean of CPU seconds."""
    samples: dict[str, list[Row]] = {way: [] for way in ways}
    began, turn = time.monotonic(), 0
    while turn < config.repeat or (
        turn < config.most and (time.monotonic() - began) * (1 + 1 / turn) < config.budget
    ):
        for way, own in samples.items():
            replies = lab.ask(what="do", kind=kind, way=way)
            most = {name: slowest(replies, name) for name in ("wall_s", "sent", "received")}
            own.append(most | {"cpu_s": statistics.mean(reply["cpu_s"] for reply in replies)})
        turn += 1
    agree(lab.ask(what="digest", kind=kind))
    return [place | {"kind": kind, "system": way, "turns": turn} | costs(own) for way, own in samples.items()]


def costs(samples: list[Row]) -> Row:
    """Medians, and the least time."""
    names = ("wall_s", "cpu_s", "sent", "received")
    found = {name: statistics.median(sample[name] for sample in samples) for name in names}
    return found | {"least_s": min(sample["wall_s"] for sample in samples)}


def compared(rows: list[Row]) -> list[Row]:
    """Time and bytes of fp32 over each system's, printed."""
    base = {row["kind"]: row for row in rows if row["system"] == "fp32"}
    ratios = list[Row]()
    for row in rows:
        fp32 = base[row["kind"]]
        ratio = {"wall": fp32["wall_s"] / row["wall_s"], "bytes": fp32["sent"] / row["sent"]}
        ratio = {name: float(f"{value:.3g}") for name, value in ratio.items()}
        ratios.append({name: row[name] for name in ("kind", "rate", "workers", "system")} | ratio)
        print(
            f"{row['workers']} workers, {row['rate']:g} Mbit/s, {row['kind']} {row['system']}: "
            f"{row['wall_s']:.3f} s, CPU {row['cpu_s']:.3f} s, {row['sent'] / 1e6:.3f} MB sent; "
            f"fp32 / it: time {ratio['wall']}, bytes {ratio['bytes']}",
            flush=True,
        )
    return ratios
