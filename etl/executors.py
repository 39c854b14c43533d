"""Where pieces are worked on: threads of this process, or the workers of a Dask cluster."""

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future as Pending
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Protocol

from etl.engine import Engine
from etl.records import Record

if TYPE_CHECKING:
    from distributed import Client, Future, LocalCluster, Worker

Work = Callable[[Any], tuple[Any, list[Record]]]

LOOPBACK = "127.0.0.1"
PATIENCE = 300.0
"""Seconds that a cluster without a worker is waited for."""
ENDING = 30.0
"""Seconds that a worker is given to end before it is killed; where the run failed, Dask's own 5."""


class Executor(Protocol):
    """Maps work over items; ``keep`` leaves results where they were made, ``bring`` fetches them here."""

    @property
    def workers(self) -> int:
        """Pieces worked on at the same time."""
        ...

    def keep(self, work: Work, items: Iterable[Any]) -> Iterator[tuple[Any, list[Record]]]:
        """Yield a handle of each result and its records, in order."""
        ...

    def bring(self, work: Work, items: Iterable[Any]) -> Iterator[tuple[Any, list[Record]]]:
        """Yield each result itself and its records, in order."""
        ...

    def pick(self, items: list[Any], part: int) -> list[Any]:
        """Handles of one member of results that are tuples."""
        ...


@dataclass(frozen=True)
class Threads:
    """Threads of this process, at most one piece a thread waiting beside the one in work."""

    workers: int = 1

    def keep(self, work: Work, items: Iterable[Any]) -> Iterator[tuple[Any, list[Record]]]:
        """Results stay in this process: the handle is the result."""
        if self.workers == 1:
            yield from map(work, items)
            return
        queue: deque[Pending[Any]] = deque()
        rest = iter(items)
        with ThreadPoolExecutor(self.workers, thread_name_prefix="piece") as pool:
            try:
                queue.extend(pool.submit(work, item) for item in itertools.islice(rest, self.workers + 1))
                while queue:
                    yield queue.popleft().result()
                    queue.extend(pool.submit(work, item) for item in itertools.islice(rest, 1))
            finally:
                for future in queue:
                    future.cancel()

    bring = keep

    def pick(self, items: list[Any], part: int) -> list[Any]:
        """Take the member."""
        return [item[part] for item in items]


@dataclass(frozen=True)
class Dask:
    """Workers of a Dask cluster. A piece lost with its worker is computed again from its description."""

    client: Any
    workers: int

    def keep(self, work: Work, items: Iterable[Any]) -> Iterator[tuple[Any, list[Record]]]:
        """Handles are futures of frames that stay on the workers; only records come here."""
        pairs = self.client.map(work, list(items), pure=False)
        values = self.client.map(itemgetter(0), pairs, pure=False)
        entries = self.client.map(itemgetter(1), pairs, pure=False)
        for value, recorded in zip(values, entries, strict=True):
            yield value, fetched(self.client, recorded)

    def bring(self, work: Work, items: Iterable[Any]) -> Iterator[tuple[Any, list[Record]]]:
        """Fetch each result through the scheduler: for statistics and scores, not for frames."""
        for future in self.client.map(work, list(items), pure=False):
            yield fetched(self.client, future)

    def pick(self, items: list[Any], part: int) -> list[Any]:
        """Take the member where it lies."""
        return self.client.map(itemgetter(part), items, pure=False)


def fetched(client: "Client", future: "Future") -> Any:
    """A future's result, waited for as long as the cluster has a worker.

    Parameters
    ----------
    client : distributed.Client
    future : distributed.Future

    Raises
    ------
    RuntimeError
        No worker was there for `PATIENCE` seconds: those that were lost did not come back.
    ConnectionError
        The scheduler is gone.
    """
    with _told_if_lost(client):
        while True:
            try:
                return future.result(timeout=PATIENCE)
            except TimeoutError:
                if not future.done() and not client.scheduler_info(n_workers=-1)["workers"]:
                    raise RuntimeError(
                        f"the cluster has had no worker for {PATIENCE:g} seconds; look into the workers' "
                        "logs, or run with --scheduler threads"
                    ) from None
                if future.status == "error":  # the work's own; a result may come while its time runs out
                    raise


