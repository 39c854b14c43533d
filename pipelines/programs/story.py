"""What the programs pipeline tells of a run, from its metrics."""

from typing import Any

from pipelines.programs.config import NAMES
from pipelines.report import Story, Table

CAPTIONS = {
    "depths": "Accuracy of each method by the depth of equations, with intervals of 95 %; what is shaded is "
    "deeper than what was learnt from.",
    "calibration": "Share of equations that hold against the probability that methods give them, in bins of "
    "about equally many: on the dotted line a probability can be taken at its word.",
    "functions": "Functions as a network evaluates them that learnt from some of their values, beside the "
    "true ones, with the root of the mean square error.",
}


def story(found: dict[str, Any]) -> Story:
    """The chosen method beside the others in a paragraph; accuracy by depth and examples in tables."""
    chosen = found["chosen"]
    headline = {
        "chosen": chosen,
        "accuracy": found["accuracy"][chosen],
        "accuracy, deeper": found["accuracy_deeper"][chosen],
        "calibration error": found["calibration_error"],
    }
    tables = [_by_depth(found), *(_examples(found, is_right) for is_right in (True, False))]
    return Story(_summary(found), [each for each in tables if each[2]], CAPTIONS, headline=headline)


def _summary(found: dict[str, Any]) -> str:
    chosen = found["chosen"]
    judged = sum(found["judged_by_depth"].values())
    depth = found["depth"]
    parts = [f"A network that learnt equations to depth {depth} is judged by {judged:,} others."]
    if "learnt_from" in found:
        learnt = (
            f"Learnt from {found['learnt_from']:,} equations to depth {depth}, judged by {judged:,} others"
        )
        parts = [f"{learnt}, none of which is the mirror image of one that was learnt."]
    for key, where in (("accuracy", "to that depth"), ("accuracy_deeper", "deeper")):
        own = found[key]
        if own[chosen] is not None:
            rest = ", ".join(f"{NAMES[name]} {own[name]:.1%}" for name in own if name != chosen)
            parts.append(f"{NAMES[chosen]} is right on {own[chosen]:.1%} of those {where}")
            parts[-1] += f" ({rest})." if rest else "."
    return " ".join(parts)


def _by_depth(found: dict[str, Any]) -> Table:
    rows = [
        [depth, f"{count:,}", f"{found['commonest_by_depth'][depth]:.1%}"]
        + [_with_interval(found, name, depth) for name in found["accuracy_by_depth"]]
        for depth, count in found["judged_by_depth"].items()
    ]
    names = [NAMES[name] for name in found["accuracy_by_depth"]]
    return "Accuracy by depth", ["depth", "equations", "commonest label", *names], rows


def _with_interval(found: dict[str, Any], name: str, depth: str) -> str:
    low, high = found["interval_by_depth"][name][depth]
    return f"{found['accuracy_by_depth'][name][depth]:.1%} ({low:.1%} to {high:.1%})"


def _examples(found: dict[str, Any], is_right: bool) -> Table:
    rows = [
        [each["equation"], f"{each['probability']:.3f}", each["verdict"], each["certificate"]]
        for each in found["examples"]
        if each["is_right"] == is_right
    ]
    heading = f"Equations on which {NAMES[found['chosen']]} is {'right' if is_right else 'wrong'}"
    return heading, ["equation", "probability that it holds", "verdict", "certificate"], rows
