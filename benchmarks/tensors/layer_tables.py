"""Tables of layers in factors, from the committed results; see `benchmarks.tables`."""

from typing import Any

from benchmarks.harness import made

Row = dict[str, Any]
OURS, PEER, DENSE = "ours", "tltorch", "torch.nn.Linear"


def layers(facts: Row) -> str:
    """CPU time of regression layers beside TensorLy-Torch's and the dense layer's."""
    lines = [
        "| input | Tucker ranks | pass | CPU ms | of tltorch | of torch.nn.Linear | tltorch / ours "
        "| Linear / ours |",
        "|---|---|---|--:|--:|--:|--:|--:|",
    ]
    for row in facts["results"]:
        times = " | ".join(f"{1e3 * row['cpu_s'][name]:.2f}" for name in (OURS, PEER, DENSE))
        ratios = " | ".join(f"{row['ratios'][f'{name} / {OURS}']:.0f}" for name in (PEER, DENSE))
        lines.append(
            f"| {_shape(row['input'])} | {_shape(row['rank'])} | {row['pass']} | {times} | {ratios} |"
        )
    worst = max(row["relative_error"] for row in facts["results"])
    told = f"Batches of 16, 1,000 outputs; relative difference from the dense layer at most {worst:.1e}."
    return "\n".join([*lines, "", told, "", *made(facts, "torch")])


def heads(facts: Row) -> str:
    """Accuracy and parameters of heads on each set."""
    rows = {(row["data"], row["head"]): row for row in facts["results"]}
    names = list(dict.fromkeys(row["head"] for row in facts["results"]))
    sets = list(dict.fromkeys(row["data"] for row in facts["results"]))
    lines = ["| head | parameters | " + " | ".join(sets) + " |", "|---|--:" + "|--:" * len(sets) + "|"]
    for name in names:
        scores = [_score(rows[each, name]) for each in sets]
        lines.append(f"| {name} | {rows[sets[0], name]['parameters']:,} | {' | '.join(scores)} |")
    return "\n".join([*lines, "", *made(facts, "torch")])


def compressed(facts: Row) -> str:
    """Parameters, accuracy and time of a ResNet before and after."""
    lines = [
        "| slower layers stay dense | parameters | times fewer | accuracy, dense | in factors | tuned "
        "| ms a batch, dense | in factors |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in facts["results"]:
        before, after = row["parameters"]
        scores = " | ".join(f"{100 * each:.2f} %" for each in row["accuracy"])
        times = " | ".join(f"{1e3 * each:.1f}" for each in row["seconds"])
        way = "yes" if row["slower_stay_dense"] else "no"
        lines.append(f"| {way} | {after:,} | {before / after:.2f} | {scores} | {times} |")
    return "\n".join([*lines, "", *made(facts, "torch")])


def _score(row: Row) -> str:
    half = "" if row["interval"] is None else f" ± {100 * row['interval']:.2f}"
    return f"{100 * row['accuracy']:.2f}{half} %"


def _shape(sizes: list[int]) -> str:
    """Sizes in brackets.

    Examples
    --------
    >>> _shape([512, 7, 7])
    '(512, 7, 7)'
    """
    return f"({', '.join(map(str, sizes))})"
