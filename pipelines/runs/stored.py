"""Settings of an earlier run, to run it again: ``--config RUN``, checked against those of today."""

import json
import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from etl.files import reading
from pipelines import provenance
from pipelines.runs import catalogue

OPTION = "--config"


@dataclass(frozen=True, kw_only=True)
class Again:
    """What every command of a story is told beside its settings."""

    config: Path | None = None
    """Folder of an earlier run, its config.json, or latest: its settings hold, but for those given here."""


def extended(kind: type) -> type:
    """Settings of a story with ``--config``, as the command line reads them."""
    made: Any = dataclass(frozen=True, kw_only=True)(type("Config", (Again, kind), {"__doc__": kind.__doc__}))
    own, last = made.__dataclass_fields__, Again.__dataclass_fields__
    made.__dataclass_fields__ = {name: own[name] for name in own if name not in last} | last
    return made


def plain(kind: type, typed: object) -> Any:
    """The settings alone."""
    return kind(**_values(kind, typed))


def again(extended: type, old: object, path: Path) -> Any:
    """Stored settings as the command line begins with them."""
    return extended(**_values(type(old), old), config=path)


def given(words: Sequence[str]) -> Path | None:
    """The path behind ``--config``, with the words of the command line that are not parsed yet."""
    taken = None
    for place, word in enumerate(words):
        if word == OPTION and place + 1 < len(words):
            taken = words[place + 1]
        elif word.startswith(f"{OPTION}="):
            taken = word.partition("=")[2]
    return None if taken is None else Path(taken)


def read(path: Path, story: str, kind: type, own: str = "") -> Any:
    """Settings from a run's folder or its ``config.json``.

    Parameters
    ----------
    path : Path
        ``latest`` is the newest run of the story.
    story : str
    kind : type
        Settings of the story.
    own : str
        Word that may stand before them.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file is damaged, of another story, or has other settings than the story has today; names them.
    """
    path = catalogue.find(path, story)
    path = path / "config.json" if path.is_dir() else path
    if not path.is_file():
        raise FileNotFoundError(f"{OPTION} {path} does not exist; name a run's folder or its config.json")
    with reading(path, "a whole config.json of a run", json.JSONDecodeError, RecursionError):
        told = json.loads(path.read_bytes())
    if not isinstance(told, dict) or not isinstance(told.get("config"), dict):
        raise ValueError(f"{path} holds no settings of a run; give the config.json of its folder")
    if told.get("pipeline") != story:
        raise ValueError(f"{path} is of {told.get('pipeline')}, not of {story}; give one of {story}")
    if (typed := str(told.get("command"))) and (word := _word(typed, story)) and word != own:
        raise ValueError(
            f"{path} is of {story} {word}, which takes no {OPTION}; type its command again: {typed}"
        )
    made, here = told.get("commit"), provenance.commit()
    if made != here:
        print(f"  {path} was made by commit {made}, and this is {here}: numbers may differ", flush=True)
    return _build(kind, told["config"], str(path), "")


def _word(command: str, story: str) -> str:
    """What was asked of a story beside its run, such as ``train``; empty for the run."""
    words = command.split()
    after = [words[place + 1] for place in range(len(words) - 1) if words[place].split(".")[-1] == story][:1]
    return "".join(word for word in after if not word.startswith("-"))


def tell(old: object, new: object, place: Path) -> None:
    """Print which options of the command line win over those of the file."""
    for name, value in _flat(new).items():
        if (before := _flat(old)[name]) != value:
            print(f"  --{name.replace('_', '-')} {value} wins over {before} of {place}", flush=True)


def _flat(settings: object) -> dict[str, Any]:
    """Settings by the names of their options, those within others too."""
    found: dict[str, Any] = {}
    for name, value in _values(type(settings), settings).items():
        found |= _flat(value) if is_dataclass(value) else {name: value}
    return found


def _values(kind: type, settings: object) -> dict[str, Any]:
    return {each.name: getattr(settings, each.name) for each in fields(kind)}


def _build(kind: type, values: Mapping[str, object], place: str, inside: str) -> Any:
    """Settings from what JSON holds; keys must be those that there are."""
    hints = get_type_hints(kind)
    known = {each.name: each for each in fields(kind)}
    for key in values.keys() - known.keys():
        raise ValueError(
            f"{place} has {inside}{key}, which this version does not know; remove that key, or run the "
            "version that made it"
        )
    for key in known.keys() - values.keys():
        raise ValueError(
            f"{place} has no {inside}{key}, which this version needs; add {_default(known[key])}, or run the "
            "version that made it"
        )
    return kind(**{name: _value(hints[name], values[name], place, f"{inside}{name}") for name in values})


def _default(field: Field[Any]) -> str:
    """What to write for a setting that is missing."""
    value = field.default_factory() if field.default_factory is not MISSING else field.default
    if value is MISSING:
        return "that key (--help tells what it means)"
    plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    return f'"{field.name}": {json.dumps(plain, default=str)} (the default)'


def _value(hint: object, value: object, place: str, key: str) -> Any:
    """A value of JSON as a field of this type takes it."""
    if isinstance(hint, type) and is_dataclass(hint) and isinstance(value, dict):
        return _build(hint, value, place, f"{key}.")
    made = _as(hint, value)
    if made is _NONE:
        given = f"{place} has {key} {json.dumps(value)}"
        raise ValueError(f"{given}, which is no {_named(hint)}; mend that value")
    return made


_NONE = object()
"""What no type makes of a value."""


def _as(hint: object, value: object) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _as(inner[0], value)
    if origin in (Union, types.UnionType):
        made = [_as(each, value) for each in inner]
        return next((each for each in made if each is not _NONE), _NONE)
    if origin is Literal:
        return value if value in inner and type(value) in map(type, inner) else _NONE
    if origin is tuple:
        return _tuple(inner, value)
    if hint is Path:
        return Path(value) if isinstance(value, str) else _NONE
    if hint is float and type(value) is int:
        return float(value)
    return value if type(value) is hint or value is hint or (value is None and hint is type(None)) else _NONE


def _tuple(inner: tuple[Any, ...], value: object) -> Any:
    if not isinstance(value, list):
        return _NONE
    kinds = [inner[0]] * len(value) if inner[1:] == (...,) else list(inner)
    if len(kinds) != len(value):
        return _NONE
    made = tuple(_as(kind, each) for kind, each in zip(kinds, value, strict=True))
    return _NONE if _NONE in made else made


def _named(hint: object) -> str:
    return getattr(hint, "__name__", None) or str(hint).replace("typing.", "")
