"""Tables of tensors, from the committed results; see `benchmarks.tables`."""

from typing import Any

from benchmarks.harness import made

Row = dict[str, Any]
OUTPUTS = {"free": "free", "C": "in the order of the modes"}


def layouts(facts: Row) -> str:
    """Copies and times of the 36 layouts, by size and by how the output lies."""
    lines = [
        "| output | modes m, k, n, p | layouts of 36 without a copy of the third-order tensor | torch.einsum "
        "| its CPU time over ours: median | worst | best |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in sorted(facts["ratios"], key=lambda row: row["layout"] == "C"):
        copies = f"{row['uncopied']} | {row['einsum_uncopied']}"
        times = f"{row['median']:.2f} | {row['worst']:.2f} | {row['best']:.2f}"
        lines.append(f"| {OUTPUTS[row['layout']]} | {row['size']} | {copies} | {times} |")
    return "\n".join([*lines, "", *made(facts, "torch", "numpy")])
