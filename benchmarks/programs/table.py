"""Tables of programs of equations, from the committed results; see `benchmarks.tables`."""

from collections.abc import Sequence
from typing import Any

from benchmarks.harness import made, single
from models.crowd.redundancy import interval

Row = dict[str, Any]


def _table(facts: Row, head: str, rows: Sequence[str]) -> str:
    rule = "|---|" + "--:|" * head.count("|")
    return "\n".join([f"| {head} |", rule, *rows, "", *made(facts, "torch")])


def _percent(told: Row | None, difference: bool = False) -> str:
    """Mean and half of its 95 % interval in per cent, or of the difference from another."""
    mean, half = ("difference", "difference_half") if difference else ("mean", "half")
    if told is None or told[mean] is None:
        return ""
    sign = "+" if difference else ""
    return f"{100 * told[mean]:{sign}.1f}" + ("" if told[half] is None else f" ± {100 * told[half]:.1f}")


def corpus(facts: Row) -> str:
    """Verdicts by kind of equation, and what was generated."""
    rows = []
    found = single(facts["results"], what="verdicts")
    for kind, counts in found["counts"].items():
        told = ", ".join(f"{number:,} {name}" for name, number in counts.items())
        known = ", ".join(f"{number:,} {name}" for name, number in found["known"][kind].items())
        rows.append(f"| {kind} | {told} | {known} |")
    told = _table(facts, "equations | verdicts | trial", rows)
    return "\n".join([told, "", *_told_of_corpus(facts["results"])])


def _told_of_corpus(rows: list[Row]) -> list[str]:
    read, found, simple, grown = (
        single(rows, what=name) for name in ("read", "verdicts", "simplified", "generated")
    )
    return [
        f"Reading takes {read['reading_cpu_s']:.2f} CPU s, {read['round_trips']:,} round trips as text, "
        f"LaTeX and JSON {read['round_trips_cpu_s']:.1f}, repairing {found['repaired']} decimal trees and "
        f"certifying all {found['cpu_s']:.2f}. SymPy's simplify agrees on {simple['agreed']} of "
        f"{simple['equations']} test equations; it takes {simple['simplify_cpu_s']:.1f} CPU s, the certifier "
        f"{simple['certify_cpu_s']:.3f}.",
        f"Of {grown['equations']:,} generated equations {grown['a_cpu_second']:,} a CPU second are certified "
        f"with {grown['peak_mb']:,} MB at most; of {grown['sampled']:,} verdicts that mpmath tries in 50 "
        f"digits at fresh points {grown['wrong']} are wrong. {grown['escalated']:,} need more than doubles.",
    ]


def batching(facts: Row) -> str:
    """CPU time of a step by the way it is worked out."""
    rows = [
        f"| {row['way']} | {row['equations']} | {1e3 * row['cpu_s']:.1f} | {row.get('times_less', '')} | "
        f"{row['difference']:.1e} |"
        if "difference" in row
        else f"| {row['way']} | {row['equations']} | {1e3 * row['cpu_s']:.1f} | | |"
        for row in facts["results"]
    ]
    return _table(facts, "way | equations | CPU ms a step | times less | largest difference", rows)


def split(facts: Row) -> str:
    """Accuracies on the corpus's own split."""
    rows = []
    for row in facts["results"]:
        own = " | ".join(_percent(row[name]) for name in ("accuracy", "without_mirrors", "without_copies"))
        gains = [_percent(row[name], difference=True) for name in ("accuracy", "beside_tree_lstm")]
        rows.append(
            f"| {row['variant']} | {row['seeds']} | {own} | {' | '.join(gains)} | {row['cpu_s']:.0f} |"
        )
    head = "network | seeds | all, % | without mirror images | without commuted copies"
    return _table(facts, f"{head} | beside Tree-NN | beside Tree-LSTM | CPU s", rows)


def depths(facts: Row) -> str:
    """Accuracies by depth, and of the equations that have the black box."""
    names = [name for name in facts["results"][0] if name.startswith("depth_")]
    rows = [
        f"| {row['variant']} | {row['seeds']} | "
        + " | ".join(_percent(row[name]) for name in names)
        + f" | {row['cpu_s']:.0f} |"
        for row in facts["results"]
    ]
    boxed = [row for row in facts["tried"] if "with_box_3" in row]
    means = [interval([row[f"with_box_{name[6:]}"] for row in boxed]) for name in names] if boxed else []
    told = " | ".join(_percent({"mean": mean, "half": half}) for mean, half in means)
    rows += [f"| of these, equations with it | {len(boxed)} | {told} | |"] if boxed else []
    return _table(facts, f"network | seeds | {' | '.join(name[6:] for name in names)} | CPU s", rows)


def completion(facts: Row) -> str:
    """Recall and time by how candidates are found."""
    first, *others = facts["results"]
    rows = []
    for row in others:
        hits = " | ".join(f"{100 * row[f'top_{k}']:.1f}" for k in (1, 5, 10))
        holds = " | ".join(f"{100 * row[f'certified_{k}']:.1f}" for k in (1, 10))
        rows.append(f"| {row['way']} | {hits} | {holds} | {row['ms_alone']:.1f} | {row['ms_together']:.2f} |")
    told = ", ".join(f"{number:,} {name}" for name, number in first["verdicts"].items())
    head = "way | top 1, % | top 5 | top 10 | certified 1, % | certified 10 | ms alone | ms together"
    return "\n".join([_table(facts, head, rows), "", f"With their true answers the equations are: {told}."])


def evaluations(facts: Row) -> str:
    """Squared errors of values by what was learnt from."""
    kinds = ("function", "nested_2", "nested_3", "sum")
    rows = []
    for row in facts["results"]:
        errors = " | ".join(f"{row[kind]['mean']:.3f}" for kind in kinds)
        gains = " | ".join(f"{100 * row['gain'][kind]:+.0f}" for kind in ("function", "nested_2"))
        rows.append(f"| {row['variant']} | {row['seeds']} | {errors} | {gains} | {row['cpu_s']:.0f} |")
    head = "learnt from, values a function | seeds | function | 2 nested | 3 nested | sum"
    return _table(facts, f"{head} | gain beside values alone, % | of 2 nested | CPU s", rows)


def rates(facts: Row) -> str:
    """Nodes and equations a second."""
    rows = [
        f"| {row['equations']:,} | {row['nodes']:,} | {row['distinct']:,} | {row['nodes_a_second']:,} | "
        f"{row['distinct_a_second']:,} | {1e3 * row['planning_s']:.0f} |"
        for row in facts["results"]
        if row["what"] == "network"
    ]
    found = single(facts["results"], what="certifier")
    told = (
        f"On {found['device']}: the certifier tells {found['by_doubles_a_second']:,} equations a second by "
        f"doubles, and {found['in_all_digits_a_second']:,} where those that doubles leave open go on."
    )
    head = "equations | nodes | distinct | nodes a second | distinct a second | planning, ms"
    return "\n".join([_table(facts, head, rows), "", told])
