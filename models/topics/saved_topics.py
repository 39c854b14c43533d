"""Topics in a file: NumPy's own format, without anything that runs when it is read."""

import json
import zipfile
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np

from etl.engine import Engine
from etl.engine.types import Array
from etl.handoff import from_host, to_host
from etl.text.word_rules import Rule
from models.topics.tensor_lda import TensorLDA


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
    engine : Engine
        Where the arrays lie.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no such file, or it is no model.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; --model takes the model.npz of a run's folder")
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in ("components", "alpha", "vocabulary", "background")}
            settings = json.loads(str(file["settings"]))
            rule = str(file["token_rule"]) if "token_rule" in file else "scikit-learn"  # of older runs
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, AttributeError) as error:
        raise ValueError(
            f"{path} is no model that this pipeline saved, or it is damaged ({error})"
        ) from error
    sizes = {len(arrays["vocabulary"]), len(arrays["background"]), arrays["components"].shape[1]}
    if len(sizes) > 1 or len(arrays["alpha"]) != len(arrays["components"]):
        raise ValueError(f"{path} is damaged: its arrays do not fit together; save the model again")
    return _restored(arrays, settings, engine)._replace(token_rule=cast(Rule, rule))


def _restored(arrays: dict[str, np.ndarray], settings: dict[str, Any], engine: Engine) -> Topics:
    model = TensorLDA(**settings)
    model.components_ = from_host(arrays["components"], engine)
    model.alpha_ = from_host(arrays["alpha"], engine)
    model.n_features_in_ = len(arrays["vocabulary"])
    background = from_host(arrays["background"], engine)
    return Topics(model, arrays["vocabulary"].tolist(), background, settings)
