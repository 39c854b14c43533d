"""Waiting for a cluster ends when nobody is left to work."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from distributed import Client, LocalCluster

from etl import executors
from etl.engine import choose
from etl.pieces import Pieces

pytestmark = pytest.mark.filterwarnings(
    "ignore"
)  # clusters warn of ports and of what is left when they close


@contextmanager
def client_of(workers: int) -> Iterator[Client]:
    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def slow(text: str) -> int:
    time.sleep(0.5)
    return len(text)


def test_a_cluster_that_has_lost_its_workers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "PATIENCE", 0.5)
    with client_of(0) as client, pytest.raises(RuntimeError, match=r"no worker for 0\.5 seconds"):
        executors.fetched(client, client.submit(len, "abc"))


def test_work_that_takes_longer_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "PATIENCE", 0.1)
    with client_of(1) as client:
        future = client.submit(slow, "abc")
        assert executors.fetched(client, future) == 3


class Late:
    """A future whose result arrives while the time to wait for it runs out."""

    status, asked = "finished", 0

    def done(self) -> bool:
        return True

    def result(self, timeout: float) -> int:
        self.asked += 1
        if self.asked == 1:
            raise TimeoutError
        return 3


def test_a_result_that_comes_as_the_time_runs_out_is_taken() -> None:
    with client_of(0) as client:
        assert executors.fetched(client, Late()) == 3


def expired(text: str) -> None:
    raise TimeoutError(text)


def test_an_error_of_the_work_is_no_end_of_waiting() -> None:
    with client_of(1) as client, pytest.raises(TimeoutError, match="of the work"):
        executors.fetched(client, client.submit(expired, "of the work"))


def test_a_scheduler_that_goes_is_one_line_with_its_address() -> None:
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    scheduler = subprocess.Popen([*command, "--no-dashboard"], stderr=subprocess.PIPE, text=True)
    assert scheduler.stderr is not None
    line = next(line for line in scheduler.stderr if "Scheduler at:" in line)
    threading.Thread(target=scheduler.stderr.read, daemon=True).start()
    with executors.active(choose("cpu"), 1, line.split()[-1]) as executor:
        found = Pieces(["abc"], executor=executor).map("len", len)
        threading.Timer(0.5, scheduler.kill).start()
        with pytest.raises(ConnectionError, match=r"scheduler at tcp://127.* is gone.*--scheduler threads"):
            found.persist()
    scheduler.wait()


def test_a_worker_ends_without_a_word_of_the_heartbeat_that_it_cuts_off(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with executors.active(choose("cpu"), 1, "local") as executor:
        assert isinstance(executor, executors.Dask)
        scheduler = executor.client.cluster.scheduler
        answered, waiting = scheduler.handlers["heartbeat_worker"], threading.Event()

        async def late(*args: object, **kwargs: object) -> object:
            waiting.set()
            await asyncio.sleep(60)
            return answered(*args, **kwargs)

        scheduler.handlers["heartbeat_worker"] = late
        assert waiting.wait(60)
    assert "heartbeat" not in capfd.readouterr().err
