"""Writing files: whole or not at all, with an error that says where, and what to do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def writing(what: str, place: Path, *unfinished: Path) -> Iterator[None]:
    """Remove unfinished files if they cannot be written.

    Parameters
    ----------
    what : str
        What is written, for the message.
    place : Path
        Where to, for the message.
    *unfinished : Path

    Raises
    ------
    OSError
        As inside, with both named.

    Examples
    --------
    >>> with writing("a note", Path("/nowhere")):
    ...     raise OSError(28, "No space left on device")
    Traceback (most recent call last):
    OSError: [Errno 28] could not write a note to /nowhere (No space left on device); free space there, or \
choose another disk
    """
    try:
        yield
    except OSError as error:
        for path in unfinished:
            path.unlink(missing_ok=True)
        raise OSError(
            error.errno,
            f"could not write {what} to {place} ({error.strerror or error}); free space there, or choose "
            "another disk",
        ) from error


def write(place: Path, data: bytes) -> None:
    """Put a file in its place whole, or not at all; what a kill left half-written is written over.

    Parameters
    ----------
    place : Path
        Its folder is made if need be.
    data : bytes

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written; the message names it.
    """
    with writing(f"{len(data):,} bytes", place), whole(place) as partial, partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def whole(place: Path) -> Iterator[Path]:
    """Path beside a file to write to, which takes its place when the block ends well.

    Parameters
    ----------
    place : Path
        Its folder is made if need be; what a kill left half-written is written over.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with whole(Path(folder) / "new" / "note.txt") as partial:
    ...         _ = partial.write_text("whole")
    ...     [path.name for path in Path(folder, "new").iterdir()]
    ['note.txt']
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_suffix(place.suffix + ".partial")
    try:
        yield partial
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    partial.replace(place)
