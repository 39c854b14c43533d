"""Table of graphs, from the committed results; see `benchmarks.tables`."""

from typing import Any

from benchmarks.provenance_lines import made

Row = dict[str, Any]


def graphs(facts: Row) -> str:
    """Core-seconds of NetworkX and of ours, for each operation and size."""
    lines = ["| edges | what | NetworkX, core-s | ours, core-s | times ours |", "|--:|---|--:|--:|--:|"]
    cost = {(row["size"], row["operation"], row["system"]): row["cpu_s"] for row in facts["results"]}
    for row in facts["ratios"]:
        place = row["size"], row["operation"]
        costs = f"{cost[*place, 'graph_networkx']:.3f} | {cost[*place, 'graph_ours']:.4f}"
        lines.append(f"| {row['size']:,} | {row['operation']} | {costs} | {row['cpu']:.1f} |")
    return "\n".join([*lines, "", *made(facts, "networkx", "scipy", "numpy", "pandas")])
