"""Tables of majority vote over slow networks, from the committed results; see `benchmarks.tables`."""

from collections.abc import Callable
from typing import Any

from benchmarks.harness import made, single

Row = dict[str, Any]


def wire(facts: Row) -> str:
    """Bytes that the busiest worker sends and receives, and fp32's over what it sends."""
    lines = ["| workers | what | system | sent, MB | received, MB | fp32 / it |", "|--:|---|---|--:|--:|--:|"]
    rate = max(row["rate"] for row in facts["results"])
    for row, ratio in _pairs(facts, lambda row: row["rate"] == rate):
        cells = f"{row['sent'] / 1e6:.2f} | {row['received'] / 1e6:.2f} | {ratio['bytes']:.3g}"
        lines.append(f"| {row['workers']} | {row['kind']} | {row['system']} | {cells} |")
    return _with(facts, lines)


def collective(facts: Row) -> str:
    """Seconds of a reduction of one vector on each worker, codec and all."""
    return _times(facts, "collective")


def step(facts: Row) -> str:
    """Seconds of a step of ResNet-50."""
    return _times(facts, "step")


def advisor(facts: Row) -> str:
    """Predicted and measured seconds of a step, in predicted order, and what both advise."""
    lines = [
        "| workers | Mbit/s | predicted / measured s, fastest first | wrong order | advice | measured |",
        "|--:|--:|---|---|---|---|",
    ]
    for row in facts["advisor"]:
        each = [f"{s['system']} {s['predicted_s']:.2f} / {s['measured_s']:.2f}" for s in row["systems"]]
        wrong = ", ".join(row["orders_wrong"]) or "none"
        cells = f"{'; '.join(each)} | {wrong} | {row['verdict']} | {row['measured']}"
        lines.append(f"| {row['workers']} | {row['rate']:g} | {cells} |")
    return _with(facts, lines)


def _times(facts: Row, kind: str) -> str:
    lines = [
        "| workers | Mbit/s | system | median s | least s | CPU s | fp32 / it |",
        "|--:|--:|---|--:|--:|--:|--:|",
    ]
    for row, ratio in _pairs(facts, lambda row: row["kind"] == kind):
        cells = f"{row['wall_s']:.3f} | {row['least_s']:.3f} | {row['cpu_s']:.3f} | {ratio['wall']:.3g}"
        lines.append(f"| {row['workers']} | {row['rate']:g} | {row['system']} | {cells} |")
    return _with(facts, lines)


def _pairs(facts: Row, wanted: Callable[[Row], bool]) -> list[tuple[Row, Row]]:
    return [(row, ratio) for row, ratio in zip(facts["results"], facts["ratios"], strict=True) if wanted(row)]


def _with(facts: Row, lines: list[str]) -> str:
    return "\n".join([*lines, "", *made(facts, "torch", "numba", "numpy")])


def accuracy(facts: Row) -> str:
    """Accuracy of each way, with workers that lie, over seeds."""
    lines = [
        "| task | way | workers that lie | seeds | accuracy, mean | least | points over SGD |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for row in facts["ratios"]:
        place = f"{row['task']} | {row['system'].replace('_', ' ')} | {row['liars']} | {row['seeds']}"
        over = "" if row.get("points_over_sgd") is None else f"{row['points_over_sgd']:+.2f}"
        lines.append(f"| {place} | {row['accuracy']:.4f} | {row['least']:.4f} | {over} |")
    return _with(facts, lines)


def headline(facts: Row) -> str:
    """Time of a step, beside float32's."""
    row = single(facts["ratios"], kind="step", rate=1000.0, workers=4, system="sharded")
    return (
        f"[A training step](docs/signsgd.md) with 4 workers at 1 Gbit/s: {row['wall']:.1f} times as fast "
        "as with float32"
    )
