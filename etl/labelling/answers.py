"""What a person answered about sentences, in a file that only grows: what was appended is on the disk.

``answers.jsonl`` holds a JSON object a line. A sentence may be answered again; its last answer counts. A line
that a kill or a full disk left half-written was never acknowledged: it is moved to ``answers.aside``.
"""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from etl.conll.corpus import Corpus
from etl.conll.schemes import Spans, tag_names, tags
from etl.files import write, writing
from etl.records import Rejected, record

Span = tuple[int, int, str]
"""First word from 0, the one after the last, and the type."""
Use = Literal["learn", "judge"]


@dataclass(frozen=True)
class Answer:
    """One answer about one sentence.

    Attributes
    ----------
    item : int
        Number of the sentence in the text.
    words : tuple of str
    spans : tuple of (int, int, str), or None
        None where the sentence was skipped.
    seconds : float
        That the person took.
    time : str
        When it came, ISO 8601 with the zone.
    round : int
        Of the model that chose the sentence; 0 before the first.
    score : float or None
        That it was chosen for; None if it was drawn at random.
    use : {"learn", "judge"}
    """

    item: int
    words: tuple[str, ...]
    spans: tuple[Span, ...] | None
    seconds: float
    time: str
    round: int = 0
    score: float | None = None
    use: Use = "learn"


class AnswerLog:
    """The answers of a folder, which is made if need be; one process at a time.

    Parameters
    ----------
    folder : Path

    Attributes
    ----------
    latest : dict of int to Answer
        Last answer of each sentence, in the order in which sentences were first answered.
    path : Path
        The file of answers.
    quarantined : int
        Half-written lines that were moved to ``answers.aside`` just now: 0 or 1.

    Raises
    ------
    ValueError
        A line before the last is no answer; the message names it.
    OSError
        The folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with AnswerLog(Path(folder)) as log:
    ...         log.append(Answer(7, ("In", "Rome"), ((1, 2, "LOC"),), 2.5, "2020-02-02T20:20:20+00:00"))
    ...     with AnswerLog(Path(folder)) as log:
    ...         log.latest[7].spans
    ((1, 2, 'LOC'),)
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "answers.jsonl"
        folder.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.fchmod(self._file, 0o600)  # other users of the machine need not read what is labelled
            _sync(folder)
            self._read(self.path.read_bytes())
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "AnswerLog":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; nothing can be appended then."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def append(self, answer: Answer) -> None:
        """Put an answer on the disk; when this returns, no kill or loss of power loses it.

        Raises
        ------
        OSError
            The disk is full, or fails: then nothing of the answer is left, and it does not count.
        """
        self._put((json.dumps(asdict(answer), ensure_ascii=False, allow_nan=False) + "\n").encode())
        self.latest[answer.item] = answer

    def _put(self, line: bytes) -> None:
        with writing(f"{len(line):,} bytes", self.path):
            if os.fstat(self._file).st_size > self._size:
                os.ftruncate(self._file, self._size)  # what an earlier failure could not take back
            try:
                written = 0
                while written < len(line):
                    written += os.write(self._file, line[written:])
                os.fsync(self._file)
            except OSError:
                os.ftruncate(self._file, self._size)
                raise
        self._size += len(line)

    def _read(self, data: bytes) -> None:
        lines = data.split(b"\n")
        half, self.quarantined, self._size = lines.pop(), 0, len(data)
        if not half and lines and _parsed(lines[-1]) is None:
            half = lines.pop() + b"\n"
        self.latest = _latest(self.path, lines)
        if half:
            self._mend(half)

    def _mend(self, half: bytes) -> None:
        """Keep a last line that lacks nothing but its end; set aside any other."""
        answer = _parsed(half)
        if answer is not None:
            self._put(b"\n")
            self.latest[answer.item] = answer
            return
        kept = self.path.with_suffix(".aside")
        write(kept, (kept.read_bytes() if kept.exists() else b"") + half.rstrip(b"\n") + b"\n")
        self._size -= len(half)
        os.ftruncate(self._file, self._size)
        os.fsync(self._file)
        self.quarantined = 1
        record(Rejected(file=str(self.path), reason="the last line was half-written"))


def is_log(path: Path) -> bool:
    """Whether a file holds answers, by its first line."""
    if path.suffix != ".jsonl" or not path.is_file():
        return False
    with path.open("rb") as file:
        return _parsed(file.readline()) is not None


def read(path: Path) -> list[Answer]:
    """Last answer of each sentence, in the order of the text; the file is left as it is.

    A last line that is half-written is passed over, and told.

    Raises
    ------
    ValueError
        Another line is no answer; the message names it.
    """
    *lines, half = path.read_bytes().split(b"\n")
    if half or (lines and _parsed(lines[-1]) is None):
        last = half or lines.pop()
        if _parsed(last) is None:
            record(Rejected(file=str(path), reason="the last line was half-written", line=len(lines) + 1))
        else:
            lines.append(last)
    latest = _latest(path, lines)
    return [latest[item] for item in sorted(latest)]


def corpus(path: Path, answers: Sequence[Answer]) -> Corpus:
    """Answered sentences, tagged in BIOES; those that were skipped are left out.

    Parameters
    ----------
    path : Path
        For messages.
    answers : sequence of Answer

    Raises
    ------
    ValueError
        No answer marks a name.
    """
    kept = [answer for answer in answers if answer.spans is not None]
    kinds = sorted({kind for answer in kept for _, _, kind in answer.spans or ()})
    if not kinds:
        raise ValueError(f"{path} marks no name in {len(kept):,} sentences; label some that hold one")
    words = pa.array([word for answer in kept for word in answer.words], pa.large_string())
    starts = np.cumsum([0, *(len(answer.words) for answer in kept)], dtype="int64")
    return Corpus(words, flat(kept, kinds), tag_names(kinds), starts)


def _latest(path: Path, lines: Sequence[bytes]) -> dict[int, Answer]:
    found: dict[int, Answer] = {}
    for number, line in enumerate(lines, 1):
        answer = _parsed(line)
        if answer is None:
            raise ValueError(f"{path}, line {number}, is no answer; restore the file, or cut the line")
        found[answer.item] = answer
    return found


def _sync(folder: Path) -> None:
    """Put the names of a folder's files on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _parsed(line: bytes) -> Answer | None:
    try:
        row: dict[str, Any] = json.loads(line)
        spans = None if row["spans"] is None else tuple((int(b), int(e), str(k)) for b, e, k in row["spans"])
        return Answer(**(row | {"item": int(row["item"]), "words": tuple(row["words"]), "spans": spans}))
    except (ValueError, KeyError, TypeError):
        return None


