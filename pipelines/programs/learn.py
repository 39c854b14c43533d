"""Methods of the programs pipeline: how long they learn, and which is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from etl.engine import Engine
from models.programs.equation_verifier import EquationVerifier
from pipelines.programs.config import METHODS, NAMES, Config
from pipelines.programs.data import Data, on_engine
from pipelines.run import Run

OPTIONS: dict[str, dict[str, Any]] = {
    "values": {"network": "tree_lstm", "values": True},
    "tree_lstm": {"network": "tree_lstm"},
    "tree_nn": {"network": "tree_nn"},
    "lstm": {"network": "lstm"},
}
"""Of the estimator, by method."""
EVALUATORS = ("tree_lstm", "tree_nn", "lstm")
"""Methods that learn functions from their values; the other is given them at points."""
SEEN = {"demonstration": 110_000, "cpu": 1_000_000, "gpu": 10_000_000}
"""Equations that a method sees, each as often as there are epochs."""
FEWEST, MOST = 5, 60
"""Epochs that are chosen."""


def epochs_of(config: Config, data: Data, run: Run) -> int:
    """Epochs that are asked for, or by the machine and the number of equations."""
    if config.epochs:
        return config.epochs
    kind = "demonstration" if config.data is None else run.engine.name
    found = min(max(FEWEST, round(SEEN[kind] / len(data.train))), MOST)
    why = "the demonstration is short" if config.data is None else f"the engine is a {kind.upper()}"
    run.say(f"epochs: {found}, as {why}; --epochs takes others")
    return found


def learn(
    config: Config, epochs: int, data: Data, method: str, engine: Engine, checkpoint: Path
) -> EquationVerifier:
    """Learn; a training that was cut off goes on.

    Parameters
    ----------
    config : Config
    epochs : int
    data : Data
    method : str
    engine : Engine
        Where it learns.
    checkpoint : Path

    Raises
    ------
    ValueError
        The loss is not finite.
    """
    verifier = EquationVerifier(
        **OPTIONS[method],
        hidden=config.hidden,
        epochs=epochs,
        batch_size=config.batch,
        learning_rate=config.lr,
        random_state=config.seed,
    )
    values = on_engine(data.values, engine) if len(data.values) else None
    with one_thread():
        verifier.fit(on_engine(data.train, engine), evaluations=values, checkpoint=checkpoint)
    held = verifier.calibration_
    told = f", right on {held['accuracy']:.1%} of those held out to choose by" if "accuracy" in held else ""
    print(f"  {NAMES[method]}: {verifier.n_iter_:,} steps{told}", flush=True)
    return verifier


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread of PyTorch on the CPU: products here are so small that more only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def chosen(learnt: dict[str, EquationVerifier], run: Run) -> str:
    """The method that is kept: by equations that none learnt from and that do not judge."""
    if len(learnt) == 1:
        return next(iter(learnt))
    share = {
        name: each.calibration_["accuracy"]
        for name, each in learnt.items()
        if "accuracy" in each.calibration_
    }
    if len(share) < len(learnt):
        found = next(name for name in METHODS if name in learnt)
        run.say(f"method: {NAMES[found]}, as equations are too few to hold some out to choose by")
        return found
    found = min(share, key=lambda name: (-share[name], METHODS.index(name)))
    told = ", ".join(f"{NAMES[name]} {value:.1%}" for name, value in share.items())
    run.say(f"method: {NAMES[found]}, right on the most equations that were held out to choose by ({told})")
    return found
