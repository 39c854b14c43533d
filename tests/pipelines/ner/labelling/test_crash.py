"""The labelling page in a process of its own, which is killed while answers come."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("torch")

from etl.conll import read
from pipelines.ner.labelling.pipeline import Label, labelling
from tests.support.labelling import request, text, truth
from tests.support.waiting import LIMIT


@pytest.fixture
def config(tmp_path: Path) -> Label:
    data = text(tmp_path / "text.txt", 3000)
    return Label(
        data=data, types="PER,LOC", out=tmp_path / "out", candidates=100, epochs=2, device="cpu", open=False
    )


@contextmanager
def served(config: Label) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and the page's address."""
    options = ["--data", config.data, "--types", config.types, "--out", config.out, "--no-open"]
    options += ["--device", "cpu", "--candidates", "100", "--epochs", "2"]
    command = [sys.executable, "-m", "pipelines.ner", "label", *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process, process.stdout.readline().split()[2].rstrip(";")
        finally:
            process.kill()


def test_a_kill_loses_no_answer_that_was_acknowledged(config: Label) -> None:
    acknowledged: dict[int, list] = {}
    enough = threading.Event()

    def work(address: str) -> None:
        question = request(address, "/api/question")[1]["question"]
        while True:
            spans = truth(question["words"])
            posted = {"item": question["item"], "spans": spans, "seconds": 0.5}
            try:
                status, reply = request(address, "/api/answer", posted)
            except (OSError, ValueError, http.client.HTTPException):
                return
            assert status == 200
            acknowledged[question["item"]] = spans
            question = reply["question"]
            if len(acknowledged) > 40:
                enough.set()

    with served(config) as (process, address):
        worker = threading.Thread(target=work, args=[address])
        worker.start()
        assert enough.wait(LIMIT)
        threading.Event().wait(random.Random(os.getpid()).uniform(0, 0.3))  # any moment will do
        os.kill(process.pid, signal.SIGKILL)
        worker.join(LIMIT)
        assert not worker.is_alive()

    left = read.conll(config.out / "labels.conll")
    assert len(left) - len(acknowledged) in (0, 1)

    with labelling(config) as (server, session):
        saved = {item: [list(span) for span in found.spans] for item, found in session.log.latest.items()}
        assert saved.items() >= acknowledged.items()
        assert len(saved) - len(acknowledged) in (0, 1)  # the one that was under way
        asked = request(server.address, "/api/question")[1]["question"]["item"]
        assert asked not in saved


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_polite_end_writes_the_labels(config: Label, number: signal.Signals) -> None:
    with served(config) as (process, address):
        question = request(address, "/api/question")[1]["question"]
        spans = truth(question["words"])
        request(address, "/api/answer", {"item": question["item"], "spans": spans, "seconds": 0.5})
        port = int(address.partition("/?")[0].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)):  # a browser opens some to spare
            process.send_signal(number)
        said, complaints = process.communicate(timeout=LIMIT)

    assert process.returncode == 0
    assert complaints == f"reading {config.data} and making a tagger for its words ...\n"
    assert said == f"1 sentences, {len(question['words'])} words: {config.out / 'labels.conll'}\n"
    assert read.conll(config.out / "labels.conll").words.to_pylist() == question["words"]
    (line,) = (config.out / "answers.jsonl").read_text().splitlines()
    assert json.loads(line)["spans"] == spans
