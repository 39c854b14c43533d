"""Reading and writing files: whole or not at all, with an error that says where, and what to do."""

import errno
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa

DAMAGE = (
    pa.ArrowException,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    SyntaxError,
    tokenize.TokenError,
    EOFError,
    UnicodeError,
    LookupError,
    OSError,
)
"""What libraries raise at a file that is cut, flipped or of another kind."""


IN_THE_WAY = "name a place that is in a folder, not below a file"
REMEDIES = {
    errno.EEXIST: IN_THE_WAY,
    errno.ENOTDIR: IN_THE_WAY,
    errno.EISDIR: "it is a folder; name a file",
    errno.EFBIG: "the system limits the size of files (ulimit -f); raise that",
    errno.EACCES: "ask for the right to write there, or choose another place",
    errno.EPERM: "ask for the right to write there, or choose another place",
    errno.EROFS: "choose a place that is not read-only",
}
"""What to do about what cannot be written, but for want of space."""


class DamagedError(ValueError):
    """A file is cut, flipped or of another kind; ``why`` says what was found."""

    why = ""


@contextmanager
def reading(path: Path, wanted: str, *also: type[Exception]) -> Iterator[None]:
    """Turn what any library raises at a damaged file into one line that names the file.

    Parameters
    ----------
    path : Path
        The file that is read inside the block.
    wanted : str
        What it should be, as the end of "give ...".
    *also : exception types
        Others that damage may raise in this block, such as TypeError of NumPy's reader.

    Raises
    ------
    DamagedError
        For `DAMAGE` and ``also``. A ValueError that says more already, and an OSError of the system, such as
        a missing file, are left as they are. A pipe or a device, which may have no end, is refused.

    Examples
    --------
    >>> with reading(Path("votes.gz"), "a whole table"):
    ...     raise EOFError("it ends early")
    Traceback (most recent call last):
    etl.files.DamagedError: votes.gz is damaged or not what its name says (it ends early); give a whole table
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise ValueError(f"{path} is a pipe or a device, not a file; save what it holds as a file first")
    try:
        yield
    except (*DAMAGE, *also) as error:
        # a damaged zip sends its reader to a place before the file's beginning: EINVAL
        told = isinstance(error, OSError) and error.errno not in (None, errno.EINVAL)
        if told or isinstance(error, FileNotFoundError):
            raise
        why = " ".join(str(error).split()) or type(error).__name__
        told_all = DamagedError(f"{path} is damaged or not what its name says ({why}); give {wanted}")
        told_all.why = why
        raise told_all from error


def check_exists(path: Path) -> None:
    """Refuse a path where nothing is.

    Raises
    ------
    FileNotFoundError
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; check the path")


def kept(path: Path) -> Path:
    """The path of a file that its folder must have, as part of what was saved.

    Raises
    ------
    EOFError
        It is missing; `reading` names the folder.
    """
    if not path.is_file():
        raise EOFError(f"{path.name} is missing")
    return path


def for_arrow(path: Path) -> str | IO[bytes]:
    """What Arrow opens: a path, or the open file where its name is no UTF-8, which Arrow refuses."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return path.open("rb")
    return str(path)


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
            f"could not write {what} to {place} ({error.strerror or error}{_where(error)}); "
            f"{REMEDIES.get(error.errno or 0, 'free space there, or choose another disk')}",
        ) from error


def _where(error: OSError) -> str:
    """The path that the system names, of a file that is in the way of a folder."""
    return f": {error.filename}" if error.errno in (errno.EEXIST, errno.ENOTDIR) and error.filename else ""


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


def numpy_arrays(path: Path) -> dict[str, np.ndarray]:
    """All arrays of an ``.npz`` file by their names; that of an ``.npy`` file has an empty one.

    A size that is declared is compared with the bytes there are before memory is asked for.

    Parameters
    ----------
    path : Path

    Raises
    ------
    EOFError
        A head is damaged, declares more than there is, or tells of Python objects.
    zipfile.BadZipFile
        The archive is damaged.
    """
    with path.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            file.seek(0)
            return {"": _array(file, os.fstat(file.fileno()).st_size)}
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".npy")]
        return {name.removesuffix(".npy"): numpy_member(archive, name) for name in names}


def numpy_member(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """The array of an archive's file.

    Parameters
    ----------
    archive : ZipFile
    name : str
        With its ending.

    Raises
    ------
    EOFError
        See `numpy_arrays`.
    """
    with archive.open(name) as file:
        return _array(file, archive.getinfo(name).file_size, name.removesuffix(".npy"))


def _array(file: IO[bytes], size: int, name: str = "it") -> np.ndarray:
    shape, kind = numpy_head(file)
    if prod(shape) * kind.itemsize > size:
        raise EOFError(f"{name} declares the shape {shape}, and has fewer bytes")
    file.seek(0)
    return np.lib.format.read_array(file)


def numpy_head(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type of the array that begins here.

    Parameters
    ----------
    file : binary file

    Raises
    ------
    EOFError
        See `numpy_arrays`.
    """
    formats = np.lib.format
    try:
        old = formats.read_magic(file) == (1, 0)
        shape, _, kind = (formats.read_array_header_1_0 if old else formats.read_array_header_2_0)(file)
    except ValueError as error:
        raise EOFError(str(error)) from error
    if kind.hasobject:
        raise EOFError("it holds Python objects")
    return shape, kind