@contextmanager
def _told_if_lost(client: "Client") -> Iterator[None]:
    from distributed.client import FutureCancelledError, FuturesCancelledError
    from distributed.comm import CommClosedError

    address = client.scheduler.address if client.scheduler else "its address"
    try:
        yield
    except (FutureCancelledError, FuturesCancelledError, CommClosedError) as error:
        if client.status == "running":
            raise
        raise ConnectionError(
            f"the Dask scheduler at {address} is gone, and with it what its workers held; look into its log, "
            "start it and run again, or run with --scheduler threads"
        ) from error


def profile(engine: Engine, workers: int) -> dict[str, Any]:
    """Options of a local cluster: one process a worker on the CPU, one GPU a worker on the device.

    Parameters
    ----------
    engine : Engine
    workers : int
        Processes, or GPUs.

    Returns
    -------
    dict
        Keywords of `distributed.LocalCluster`, or of `dask_cuda.LocalCUDACluster`.

    Notes
    -----
    One GPU takes the asynchronous RMM allocator and cuDF's spilling over TCP; several talk through UCX and
    import their libraries before the first piece. XGBoost allocates outside RMM, so no pool is reserved.

    All listen on this machine alone. Its other users could still join, and run code as this one: TLS
    (``Security.temporary``) would need the package cryptography, and UCX has none. Threads open nothing.
    """
    here = dict.fromkeys(("dashboard_address", "worker_dashboard_address"), f"{LOOPBACK}:0")
    if engine.name == "cpu":
        return {"n_workers": workers, "threads_per_worker": 1, **here}
    single = {"n_workers": workers, "rmm_async": True, "enable_cudf_spill": True, **here}
    if workers == 1:
        return {**single, "protocol": "tcp"}
    return {**single, "protocol": "ucx", "pre_import": "cudf,xgboost"}


@contextmanager
def active(engine: Engine, workers: int, scheduler: str = "threads") -> Iterator[Executor]:
    """Open the executor of a run and close it afterwards.

    Parameters
    ----------
    scheduler : str
        ``threads`` of this process, ``local`` for a cluster of ``workers`` processes (or GPUs) started here,
        or the address of a scheduler that already runs, ``tcp://host:8786``.

    Raises
    ------
    ValueError
        The scheduler is none of these.
    ConnectionError
        No scheduler answers at the address.
    """
    if scheduler == "threads":
        yield Threads(1 if engine.name == "gpu" else workers)
        return
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # `fetched` tells of a lost scheduler
    if scheduler == "local":
        with _connected(engine.cluster(**profile(engine, workers))) as client:
            yield Dask(client, workers)
    elif "://" in scheduler:
        with _connect(scheduler) as client:
            yield Dask(client, len(client.scheduler_info()["workers"]))
    else:
        raise ValueError(f"--scheduler is {scheduler!r}; it must be threads, local, or tcp://host:port")


@contextmanager
def _connected(cluster: "LocalCluster") -> Iterator["Client"]:
    """A client of a cluster that was started here, which ends without noise, however busy the machine is."""
    from distributed import Client

    try:
        with Client(cluster) as client:
            client.register_plugin(_quiet_end())
            yield client
        cluster.sync(_end_workers, cluster)
    finally:
        with suppress(TimeoutError):  # one was killed and is not waited for; it must not hide the run's error
            cluster.close(timeout=ENDING)


async def _end_workers(cluster: "LocalCluster") -> None:
    """Let all end by themselves: closing the cluster kills those that need more than four seconds."""
    ends = [worker.close(timeout=ENDING) for worker in cluster.workers.values()]
    await asyncio.gather(*ends, return_exceptions=True)


def _quiet_end() -> Any:
    """Keeps a worker that ends from telling of a heartbeat whose answer it no longer waits for.

    It closes the connection that the heartbeat waits on, and logs that as an error with its traceback.
    """
    from distributed import WorkerPlugin

    class QuietEnd(WorkerPlugin):
        def teardown(self, worker: "Worker") -> None:
            logging.getLogger("distributed.worker").setLevel(logging.CRITICAL)

    return QuietEnd()


def _connect(address: str) -> Any:
    from distributed import Client

    try:
        return Client(address, timeout="10s")
    except OSError as error:
        raise ConnectionError(
            f"no Dask scheduler answers at {address}; start one with `dask scheduler`, "
            "or run without --scheduler"
        ) from error
