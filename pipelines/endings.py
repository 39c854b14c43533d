"""How a story ends that fails: one line on the terminal and, of a fault of ours, the traceback in a file."""

import contextlib
import errno
import os
import re
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from types import FrameType
from typing import Any

TOLD = (ValueError, OSError, MemoryError, RuntimeError)
"""What is raised to tell a user what to mend; any other exception is a fault of ours."""
PLACE = "the traceback is in "
GIVEN = "given were "
NO_MEMORY = re.compile(r"can't allocate memory|cannot allocate memory|out of memory|bad_alloc", re.IGNORECASE)
"""What PyTorch, XGBoost and the system say, by errors of other types, when memory ran out."""
REMEDIES = {
    errno.EACCES: "ask for the right to it, or name another",
    errno.EISDIR: "it is a folder; name a file",
    errno.ELOOP: "it is a link to itself; mend it, or name another",
    errno.ENAMETOOLONG: "give it a shorter name",
}
"""What to do about a file of which the system says no more than this."""


def one_line(error: BaseException) -> str:
    r"""What an error says, on one line; never nothing.

    Examples
    --------
    >>> one_line(ValueError("a is wrong;\n  give b")), one_line(KeyError("label"))
    ('a is wrong; give b', "KeyError: 'label'")
    >>> one_line(MemoryError())
    'memory ran out; give fewer rows or --workers, or take a machine with more memory'
    """
    text = " ".join(part.strip() for part in str(error).splitlines() if part.strip())
    if isinstance(error, TOLD):
        text = _ran_out(text) if isinstance(error, MemoryError) or NO_MEMORY.search(text) else text
        text = text or f"{type(error).__name__}, which says no more"
        given = [note for note in getattr(error, "__notes__", []) if note.startswith(GIVEN)]
        return "; ".join([text, *_remedy(error), *given])
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _ran_out(text: str) -> str:
    why = f" ({text})" if text else ""
    return f"memory ran out{why}; give fewer rows or --workers, or take a machine with more memory"


def _remedy(error: BaseException) -> list[str]:
    if not isinstance(error, OSError) or error.filename is None:
        return []
    return [REMEDIES.get(error.errno or 0, "check that path, or name another")]


@contextmanager
def placed(config: object) -> Iterator[None]:
    """Note on an error that names no file which ones the settings name.

    Parameters
    ----------
    config : dataclass
        Settings of a story.
    """
    try:
        yield
    except TOLD as error:
        given = _given(config)
        is_placed = "--out" in str(error) or getattr(error, "filename", None) is not None
        names = [*given.values(), *(Path(path).name for path in given.values() if Path(path).suffix)]
        if given and not is_placed and not any(name in str(error) for name in names):
            shown = " ".join(f"--{name} {path}" for name, path in given.items())
            error.add_note(f"{GIVEN}{' '.join(shown.split())}")
        raise


def _given(config: Any) -> dict[str, str]:
    """Paths of what is read, by the name of their option."""
    held = {field.name: getattr(config, field.name) for field in fields(config) if field.name != "out"}
    return {
        name: str(value)
        for name, value in held.items()
        if isinstance(value, Path) or (name == "data" and value)
    }


def keep(error: BaseException, folder: Path) -> None:
    """Write an error to ``error.txt`` of a folder, with the traceback where it is a fault of ours.

    Parameters
    ----------
    error : BaseException
        Remembers where its traceback is.
    folder : Path
        Exists.
    """
    place = folder / "error.txt"
    if isinstance(error, TOLD):
        place.write_text(f"{type(error).__name__}: {error}\n", errors="replace")
        return
    place.write_text("".join(traceback.format_exception(error)), errors="replace")
    error.add_note(f"{PLACE}{place}")


_heard: list[int] = []


def check_ctrl_c() -> None:
    """Raise once more what Python dropped, as it was raised within a callback, a finaliser or an import.

    Raises
    ------
    KeyboardInterrupt
    """
    if _heard:
        _heard.clear()
        raise KeyboardInterrupt


def _interrupt(number: int, frame: FrameType | None) -> None:
    _heard.append(number)
    raise KeyboardInterrupt


@contextmanager
def _hears_ctrl_c() -> Iterator[None]:
    usual = threading.current_thread() is threading.main_thread()
    usual = usual and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if usual:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    except Exception:
        check_ctrl_c()  # an import that it ended is no fault of anybody
        raise
    finally:
        _heard.clear()
        if usual:
            signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def told() -> Iterator[None]:
    """Turn whatever the block raises into one line and an exit code: 1, and 130 after Ctrl-C.

    Raises
    ------
    SystemExit
    """
    try:
        with _hears_ctrl_c():
            yield
    except KeyboardInterrupt:
        print("stopped by Ctrl-C", file=sys.stderr)
        raise SystemExit(130) from None
    except TOLD as error:
        raise SystemExit(f"error: {one_line(error)}") from error
    except Exception as error:
        raise SystemExit(
            f"error: this is a fault of Trinity and not of yours ({one_line(error)}); {_place(error)}. "
            "Please report it with that file"
        ) from error


def _place(error: Exception) -> str:
    """Where the traceback is; a run keeps it, and before one there is a file of its own."""
    notes = [note for note in getattr(error, "__notes__", []) if note.startswith(PLACE)]
    if notes:
        return notes[0]
    with contextlib.suppress(OSError):
        descriptor, name = tempfile.mkstemp(prefix="trinity-error-", suffix=".txt")
        with os.fdopen(descriptor, "w", errors="replace") as file:
            file.write("".join(traceback.format_exception(error)))
        return f"{PLACE}{name}"
    return "no file could be written, so here it is: " + repr(traceback.format_exception(error))
