"""A page on which a person marks names in sentences that active learning chooses, while the tagger learns.

``python -m pipelines.ner label --data news.txt --types PER,LOC,ORG --out labels``
"""

import os
import secrets
import signal
import sys
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from etl.conll import untagged
from etl.conll.corpus import Corpus
from etl.engine import Device, choose
from etl.labelling.answers import AnswerLog
from etl.records import Choice, Rejected, collect, of_kind
from etl.records.waiting import signs_of_life
from models.active.person import PersonLearner
from models.active.person_tagger import person_tagger
from pipelines.lock import lock
from pipelines.ner.labelling.server import Server
from pipelines.ner.labelling.session import Reply, Session
from pipelines.ner.labelling.trainer import Trainer
from pipelines.run import Tables, settings

LABELS = "labels.conll"
TOKEN = ".token"
LOOK = 0.2
"""Seconds between two looks for a signal."""
KEYS = 9
"""Keys for types: 1 to 9."""


@settings
class Label(Tables):
    """Mark names in sentences that a model chooses, on a page of this machine's browser."""

    data: Path
    """Text with a sentence a line (.txt), words in columns (.conll, .iob2) whose tags are ignored, or a table
    with a text a row (.csv, .jsonl, .parquet, .xlsx)."""
    text: str = "text"
    """Column of the texts, in a table."""
    types: str = "PER,LOC,ORG"
    """Types of names, at most nine, separated by commas."""
    out: Path = Path("labels")
    """Folder of answers; labelling continues in a folder that has some."""
    acquisition: str = "mnlp"
    """How the model chooses: random, least_confidence, mnlp, bald, token_entropy or density."""
    every: int = 10
    """New answers after which the model learns again; until the first time, sentences are drawn at random."""
    candidates: int = 2000
    """Unlabelled sentences that the model chooses from in a round, drawn at random."""
    encoder: Literal["cnn", "transformer"] = "cnn"
    """Network below the CRF."""
    epochs: int = 5
    """Passes over all answers in a round; more while there are few answers."""
    device: Device = "auto"
    """Where the model learns; auto takes a GPU if there is one and the story has passed on one before."""
    port: int = 0
    """Port of the page; 0 takes a free one."""
    open: bool = True
    """Open the page in a browser."""
    seed: int = 0
    """Seed of the sentences drawn and of the model."""


def label(config: Label) -> Path:
    """Serve the page until Ctrl-C or SIGTERM; returns the folder of ``answers.jsonl`` and ``labels.conll``.

    Raises
    ------
    ValueError
        Settings, the text or the folder's answers do not fit, or another process uses the folder.
    OSError
        A file cannot be read or written, or the port is taken.
    """
    with labelling(config) as (server, session):
        print(f"label at {server.address}; answers go to {session.log.path}; Ctrl-C ends", flush=True)
        if config.open:
            webbrowser.open(server.address)
        _wait()
    done = session.progress()
    where = config.out / LABELS if done["sentences"] else f"no {LABELS}, as no sentence was saved"
    print(f"{done['sentences']:,} sentences, {done['words']:,} words: {where}", flush=True)
    return config.out


@contextmanager
def labelling(config: Label) -> Iterator[tuple[Server, Session]]:
    """The page while the block runs; see `label`."""
    kinds = _types(config.types)
    print(f"reading {config.data} and making a tagger for its words ...", file=sys.stderr, flush=True)
    with signs_of_life("label", sys.stderr):
        corpus = _read(config)
    with _held(config.out), AnswerLog(config.out) as log:
        with signs_of_life("label", sys.stderr):
            tagger = _learner(config, corpus, kinds)
        if log.quarantined:
            print(f"1 half-written line of {log.path} set aside, in {log.path.with_suffix('.aside').name}")
        session = Session(corpus, kinds, log, every=config.every, seed=config.seed)
        place = config.out / LABELS
        session.export(place)
        trainer = Trainer(tagger, session.take)
        with _serving(config, session, trainer) as server:
            yield server, session


@contextmanager
def _serving(config: Label, session: Session, trainer: Trainer) -> Iterator[Server]:
    routes = _routes(session, trainer, config.out / LABELS)
    with Server(config.port, *routes, _token(config.out)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        trainer.start()
        session.begin(trainer.give)
        thread.start()
        try:
            yield server
        finally:
            server.is_over = True
            server.shutdown()
            thread.join()
            trainer.stop(seconds=10)


def _routes(session: Session, trainer: Trainer, place: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    def progress(body: Reply) -> Reply:
        return session.progress() | {"training": trainer.busy, "trouble": trainer.error}

    def question(body: Reply) -> Reply:
        asked = {"types": session.kinds, "question": session.question()}
        return asked | {"progress": progress(body)}

    def answer(body: Reply) -> Reply:
        if "spans" not in body:
            raise ValueError("an answer needs spans; they are null where a sentence is skipped")
        session.answer(body.get("item"), body["spans"], body.get("seconds"))
        session.export(place)  # after each, so that a kill leaves it whole
        return question(body)

    def back(body: Reply) -> Reply:
        return {
            "types": session.kinds,
            "question": session.back(body.get("item")),
            "progress": progress(body),
        }

    gets = {"/api/question": question, "/api/progress": progress}
    return gets, {"/api/answer": answer, "/api/back": back}


def _learner(config: Label, corpus: Corpus, kinds: tuple[str, ...]) -> PersonLearner:
    for name in ("every", "candidates", "epochs"):
        if getattr(config, name) < 1:
            raise ValueError(f"--{name} is {getattr(config, name)}; it must be at least 1")
    return person_tagger(
        corpus,
        kinds,
        choose(config.device, "ner"),
        encoder=config.encoder,
        epochs=config.epochs,
        score=config.acquisition,
        candidates=config.candidates,
        seed=config.seed,
    )


def _types(text: str) -> tuple[str, ...]:
    kinds = tuple(kind.strip() for kind in text.split(","))
    wrong = [kind for kind in kinds if not kind or kind.strip("-") != kind or len(kind.split()) != 1]
    if wrong or len(set(kinds)) != len(kinds) or len(kinds) > KEYS:
        raise ValueError(
            f"--types is {text!r}; give one to {KEYS} different names without blanks, as in PER,LOC,ORG"
        )
    return kinds


def _read(config: Label) -> Corpus:
    """The text, with what is passed over or set aside told."""
    with collect() as entries:
        corpus = untagged.sentences(config.data, config.told(), config.text)
    for choice in of_kind(entries, Choice):
        print(choice.reason, flush=True)
    if lost := of_kind(entries, Rejected):
        rows = sum(each.rows for each in lost)
        print(f"set aside: {rows:,} rows of {lost[0].file}, first line {lost[0].line}: {lost[0].reason}")
    return corpus


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """The folder, for this process alone."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = lock(folder)
    if descriptor is None:
        raise ValueError(
            f"{folder} is in use by another process, or cannot be locked; stop that one, or take another "
            "folder with --out"
        )
    try:
        yield
    finally:
        os.close(descriptor)


def _token(folder: Path) -> str:
    """The folder's token, so that a page that is open goes on where the server is started again."""
    place = folder / TOKEN
    if not place.exists() or not place.read_text().strip():
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe())
    return place.read_text().strip()


def _wait() -> None:
    """Until Ctrl-C or SIGTERM.

    The system may hand a signal to any thread, and Python acts on it in this one alone: so this one looks
    now and then. A wait without an end would sleep on.
    """
    told: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda told_of, frame: told.append(told_of)) for number in numbers]
    try:
        while not told:
            time.sleep(LOOK)
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
