"""Whether a partial folder's run is alive: a lock that dies with its process, and the process's number."""

import fcntl
import os
from pathlib import Path

import psutil


def lock(folder: Path) -> int | None:
    """Descriptor of a directory, locked until it is closed or the process dies; None if it cannot be."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


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
