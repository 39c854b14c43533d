"""doccano's JSON and JSON lines: a text a record, in files that are named after those who labelled them."""

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
    within,
)

LABELS = ("label", "labels", "cats")
TEXTS = ("text", "data", "filename")
META = ("meta", "metadata")
TOGETHER = ("all", "unknown")
"""Names of files of what all people labelled together, or nobody."""


def answers(record: Record, asked: Asked) -> Iterator[Answer | Fault]:
    """The answers of a record: one, or one an annotator where it names them, as doccano did before 1.0.

    Parameters
    ----------
    record : mapping
    asked : Asked
        With the annotator by the name of the file.
    """
    task, chosen = _id(record, asked), _chosen(record, asked)
    if not chosen:
        yield Fault(NO_ANSWER, is_meant=True)
    for worker, labels in chosen:
        if any(isinstance(label, list | dict) for label in labels):
            yield Fault(SPANS, str(labels))
        elif len(labels) > 1:
            yield several(labels)
        else:
            yield vote(task, worker, labels[0])


def _chosen(record: Record, asked: Asked) -> list[tuple[object, list[object]]]:
    """Who chose, and what."""
    if "annotations" in record:
        by: dict[str, tuple[object, list[object]]] = {}
        for one in objects(record["annotations"]):
            tag = {**one} if "start_offset" in one or "points" in one else one.get("label", one.get("text"))
            who = one.get(asked.by or "user")
            by.setdefault(str(who), (who, []))[1].append(tag)
        return list(by.values())
    found = next((record[name] for name in LABELS if name in record), None)
    labels = found if isinstance(found, list) else [] if found in (None, "") else [found]
    worker = record.get("user", asked.worker)
    if asked.by:
        worker = record.get(asked.by, within(record, META).get(asked.by))
    return [(worker, labels)] if labels else []


def _id(record: Record, asked: Asked) -> object:
    key = asked.task or "id"
    return record.get(key, within(record, META).get(key))


def _fits(record: Record) -> bool:
    has_labels = isinstance(record.get("annotations"), list) or any(
        isinstance(record.get(name), list) for name in LABELS
    )
    return has_labels and "id" in record and any(isinstance(record.get(name), str) for name in TEXTS)


def _text(record: Record, asked: Asked) -> tuple[object, object]:
    return _id(record, asked), next((record[name] for name in TEXTS if name in record), None)


TOOL = Tool(
    "doccano",
    "its records hold id, text and a list of labels",
    "give a zip file or folder with a file an annotator (alice.jsonl, bob.jsonl), which doccano writes for "
    "projects that do not share annotations across all users",
    _fits,
    answers,
    _text,
    by_file=True,
)
