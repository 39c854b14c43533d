"""What all exports come down to: answers that are votes or known labels, and answers that are neither."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Record: TypeAlias = Mapping[str, object]
"""An object of JSON, whose numbers are text as written."""

SPANS = "it tags parts of the text and chooses no label"
SEVERAL = "it chooses several labels"
NOBODY = "it names no annotator"
NO_ANSWER = "it holds no answer"
SKIPPED = "it was skipped"


@dataclass(frozen=True, slots=True)
class Answer:
    """One label that one person chose for one task.

    Attributes
    ----------
    task, worker, label : str
    question : str
        What was asked of the task, where an export may hold several.
    is_truth : bool
        Whether it is the known label, and no vote.
    """

    task: str
    worker: str
    label: str
    question: str = ""
    is_truth: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer that is no vote, and why.

    Attributes
    ----------
    reason : str
    text : str
        What it holds.
    is_meant : bool
        Whether the person chose not to answer, which is no error of the file.
    """

    reason: str
    text: str = ""
    is_meant: bool = False


@dataclass(frozen=True)
class Asked:
    """What is read of an export.

    Attributes
    ----------
    task : str, optional
        Key of the data that names the task; the tool's own number by default.
    question : str, optional
        Which one is read, where several were asked.
    by : str, optional
        Key that names the annotator; the tool's own by default.
    worker : str, optional
        Who answered, where the name of the file says it.
    only : str, optional
        The label, if people only said whether it holds.
    """

    task: str | None = None
    question: str | None = None
    by: str | None = None
    worker: str | None = None
    only: str | None = None

    @classmethod
    def of(cls, columns: tuple[str, ...]) -> "Asked":
        """By the columns that are told: those named by default ask for nothing."""
        task, worker, label = (
            None if name == own else name
            for name, own in zip(columns, ("task", "worker", "label"), strict=True)
        )
        return cls(task, label, worker)


@dataclass(frozen=True)
class Tool:
    """One kind of export.

    Attributes
    ----------
    name : str
    why : str
        By what it is recognised.
    nobody : str
        What to do where it names no annotators.
    fits : callable
        Whether a record is one of its.
    answers : callable
        The answers of a record.
    text : callable
        Task and text of a record; None where it has none.
    by_file : bool
        Whether files are named after annotators.
    binary : callable, optional
        The label of which a record says whether it holds.
    """

    name: str
    why: str
    nobody: str
    fits: Callable[[Record], bool]
    answers: Callable[[Record, Asked], Iterator[Answer | Fault]]
    text: Callable[[Record, Asked], tuple[object, object]]
    by_file: bool = False
    binary: Callable[[Record], str | None] | None = None


def vote(
    task: object, worker: object, label: object, question: object = "", is_truth: bool = False
) -> Answer | Fault:
    """An answer, or what it lacks.

    Parameters
    ----------
    task, worker, label : object
        As the record holds them.
    question : object
    is_truth : bool

    Examples
    --------
    >>> vote("7", "ann", "yes"), vote("7", None, "yes").reason
    (Answer(task='7', worker='ann', label='yes', question='', is_truth=False), 'it names no annotator')
    """
    cells = []
    for name, value in (("task", task), ("annotator", worker), ("label", label)):
        cell, fault = spelt(value)
        if fault:
            reason = NOBODY if (name, fault) == ("annotator", "missing") else f"its {name} is {fault}"
            return Fault(reason, cell)
        cells.append(cell)
    return Answer(cells[0], cells[1], cells[2], str(question), is_truth)


def spelt(value: object) -> tuple[str, str]:
    """A value as it is written, and what is wrong with it.

    Parameters
    ----------
    value : object

    Examples
    --------
    >>> spelt("007"), spelt(True), spelt(" "), spelt(["a"])
    (('007', ''), ('true', ''), (' ', 'missing'), ('["a"]', 'a list'))
    """
    if value is None:
        return "", "missing"
    text = value if isinstance(value, str) else json.dumps(value)
    if isinstance(value, list | dict):
        return text, "a list" if isinstance(value, list) else "an object"
    if not text.isascii() and any("\ud800" <= one <= "\udfff" for one in text):
        return text.encode("utf-8", "replace").decode(), "half a character"
    return text, "" if text.strip() else "missing"


def objects(value: object) -> list[Record]:
    """The objects of a list, if it is one.

    Parameters
    ----------
    value : object
    """
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def within(record: Record, keys: tuple[str, ...]) -> Record:
    """The first of these keys' values that is an object; an empty one if none is.

    Parameters
    ----------
    record : mapping
    keys : tuple of str
    """
    return next((found for key in keys if isinstance(found := record.get(key), dict)), {})


def several(labels: list[object]) -> Fault:
    """That a person chose more than one.

    Parameters
    ----------
    labels : list
    """
    return Fault(SEVERAL, spelt(labels)[0])
