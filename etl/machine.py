"""What this process may use of the machine: memory and cores, by every limit that binds it."""

import ctypes
import os
import re
import resource
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import parent_process, resource_tracker
from pathlib import Path, PurePosixPath
from threading import Thread

import psutil

from etl.engine import Engine

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30

_UNITS = {"": 1, "b": 1} | {
    f"{prefix}{unit}": base**power
    for unit, base in (("b", 1000), ("ib", 1024))
    for power, prefix in enumerate("kmgtp", start=1)
}


@dataclass(frozen=True)
class Limit:
    """Bytes that may still be used, and which of the limits of this process that is."""

    bytes: int
    reason: str


def parse_bytes(text: str) -> int:
    """Bytes meant by a number and a unit: B, KB, MB, GB, TB, PB (1000) or KiB, MiB, ... (1024), or none.

    Raises
    ------
    ValueError
        It is not such an amount. ``4G`` is refused: it is read as 1000**3 by some and 1024**3 by others.

    Examples
    --------
    >>> parse_bytes("4GiB"), parse_bytes("1.5 kB"), parse_bytes("10")
    (4294967296, 1500, 10)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)\s*", text, re.IGNORECASE | re.ASCII)
    if not found or found[2].lower() not in _UNITS:
        raise ValueError(f"{text!r} is not an amount of memory; write a number and a unit: 4GiB, 500MB")
    number, scale = found[1], _UNITS[found[2].lower()]
    return int(number) * scale if number.isdigit() else int(float(number) * scale)


def show(amount: float) -> str:
    """Bytes in words.

    Examples
    --------
    >>> show(64 * 2**20), show(12)
    ('64.0 MiB', '12 B')
    """
    for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if amount >= unit:
            return f"{amount / unit:.1f} {name}"
    return f"{int(amount)} B"


def memory_limit(asked: str = "", root: Path = Path("/")) -> Limit:
    """Memory that this process may still take: the least of all limits on it.

    Those are the machine's available memory, the cgroups (v1 and v2) of this process and their parents,
    and this process's ``RLIMIT_AS`` and ``RLIMIT_DATA``, each less what is in use.

    Parameters
    ----------
    asked : str
        A further limit, such as ``4GiB``, or nothing; it can only lower the others.
    root : Path
        Where ``proc`` and ``sys`` are mounted.

    Raises
    ------
    ValueError
        ``asked`` is not an amount of memory.
    """
    available = Limit(psutil.virtual_memory().available, "memory available on this machine")
    limits = [available, *group_memory(root), *_own_limits()]
    if asked:
        limits.append(Limit(parse_bytes(asked), f"{asked} was asked for"))
    least = min(limits, key=lambda limit: limit.bytes)
    return Limit(max(0, least.bytes), least.reason)


def device_memory(engine: Engine) -> Limit:
    """Memory in which the engine's frames live: free memory of the current GPU, or `memory_limit`."""
    if engine.name == "cpu":
        return memory_limit()
    free, total = engine.xp.cuda.runtime.memGetInfo()
    return Limit(int(free), f"free memory of the GPU, which has {show(total)}")


def group_memory(root: Path = Path("/")) -> list[Limit]:
    """Memory left in each cgroup of this process that is limited; cached files do not count as used."""
    limits = []
    for folder in _groups(root, "memory"):
        used = _number(folder / "memory.current", folder / "memory.usage_in_bytes") or 0
        used -= min(used, _cached(folder / "memory.stat"))
        for name in ("memory.max", "memory.high", "memory.limit_in_bytes"):
            most = _number(folder / name)
            if most is not None:
                reason = f"cgroup limit {folder / name} of {show(most)}, of which {show(used)} are in use"
                limits.append(Limit(most - used, reason))
    return limits


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Directories of this process's cgroups and their parents, as far as they are visible."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    mounts = root / "sys/fs/cgroup"
    for line in lines:
        number, controllers, path = line.split(":", 2)
        if number == "0" and not controllers:
            bases = [mounts, mounts / "unified"]
        elif controller in controllers.split(","):
            bases = list(dict.fromkeys([mounts / controllers, mounts / controller]))
        else:
            continue
        parts = [part for part in PurePosixPath(path).parts if part not in ("/", "..")]
        for base in bases:
            yield from (base.joinpath(*parts[:depth]) for depth in range(len(parts), -1, -1))


def _number(*paths: Path) -> int | None:
    """Return the number in the first file that holds one; ``max`` and -1 mean none."""
    for path in paths:
        try:
            text = path.read_text().strip()
        except OSError:
            continue
        if text.isdigit():
            return int(text)
    return None


def _cached(path: Path) -> int:
    try:
        pairs = dict(line.split() for line in path.read_text().splitlines())
    except (OSError, ValueError):
        return 0
    return int(pairs.get("total_inactive_file", pairs.get("inactive_file", 0)))


def _own_limits() -> Iterator[Limit]:
    used = psutil.Process().memory_info()
    for name, taken in (("RLIMIT_AS", used.vms), ("RLIMIT_DATA", getattr(used, "data", 0))):
        most = resource.getrlimit(getattr(resource, name))[0]
        if most != resource.RLIM_INFINITY:
            yield Limit(most - taken, f"{name} of {show(most)}, of which this process uses {show(taken)}")


def cores(root: Path = Path("/")) -> int:
    """Cores that this process may keep busy: its CPU affinity, and the CPU quotas of its cgroups."""
    affinity = getattr(os, "sched_getaffinity", None)
    usable = float(len(affinity(0)) if affinity else os.cpu_count() or 1)
    for folder in _groups(root, "cpu"):
        quota, period = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
        if (folder / "cpu.max").is_file():
            words = (folder / "cpu.max").read_text().split()
            quota, period = (int(words[0]), int(words[1])) if words[0].isdigit() else (None, None)
        if quota and period:
            usable = min(usable, quota / period)
    return max(1, int(usable))


@contextmanager
def deaf_children() -> Iterator[None]:
    """Processes that are spawned inside never hear of Ctrl-C, which is for this one: it ends them itself."""
    resource_tracker.ensure_running()  # Python starts it with the first process, and unblocks signals then
    heard: list[int] = []
    handler = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    if is_main:  # what another thread hears is raised here, between two lines, whatever this one blocks
        signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if is_main:
            signal.signal(signal.SIGINT, handler)
    if heard:
        raise KeyboardInterrupt


def end_with_parent() -> None:
    """End this process with the one that spawned it, however that ends; returns at once.

    A process left over would go on writing beside the run that takes the work up again.
    """
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()


def release_unused() -> None:
    """Give the memory that Arrow and the C library keep for later back to the system."""
    if "pyarrow" in sys.modules:  # the doctor runs without it
        sys.modules["pyarrow"].default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc alone has it
    if trim is not None:
        trim(0)
