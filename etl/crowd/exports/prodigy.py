"""Prodigy's JSON lines: options that were chosen, or whether a label holds; reviews are known labels."""

from collections.abc import Iterator

from etl.crowd.exports.form import (
    NO_ANSWER,
    SPANS,
    Answer,
    Asked,
    Fault,
    Record,
    Tool,
    several,
    spelt,
    vote,
    within,
)


def answers(record: Record, asked: Asked) -> Iterator[Answer | Fault]:
    """The answer of a line.

    Parameters
    ----------
    record : mapping
    asked : Asked
    """
    if record.get("answer") not in ("accept", "reject"):
        yield Fault("it was ignored", is_meant=True)
    elif isinstance(record.get("accept"), list):
        yield _choice(record, asked)
    elif label := binary(record):
        yield _whether(record, asked, label)
    elif record.get("spans"):
        yield Fault(SPANS)
    else:
        yield Fault("it has neither a label nor options that were chosen")


def binary(record: Record) -> str | None:
    """The label that was accepted or rejected.

    Parameters
    ----------
    record : mapping
    """
    label = record.get("label")
    return label if isinstance(label, str) and label.strip() and "accept" not in record else None


def _choice(record: Record, asked: Asked) -> Answer | Fault:
    chosen = record["accept"]
    labels = chosen if isinstance(chosen, list) else []
    if record.get("answer") == "reject":
        return Fault("it was rejected as a whole", spelt(labels)[0], is_meant=True)
    if len(labels) != 1:
        return several(labels) if labels else Fault(NO_ANSWER, is_meant=True)
    return _vote(record, asked, labels[0])


def _whether(record: Record, asked: Asked, label: str) -> Answer | Fault:
    if record.get("answer") == "accept":
        return _vote(record, asked, label)
    if asked.only is None:
        return Fault("it is a reject, which of several labels says only what it is not", label)
    return _vote(record, asked, f"not {label}")


def _vote(record: Record, asked: Asked, label: object) -> Answer | Fault:
    is_truth = record.get("_view_id") == "review" or "versions" in record
    worker = record.get("_annotator_id") or record.get("_session_id")
    if asked.by:
        worker = record.get(asked.by, within(record, ("meta",)).get(asked.by))
    return vote(_id(record, asked), worker or ("review" if is_truth else None), label, is_truth=is_truth)


def _id(record: Record, asked: Asked) -> object:
    """The key that is told, of the record or its ``meta``; else by the input, as labels are about that."""
    if asked.task:
        return record.get(asked.task, within(record, ("meta",)).get(asked.task))
    return record.get("_input_hash", record.get("_task_hash"))


def _text(record: Record, asked: Asked) -> tuple[object, object]:
    return _id(record, asked), record.get("text", record.get("html"))


TOOL = Tool(
    "Prodigy",
    "its records hold answer and _input_hash",
    "ask each annotator to open the app with ?session=NAME, which Prodigy then writes as _annotator_id",
    lambda record: "answer" in record and ("_input_hash" in record or "_task_hash" in record),
    answers,
    _text,
    binary=binary,
)
