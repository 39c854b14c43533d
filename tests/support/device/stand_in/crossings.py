"""Every crossing between device and host, with its caller in the project and its size."""

import atexit
import contextlib
import json
import os
import sys
import threading
from collections import Counter
from multiprocessing import util

_TIMES, _BYTES = Counter(), Counter()
_LOCAL, _LOCK = threading.local(), threading.Lock()
_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_ROOT = os.environ.get("STAND_IN_ROOT", os.getcwd()) + os.sep
_DEPTH = 3
"""Callers that are kept of each crossing, the nearest first."""


@contextlib.contextmanager
def quiet():
    """The stand-in's own use of its classes is no crossing."""
    before = getattr(_LOCAL, "quiet", 0)
    _LOCAL.quiet = before + 1
    try:
        yield
    finally:
        _LOCAL.quiet = before


def crossing(what, way, size=0):
    """Count one: ``in`` to the device, ``out`` of it, ``sync`` (a scalar is waited for) or ``same``."""
    if getattr(_LOCAL, "quiet", 0):
        return
    frame, chain = sys._getframe(1), []
    while frame is not None and len(chain) < _DEPTH:
        file = frame.f_code.co_filename
        if file.startswith(_ROOT) and not file.startswith(_HERE) and "site-packages" not in file:
            chain.append(f"{file[len(_ROOT) :]}:{frame.f_lineno}")
        frame = frame.f_back
    key = (way, what, " < ".join(chain) or "outside")
    with _LOCK:
        _TIMES[key] += 1
        _BYTES[key] += int(size)


def write():
    """Append what this process has counted to the file of the run."""
    rows = "".join(json.dumps([*key, times, _BYTES[key]]) + "\n" for key, times in _TIMES.items())
    _TIMES.clear(), _BYTES.clear()
    # A worker that outlives the run has nobody to tell.
    with contextlib.suppress(FileNotFoundError), open(os.environ["STAND_IN_COUNT"], "a") as file:
        file.write(rows)


if "STAND_IN_COUNT" in os.environ:
    atexit.register(write)
    os.register_at_fork(after_in_child=lambda: (_TIMES.clear(), _BYTES.clear()))
    util.Finalize(None, write, exitpriority=0)
