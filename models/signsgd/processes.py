"""Processes that train together: spawned here, or started by torchrun."""

import io
import os
import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psutil
import torch
import torch.distributed as dist

from etl.engine.types import ProcessGroup, TorchDevice
from etl.files import write
from etl.machine import deaf_children, end_with_parent

Work = Callable[[TorchDevice], dict[str, Any]]
"""``work(device)`` of one process; it can be pickled, as a partial of a module's function can."""
LOOPBACK = "127.0.0.1"
GRACE = 1.0
"""Seconds after the first failure in which others may tell theirs."""


def under_torchrun() -> bool:
    """Whether torchrun started this process."""
    return {"RANK", "WORLD_SIZE", "MASTER_ADDR"} <= os.environ.keys()


def rank() -> int:
    """Number of this process under torchrun; 0 elsewhere."""
    return int(os.environ["RANK"]) if under_torchrun() else 0


def spawn_workers(work: Work, workers: int, cuda: bool, folder: Path) -> list[Any]:
    """What ``work(device)`` returns in each process, by rank.

    Parameters
    ----------
    work : callable
    workers : int
        Processes.
    cuda : bool
        Whether each process has a GPU of its own.
    folder : Path
        For what processes tell each other; left empty of processes whatever happens.

    Raises
    ------
    RuntimeError
        A process died or failed; the others are ended.
    """
    context = get_context("spawn")
    started = [
        context.Process(target=_spawned, args=(work, workers, cuda, k, folder), daemon=True)
        for k in range(workers)
    ]
    try:
        with deaf_children():
            for process in started:
                process.start()
        _wait(started, folder)
    finally:
        for process in started:
            if process.pid is not None:
                process.kill()
                process.join()
    return torch.load(folder / "results.pt", weights_only=True)


def join_group(work: Work, cuda: bool) -> list[Any]:
    """Take part as one of torchrun's processes; the results are rank 0's alone.

    Parameters
    ----------
    work, cuda
        See `spawn_workers`.
    """
    dist.init_process_group(backend(cuda))
    return _run(work, cuda)


def backend(cuda: bool) -> str:
    """Of collectives: NCCL with a GPU for each process, else gloo."""
    return "nccl" if cuda else "gloo"


def _wait(started: Sequence[BaseProcess], folder: Path) -> None:
    """Until all have ended well, or one has not."""
    while any(process.exitcode is None for process in started):
        if any(process.exitcode for process in started):
            time.sleep(GRACE)
            break
        time.sleep(0.05)
    failed = {k: process.exitcode for k, process in enumerate(started) if process.exitcode}
    if not failed:
        return
    # A signal is a cause, and what others say of a lost connection its effect.
    first = min(failed, key=lambda k: (failed[k] > 0, _when(folder / f"error-{k}.txt")))
    if failed[first] < 0:
        raise RuntimeError(
            f"worker {first} of {len(started)} was killed by signal {-failed[first]}; no results are kept. "
            "If memory ran out, give fewer --workers or a smaller --batch"
        )
    path = folder / f"error-{first}.txt"
    message = path.read_text() if path.exists() else ""
    raise RuntimeError(f"worker {first} of {len(started)} failed: {message}")


def _when(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else float("inf")


def _spawned(work: Work, workers: int, cuda: bool, k: int, folder: Path) -> None:
    end_with_parent()
    _stay_here()
    torch.set_num_threads(max(1, torch.get_num_threads() // workers))
    try:
        store = dist.FileStore(str(folder / "rendezvous"), workers)  # a port would be open to others
        dist.init_process_group(backend(cuda), store=store, rank=k, world_size=workers)
        results = _run(work, cuda)
    except Exception as error:
        write(folder / f"error-{k}.txt", f"{type(error).__name__}: {error}".encode())
        os._exit(1)  # groups that failed may wait for the dead
    if k == 0:
        torch.save(results, folder / "results.pt")


def _run(work: Work, cuda: bool) -> list[Any]:
    rank = dist.get_rank()
    device = torch.device("cpu")
    if cuda:
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", rank)))
        torch.cuda.set_device(device)
    host = dist.new_group(backend="gloo")
    result = work(device)
    results = gather(result, host)
    dist.destroy_process_group()
    return results


def gather(result: dict[str, Any], group: ProcessGroup) -> list[Any]:
    """What each process has, on the first of them; an empty list on the others.

    They send bytes, of which only tensors and plain values are read: unpickling would run what a process
    sends.

    Parameters
    ----------
    result : dict
        Of tensors, numbers and strings, and lists and dicts of them.
    group : process group
        On gloo.
    """
    file = io.BytesIO()
    torch.save(result, file)
    data = torch.frombuffer(bytearray(file.getvalue()), dtype=torch.uint8)
    workers, is_first = dist.get_world_size(group), dist.get_rank(group) == 0
    sizes = [torch.zeros(1, dtype=torch.int64) for _ in range(workers)]
    dist.all_gather(sizes, torch.tensor([len(data)]), group=group)
    padded = torch.zeros(int(max(sizes)), dtype=torch.uint8)
    padded[: len(data)] = data
    found = [torch.empty_like(padded) for _ in range(workers)] if is_first else None
    dist.gather(padded, found, group=group)
    parts = zip(found or [], sizes, strict=False)
    return [torch.load(io.BytesIO(each[: int(n)].numpy().tobytes()), weights_only=True) for each, n in parts]


def _stay_here() -> None:
    """Have libraries listen on the loopback, where all processes are, and not at the host's name."""
    names = [n for n, places in psutil.net_if_addrs().items() if any(p.address == LOOPBACK for p in places)]
    for library in ("GLOO", "NCCL"):
        os.environ.setdefault(f"{library}_SOCKET_IFNAME", names[0] if names else "lo")
