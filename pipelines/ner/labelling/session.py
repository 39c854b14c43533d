"""What is asked next, what was answered, and when the model learns again: the page without its HTTP."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from etl.conll.corpus import Corpus
from etl.conll.schemes import spans, tag_names
from etl.labelling.answers import Answer, AnswerLog, Span, Use, export, flat
from models.active.person import Known, Proposal
from models.active.pool import ranked
from pipelines.ner.labelling import checks
from pipelines.ner.labelling.trainer import Task

EACH = 5
"""Of so many sentences one is for judging: it is drawn at random from a fifth that no model chooses from."""
ENOUGH = 5
"""Sentences for judging, at least, before an estimate is shown."""

Reply = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """A sentence that is asked, and why; see `etl.labelling.answers.Answer`."""

    item: int
    use: Use = "learn"
    round: int = 0
    score: float | None = None
    guess: tuple[Span, ...] | None = None


class Session:
    """Questions and answers about one text; its methods may be called from any thread.

    Sentences for judging come without the model's guess, and are drawn and not chosen, so that what they
    tell of the model is true of the text.

    Parameters
    ----------
    corpus : Corpus
    kinds : sequence of str
        Types that spans may have.
    log : AnswerLog
        Its answers count as given here.
    every : int
        New or changed answers to learn from, after which the model learns again.
    seed : int
        Of the order in which sentences are drawn.

    Raises
    ------
    ValueError
        The log's answers are of another text, or of other types.
    """

    def __init__(
        self, corpus: Corpus, kinds: Sequence[str], log: AnswerLog, *, every: int = 10, seed: int = 0
    ) -> None:
        self.corpus, self.kinds, self.log, self.every = corpus, tuple(kinds), log, every
        self.proposal: Proposal | None = None
        checks.log(log, corpus, self.kinds)
        order, judges = (ranked(np.arange(len(corpus)), np.zeros(len(corpus)), seed + k) for k in range(2))
        self._order: list[int] = order.tolist()
        self._held = frozenset(judges[: len(corpus) // EACH].tolist())
        self._lock, self._exporting = threading.RLock(), threading.Lock()
        self._pending: Question | None = None
        self._give: Callable[[Task], None] = lambda task: None
        self._round = max((answer.round for answer in log.latest.values()), default=0)
        self._changes = len(self._answered("learn"))

    def begin(self, give: Callable[[Task], None]) -> None:
        """Name who makes rounds, and have one made if there are answers enough."""
        with self._lock:
            self._give = give
            self._train()

    def take(self, proposal: Proposal) -> None:
        """Choose by this from now on."""
        self.proposal = proposal

    def question(self) -> Reply:
        """The sentence that waits for an answer: the same one until it has one; ``item`` None at the end."""
        with self._lock:
            self._pending = self._pending or self._draw()
            if self._pending is None:
                return {"item": None}
            guess = self._pending.guess
            return self._shown(self._pending, guess or (), "none" if guess is None else "model")

    def answer(self, item: Any, found: Any, seconds: Any) -> None:
        """Save the spans of a sentence, or None to skip it; when this returns they are on the disk.

        Raises
        ------
        ValueError
            There is no such sentence, or spans are wrong.
        OSError
            The answer could not be saved.
        """
        with self._lock:
            words = self._words(checks.item(item, len(self.corpus)))
            checked = None if found is None else checks.spans(found, len(words), self.kinds)
            checks.seconds(seconds)
            asked = self._asked(item)
            time = datetime.now().astimezone().isoformat(timespec="milliseconds")
            self.log.append(
                Answer(item, words, checked, round(seconds, 3), time, asked.round, asked.score, asked.use)
            )
            if self._pending is not None and self._pending.item == item:
                self._pending = None
            self._changes += asked.use == "learn"
            self._train()

    def back(self, item: Any) -> Reply:
        """The sentence answered before this one, or the last of all, with its answer.

        Raises
        ------
        ValueError
            There is none.
        """
        with self._lock:
            answered = list(self.log.latest)
            place = answered.index(item) if item in answered else len(answered)
            if not place:
                raise ValueError("there is no earlier sentence")
            answer = self.log.latest[answered[place - 1]]
            source = "skipped" if answer.spans is None else "answer"
            return self._shown(self._asked(answer.item), answer.spans or (), source)

    def progress(self) -> Reply:
        """Counts, the model's round, and what the answers kept for judging say of it."""
        with self._lock:
            kept = [answer for answer in self.log.latest.values() if answer.spans is not None]
            found = self.proposal
            return {
                "sentences": len(kept),
                "skipped": len(self.log.latest) - len(kept),
                "words": sum(len(answer.words) for answer in kept),
                "all_sentences": len(self.corpus),
                "all_words": self.corpus.tokens,
                "round": found.round if found else 0,
                "until": max(0, self.every - self._changes),
                "estimate": _estimate(found) if found else None,
            }

    def export(self, place: Path) -> None:
        """Write all answers in columns; see `etl.labelling.answers.export`."""
        with self._exporting:  # around both, so that the newest answers are written last
            with self._lock:
                answers = list(self.log.latest.values())
            export(place, answers, self.kinds)

    def _draw(self) -> Question | None:
        judges = len(self.log.latest) % EACH == EACH - 1
        return (
            (self._random(self._held, "judge") if judges else self._chosen())
            or self._random(set(self._order) - self._held, "learn")
            or self._random(self._held, "judge")
        )

    def _random(self, among: Iterable[int], use: Use) -> Question | None:
        item = next((i for i in self._order if i in among and i not in self.log.latest), None)
        made = self.proposal.round if self.proposal else 0
        return None if item is None else Question(item, use, made)

    def _chosen(self) -> Question | None:
        found = self.proposal
        if found is None:
            return None
        for item, score in zip(found.items.tolist(), found.scores.tolist(), strict=True):
            if item not in self.log.latest:
                return Question(item, "learn", found.round, score, self._guess(found.guesses[item]))
        return None

    def _guess(self, tags: np.ndarray) -> tuple[Span, ...]:
        found = spans(tags, np.array([0, len(tags)]), tag_names(self.kinds))
        names = sorted(self.kinds)
        rows = zip(found.begin.tolist(), found.end.tolist(), found.type.tolist(), strict=True)
        return tuple((begin, end, names[kind]) for begin, end, kind in rows)

    def _asked(self, item: int) -> Question:
        """Why a sentence was asked; one that was never asked here was asked before a restart."""
        if self._pending is not None and self._pending.item == item:
            return self._pending
        earlier = self.log.latest.get(item)
        if earlier is None:
            return Question(item)
        return Question(item, earlier.use, earlier.round, earlier.score)

    def _shown(self, question: Question, found: Sequence[Span], source: str) -> Reply:
        return {
            "item": question.item,
            "words": self._words(question.item),
            "spans": found,
            "source": source,
            "use": question.use,
            "round": question.round,
            "score": question.score,
        }

    def _train(self) -> None:
        """Have a round made if enough is new."""
        if self._changes < self.every or not (known := self._answered("learn")):
            return
        self._round, self._changes = self._round + 1, 0
        gone = self._held | set(self.log.latest)
        left = np.array([item for item in range(len(self.corpus)) if item not in gone], "int64")
        self._give(Task(self._round, self._known(known), self._known(self._answered("judge")), left))

    def _answered(self, use: Use) -> list[Answer]:
        return [each for each in self.log.latest.values() if each.use == use and each.spans is not None]

    def _known(self, answers: list[Answer]) -> Known:
        return Known(np.array([answer.item for answer in answers], "int64"), flat(answers, self.kinds))

    def _words(self, item: int) -> tuple[str, ...]:
        return checks.words(self.corpus, item)


def _estimate(found: Proposal) -> Reply | None:
    judged = found.judged
    if judged is None or found.held < ENOUGH or not judged.true:
        return None
    rates = {name: round(getattr(judged, name), 4) for name in ("f1", "precision", "recall")}
    return rates | {"sentences": found.held, "spans": judged.true, "round": found.round}
