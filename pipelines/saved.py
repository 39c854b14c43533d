"""What a run learnt, in ``model/`` of its folder: files in open formats, loaded and applied anywhere.

``model/model.json`` says which story made it, with what, and what it needs; a story's ``apply`` module reads
the rest. Nothing is pickled, so that a folder from a stranger is data and no program.
"""

import hashlib
import importlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, Self, cast, runtime_checkable

from etl.engine import Device, Engine, choose
from etl.engine.types import Frame
from etl.files import reading
from pipelines import provenance, strict_json
from pipelines.options import Tables, encoding_of

FORMAT = 1
"""Of ``model.json`` and of the files beside it."""
FACTS = "model.json"
SUMS = "sums"
"""Key of the facts: what tells a file that was damaged, changed or put there."""


@runtime_checkable
class Model(Protocol):
    """What a story's ``apply`` module offers."""

    def save(self, folder: Path) -> Mapping[str, Any]:
        """Write its files into an empty folder; what it returns is kept in ``model.json``."""
        ...

    def predict(self, data: Frame | Path) -> Frame:
        """A row of results for each row, item or node of new data."""
        ...


@dataclass(frozen=True)
class Saved:
    """A model, and what is known of it.

    Attributes
    ----------
    model : Model
    facts : dict
        Of ``model.json``.
    folder : Path
        Of the run.
    """

    model: Model = field(repr=False)
    facts: dict[str, Any] = field(repr=False)
    folder: Path

    @property
    def warning(self) -> str:
        """Why not to trust it, as where a baseline is better; empty otherwise."""
        return str(self.facts.get("warning") or "")

    def told(self, encoding: str | None = None, bad_share: float | None = None, **more: object) -> Self:
        """The same model, of files that are written in another way than those of the run.

        Parameters
        ----------
        encoding : str, optional
        bad_share : float, optional
            See `pipelines.options.Tables`; by default as in the run.
        **more
            Others of the model's ``form``; None leaves what the run had.

        Raises
        ------
        ValueError
            The model reads nothing of which this says something, or a share is none.
        """
        Tables(encoding=encoding, bad_share=0.5 if bad_share is None else bad_share)  # refuses what is none
        options = {"encoding": encoding_of(encoding, "data"), "bad_share": bad_share, **more}
        given = {name: value for name, value in options.items() if value is not None}
        if not given:
            return self
        form: Mapping[str, Any] = getattr(self.model, "form", {})
        for name in given:
            if name not in form:
                flag = f"--{name.replace('_', '-')}"
                raise ValueError(f"{flag} says nothing to a model of {self.facts['story']}; leave it out")
        model: Any = self.model
        return replace(self, model=replace(model, form={**form, **given}))

    def predict(self, data: Frame | Path | str | None = None) -> Frame:
        """See `Model.predict`; a path may be a string. Without data, what is to come, of a story that tells.

        Raises
        ------
        ValueError
            Without data, if the story needs them; or what is given is no path, frame or matrix.
        """
        if data is None:
            ahead = getattr(self.model, "ahead", None)
            if ahead is None:
                raise ValueError(f"a model of {self.facts['story']} needs new data; name them with --data")
            return cast("Frame", ahead())
        if isinstance(data, str | os.PathLike):
            return self.model.predict(Path(data))
        if getattr(data, "ndim", 0) < 2:
            raise ValueError(
                f"new data are a {type(data).__name__}; give a path, or a frame with the columns of training"
            )
        return self.model.predict(data)


def write(run: Path, story: str, model: Model, engine: Engine, warning: str = "") -> None:
    """Write ``model/`` of a run's folder.

    Parameters
    ----------
    run : Path
    story : str
    model : Model
    engine : Engine
        That it was trained on.
    warning : str
        Why not to trust it.
    """
    folder = run / "model"
    folder.mkdir()
    facts = {
        "format": FORMAT,
        "story": story,
        "trained_on": engine.name,
        "warning": warning,
        "made": provenance.facts(),
        "model": dict(model.save(folder)),
    }
    plain = json.loads(strict_json.dumps(facts, FACTS))
    (folder / FACTS).write_text(strict_json.dumps({**plain, SUMS: _sums(plain, folder)}, FACTS))


def _sums(facts: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """SHA-256 of what is known of a model, and of each file beside it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != FACTS)
    names = [path.relative_to(folder).as_posix() for path in files]
    told = json.dumps(facts, sort_keys=True).encode()
    held = {name: _sum(path) for name, path in zip(names, files, strict=True)}
    return {name: sum_.hexdigest() for name, sum_ in ({FACTS: hashlib.sha256(told)} | held).items()}


def _sum(path: Path) -> "hashlib._Hash":
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256")


def _check(facts: dict[str, Any], folder: Path) -> None:
    """Refuse a model that is not as it was written; that of an older version, without sums, is taken."""
    written = facts.pop(SUMS, None)
    if written is None:
        return
    found = _sums(facts, folder)
    for name, own in dict(written).items():
        if found.get(name) != own:
            raise EOFError(f"{name} is {'missing' if name not in found else 'not as the run wrote it'}")


def load(run: os.PathLike[str] | str, device: Device = "auto") -> Saved:
    """Load what a run learnt.

    Parameters
    ----------
    run : Path or str
        Folder of the run.
    device : {"auto", "cpu", "gpu"}
        Where it is to work.

    Raises
    ------
    FileNotFoundError
        The folder holds no model.
    ValueError
        The model was written by another version of Trinity, or is damaged.
    """
    run = Path(run)
    place = run / "model" / FACTS
    if not place.is_file():
        what = "is no folder of a run" if not run.is_dir() else "holds no model that can be applied"
        raise FileNotFoundError(f"{run} {what}; name a run's folder that has model/{FACTS}")
    with reading(place, "a whole run folder", json.JSONDecodeError, RecursionError):
        facts = json.loads(place.read_text(encoding="utf-8"))
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        written = facts.get("format") if isinstance(facts, dict) else None
        raise ValueError(
            f"{place} is of format {written}, and this version of Trinity reads format {FORMAT}; run "
            "the story again, or apply it with the version that made it"
        )
    with reading(place.parent, "a whole model folder", KeyError, TypeError, AttributeError):
        _check(facts, place.parent)
        story, inner, _ = facts["story"], facts["model"], facts["made"]["date"] + facts["made"]["commit"]
        if not str(story).isidentifier() or not (Path(__file__).parent / story / "apply.py").is_file():
            raise EOFError(f"{FACTS} is of {story}, which is no story of this version")
        engine = choose(device, story)
        maker = importlib.import_module(f"pipelines.{story}.apply")
        return Saved(maker.load(place.parent, inner, engine), facts, run)
