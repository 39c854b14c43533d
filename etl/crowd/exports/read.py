"""Votes, texts and known labels of exports of labelling tools, as tables."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from etl.crowd.exports.detect import Found, detect
from etl.crowd.exports.doccano import TOGETHER
from etl.crowd.exports.documents import Document, records
from etl.crowd.exports.form import NOBODY, SEVERAL, SPANS, Answer, Asked, Fault, spelt
from etl.records import Choice, collect, record
from etl.tables import values
from etl.tables.form import Told
from etl.tables.losses import Losses

ROWS = 1 << 16
"""Votes of a table."""
COLUMNS = ("task", "worker", "label")
REMEDIES = {
    SPANS: "give tagged text to `trinity ner`, as CoNLL",
    SEVERAL: "choose one label an answer, or give each label as a question of its own",
}


@dataclass
class Tally:
    """What was found so far in all files.

    Attributes
    ----------
    question : str, optional
        The one that is read.
    truths : dict of str to str
        Known label by task.
    contradiction : str
        Where a task first has another known label.
    """

    question: str | None
    truths: dict[str, str] = field(default_factory=dict)
    contradiction: str = ""

    def know(self, answer: Answer, place: str) -> None:
        """Take in a known label."""
        known = self.truths.setdefault(answer.task, answer.label)
        if known != answer.label and not self.contradiction:
            self.contradiction = f"{place}: task {answer.task} is known to be {known} and {answer.label}"


def votes(found: Found, told: Told | None = None) -> Iterator[pa.Table]:
    """Votes of the files, in tables; what is none is set aside.

    Parameters
    ----------
    found : Found
        From `detect`.
    told : Told, optional

    Yields
    ------
    pyarrow Table
        ``task, worker, label``, ids as in `etl.tables.values.ids`.

    Raises
    ------
    ValueError
        A file is broken, none of its answers is a vote, or several questions were asked.
    """
    yield from _votes(found, told or Told(), Tally(found.asked.question))


def _votes(found: Found, told: Told, tally: Tally) -> Iterator[pa.Table]:
    asked = replace(found.asked, only=_only(found, told))
    for document in found.documents:
        yield from _of(document, found, replace(asked, worker=_worker(document, found)), told, tally)
    if tally.truths:
        record(
            Choice(
                reason=f"votes: {len(tally.truths):,} answers are known labels and no votes; "
                "give the export as --truth too, to judge by them"
            )
        )


def texts(path: Path, columns: tuple[str, ...] = COLUMNS, told: Told | None = None) -> pa.Table | None:
    """Texts of the tasks of an export; None if the path holds none.

    Parameters
    ----------
    path : Path
    columns : tuple of str
        See `detect`.
    told : Told, optional

    Returns
    -------
    pyarrow Table
        ``task, text``, each task once; those without a text are left out, and counted.
    """
    if not (found := _quietly(path, columns, told)):
        return None
    known: dict[str, str | None] = {}
    with collect():  # who reads the votes tells what is set aside
        for document in found.documents:
            for _, one in records(document, told or Told(), Losses(document, 1.0)):
                task, text = (spelt(cell) for cell in found.tool.text(one, found.asked))
                if found.tool.fits(one) and not task[1] and known.get(task[0]) is None:
                    known[task[0]] = None if text[1] else text[0]
    lacking = sum(text is None for text in known.values())
    if lacking:
        record(Choice(reason=f"{path}: {lacking:,} of {len(known):,} tasks have no text"))
    kept = {task: text for task, text in known.items() if text is not None}
    return pa.table(
        {"task": _ids(list(kept), str(path)), "text": pa.array(list(kept.values()), pa.large_string())}
    )


def truth(path: Path, columns: tuple[str, ...] = COLUMNS, told: Told | None = None) -> pa.Table | None:
    """Known labels of an export, ``task, label``; None if the path holds none.

    Parameters
    ----------
    path : Path
    columns : tuple of str
        See `detect`.
    told : Told, optional

    Raises
    ------
    ValueError
        The export knows no label, or two of a task.
    """
    if not (found := _quietly(path, columns, told)):
        return None
    tally = Tally(found.asked.question)
    with collect():  # who reads the votes tells what is set aside
        deque(_votes(found, told or Told(), tally), maxlen=0)
    if not tally.truths:
        raise ValueError(
            f"{path} is an export of {found.tool.name} that marks no answer as known to be right; mark some "
            "as ground truth, or give a table of task and label"
        )
    if tally.contradiction:
        raise ValueError(f"{tally.contradiction}; mark one label of each task")
    cells = (list(tally.truths), list(tally.truths.values()))
    return pa.table([_ids(one, str(path)) for one in cells], ["task", "label"])


def _quietly(path: Path, columns: tuple[str, ...], told: Told | None) -> Found | None:
    """The export; who reads its votes tells of it."""
    with collect():
        return detect(path, columns, told)


def _only(found: Found, told: Told) -> str | None:
    """The label that people said yes or no to, if there is one alone."""
    if not (binary := found.tool.binary):
        return None
    labels: set[str] = set()
    for document in found.documents:
        with collect():
            for _, one in records(document, told, Losses(document, 1.0)):
                if "accept" in one and not labels:  # options were chosen
                    return None
                if label := binary(one):
                    labels.add(label)
                if len(labels) > 1:
                    return None
    (label,) = labels or [None]
    if label is not None:
        record(Choice(reason=f"votes: rejects are votes for 'not {label}', as no other label was asked for"))
    return label


def _worker(document: Document, found: Found) -> str | None:
    name = Path(document.name).stem
    return name if found.tool.by_file and name.casefold() not in TOGETHER else None


def _of(document: Document, found: Found, asked: Asked, told: Told, tally: Tally) -> Iterator[pa.Table]:
    """Votes of one file."""
    losses, meant = Losses(document, told.bad_share), Losses(document, 1.0)
    held: list[Answer] = []
    count = 0
    for number, one in records(document, told, losses):
        losses.seen -= 1
        fits = found.tool.fits(one)
        for answer in found.tool.answers(one, asked) if fits else [Fault(f"it is none of {found.tool.name}")]:
            if isinstance(answer, Fault):
                _aside(meant if answer.is_meant else losses, number, answer)
                continue
            losses.seen, count = losses.seen + 1, count + 1
            _one_question(document, number, answer, tally)
            if answer.is_truth:
                tally.know(answer, f"{document}, {document.unit} {number:,}")
            else:
                held.append(answer)
        if len(held) >= ROWS:
            yield _table(held, document)
            held = []
    if losses.lost and not count:
        raise _useless(losses, found)
    losses.close()
    meant.close()
    if held:
        yield _table(held, document)


def _aside(losses: Losses, number: int, fault: Fault) -> None:
    losses.seen += 1
    losses.add(number, fault.reason, fault.text)


def _one_question(document: Document, number: int, answer: Answer, tally: Tally) -> None:
    if not tally.question:
        tally.question = answer.question
    elif answer.question not in ("", tally.question):
        raise ValueError(
            f"{document}, {document.unit} {number:,}: {answer.question} is answered, beside "
            f"{tally.question}; name the one that is read, as in --columns task worker {answer.question}"
        )


def _useless(losses: Losses, found: Found) -> ValueError:
    line, reason, text = losses.first or (None, "", "")
    remedy = REMEDIES.get(reason, "give an export whose answers choose a label")
    remedy = found.tool.nobody if reason == NOBODY else remedy
    at = f"the first, {losses.part.unit} {line:,}: " if line else ""
    said = f" ({text[:60]!r})" if text else ""
    return ValueError(
        f"{losses.part}: none of {losses.seen:,} answers is a vote; {at}{reason}{said}; {remedy}"
    )


def _table(held: list[Answer], document: Document) -> pa.Table:
    cells = {
        "task": [one.task for one in held],
        "worker": [one.worker for one in held],
        "label": [one.label for one in held],
    }
    return pa.table({name: _ids(one, str(document)) for name, one in cells.items()})


def _ids(cells: list[str], where: str) -> pa.Array:
    return values.ids(pa.array(cells, pa.string()), where)
