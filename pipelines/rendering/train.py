"""Methods of the rendering pipeline: how long they learn, which is chosen, and what is watched meanwhile."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from etl.engine.types import Tensor
from etl.files import whole
from etl.handoff import on_device, on_host
from models.rendering.averages import Averages
from models.rendering.images import as_floats
from models.rendering.paths import log_paths
from models.rendering.render import Rendering
from models.rendering.semi_supervised import SemiSupervised
from pipelines.rendering.config import METHODS, Config
from pipelines.rendering.data import Data
from pipelines.run import Run

BASE = "supervised"
CHECKS = 8
"""Looks at a method as it learns, each of which is a checkpoint."""
PROBED = 32
"""Images whose rendering paths are counted."""
FEWER = (20,)
"""Further numbers of labels of the demonstration."""
ENOUGH = 20
"""Labels of a class from which a fifth of them chooses the method."""
STEPS = {"demonstration": 200, "cpu": 1200, "gpu": 10_000}
LOG10 = float(np.log(10))


@dataclass(frozen=True, eq=False)
class Learnt:
    """A classifier, and the active paths of its network at each check.

    Attributes
    ----------
    classifier : SemiSupervised
    paths : dict of int to float
        Mean decimal logarithm of their number, by step.
    """

    classifier: SemiSupervised
    paths: dict[int, float]


def steps_of(config: Config, run: Run) -> int:
    """Steps that are asked for, or by the machine."""
    if config.steps:
        return config.steps
    kind = "demonstration" if config.data is None else run.engine.name
    why = "the demonstration is short" if config.data is None else f"the engine is a {kind.upper()}"
    run.say(f"steps: {STEPS[kind]:,}, as {why}; --steps takes others")
    return STEPS[kind]


def learn(config: Config, steps: int, data: Data, method: str, rows: np.ndarray, kept: Path) -> Learnt:
    """Learn from the labels of these rows and from all other images; a training that was cut off goes on.

    Parameters
    ----------
    config : Config
    steps : int
    data : Data
    method : str
    rows : int64 array
    kept : Path
        File of the checkpoint; paths are kept beside it.

    Raises
    ------
    ValueError
        The loss is not finite.
    """
    images, targets, others = data.pools(rows)
    paths = {int(step): value for step, value in _read(kept.with_suffix(".json")).items()}
    probe = as_floats((images if others is None else others)[:PROBED])

    def watch(averages: Averages) -> None:
        step = int(averages.history[-1]["step"])
        paths[step] = active_paths(averages.network, probe)
        with whole(kept.with_suffix(".json")) as partial:
            partial.write_text(json.dumps(paths))
        told = ", ".join(
            f"{name} {value:.3g}" for name, value in averages.history[-1].items() if name != "step"
        )
        print(f"  {method}: step {step:,} of {steps:,}, {told}", flush=True)

    classifier = SemiSupervised(
        config.network,
        method,  # type: ignore[arg-type]
        steps=steps,
        batch_size=config.batch,
        learning_rate=config.lr,
        flip=config.flip,
        check=max(1, steps // CHECKS),
        random_state=config.seed,
    )
    classifier.fit(images, targets, others, kept, watch)
    return Learnt(classifier, paths)


def _read(path: Path) -> dict[str, float]:
    found: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
    return found


def active_paths(network: Callable[[Tensor], Tensor], images: Tensor) -> float:
    """Mean decimal logarithm of the number of active rendering paths, of the classes that are seen."""
    with Rendering(network) as rendering:
        found = log_paths(rendering, rendering(images).argmax(1))
    return float(on_host(found.mean())) / LOG10


def chosen(config: Config, run: Run, steps: int, data: Data, folder: Path) -> str:
    """The method that is kept: by labels held out of all, or by the order of `METHODS`.

    Parameters
    ----------
    config : Config
    run : Run
    steps : int
    data : Data
    folder : Path
        Of checkpoints.
    """
    if len(config.methods) == 1:
        return config.methods[0]
    few = len(data.order) / len(data.classes)
    if few < ENOUGH or config.votes is not None:
        found = next(each for each in METHODS if each in config.methods)
        need = f"{ENOUGH} labels a class are needed to choose by some of them, not {few:.3g}"
        why = "labels of a crowd are not sure enough to choose by" if config.votes else need
        run.say(f"method: {found}, by the order of docs/rendering.md, as {why}")
        return found
    cut = len(data.order) // 5
    rest, held = data.order[:-cut], on_device(data.order[-cut:], data.images.device)
    truth = on_host(data.targets[held].argmax(1)).numpy()
    errors = {}
    for method in config.methods:
        learnt = learn(config, steps, data, method, rest, folder / f"choose-{method}.pt")
        errors[method] = 1 - float(right(learnt, data.images[held], truth).mean())
    found = min(errors, key=lambda name: (errors[name], METHODS.index(name)))
    told = ", ".join(f"{name} {error:.2%}" for name, error in errors.items())
    run.say(f"method: {found}, of the least error on {cut:,} labels that it did not learn from ({told})")
    return found


def fewer_labels(
    config: Config, run: Run, steps: int, data: Data, folder: Path
) -> dict[int, dict[str, Learnt]]:
    """All methods by the first labels alone, for each further number of these.

    Parameters
    ----------
    config : Config
    run : Run
    steps : int
    data : Data
    folder : Path
        Of checkpoints.
    """
    found = dict[int, dict[str, Learnt]]()
    is_shown = config.data is None and not config.labels
    for count in sorted(set(config.fewer or (FEWER if is_shown else ()))):
        found[count] = {}
        with run.step(f"{count} labels"):
            for method in config.methods:
                kept = folder / f"{method}-{count}.pt"
                found[count][method] = learn(config, steps, data, method, data.order[:count], kept)
    return found


def right(learnt: Learnt, images: Tensor, truth: np.ndarray) -> np.ndarray:
    """Whether each image's class is the true one, bool (n,)."""
    P: Tensor = learnt.classifier.predict_proba(images)
    found: np.ndarray = on_host(P.argmax(1)).numpy() == truth
    return found
