"""One check in this process: ``python -m benchmarks.device_check.child NAME FUNCTION OUT TRAIL [--dry]``."""

import importlib
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path

from benchmarks.device_check.checks import Facts, Items, Setting
from benchmarks.device_check.run import write

STICKY = ("illegal memory access", "IllegalAddress", "LaunchFailure", "launch failure", "device-side assert")
"""In the message of an error after which the device answers nothing more to this process."""
LINES = 40
"""Of a traceback, from its end."""


def main(name: str, function: str, out: Path, trail: Path, dry: bool) -> int:
    """Go through the items behind those that ``trail`` names; 1 if the device was lost."""
    module, _, last = function.partition(":")
    found: Items = getattr(importlib.import_module(module), last)(Setting(dry, out))
    begun = trail.read_text().splitlines()
    with (out / "results.jsonl").open("a") as results, trail.open("a") as steps:
        for item in list(found)[len(begun) :]:
            steps.write(item + "\n")
            steps.flush()
            row = _tried(found, item)
            write(results, {"kind": "item", "check": name, "item": item, **row})
            if any(word in row.get("error", "") for word in STICKY):
                return 1
    return 0


def _tried(found: Items, item: str) -> Facts:
    began = time.perf_counter()
    try:
        facts = found[item]() or {}
        row: Facts = {"ok": True, "facts": facts}
    except Exception:
        # Anything may go wrong on a device, and the next item is to be tried all the same.
        row = {"ok": False, "error": "\n".join(traceback.format_exc().splitlines()[-LINES:])}
    return row | {"seconds": round(time.perf_counter() - began, 3), "device_bytes": device_bytes()}


def device_bytes() -> int:
    """Bytes of the device that are taken; the pool gives nothing back, so that they are the most so far."""
    if "cupy" not in sys.modules and "torch" not in sys.modules:
        return 0
    if "cupy" in sys.modules:
        cuda = sys.modules["cupy"].cuda
        if not cuda.is_available():
            return 0
        free, total = cuda.runtime.memGetInfo()
        return int(total - free)
    torch = sys.modules["torch"]
    return int(torch.cuda.max_memory_allocated()) if torch.cuda.is_available() else 0


def end_with_parent() -> None:
    """End this process with the one that started it, however that ends: it would hold the device."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    end_with_parent()
    name, function, out, trail, *rest = sys.argv[1:]
    raise SystemExit(main(name, function, Path(out), Path(trail), rest == ["--dry"]))