def flat(answers: Sequence[Answer], kinds: Sequence[str], scheme: str = "BIOES") -> np.ndarray:
    """Tags of all words of answers, one after another.

    Parameters
    ----------
    answers : sequence of Answer
        A skipped sentence has no spans.
    kinds : sequence of str
        Types of the spans, in the order of their codes.
    scheme : {"BIOES", "IOB2", "IOB1"}

    Returns
    -------
    array of int32, shape (words,)
        Places in `etl.conll.schemes.tag_names`.

    Examples
    --------
    >>> one = Answer(7, ("In", "New", "York"), ((1, 3, "LOC"),), 2.5, "")
    >>> flat([one], ["LOC"]).tolist(), flat([one], ["LOC"], "IOB2").tolist()
    ([0, 1, 3], [0, 1, 2])
    """
    starts = np.cumsum([0, *(len(answer.words) for answer in answers)], dtype="int64")
    rows = [
        (sentence, begin, end, kinds.index(kind))
        for sentence, answer in enumerate(answers)
        for begin, end, kind in answer.spans or ()
    ]
    return tags(Spans(*np.array(rows, "int64").reshape(-1, 4).T), starts, scheme)


def export(path: Path, answers: Iterable[Answer], kinds: Sequence[str]) -> None:
    """Write answered sentences in columns word and IOB2 tag, in the order of the text; whole or not at all.

    Where no sentence is left there is no file: an empty one would be no sentences to any reader.

    Parameters
    ----------
    path : Path
        Where the file goes; one that is there is replaced.
    answers : iterable of Answer
        In any order; skipped sentences are left out.
    kinds : sequence of str
        Types of the spans.

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written.
    """
    kept = sorted((answer for answer in answers if answer.spans is not None), key=lambda each: each.item)
    if not kept:
        path.unlink(missing_ok=True)
        return
    names, codes = tag_names(kinds, "IOB2"), iter(flat(kept, kinds, "IOB2").tolist())
    blocks = ("".join(f"{word}\t{names[next(codes)]}\n" for word in answer.words) for answer in kept)
    write(path, "\n".join(blocks).encode())
