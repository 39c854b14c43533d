"""Whether a partial folder's run is alive: a lock that dies with its process, and the process's number."""

import errno
import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

PARTIAL = re.compile(r"\.\d{8}-\d{6}\.partial-\d+")
"""Name of the folder of a run that works: its time, and the number of its process."""


def lock(folder: Path) -> int | None:
    """Descriptor of a directory, locked until it is closed or the process dies; None if it cannot be."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


@contextmanager
def waiting(folder: Path, seconds: float) -> Iterator[None]:
    """Hold a directory's lock while the block runs; without locks, as on some network disks, just run it.

    Raises
    ------
    TimeoutError
        Another process has held it all the time.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    end = time.monotonic() + seconds
    try:
        while not _taken(descriptor):
            if time.monotonic() > end:
                raise TimeoutError(errno.ETIMEDOUT, f"another process has held {folder} for {seconds:.0f} s")
            time.sleep(0.02)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    """Whether a lock is ours now, or there are none here."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN)
    return True


def is_dead(folder: Path) -> bool:
    """Whether no run works in a partial folder.

    Process numbers repeat between containers that share a disk, so a number that nobody has, or that is ours,
    proves nothing until the lock is free too. Without locks (some network disks) nothing counts as dead.
    """
    pid = folder.name.rpartition("-")[2]
    if not pid.isdigit() or (int(pid) != os.getpid() and psutil.pid_exists(int(pid))):
        return False
    descriptor = lock(folder)
    if descriptor is None:
        return False
    os.close(descriptor)
    return True
