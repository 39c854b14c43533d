"""Tables of partial feedback, from the committed results; see `benchmarks.tables`."""

from typing import Any

from benchmarks.harness import made

Row = dict[str, Any]


def curves(facts: Row) -> str:
    """Accuracy at 30 % of the naive budget, and questions to full annotation, of each way on each pool."""
    lines = [
        "| pool | way | accuracy at 30 % | gain on uniform | with all labels | share of the gap "
        "| questions an item | saving |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    uniform = {row["set"]: row for row in facts["ratios"] if row["variant"] == "uniform"}
    for row in facts["ratios"]:
        first = uniform[row["set"]]["accuracy"][0]
        accuracy, full = row["accuracy"][0], row["full"]
        closed = "" if row["variant"] == "uniform" else f"{(accuracy - first) / (full - first):.0%}"
        gains = "" if row["variant"] == "uniform" else points(row["gain"])
        cost = f"{row['to_full'][0]:.2f} | {percent(row['saving'])}"
        cells = f"{accuracy:.3f} | {gains} | {full:.3f} | {closed} | {cost}"
        lines.append(f"| {row['set']} | {row['variant']} | {cells} |")
    return "\n".join([*lines, "", *made(facts, "torch", "numba", "scikit-learn", "numpy")])


def noise(facts: Row) -> str:
    """Labels and models of answers that are taken as true, or weighed, at equal numbers of questions."""
    lines = [
        "| pool | way | errors | what | budget | taken as true | weighed | gain | weighed, errors alike |",
        "|---|---|--:|---|--:|--:|--:|--:|--:|",
    ]
    for row in facts["ratios"]:
        if row["at"] not in (0.5, 1.0):
            continue
        place = f"{row['set']} | {row['variant']} | {row['errors']:.0%} | {row['kind']} | {row['at']:g}"
        arms = f"{row['exact'][0]:.3f} | {row['aware'][0]:.3f} | {points(row['aware_gain'])}"
        lines.append(f"| {place} | {arms} | {row['rough'][0]:.3f} |")
    return "\n".join([*lines, "", *made(facts, "torch", "numpy")])


def points(interval: list[float | None]) -> str:
    """A difference in points with half of its 95 % interval."""
    mean, half = interval
    return f"{100 * (mean or 0):+.1f}" + ("" if half is None else f" ± {100 * half:.1f}")


def percent(interval: list[float | None]) -> str:
    """A share with half of its 95 % interval."""
    mean, half = interval
    return f"{100 * (mean or 0):.1f} %" + ("" if half is None else f" ± {100 * half:.1f}")


def crowd(facts: Row) -> str:
    """Accuracy of the planner less that of the best other policy, by set, questions for sale and budget."""
    budgets = list(dict.fromkeys(row["budget"] for row in facts["ratios"]))
    lines = [
        "| set | for sale | " + " | ".join(f"{budget} an item" for budget in budgets) + " |",
        "|---|---|" + "--:|" * len(budgets),
    ]
    for name, binary in dict.fromkeys((row["size"], row["binary"]) for row in facts["ratios"]):
        cells = []
        for budget in budgets:
            place = (name, binary, budget)
            own = [r for r in facts["ratios"] if (r["size"], r["binary"], r["budget"]) == place]
            worst = min(own, key=lambda row: row["difference"])
            cells.append(f"{points([worst['difference'], worst['half']])} ({worst['system']})")
        kind = "yes/no and which class" if binary else "which class"
        lines.append(f"| {name} | {kind} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *made(facts, "numpy", "pandas")])


def queue(facts: Row) -> str:
    """Core-seconds of the heap and of one sort, on each pool."""
    lines = [
        "| items | model | score | questions | threads | heap, core-s | ours, core-s | ours, wall s "
        "| heap / ours, core-s | wall |",
        "|--:|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    keys = ("size", "variant", "score", "budget")
    heap = {
        tuple(row[key] for key in keys): row for row in facts["results"] if row["system"] == "partial.heap"
    }
    times = {(*(row[key] for key in keys), row["threads"]): row for row in facts["ratios"]}
    for row in facts["results"]:
        place = tuple(row[key] for key in keys)
        if row["system"] == "partial.heap":
            continue
        ratio = times[*place, row["threads"]]
        costs = f"{heap[place]['cpu_s']:.2f} | {row['cpu_s']:.3f} | {row['wall_s']:.3f}"
        which = f"{row['size']:,} | {row['variant']} | {row['score'].upper()} | {row['asked']:,}"
        lines.append(f"| {which} | {row['threads']} | {costs} | {ratio['cpu']:.0f} | {ratio['wall']:.0f} |")
    return "\n".join([*lines, "", *made(facts, "numba", "numpy")])


def headline(facts: Row) -> str:
    """Share of the questions that is saved."""
    saved = [
        100 * row["saving"][0]
        for row in facts["ratios"]
        if row["set"].startswith(("mnist", "arxiv")) and row["variant"].startswith(("aq", "alpf"))
    ]
    return (
        f"[Yes/no questions](docs/partial.md) until every class is known: {min(saved):.0f} to "
        f"{max(saved):.0f} % fewer on MNIST and arXiv"
    )
