"""Processes that form a group on gloo, with a deadline, none of which outlives its test."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from traceback import format_exc
from typing import Any

import torch
import torch.distributed as dist

from tests.support.waiting import LIMIT

GONE = "killed"
PRELOADED = ["torch._dynamo", "torch.distributed.fsdp", "tests.support.voting"]
"""What the process imports, once, of which all ranks are forked: it runs nothing, and has one thread."""


def run(work: Callable[..., Any], workers: int, *args: Any, timeout: float = 2 * LIMIT) -> list[Any]:
    """What each rank returns; an exception as its text, `GONE` where the process was killed."""
    context = get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    with TemporaryDirectory() as folder:
        ports = context.SimpleQueue()
        started = [
            context.Process(target=_rank, args=(work, rank, workers, ports, folder, args), daemon=True)
            for rank in range(workers)
        ]
        try:
            for process in started:
                process.start()
            end = time.monotonic() + timeout
            for process in started:
                process.join(max(0.0, end - time.monotonic()))
            late = [rank for rank, process in enumerate(started) if process.is_alive()]
            assert not late, f"ranks {late} did not end within {timeout:g} s"
        finally:
            for process in started:
                process.kill()
                process.join()
        return [_result(Path(folder) / f"{rank}.pt") for rank in range(workers)]


def _result(place: Path) -> Any:
    return torch.load(place, weights_only=False) if place.exists() else GONE


def _rank(
    work: Callable[..., Any], rank: int, workers: int, ports: Any, folder: str, args: tuple[Any, ...]
) -> None:
    torch.set_num_threads(1)
    limit = timedelta(seconds=LIMIT)
    if rank == 0:  # the system gives a free port, and the others are told
        store = dist.TCPStore("127.0.0.1", 0, workers, True, limit, wait_for_workers=False)
        for _ in range(workers - 1):
            ports.put(store.port)
    else:
        store = dist.TCPStore("127.0.0.1", ports.get(), workers, timeout=limit)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=workers, timeout=limit)
    try:
        result = work(rank, *args)
    except Exception as error:
        result = f"{type(error).__name__}: {error}\n{format_exc()}"
    partial = Path(folder) / f"{rank}.part"
    torch.save(result, partial)
    partial.rename(Path(folder) / f"{rank}.pt")
    if isinstance(result, str):  # groups that failed may wait for the dead
        os._exit(0)
    with suppress(RuntimeError):  # others may be dead
        dist.barrier()
    dist.destroy_process_group()
