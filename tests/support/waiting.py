"""Waits for events: a limit is there to end a test that hangs, and is never what a test measures."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LIMIT = 300.0
"""Seconds; more than ten times of what anything here needs on a quiet machine, as others may use it too."""


def until(found: Callable[[], T], limit: float = LIMIT, pause: float = 0.02) -> T:
    """What a function returns once that is true.

    Raises
    ------
    TimeoutError
        It never was; the message has what came last.
    """
    end = time.monotonic() + limit
    while not (result := found()):
        if time.monotonic() > end:
            raise TimeoutError(f"still {result!r} after {limit:g} s")
        time.sleep(pause)
    return result
