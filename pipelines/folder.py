"""The folder of a run: hidden and partial while the run works, whole or gone when it ends."""

import contextlib
import errno
import json
import os
import shutil
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pipelines import endings, lock

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
NO_ROOM = 1 << 16
"""Bytes free below which an error of any kind is put down to the disk."""


LIMIT = "ulimit -f"
"""Sets how large a file may be."""
MARK = ".trinity"
"""File that tells a partial folder from one that somebody else gave such a name."""


class RunFolder:
    """A partial folder below ``home``; see `pipelines.run.Run`.

    Parameters
    ----------
    home : Path
        Directory of a story's runs.

    Attributes
    ----------
    outlives : Path or None
        Folder that is not removed with an unfinished run, since the next one takes it up.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.outlives: Path | None = None

    def open(self) -> None:
        """Make the partial folder, after clearing what dead runs left."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._clear_dead()
        self.time = datetime.now().strftime("%Y%m%d-%H%M%S")
        self.path = self.home / f".{self.time}.partial-{os.getpid()}"
        self.scratch = self.path / "scratch"
        self.path.mkdir()
        self._held = lock.lock(self.path)
        try:
            (self.path / MARK).touch()
            self.scratch.mkdir()
        except OSError:
            self.leave()
            raise

    def leave(self) -> None:
        """Remove what was not renamed, and let go of the lock."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def finish(self) -> Path:
        """Give the folder its name: the time, and a number where that second has a run already."""
        (self.path / MARK).unlink()
        for number in range(1, 1000):
            target = self.home / (self.time if number == 1 else f"{self.time}-{number}")
            try:
                return self.path.rename(target)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
        raise RuntimeError(f"{self.home} holds a thousand runs of the same second")

    @contextmanager
    def resumable(self, name: str, told: Sequence[object], say: Callable[[str], None]) -> Iterator[Path]:
        """Hold a folder that outlives an unfinished run; it is removed when the block is done.

        Parameters
        ----------
        name : str
            What is in it.
        told : sequence
            A run that is told the same takes it up.
        say : callable
            Prints whether it was there.

        Raises
        ------
        RuntimeError
            Another run holds it.
        """
        folder = self.home / f".{name}-{zlib.crc32(json.dumps(told, default=str).encode()):08x}"
        say(f"{name}: {'taken up from' if folder.exists() else 'kept in'} {folder}")
        folder.mkdir(exist_ok=True)
        self.outlives = folder
        held = lock.lock(folder)
        if held is None:
            raise RuntimeError(f"another run works in {folder}; wait for it, or give another --out")
        try:
            yield folder
        finally:
            os.close(held)
        shutil.rmtree(folder)

    def keep_failure(self, error: BaseException, *names: str) -> bool:
        """Save files of these names, and the error, in a folder of their own; a traceback alone, too.

        Returns
        -------
        bool
            Whether there is such a folder.
        """
        kept = [self.path / name for name in names if (self.path / name).exists()]
        if not kept and (isinstance(error, endings.TOLD) or not isinstance(error, Exception)):
            return False
        target = self.home / f"failed-{self.time}-{os.getpid()}"
        with contextlib.suppress(OSError):
            target.mkdir()
            for path in kept:
                path.rename(target / path.name)
            endings.keep(error, target)
            if kept:
                print(f"what was set aside is in {target}", file=sys.stderr)
        return target.is_dir()

    def _clear_dead(self) -> None:
        for folder in self.home.glob(".*.partial-*"):
            if _is_ours(folder) and lock.is_dead(folder):
                shutil.rmtree(folder, ignore_errors=True)
                print(f"  removed {folder}, left by a run that was killed", flush=True)

    @contextmanager
    def disk(self) -> Iterator[None]:
        """Say of an error that comes from a full disk which disk that is, and what to do."""
        try:
            yield
        except Exception as error:
            if not self.is_full(error):
                raise
            raise self.full(error) from error

    def is_full(self, error: BaseException | None) -> bool:
        """Whether an error that does not yet say so comes from a full disk; XGBoost has a type of its own."""
        if isinstance(error, OSError):
            return error.errno in FULL and "--out" not in str(error) and LIMIT not in str(error)
        return isinstance(error, Exception) and self._free() < NO_ROOM

    def _free(self) -> int:
        return shutil.disk_usage(next(p for p in (self.home, *self.home.parents) if p.exists())).free

    def full(self, error: BaseException) -> OSError:
        """The error that names the disk and the remedy."""
        stays = f"; {self.outlives} stays, for the next to go on" if self.outlives else ""
        cause = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        if isinstance(error, OSError) and error.errno == errno.EFBIG:
            return OSError(
                errno.EFBIG,
                f"a file below {self.home} is larger than the system's limit ({cause}); "
                f"the unfinished run is removed{stays}. Raise the limit, which {LIMIT} sets",
            )
        return OSError(
            errno.ENOSPC,
            f"the disk of {self.home} is full ({self._free():,} bytes free: {cause}); "
            f"the unfinished run is removed from it{stays}. Free space, or choose another disk with --out",
        )


def _is_ours(folder: Path) -> bool:
    """Whether a run made a folder; one that was killed at once left it empty."""
    named = bool(lock.PARTIAL.fullmatch(folder.name)) and folder.is_dir() and not folder.is_symlink()
    return named and ((folder / MARK).exists() or not any(folder.iterdir()))
