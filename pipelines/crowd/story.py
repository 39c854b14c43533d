"""What the crowd pipeline tells of a run, from its metrics."""

from typing import Any

from pipelines.crowd.names import named
from pipelines.report import Story, show

CAPTIONS = {
    "label_once": "The same number of votes, spent on many tasks or on few: accuracy of models trained so.",
    "by_votes": "More votes for the same tasks: what each further vote adds.",
    "quality": "Workers: probability of being right, over the labels, against the votes they gave.",
    "confusions": "How votes go wrong: rows are true labels, columns what was voted.",
    "agreement": "Pairs of workers who agree more than their skills explain.",
}


def story(metrics: dict[str, Any]) -> Story:
    """The labels, the workers and the models in a paragraph, and tables of accuracy."""
    accuracy, passes = metrics["accuracy"], metrics["n_iter"]
    rows = [[named(name), show(accuracy.get(name)), show(passes[name])] for name in passes]
    tables = [("Aggregated labels", ["", "accuracy", "passes"], rows)]
    for name, title in (("budget", "Models, the same votes in all"), ("votes", "By votes a task, all tasks")):
        if metrics["curves"].get(name):
            tables.append((title, *_curve(metrics["curves"][name])))
    return Story(_summary(metrics), tables, CAPTIONS, headline=_headline(metrics))


def _headline(metrics: dict[str, Any]) -> dict[str, Any]:
    """Accuracies, those of the labels that are written first; without known labels, what was counted."""
    written = ("pooled_dawid_skene", "one_coin", "majority")
    right = {name: metrics["accuracy"][name] for name in written if name in metrics["accuracy"]}
    told = {f"accuracy of {named(name)}": value for name, value in right.items()}
    return told | {name: metrics[name] for name in ("tasks", "workers", "votes")}


def _curve(points: list[dict[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """A row a method, a column a number of votes a task; halves of the 95 % intervals behind the means."""
    numbers = list(dict.fromkeys(point["redundancy"] for point in points))
    cell = {(p["method"], p["redundancy"]): _cell(p) for p in points}
    methods = dict.fromkeys(point["method"] for point in points)
    rows = [[named(m), *(cell.get((m, r), "-") for r in numbers)] for m in methods]
    return ["", *(f"{r} a task" if r else "all" for r in numbers)], rows


def _cell(point: dict[str, Any]) -> str:
    return f"{point['mean']:.3f}" + (f" ± {point['half']:.3f}" if point["half"] is not None else "")


def _summary(metrics: dict[str, Any]) -> str:
    parts = [
        f"{metrics['votes']:,} votes of {metrics['workers']:,} workers on {metrics['tasks']:,} tasks, "
        f"{metrics['classes']} labels; {metrics['duplicates']:,} repeated votes dropped "
        f"(the {metrics['repeated']} counts), {metrics['quarantined']:,} rows set aside."
    ]
    if alone := metrics["workers_with_one_vote"]:
        parts.append(f"Workers with a single vote: {alone:,}.")
    if without := metrics["tasks_without_votes"]:
        parts.append(f"Tasks without votes: {without:,}.")
    parts += [_of_accuracy(metrics["accuracy"])] if metrics["accuracy"] else []
    if metrics["rings"] is not None:
        parts.append(
            f"{_count(metrics['rings'], 'ring')} of copiers and {_count(metrics['spammers'], 'spammer')}."
        )
    parts += [_of_label_once(metrics["label_once"])] if metrics["label_once"] else []
    return " ".join(parts)


def _of_accuracy(accuracy: dict[str, float]) -> str:
    best = max(accuracy, key=lambda name: accuracy[name])
    notes: dict[str, list[str]] = {name: [] for name in ("majority", "pooled_dawid_skene", best)}
    notes[best].append("the best")
    notes["pooled_dawid_skene"].append("its labels are written")
    told = [
        f"{named(method)} {accuracy[method]:.1%}" + f" ({', '.join(words)})" * bool(words)
        for method, words in notes.items()
        if method in accuracy
    ]
    return f"Share of the known labels that each method finds: {', '.join(told)}."


def _of_label_once(holds: dict[str, bool | None]) -> str:
    """For which methods one vote a task is best, by 95 % intervals of the differences."""
    best, worse, unsure = (
        ", ".join(named(name) for name, found in holds.items() if found is verdict)
        for verdict in (True, False, None)
    )
    text = f"With a fixed number of votes, one a task is best for {best or 'no method'}"
    text += f", and not for {worse}" if worse else ""
    return text + (f"; for {unsure} the 95 % intervals leave it open." if unsure else ".")


def _count(values: list[Any], word: str) -> str:
    return f"{len(values)} {word}{'' if len(values) == 1 else 's'}"
