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


def posterior(
    config: Config, run: Run, names: Sequence[str], rows: np.ndarray, classes: Sequence[str]
) -> np.ndarray:
    """What Dawid and Skene's model says of each image.

    Parameters
    ----------
    config : Config
        With votes.
    run : Run
    names : sequence of str
        Of all images.
    rows : int64 array, shape (n,)
        Places of those that are learnt from; the others are the test set.
    classes : sequence of str

    Returns
    -------
    float32 array, shape (n, classes)
        Rows of images without votes are 0.

    Raises
    ------
    ValueError
        No vote is on an image that is learnt from, or a label is of no class.
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
    places = _places([str(task) for task in table.index], names, rows, config.votes)
    found = np.zeros((len(rows), len(classes)), "float32")
    columns = np.array([classes.index(label) for label in labels])
    is_known = places >= 0
    found[np.ix_(places[is_known], columns)] = table.to_numpy()[is_known]
    run.say(f"votes: {int(is_known.sum()):,} images have a probability of each class, by Dawid and Skene")
    return found


def _places(tasks: Sequence[str], names: Sequence[str], rows: np.ndarray, path: Path) -> np.ndarray:
    """Where the images of tasks are in these rows, by names, or by names without folders where unique."""
    whole = {name: at for at, name in enumerate(names)}
    short = {Path(names[at]).name: at for at in rows.tolist()}
    judged = {Path(name).name: at for name, at in whole.items()}
    known = {**judged, **short, **whole} if len(short) == len(rows) else whole
    found = np.array([known.get(task, -1) for task in tasks], "int64")
    if not len(found) or found.max() < 0:
        example = f"such as {tasks[0]!r}, " if tasks else ""
        raise ValueError(
            f"{path}: none of {len(tasks):,} tasks, {example}is an image, such as {names[0]!r}; "
            "name them alike"
        )
    learnt = np.full(len(names) + 1, -1, "int64")  # the last is the place of tasks that are no images
    learnt[rows] = np.arange(len(rows))
    if (places := learnt[found]).max() < 0:
        raise ValueError(f"{path}: no vote is on an image outside the test set; give votes on others")
    _tell(tasks, found < 0, "no images")
    _tell(tasks, (found >= 0) & (places < 0), "images of the test set, never learnt from")
    return places


def _tell(tasks: Sequence[str], lost: np.ndarray, why: str) -> None:
    if count := int(lost.sum()):
        first = tasks[int(lost.argmax())]
        record(Choice(reason=f"votes: {count:,} tasks are {why}, the first is {first!r}; passed over"))
