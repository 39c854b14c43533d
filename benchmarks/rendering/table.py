"""Tables of rendering models, from the committed results; see `benchmarks.tables`."""

from statistics import fmean
from typing import Any

from benchmarks.harness import made
from models.crowd.redundancy import interval

Row = dict[str, Any]


def _told(values: list[float]) -> str:
    """Mean and half of its 95 % interval, of shares, in per cent."""
    mean, half = interval(values)
    return f"{100 * mean:.2f}" + ("" if half is None else f" ± {100 * half:.2f}")


def _table(facts: Row, head: str, rows: list[str]) -> str:
    names = head.count("|") + 1
    rule = "|---|" + "--:|" * (names - 1)
    return "\n".join([f"| {head} |", rule, *rows, "", *made(facts, "torch")])


def terms(facts: Row) -> str:
    """Errors by variant."""
    tried = facts["tried"]
    rows = []
    for row in facts["results"]:
        own = [each["validation"] for each in tried if each["variant"] == row["variant"]]
        told = f"{_told(row['errors'])} | {row['of_supervised']:.2f} | {_told(own)} | {row['cpu_s']:.0f}"
        rows.append(f"| {row['variant']} | {told} |")
    return _table(facts, "variant | test error, % | of supervised's | validation error, % | CPU s", rows)


def crowd(facts: Row) -> str:
    """Errors by kind of target."""
    held: dict[str, dict[str, Row]] = {}
    for row in facts["results"]:
        held.setdefault(row["targets"], {})[row["method"]] = row
    methods = list(next(iter(held.values())))
    rows = [
        f"| {targets} | {100 * own[methods[0]]['labels_wrong']:.1f} | "
        + " | ".join(_told(own[method]["errors"]) for method in methods)
        + " |"
        for targets, own in held.items()
    ]
    head = " | ".join(f"{method}, test error, %" for method in methods)
    return _table(facts, f"labels | wrong, % | {head}", rows)


def gan(facts: Row) -> str:
    """Errors by how many made images there are to a labelled one."""
    *ratios, consistent = facts["results"]
    rows = [f"| {row['ratio']} | {_told(row['errors'])} | {_told(row['differences'])} |" for row in ratios]
    share = f"Class consistency of 2,000 made images: {_told(consistent['shares'])} %."
    head = "made images to a labelled one | test error, % | beside none, points"
    return "\n".join([_table(facts, head, rows), "", share])


def cost(facts: Row) -> str:
    """Times and memory of a step."""
    rows = [
        f"| {row['network']} | {row['method']} | {row['layout']} | {row['cpu_ms']:.1f} | "
        f"{row['of_supervised']:.2f} | {row['of_fastest_supervised']:.2f} | {row['kept_mb']:.1f} |"
        for row in facts["results"]
    ]
    beside = "of supervised's, same layout | of the fastest supervised's"
    return _table(facts, f"network | loss | layout | CPU ms a step | {beside} | MB kept", rows)


def identities(facts: Row) -> str:
    """Largest differences by network."""
    rows = []
    for row in facts["results"]:
        told = " | ".join(
            f"{row[name]:.1e}" if name in row else "" for name in ("render", "eta", "enumeration")
        )
        rows.append(f"| {row['network']} | {row.get('images', '')} | {told} |")
    head = "network | images | from the derivative | score | from the best of all switches"
    return _table(facts, head, rows)


def paths(facts: Row) -> str:
    """Active paths by the weight of path normalisation."""
    rows = []
    for weight in dict.fromkeys(row["weight"] for row in facts["results"]):
        own = [row for row in facts["results"] if row["weight"] == weight]
        means = [fmean(row[name] for row in own) for name in ("log_paths", "bound", "error_%")]
        rows.append(f"| {weight:g} | {means[0]:.3f} | {means[1]:.3f} | {means[2]:.2f} |")
    return _table(facts, "weight | log of active paths | bound's curve | error, %", rows)
