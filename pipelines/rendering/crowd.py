"""Votes of a crowd on images, as a probability of each class."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from etl.crowd.read import pieces
from etl.handoff import to_pandas
from etl.records import Choice, record
from models.crowd.dawid_skene import DawidSkene
from pipelines.rendering.config import Config
from pipelines.run import Run


def posterior(config: Config, run: Run, names: Sequence[str], classes: Sequence[str]) -> np.ndarray:
    """What Dawid and Skene's model says of each image.

    Parameters
    ----------
    config : Config
        With votes.
    run : Run
    names : sequence of str, shape (n,)
        Of the images.
    classes : sequence of str

    Returns
    -------
    float32 array, shape (n, classes)
        Rows of images without votes are 0.

    Raises
    ------
    ValueError
        No vote is on one of these images, or a label is of no class.
    """
    assert config.votes is not None
    votes = pieces(config.votes, run.engine, run.scratch, told=config.told("votes"))
    table = to_pandas(DawidSkene(random_state=config.seed).fit_predict_proba(votes))
    labels = [str(label) for label in table.columns]
    if odd := [label for label in labels if label not in classes]:
        raise ValueError(
            f"{config.votes} has votes for {odd[0]}, and the classes are {', '.join(classes[:8])}; "
            "write them alike"
        )
    places = _places([str(task) for task in table.index], names, config.votes)
    found = np.zeros((len(names), len(classes)), "float32")
    columns = np.array([classes.index(label) for label in labels])
    is_known = places >= 0
    found[np.ix_(places[is_known], columns)] = table.to_numpy()[is_known]
    run.say(f"votes: {int(is_known.sum()):,} images have a probability of each class, by Dawid and Skene")
    return found


def _places(tasks: Sequence[str], names: Sequence[str], path: Path) -> np.ndarray:
    """Where the images of tasks are, by their names, or by names without folders where these are unique."""
    whole = {name: at for at, name in enumerate(names)}
    short = {Path(name).name: at for at, name in enumerate(names)}
    known = {**(short if len(short) == len(names) else {}), **whole}
    found = np.array([known.get(task, -1) for task in tasks], "int64")
    if not len(found) or found.max() < 0:
        example = f"such as {tasks[0]!r}, " if tasks else ""
        raise ValueError(
            f"{path}: none of {len(tasks):,} tasks, {example}is an image, such as {names[0]!r}; "
            "name them alike"
        )
    if lost := int((found < 0).sum()):
        first = tasks[int((found < 0).argmax())]
        record(Choice(reason=f"votes: {lost:,} tasks are no images, the first is {first!r}; passed over"))
    return found
