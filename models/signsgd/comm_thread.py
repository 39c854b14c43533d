"""One thread that does a state's collectives in order, and what is known when one of them fails.

Collectives that start in the callback of a future run on gloo in an order that differs between workers, and
are then matched with each other's data. A thread with a queue keeps the order of the buckets.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from threading import Thread

import torch
import torch.distributed as dist
from torch.futures import Future

from etl.engine.types import ProcessGroup


class VoteError(RuntimeError):
    """A vote could not be finished, or workers no longer agree; the message says where and what to do."""


class CommThread:
    """Runs jobs one after the other; after one has failed, all later ones fail with its error.

    Parameters
    ----------
    threaded : bool
        Off for NCCL, whose collectives are ordered by the stream they are called in.
    tell : callable, (Exception) -> None, optional
        Is given the first error, for the others who wait.

    Examples
    --------
    >>> comm_thread = CommThread(threaded=True)
    >>> comm_thread.send(lambda: torch.ones(2)).wait().tolist()
    [1.0, 1.0]
    >>> comm_thread.close()
    """

    def __init__(self, threaded: bool, tell: Callable[[Exception], None] = lambda error: None) -> None:
        self.threaded, self.tell = threaded, tell
        self.failed: Exception | None = None
        self._queue: SimpleQueue[tuple[Callable[[], torch.Tensor], Future] | None] = SimpleQueue()
        self._thread: Thread | None = None

    def send(self, job: Callable[[], torch.Tensor], device: torch.device | None = None) -> Future:
        """Future of the job's tensor; waiting for it raises what the job raised.

        Parameters
        ----------
        job : callable, () -> tensor
            Collectives, and what is done with them; without gradients.
        device : torch.device, optional
            The GPU of the tensor, if it lies on one: a future takes no values of other devices.
        """
        future = Future(devices=[device] if device is not None else [])
        if not self.threaded:
            future.set_result(self._do(job))
            return future.then(_value)
        if self._thread is None:
            self._thread = Thread(target=self._work, name="majority vote", daemon=True)
            self._thread.start()
        self._queue.put((job, future))
        return future.then(_value)

    def close(self, timeout: float = 5.0) -> None:
        """End the thread."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(timeout)
            self._thread = None

    def _work(self) -> None:
        while (entry := self._queue.get()) is not None:
            job, future = entry
            future.set_result(self._do(job))
            del job, future, entry

    def _do(self, job: Callable[[], torch.Tensor]) -> torch.Tensor | Exception:
        if self.failed is None:
            try:
                with torch.no_grad():
                    return job()
            except Exception as error:
                self.failed = error
                self.tell(error)
        return self.failed


def _value(future: Future) -> torch.Tensor:
    value = future.value()
    if isinstance(value, Exception):
        raise value
    return value


class Collective:
    """Says of a collective that fails which ranks are gone, or what they say themselves.

    Parameters
    ----------
    group : process group
    ranks : sequence of int
        All that take part.
    timeout : float
        Seconds of a collective.
    """

    def __init__(self, group: ProcessGroup, ranks: Sequence[int], timeout: float) -> None:
        self.key, self.ranks, self.timeout = f"signsgd/{group.group_name}", list(ranks), timeout
        self.has_failed = False

    def tell(self, error: Exception) -> None:
        """Put an error of this process where others find it; that a collective failed, they know."""
        if not self.has_failed:
            text = f"{type(error).__name__}: {error}" if not isinstance(error, VoteError) else str(error)
            with suppress(RuntimeError, ValueError):
                _store().set(f"{self.key}/failed/{dist.get_rank()}", " ".join(text.split())[:500])

    @contextmanager
    def __call__(self, step: int) -> Iterator[None]:
        """Around collectives of a step.

        Raises
        ------
        VoteError
            One failed.
        """
        began = time.monotonic()
        try:
            yield
        except (VoteError, torch.OutOfMemoryError):
            raise
        except RuntimeError as error:
            spent = f"after {time.monotonic() - began:.1f} s (timeout {self.timeout:g} s)"
            failed = f"the vote of step {step} failed on rank {dist.get_rank()} {spent}; "
            self.has_failed = True
            raise VoteError(failed + self._why(step, error)) from error

    def _why(self, step: int, error: Exception) -> str:
        cause = str(error).splitlines()[0][:200]
        missing = absent(f"{self.key}/{step}", self.ranks)
        told = _told(self.key, self.ranks)
        if told:
            return f"rank {told[0]} had stopped by itself: {told[1]}"
        if missing == []:
            return f"all others answered, so none has died: the network or a library fails. Cause: {cause}"
        return (
            f"no answer from rank {_listed(missing)}. A worker has died or hangs, or made fewer steps than "
            "the others, who need as many: start again from the last checkpoint, under torchrun "
            f"--max-restarts or without that worker. Cause: {cause}"
        )


def _store() -> dist.Store:
    return dist.distributed_c10d._get_default_store()


def _told(key: str, ranks: Sequence[int]) -> tuple[int, str] | None:
    """The first rank that stopped by an error of its own, and that error."""
    with suppress(RuntimeError, ValueError):
        for rank in ranks:
            if rank != dist.get_rank() and _store().check([f"{key}/failed/{rank}"]):
                return rank, _store().get(f"{key}/failed/{rank}").decode()
    return None


def absent(key: str, ranks: Sequence[int], grace: float = 2.0) -> list[int] | None:
    """Ranks that do not report in time.

    Parameters
    ----------
    key : str
        Of this question in the store: each rank that asks reports under it.
    ranks : sequence of int
    grace : float
        Seconds.

    Returns
    -------
    list of int, or None where the store is gone too
    """
    try:
        store = _store()
        store.set(f"{key}/{dist.get_rank()}", "here")
        left, end = [r for r in ranks if r != dist.get_rank()], time.monotonic() + grace
        while left and time.monotonic() < end:
            left = [r for r in left if not store.check([f"{key}/{r}"])]
            time.sleep(0.05)
        return left
    except (RuntimeError, ValueError):
        return None


def _listed(ranks: list[int] | None) -> str:
    return "0, which holds the store" if ranks is None else ", ".join(map(str, ranks))
