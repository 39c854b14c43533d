"""Label Studio's JSON: a list of tasks, each with its annotations; predictions of models are no votes."""

from collections import Counter
from collections.abc import Iterator

from etl.crowd.exports.form import (
    NO_ANSWER,
    SKIPPED,
    SPANS,
    Answer,
    Asked,
    Fault,
    Record,
    Tool,
    objects,
    several,
    vote,
    within,
)

CHOICE = {"choices": "choices", "rating": "rating", "pairwise": "selected"}
"""Key of what was chosen, by the type of a result; other types choose no label."""
PARTS = ("start", "end", "x", "y", "points", "timeserieslabels")
"""Keys of a result that is about a part of a task."""
SAYS_NOBODY = "give an export with annotators (completed_by)"


def answers(task: Record, asked: Asked) -> Iterator[Answer | Fault]:
    """The answers of a task, one or more an annotation.

    Parameters
    ----------
    task : mapping
    asked : Asked
    """
    annotations = objects(_annotations(task))
    if not annotations:
        yield Fault(NO_ANSWER, is_meant=True)
    for annotation in annotations:
        if annotation.get("was_cancelled") is True or annotation.get("skipped") is True:
            yield Fault(SKIPPED, is_meant=True)
        else:
            yield from _chosen(_id(task, asked), annotation, asked)


def _annotations(task: Record) -> object:
    return task.get("annotations", task.get("completions"))


def _id(task: Record, asked: Asked) -> object:
    key = asked.task or "id"
    return within(task, ("data",)).get(key, task.get(key)) if asked.task else task.get(key)


def _chosen(task: object, annotation: Record, asked: Asked) -> Iterator[Answer | Fault]:
    """What one annotation says of each question, and that it says other things too."""
    results = objects(annotation.get("result"))
    if not results:
        yield Fault(NO_ANSWER, is_meant=True)
        return
    chosen = [one for one in results if _is_choice(one) and asked.question in (None, _name(one))]
    times = Counter(map(_name, chosen))
    for name, count in times.items():
        labels = [label for one in chosen if _name(one) == name for label in _labels(one)]
        if count > 1 or len(labels) > 1:
            yield several(labels)
        elif not labels:
            yield Fault(NO_ANSWER, is_meant=True)
        else:
            is_truth = annotation.get("ground_truth") is True
            worker = "known" if is_truth else _worker(annotation, asked.by)
            yield vote(task, worker, labels[0], name, is_truth)
    for kind in sorted({_kind(one) for one in results if not _is_choice(one)}):
        yield Fault(SPANS if _tags(kind) else f"it is {kind}, which chooses no label", kind, bool(times))
    if not times and all(_is_choice(one) for one in results):
        yield Fault(f"it does not answer {asked.question}", is_meant=True)


def _is_choice(result: Record) -> bool:
    value = within(result, ("value",))
    return _type(result) in CHOICE and not any(key in value for key in PARTS)


def _type(result: Record) -> str:
    return str(result.get("type"))


def _name(result: Record) -> str:
    """Of the question, if it has one."""
    name = result.get("from_name")
    return name if isinstance(name, str) else ""


def _kind(result: Record) -> str:
    return "labels" if _type(result) in CHOICE else _type(result)


def _tags(kind: str) -> bool:
    return kind.endswith("labels")


def _labels(result: Record) -> list[object]:
    found = within(result, ("value",)).get(CHOICE[_type(result)])
    return found if isinstance(found, list) else [] if found is None else [found]


def _worker(annotation: Record, key: str | None) -> object:
    """By email, where it is known, which is the same in every project; else by number."""
    by = annotation.get(key or "completed_by", None if key else annotation.get("created_username"))
    return by.get("email") or by.get("id") if isinstance(by, dict) else by


def _text(task: Record, asked: Asked) -> tuple[object, object]:
    return _id(task, asked), text_of(within(task, ("data",)), asked.task)


def text_of(data: Record, other: str | None) -> object:
    """The text of a task: what is called so, else the only text that it has.

    Parameters
    ----------
    data : mapping
    other : str, optional
        Key of what is none.

    Examples
    --------
    >>> text_of({"review": "Good.", "ref": "7"}, "ref"), text_of({"a": "x", "b": "y"}, None)
    ('Good.', None)
    """
    if "text" in data:
        return data["text"]
    texts = [value for key, value in data.items() if isinstance(value, str) and key != other]
    return texts[0] if len(texts) == 1 else None


TOOL = Tool(
    "Label Studio",
    "its records hold data and annotations",
    SAYS_NOBODY,
    lambda record: isinstance(record.get("data"), dict) and isinstance(_annotations(record), list),
    answers,
    _text,
)
