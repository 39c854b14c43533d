"""What the model of networks predicts of measured steps, from costs without a network and from the link."""

from itertools import combinations
from math import prod
from statistics import median
from typing import Any

from benchmarks.signsgd.peers.steps import RANK
from models.signsgd.advisor import VOTES, advise
from models.signsgd.network_model import Codec, Job, Link, rank

Row = dict[str, Any]
LEVEL = 1.1
"""Times that differ by less than this factor are in either order."""


def predictions(link: Row, host: list[Row], steps: list[Row]) -> list[Row]:
    """Predicted and measured seconds of each way, whether their order agrees, and the advice from either.

    Parameters
    ----------
    link : dict
        ``rate`` in Mbit/s, ``workers``, ``latency`` in seconds and ``bytes_s``.
    host : list of dicts
        Of each worker; see `benchmarks.signsgd.peers.steps.Steps.host`.
    steps : list of dicts
        Measured rows, with ``system`` and ``wall_s``.
    """
    times = rank(*model(link, host))
    found = {row["system"]: row["wall_s"] for row in steps if not row["system"].endswith("plain")}
    both = {time.name: (time.step, found[time.name]) for time in times if time.name in found}
    advice = advise([time for time in times if time.name in both])
    place = {name: link[name] for name in ("rate", "workers")}
    order: Row = {"verdict": advice.verdict, "reason": advice.reason, "measured": verdict(found)}
    order |= {"agrees": same_order(both), "orders_wrong": wrong(both)}
    rows = [{"system": name, "predicted_s": step, "measured_s": seen} for name, (step, seen) in both.items()]
    return [place | order | {"systems": rows}]


def model(link: Row, host: list[Row]) -> tuple[Link, Job, Codec]:
    """Link, step and codec of the model, from what was measured; medians over workers."""
    seconds = {way: median(own["seconds"][way] for own in host) for way in host[0]["seconds"]}
    compute = seconds.pop("fp32")
    n = sum(prod(shape) for shape in host[0]["shapes"])
    cost = {way: max(0.0, value - compute) / n for way, value in seconds.items()}
    speed = link["rate"] * 1e6
    codec = Codec(
        pack=cost["sharded"],
        unpack=0.0,  # is in the hook's time, as packing is
        vote=median(own["vote"] for own in host),
        cast=cost["fp16"],
        low_rank=cost["powersgd"] / RANK,
    )
    job = Job(host[0]["shapes"], link["workers"], compute, rank=RANK)
    return Link(speed, link["latency"], min(1.0, 8 * link["bytes_s"] / speed)), job, codec


def wrong(both: dict[str, tuple[float, float]]) -> list[str]:
    """Pairs whose measured times differ, and whose predicted times say the opposite.

    Examples
    --------
    >>> wrong({"fp32": (3.0, 2.0), "fp16": (2.0, 3.0), "sharded": (1.0, 1.0)})
    ['fp16 < fp32']
    """
    pairs = [
        (fast, slow)
        for pair in combinations(both, 2)
        for fast, slow in (pair, pair[::-1])
        if both[fast][0] < both[slow][0] and both[fast][1] > LEVEL * both[slow][1]
    ]
    return [f"{fast} < {slow}" for fast, slow in pairs]


def same_order(both: dict[str, tuple[float, float]]) -> bool:
    """Whether no pair is in the wrong order."""
    return not wrong(both)


def verdict(found: dict[str, float]) -> str:
    """What measured times advise: the same rule as `models.signsgd.advisor.advise`."""
    ours = min(value for name, value in found.items() if name in VOTES)
    gain = min(value for name, value in found.items() if name not in VOTES) / ours
    return "use" if gain > LEVEL else "level" if gain * LEVEL >= 1 else "do not use"
