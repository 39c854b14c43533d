"""Waiting for a cluster ends when nobody is left to work."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from distributed import Client, LocalCluster

from etl import executors

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
        executors.wait_for(client, [client.submit(len, "abc")])


def test_work_that_takes_longer_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "PATIENCE", 0.1)
    with client_of(1) as client:
        future = client.submit(slow, "abc")
        executors.wait_for(client, [future])
        assert future.done()
        assert future.result() == 3
