"""What whoever waits is told: lines that say that a step goes on, and what it is at."""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from numba.core.event import Event

TERMINAL, LOG = 10.0, 30.0
"""Seconds between two lines on a terminal, and elsewhere."""
LOOK = 1.0
"""Seconds between two looks at the compiler."""

_now = {"doing": ""}
_compiled: list[str] = []
"""Functions that the compiler is at."""


def doing(what: str) -> None:
    """Note what a step is at, for the lines of `signs_of_life`."""
    _now["doing"] = what


@contextmanager
def signs_of_life(name: str, file: TextIO | None = None) -> Iterator[None]:
    """Lines now and then while the block runs: the seconds so far, and what it is at.

    A terminal on which a bar is shown needs none. That kernels are compiled, which takes a while the first
    time on a machine, is said when it begins.

    Parameters
    ----------
    name : str
        Of the step.
    file : text file, optional
        Where to write; by default the standard output.
    """
    over, out = threading.Event(), file or sys.stdout
    thread = threading.Thread(target=_beat, args=(name, out, over), daemon=True, name="signs of life")
    doing("")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(name: str, out: TextIO, over: threading.Event) -> None:
    began = last = time.monotonic()
    pause, told = TERMINAL if out.isatty() else LOG, False
    while not over.wait(min(LOOK, pause)):
        _listen()
        now, compiling = time.monotonic(), list(_compiled)
        if compiling and not told:
            print(f"  {name}: compiling kernels, which are kept for the next time", file=out, flush=True)
            told, last = True, now
        elif now - last >= pause:
            last = now
            if not (out.isatty() and _has_bar()):
                what = f"compiling {compiling[-1]}" if compiling else _now["doing"]
                words = f"  {name}: {now - began:.0f} s so far" + f", {what}" * bool(what)
                print(words, file=out, flush=True)


def _has_bar() -> bool:
    bars = sys.modules.get("tqdm")
    return bars is not None and any(not bar.disable for bar in getattr(bars.tqdm, "_instances", ()))


def _listen() -> None:
    """Hear of what Numba compiles, once it is imported."""
    events = sys.modules.get("numba.core.event")
    if events is None or "listens" in _now:
        return
    _now["listens"] = "yes"

    class Compiles(events.Listener):  # type: ignore[name-defined]
        def on_start(self, event: "Event") -> None:
            _compiled.append(event.data["dispatcher"].py_func.__name__)

        def on_end(self, event: "Event") -> None:
            with contextlib.suppress(ValueError):  # it was begun before anyone listened
                _compiled.remove(event.data["dispatcher"].py_func.__name__)

    events.register("numba:compile", Compiles())
