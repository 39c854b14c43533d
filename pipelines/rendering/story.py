"""What the rendering pipeline tells of a run, from its metrics."""

from typing import Any

from pipelines.rendering.train import BASE
from pipelines.report import Story, Table

CAPTIONS = {
    "errors": "Accuracy of each method on the test images, with intervals of 95 %, by the number of labels.",
    "renderings": "Images of the test, named by their class, above what each network renders of them in the "
    "class that it takes them for; red adds to that class, blue takes from it; "
    "of colour images, what is lighter than grey adds, channel by channel.",
    "classes": "The mean of such renderings by class.",
    "paths": "Active rendering paths of the averaged network, in the classes that it sees, as it learnt.",
    "samples": "Images that a generator made of each class; it learnt from the labelled images alone.",
}


def story(metrics: dict[str, Any]) -> Story:
    """The chosen method beside labels alone in a paragraph, and all methods in a table."""
    chosen = metrics["chosen"]
    headline = {
        "chosen": chosen,
        "error": metrics["error"][chosen],
        "error of labels alone": metrics["error"].get(BASE),
        "labels": metrics["labels"],
    }
    tables = [_methods(metrics)]
    if metrics["fewer"]:
        tables.append(_fewer(metrics))
    return Story(_summary(metrics), tables, CAPTIONS, headline=headline)


def _summary(metrics: dict[str, Any]) -> str:
    chosen = metrics["chosen"]
    low, high = metrics["interval"][chosen]
    parts = [
        f"From {metrics['labels']:,} labels of {metrics['classes']} classes and "
        f"{metrics['unlabelled']:,} images without, {chosen} errs on {metrics['error'][chosen]:.2%} "
        f"({low:.2%} to {high:.2%}) of {metrics['test']:,} images that were never learnt from."
    ]
    if beside := metrics["to_supervised"].get(chosen):
        low, high = (100 * end for end in beside["interval"])
        verdict = "better" if high < 0 else "worse" if low > 0 else "not surely better or worse"
        parts.append(
            f"Labels alone err on {metrics['error'][BASE]:.2%}: the difference is {low:+.1f} to {high:+.1f} "
            f"points (paired), so it is {verdict}."
        )
    if "gan" in metrics:
        parts.append(
            f"Of images made by class, {metrics['gan']['consistency']:.0%} look like their class to it."
        )
    return " ".join(parts)


def _methods(metrics: dict[str, Any]) -> Table:
    rows = []
    for name, error in metrics["error"].items():
        low, high = metrics["interval"][name]
        beside = metrics["to_supervised"].get(name)
        paired = "-"
        if beside:
            ends = " to ".join(f"{100 * end:+.2f}" for end in beside["interval"])
            paired = f"{100 * beside['difference']:+.2f} ({ends})"
        found = metrics["paths"][name]
        rows.append(
            [
                name,
                f"{error:.2%}",
                f"{low:.2%} to {high:.2%}",
                paired,
                f"{found[-1][1]:.2f}" if found else "-",
            ]
        )
    head = ["method", "error", "95 %", "points beside supervised", "log10 of active paths"]
    return "Methods, on the test images", head, rows


def _fewer(metrics: dict[str, Any]) -> Table:
    names = list(metrics["error"])
    rows = [
        [count, *(f"{found[name]['error']:.2%}" for name in names)]
        for count, found in metrics["fewer"].items()
    ]
    rows.append([f"{metrics['labels']}", *(f"{metrics['error'][name]:.2%}" for name in names)])
    return "Errors by the number of labels", ["labels", *names], rows
