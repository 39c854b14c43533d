"""One thread that does a state's collectives in order, and what is known when one of them fails.

Collectives that start in the callback of a future run on gloo in an order that differs between workers, and
are then matched with each other's data. A thread with a queue keeps the order of the buckets.
"""

import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread

import torch
import torch.distributed as dist
from torch.futures import Future


class VoteError(RuntimeError):
    """A vote could not be finished, or workers no longer agree; the message says where and what to do."""


class CommThread:
    """Runs jobs one after the other; after one has failed, all later ones fail with its error.

    Parameters
    ----------
    threaded : bool
        Off for NCCL, whose collectives are ordered by the stream they are called in.

    Examples
    --------
    >>> comm_thread = CommThread(threaded=True)
    >>> comm_thread.send(lambda: torch.ones(2)).wait().tolist()
    [1.0, 1.0]
    >>> comm_thread.close()
    """

    def __init__(self, threaded: bool) -> None:
        self.threaded = threaded
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
        return self.failed


def _value(future: Future) -> torch.Tensor:
    value = future.value()
    if isinstance(value, Exception):
        raise value
    return value


def explain(error: Exception, step: int, timeout: float, began: float, ranks: Sequence[int]) -> VoteError:
    """Error of a failed collective, with the ranks that did not answer afterwards.

    Parameters
    ----------
    error : Exception
        What the collective raised.
    step : int
        Step of the vote.
    timeout : float
        Seconds of a collective.
    began : float
        When the vote began, on `time.monotonic`'s clock.
    ranks : sequence of int
        All that take part.
    """
    missing = absent(f"signsgd/{hash(tuple(ranks))}/{step}", ranks)
    who = "all others answered" if missing == [] else f"no answer from rank {_listed(missing)}"
    return VoteError(
        f"the vote of step {step} failed on rank {dist.get_rank()} after {time.monotonic() - began:.1f} s "
        f"(timeout {timeout:g} s); {who}. A worker has died or hangs: start again from the last checkpoint, "
        f"under torchrun --max-restarts or without that worker. Cause: {str(error).splitlines()[0][:200]}"
    )


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
        store = dist.distributed_c10d._get_default_store()
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
