"""What all stories are told alike, and the ranges of options, checked once and with one message."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from math import isfinite
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, TypeVar, dataclass_transform, get_args, get_type_hints

from etl.engine import Device
from etl.tables.form import Told

Kind = TypeVar("Kind", bound=type)


@dataclass(frozen=True)
class AtLeast:
    """The least value of an option, as in ``Annotated[int, AtLeast(1)]``."""

    least: float

    def fault(self, value: Any) -> str | None:
        """What is wrong with a value, or None."""
        return None if value >= self.least else f"it must be at least {self.least}"


@dataclass(frozen=True)
class Share:
    """A part of a whole: above 0 and at most 1."""

    whole: str = "the whole"

    def fault(self, value: Any) -> str | None:
        """What is wrong with a value, or None."""
        return None if 0 < value <= 1 else f"it is a share of {self.whole}, above 0 and at most 1"


@dataclass_transform(frozen_default=True, kw_only_default=True)
def settings(kind: Kind) -> Kind:
    """Make a frozen dataclass, given by keywords, whose common options come last in help and in files."""
    made: Any = dataclass(frozen=True, kw_only=True)(kind)
    shared = {name for base in made.__mro__[1:] for name in getattr(base, "__dataclass_fields__", ())}
    every = made.__dataclass_fields__
    own = {name: field for name, field in every.items() if name not in shared}
    made.__dataclass_fields__ = own | {name: field for name, field in every.items() if name in shared}
    return made


class Checked:
    """Settings that refuse, when they are made, values outside of their ranges; text is taken for a path."""

    def __post_init__(self) -> None:
        """Raise a ValueError that names the option, its value and its range."""
        for name in _paths(type(self)):
            if isinstance(value := getattr(self, name), str | PathLike):
                object.__setattr__(self, name, Path(value))
        for name, value in _numbers(vars(self)):
            if not isfinite(value):
                raise ValueError(f"--{name.replace('_', '-')} is {value}; give a number")
        for name, marks in _marks(type(self)):
            value = getattr(self, name)
            for fault in (mark.fault(value) for mark in marks):
                if fault:
                    raise ValueError(f"--{name.replace('_', '-')} is {value}; {fault}")


def _numbers(told: dict[str, object]) -> Iterator[tuple[str, float]]:
    for name, held in told.items():
        every = held if isinstance(held, tuple) else (held,)
        yield from ((name, each) for each in every if isinstance(each, float))


def _paths(kind: type) -> Iterator[str]:
    hints = get_type_hints(kind)
    yield from (field.name for field in fields(kind) if hints[field.name] in (Path, Path | None))


def _marks(kind: type) -> Iterator[tuple[str, list[AtLeast | Share]]]:
    hints = get_type_hints(kind, include_extras=True)
    for field in fields(kind):
        found = [mark for mark in get_args(hints[field.name])[1:] if isinstance(mark, AtLeast | Share)]
        if found:
            yield field.name, found


@settings
class Common(Checked):
    """What every story is told."""

    device: Device = "auto"
    """Where the data lives; auto takes a GPU if there is one and this story has passed on one before."""
    out: Path = Path("runs")
    """Directory of run folders."""
    seed: Annotated[int, AtLeast(0)] = 0
    """Seed of everything that is drawn at random."""


@settings
class Parallel(Common):
    """What a story is told that works on pieces of its data."""

    workers: Annotated[int, AtLeast(0)] = 0
    """Threads, or processes with --scheduler local; 0 takes all usable cores (or GPUs)."""
    scheduler: str = "threads"
    """threads, local (starts a Dask cluster here), or tcp://host:port of a running one."""


def encoding_of(said: str | None, table: str) -> str | None:
    """The encoding of a table, of one for all or of those by table.

    Parameters
    ----------
    said : str, optional
    table : str
        Name of its option.

    Examples
    --------
    >>> encoding_of("votes=latin-1,truth=cp1252", "truth"), encoding_of("latin-1", "votes")
    ('cp1252', 'latin-1')
    >>> encoding_of("votes=latin-1", "truth")
    """
    if said is None or "=" not in said:
        return said
    named = dict(part.split("=", 1) for part in said.split(",") if "=" in part)
    return named.get(table)


@settings
class Encoded(Checked):
    """What a story is told of the text files that it reads."""

    encoding: str | None = None
    """Encoding of text files, such as latin-1; by default UTF-8, or UTF-16 where the file says so."""


@settings
class Tables(Encoded):
    """What a story is told of the tables that it reads."""

    bad_share: Annotated[float, Share("a file's rows")] = 0.5
    """Rows of a file that may be set aside, because they miss something or cannot be read, as a share."""

    def __post_init__(self) -> None:
        """Refuse encodings of tables that are not there, and what is out of its range."""
        super().__post_init__()
        said = (self.encoding or "").split(",") if "=" in (self.encoding or "") else []
        if strange := [part for part in said if part.split("=")[0] not in self.tables()]:
            known = ", ".join(self.tables())
            like = f"{self.tables()[0]}=latin-1"
            raise ValueError(f"--encoding {strange[0]} is of no table; name one of {known}, as in {like}")

    def tables(self) -> tuple[str, ...]:
        """Options that name tables, each of which may have an encoding of its own."""
        return ("data",)

    def told(self, table: str = "data") -> Told:
        """The same, for the readers of a table, by the name of its option."""
        return Told(encoding=encoding_of(self.encoding, table), bad_share=self.bad_share)

    def of_files(self) -> dict[str, Any]:
        """How files are written, for those that a run is applied to."""
        return {"encoding": self.encoding, "bad_share": self.bad_share}


def told_of(form: Mapping[str, Any], table: str = "data") -> Told:
    """What `Tables.of_files` says, for the readers of a table.

    Parameters
    ----------
    form : mapping
    table : str
        Name of its option in the run.
    """
    return Told(encoding=encoding_of(form.get("encoding"), table), bad_share=form.get("bad_share", 0.5))
