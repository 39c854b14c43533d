"""A worker of the lab: does what it is asked, over gloo, and tells its time, CPU time and counted bytes."""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

import torch
import torch.distributed as dist

from benchmarks.signsgd.peers.collectives import Collectives
from benchmarks.signsgd.peers.steps import Steps

Reply = dict[str, Any]
PORT = 29500  # free: the namespace is this lab's own
LIMIT = timedelta(seconds=120)


def counters() -> tuple[int, int]:
    """Bytes that device e0 has sent and received, as the kernel counts them."""
    line = next(line for line in Path("/proc/self/net/dev").read_text().splitlines() if "e0:" in line)
    fields = line.partition(":")[2].split()
    return int(fields[8]), int(fields[0])


def timed(prepare: Callable[[], None], work: Callable[[], None]) -> Reply:
    """Cost of some work that all workers begin together."""
    prepare()
    dist.barrier()
    sent, received = counters()
    cpu, began = _cpu(), time.perf_counter()
    work()
    wall, cpu = time.perf_counter() - began, _cpu() - cpu
    dist.barrier()
    after = counters()
    return {"wall_s": wall, "cpu_s": cpu, "sent": after[0] - sent, "received": after[1] - received}


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Worker:
    """What a worker can be asked for."""

    def __init__(self, rank: int, workers: int) -> None:
        self.rank, self.workers = rank, workers
        store = dist.TCPStore("10.77.0.1", PORT, workers, is_master=rank == 0, timeout=LIMIT)
        dist.init_process_group("gloo", store=store, rank=rank, world_size=workers, timeout=LIMIT)
        self.kinds: dict[str, Any] = {}

    def make(self, kind: str, ways: list[str], **options: Any) -> Reply:
        """Set up the ways of a kind, on any network, and do each until it is warm; what each found."""
        self.kinds[kind] = {"collective": Collectives, "step": Steps}[kind](ways, **options)
        return self.kinds[kind].check()

    def do(self, kind: str, way: str) -> Reply:
        """Do it once."""
        ways = self.kinds[kind]
        return timed(lambda: ways.prepare(way), lambda: ways.work(way))

    def digest(self, kind: str) -> Reply:
        """Of all results so far; the same on all workers."""
        return self.kinds[kind].digests()

    def host(self, **options: Any) -> Reply:
        """Costs of this machine without a network."""
        return self.kinds["step"].host(**options)

    def link(self, size: int, repeat: int) -> Reply:
        """Seconds of a small message, and the most bytes a second when each sends to the next."""
        number = torch.zeros(1)
        waits = [timed(lambda: None, lambda: dist.all_reduce(number))["wall_s"] for _ in range(repeat)]
        out, got = torch.zeros(size, dtype=torch.uint8), torch.empty(size, dtype=torch.uint8)
        bulk = [timed(lambda: None, lambda: self._pass(out, got))["wall_s"] for _ in range(3)]
        hops = 2 * (self.workers - 1)
        return {"latency": sorted(waits)[repeat // 2] / hops, "bytes_s": size / min(bulk)}

    def _pass(self, out: torch.Tensor, got: torch.Tensor) -> None:
        sending = dist.isend(out, (self.rank + 1) % self.workers)
        dist.recv(got, (self.rank - 1) % self.workers)
        sending.wait()


def main(rank: int, workers: int) -> None:
    """Answer requests until there are no more."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    requests: SimpleQueue[Reply] = SimpleQueue()
    Thread(target=_listen, args=(requests,), daemon=True).start()
    worker = Worker(rank, workers)
    while True:
        request = requests.get()
        print(json.dumps(getattr(worker, request.pop("what"))(**request)), flush=True)


def _listen(requests: SimpleQueue[Reply]) -> None:
    for line in sys.stdin:
        requests.put(json.loads(line))
    os._exit(0)  # whoever asks is gone, and a collective may never end


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
