"""Label Studio's JSON-MIN, CSV and TSV: a flat record an annotation, whose keys name the questions."""

import json
from collections.abc import Iterator

from etl.crowd.exports.form import (
    NO_ANSWER,
    SPANS,
    Answer,
    Asked,
    Fault,
    Record,
    Tool,
    objects,
    several,
    vote,
)
from etl.crowd.exports.label_studio import CHOICE, PARTS, SAYS_NOBODY, text_of

OWN = ("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement", "history")
"""Keys that the tool adds; the others are the task's data and the questions."""


def answers(record: Record, asked: Asked) -> Iterator[Answer | Fault]:
    """The answer of an annotation to each question.

    Parameters
    ----------
    record : mapping
    asked : Asked
        With the question that is told; by default those are read that stand between the task's number and
        the annotator, as JSON-MIN writes them.
    """
    names = [asked.question] if asked.question else questions(record)
    if not any(record.get(name) not in (None, "") for name in names):
        yield Fault(NO_ANSWER, is_meant=True)
        return
    for name in names:
        if record.get(name) in (None, ""):
            continue
        labels = _labels(record[name])
        if labels is None:
            yield Fault(SPANS, str(record[name]))
        elif len(labels) > 1:
            yield several(labels)
        else:
            task = record.get(asked.task or "id")
            yield vote(task, record.get(asked.by or "annotator"), labels[0] if labels else None, name)


def questions(record: Record) -> list[str]:
    """Keys that may be questions: those between ``id`` and ``annotator``, or all that are not the tool's own.

    Parameters
    ----------
    record : mapping

    Examples
    --------
    >>> questions({"text": "Good.", "id": "1", "mood": "glad", "annotator": "2", "annotation_id": "3"})
    ['mood']
    """
    keys = list(record)
    first, last = (keys.index(name) if name in keys else -1 for name in ("id", "annotator"))
    return [name for name in (keys[first + 1 : last] if -1 < first < last else keys) if name not in OWN]


def _labels(value: object) -> list[object] | None:
    """What was chosen; None if parts were tagged. Other than one label is JSON, in CSV as text."""
    found = _unpacked(value) if isinstance(value, str) else value if isinstance(value, list) else [value]
    labels: list[object] = []
    for one in found:
        chosen = _chosen(one) if isinstance(one, dict) else [one]
        if chosen is None:
            return None
        labels += chosen
    return labels


def _unpacked(text: str) -> list[object]:
    """The objects that a cell of CSV holds as JSON; other text is a label."""
    try:
        found = json.loads(text, parse_int=str, parse_float=str) if text[:1] in ("[", "{") else text
    except ValueError:
        return [text]
    return [found] if isinstance(found, dict) else list(objects(found)) or [text]


def _chosen(one: Record) -> list[object] | None:
    if any(key in one for key in PARTS):
        return None
    for key in CHOICE.values():
        if key in one:
            value = one[key]
            return value if isinstance(value, list) else [value]
    return None


def _text(record: Record, asked: Asked) -> tuple[object, object]:
    aside = {*OWN, *([asked.question] if asked.question else questions(record))}
    data = {key: value for key, value in record.items() if key not in aside or key == "text"}
    return record.get(asked.task or "id"), text_of(data, asked.task)


TOOL = Tool(
    "Label Studio (JSON-MIN or CSV)",
    "its records hold annotator, annotation_id and lead_time",
    SAYS_NOBODY,
    lambda record: {"annotator", "annotation_id", "lead_time"} <= set(record),
    answers,
    _text,
)
