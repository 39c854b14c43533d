"""Every crossing between device and host, with its caller in the project and its size."""

import contextlib
import json
import os
import sys
import threading
from collections import Counter

LEDGER = Counter()
BYTES = Counter()
_LOCAL = threading.local()
_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_ROOT = os.environ.get("STAND_IN_ROOT", os.getcwd())


@contextlib.contextmanager
def quiet():
    """The double's own use of its classes is not a crossing."""
    before = getattr(_LOCAL, "quiet", 0)
    _LOCAL.quiet = before + 1
    try:
        yield
    finally:
        _LOCAL.quiet = before


def crossing(what, way, size=0):
    """Count one: ``way`` is ``out`` (device to host), ``in`` (host to device) or ``sync`` (a scalar is waited for)."""
    if getattr(_LOCAL, "quiet", 0):
        return
    frame = sys._getframe(1)
    chain = []
    while frame is not None and len(chain) < 3:
        file = frame.f_code.co_filename
        if file.startswith(_ROOT) and not file.startswith(_HERE) and "/site-packages/" not in file:
            chain.append(f"{os.path.relpath(file, _ROOT)}:{frame.f_lineno}")
        frame = frame.f_back
    key = (way, what, " < ".join(chain) if chain else "outside")
    LEDGER[key] += 1
    BYTES[key] += int(size)


def write(path):
    """Append the ledger as JSON lines, for processes that end."""
    with open(path, "a") as file:
        for key, times in LEDGER.items():
            file.write(json.dumps([*key, times, BYTES[key]]) + "\n")


if os.environ.get("STAND_IN_LEDGER"):
    import atexit

    atexit.register(write, os.environ["STAND_IN_LEDGER"])
