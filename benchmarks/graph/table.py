"""Table of graphs, from the committed results; see `benchmarks.tables`."""

from typing import Any

from benchmarks.harness import made

Row = dict[str, Any]


def graphs(facts: Row) -> str:
    """Core-seconds of NetworkX and of ours, for each operation and size."""
    lines = ["| edges | what | NetworkX, core-s | ours, core-s | times ours |", "|--:|---|--:|--:|--:|"]
    cost = {(row["size"], row["operation"], row["system"]): row["cpu_s"] for row in facts["results"]}
    for row in facts["ratios"]:
        place = row["size"], row["operation"]
        costs = f"{cost[*place, 'graph.networkx']:.3f} | {cost[*place, 'graph.ours']:.4f}"
        lines.append(f"| {row['size']:,} | {row['operation']} | {costs} | {row['cpu']:.1f} |")
    return "\n".join([*lines, "", *made(facts, "networkx", "scipy", "numpy", "pandas")])


def headline(facts: Row) -> str:
    """Time, beside NetworkX's."""
    times = [row["cpu"] for row in facts["ratios"] if row["size"] == 1_000_000]
    return (
        f"[Graphs](docs/graph.md) of a million edges: {min(times):.0f} to {max(times):.0f} times as fast "
        "as NetworkX"
    )
