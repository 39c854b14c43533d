"""Checks that end in every way there is."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.device_check.checks import Items, Setting
from tests.support.waiting import LIMIT


def good(setting: Setting) -> Items:
    return {"one": lambda: {"dry": setting.dry}, "two": lambda: None}


def wrong(setting: Setting) -> Items:
    def fail() -> None:
        raise AssertionError("3, not 4")

    return {"one": lambda: None, "bad": fail, "three": lambda: None}


def crashing(setting: Setting) -> Items:
    """The second item takes the process down, by the signal of an illegal address."""
    return {
        "one": lambda: None,
        "crash": lambda: os.kill(os.getpid(), signal.SIGSEGV),
        "three": lambda: None,
    }


def sticky(setting: Setting) -> Items:
    """After the first error the device is lost to the process that met it."""
    lost: list[str] = []

    def first() -> None:
        lost.append("device")
        raise RuntimeError("cudaErrorIllegalAddress: an illegal memory access was encountered")

    def second() -> None:
        assert not lost, "the process was not started again"

    return {"one": first, "two": second}


def hanging(setting: Setting) -> Items:
    """A process that waits for a child of its own, whose number it leaves behind."""

    def hang() -> None:
        child = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({10 * LIMIT})"])
        Path(setting.out, "grandchild").write_text(str(child.pid))
        time.sleep(10 * LIMIT)

    return {"one": lambda: None, "hang": hang, "three": lambda: None}
