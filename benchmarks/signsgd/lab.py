"""A network on one machine: workers in network namespaces of their own, each with a rate limit both ways.

Namespaces have no names. Each is held by a process that ends when this one does, however it ends; so nothing
is left behind, and this machine's own network is never touched.
"""

import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Self

Reply = dict[str, Any]
TOOLS = ("ip", "tc", "nsenter", "unshare")
BURST, QUEUE = 1e-3, 0.1
"""Seconds of the rate: how much may pass at once, and how much may wait before packets are lost."""


def lacking() -> str | None:
    """Why there can be no lab here, or None."""
    if not sys.platform.startswith("linux"):
        return "network namespaces need Linux"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return f"{', '.join(missing)} not found: install iproute2 and util-linux"
    if os.geteuid():
        return "network namespaces need root: run as root, or under sudo -E"
    try:
        with namespace() as place:
            for line in (
                "ip link add a0 type veth peer name b0",
                "ip link add br0 type bridge",
                _shape("a0", 100),
            ):
                inside(place, line)
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        return f"this kernel or container refuses: {error}"
    return None


@contextmanager
def namespace() -> Iterator[int]:
    """Process that holds a new namespace until its input ends: so no longer than this process lives."""
    with subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE, bufsize=0) as holder:
        try:
            _wait(holder)
            yield holder.pid
        finally:
            holder.kill()


def _wait(holder: Any, seconds: float = 10) -> None:
    end, own = time.monotonic() + seconds, os.readlink("/proc/self/ns/net")
    while holder.poll() is None and time.monotonic() < end:
        with suppress(OSError):  # it has just ended
            if os.readlink(f"/proc/{holder.pid}/ns/net") != own:
                return
        time.sleep(0.01)
    raise RuntimeError("unshare --net made no namespace")


def inside(place: int, line: str) -> None:
    """Run a command in the namespace of a process.

    Raises
    ------
    RuntimeError
        It failed; the message has what it said.
    """
    done = subprocess.run(
        [*enter(place), *line.split()], capture_output=True, text=True, check=False, timeout=30
    )
    if done.returncode:
        raise RuntimeError(f"`{line}` failed: {done.stderr.strip()}")


def enter(place: int) -> list[str]:
    """Start of a command line that runs in the namespace of a process."""
    return ["nsenter", "-t", str(place), "-n"]


def _shape(device: str, rate: float) -> str:
    size = rate * 1e6 / 8
    burst, queue = max(131072, int(size * BURST)), max(2**22, int(size * QUEUE))
    return f"tc qdisc replace dev {device} root tbf rate {rate:g}mbit burst {burst} limit {queue}"


class Lab:
    """Workers, each a process in a namespace of its own, on a bridge in one more.

    Parameters
    ----------
    workers : int
    module : str
        Run by each with its rank and the number of workers. It answers a line of JSON by another, ends with
        its input, and talks to the others through device e0, on which rank r is 10.77.0.(r + 1).
    threads : int
        Size of a worker's thread pools.
    timeout : float
        Seconds to wait for an answer.

    Attributes
    ----------
    places : list of int
        Processes that hold the namespaces, the bridge's first.
    """

    def __init__(self, workers: int, module: str, threads: int = 1, timeout: float = 180.0) -> None:
        self.workers, self.module, self.threads, self.timeout = workers, module, threads, timeout
        self.places: list[int] = []
        self.processes: list[Any] = []
        self.logs: list[Any] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Set up the network, and start the workers."""
        try:
            self.places = [self._stack.enter_context(namespace()) for _ in range(self.workers + 1)]
            inside(self.places[0], "ip link add br0 type bridge")
            inside(self.places[0], "ip link set br0 up")
            for rank in range(self.workers):
                self._connect(rank)
            for rank in range(self.workers):
                self._start(rank)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End the workers and the namespaces."""
        self._stack.close()

    def _connect(self, rank: int) -> None:
        hub, own = self.places[0], self.places[rank + 1]
        inside(hub, f"ip link add w{rank} type veth peer name e0 netns {own}")
        for line in (f"ip link set w{rank} master br0", f"ip link set w{rank} up"):
            inside(hub, line)
        for line in (f"ip addr add 10.77.0.{rank + 1}/24 dev e0", "ip link set e0 up", "ip link set lo up"):
            inside(own, line)

    def _start(self, rank: int) -> None:
        pools = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(self.threads))
        log = self._stack.enter_context(TemporaryFile())  # noqa: SIM115
        command = [sys.executable, "-m", self.module, str(rank), str(self.workers)]
        process = subprocess.Popen(
            [*enter(self.places[rank + 1]), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            bufsize=0,
            env=os.environ | pools | {"GLOO_SOCKET_IFNAME": "e0"},
            cwd=Path(__file__).parents[1],
        )
        self._stack.enter_context(process)
        self._stack.callback(process.kill)
        self.processes.append(process)
        self.logs.append(log)

    def limit(self, rate: float) -> None:
        """Limit each worker to so many Mbit/s, both ways."""
        for rank, place in enumerate(self.places[1:]):
            inside(place, _shape("e0", rate))
            inside(self.places[0], _shape(f"w{rank}", rate))

    def ask(self, **request: Any) -> list[Reply]:
        """Answers of all workers to a request.

        Raises
        ------
        RuntimeError
            A worker ended or did not answer in time; the message has its last lines.
        """
        for process in self.processes:
            with suppress(BrokenPipeError):  # its answer is missing then, which is told below
                process.stdin.write(json.dumps(request).encode() + b"\n")
        end = time.monotonic() + self.timeout
        return [self._answer(rank, end, request) for rank in range(self.workers)]

    def _answer(self, rank: int, end: float, request: Reply) -> Reply:
        process = self.processes[rank]
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, end - time.monotonic()))
        line = process.stdout.readline() if ready else b""
        if not line:
            why = "ended" if ready else f"did not answer within {self.timeout:g} s"
            raise RuntimeError(f"worker {rank} {why} on {request}:\n{self._said(rank)}")
        return json.loads(line)

    def _said(self, rank: int) -> str:
        self.logs[rank].seek(0)
        return self.logs[rank].read().decode(errors="replace")[-2000:]


def slowest(replies: Sequence[Reply], name: str) -> float:
    """Largest of a number over the workers."""
    return max(reply[name] for reply in replies)
