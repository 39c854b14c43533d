"""Topics in a file: NumPy's own format, without anything that runs when it is read."""

import json
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple, cast, get_args

import numpy as np

from etl.engine import Engine
from etl.engine.types import Array
from etl.files import reading
from etl.handoff import from_host, to_host
from etl.text.word_rules import Rule
from models.topics.tensor_lda import TensorLDA

SHAPES = {"components": (2, "f"), "alpha": (1, "f"), "vocabulary": (1, "U"), "background": (1, "fiu")}
"""Dimensions of the arrays of a file, and their kinds."""


FILE = "model.npz"
"""In ``model/`` of a run's folder."""


class Topics(NamedTuple):
    """A model of topics and what is needed to use it.

    Attributes
    ----------
    model : TensorLDA
        Fitted; one that was loaded has no history.
    terms : list of str
        Words of the columns.
    background : array, shape (words,)
        Shares of the words in the documents it was learnt from, one token added to each word.
    settings : dict
        Of the estimator.
    token_rule : str
        What a word of texts is, see `etl.text.word_rules`.
    """

    model: TensorLDA
    terms: list[str]
    background: Array
    settings: dict[str, Any]
    token_rule: Rule = "auto"


def save(path: Path, topics: Topics) -> None:
    """Write an .npz file of ``components, alpha, vocabulary, background`` and, as JSON, ``settings``.

    Parameters
    ----------
    path : Path
        Ends in ``.npz``.
    topics : Topics
    """
    np.savez_compressed(
        path,
        components=to_host(topics.model.components_).astype("float32"),
        alpha=to_host(topics.model.alpha_),
        vocabulary=np.array(topics.terms, dtype=np.str_),
        background=to_host(topics.background),
        settings=np.array(json.dumps(topics.settings)),
        token_rule=np.array(topics.token_rule),
    )


def load(path: Path, engine: Engine) -> Topics:
    """Read what `save` wrote.

    Parameters
    ----------
    path : Path
        The file, or the folder of the run that wrote it.
    engine : Engine
        Where the arrays lie.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no such file, or it is no model.
    """
    if path.is_dir():  # a run's, or the model's in it; older runs have the file beside their report
        path = next((place for place in (path / "model" / FILE, path / FILE) if place.exists()), path / FILE)
    elif path.name == FILE and not path.exists() and path.parent.name != "model":
        path = path.parent / "model" / FILE
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; --model takes the folder of a run of topics")
    damage = (ValueError, TypeError, AttributeError, SyntaxError, NotImplementedError, RecursionError)
    with reading(path, "the model.npz of a run's folder", *damage):
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in SHAPES}
            settings = json.loads(str(file["settings"]))
            rule = str(file["token_rule"]) if "token_rule" in file else "scikit-learn"  # of older runs
        _check(arrays, settings, rule)
    return _restored(arrays, settings, engine)._replace(token_rule=cast(Rule, rule))


def _check(arrays: dict[str, np.ndarray], settings: object, rule: str) -> None:
    """Refuse what `save` does not write."""
    for name, (sizes, kinds) in SHAPES.items():
        if arrays[name].ndim != sizes or arrays[name].dtype.kind not in kinds:
            raise ValueError(f"{name} is of shape {arrays[name].shape} and type {arrays[name].dtype}")
    topics, words = arrays["components"].shape
    if {len(arrays["vocabulary"]), len(arrays["background"])} != {words} or len(arrays["alpha"]) != topics:
        raise ValueError("its arrays do not fit together")
    known = set(signature(TensorLDA).parameters)
    if not isinstance(settings, dict) or not set(settings) <= known:
        unknown = min(set(settings) - known) if isinstance(settings, dict) else settings
        raise ValueError(f"it has the setting {unknown!r}, which this version does not know")
    if rule not in get_args(Rule):
        raise ValueError(f"it has the rule of words {rule!r}, which this version does not know")


def _restored(arrays: dict[str, np.ndarray], settings: dict[str, Any], engine: Engine) -> Topics:
    model = TensorLDA(**settings)
    model.components_ = from_host(arrays["components"], engine)
    model.alpha_ = from_host(arrays["alpha"], engine)
    model.n_features_in_ = len(arrays["vocabulary"])
    background = from_host(arrays["background"], engine)
    return Topics(model, arrays["vocabulary"].tolist(), background, settings)
