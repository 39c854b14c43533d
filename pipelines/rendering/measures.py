"""How often each method errs on the images that judge, and whether it differs from labels alone."""

from typing import Any

import numpy as np

from models.crowd.rectified import wilson
from pipelines.rendering.config import Config
from pipelines.rendering.data import Data
from pipelines.rendering.train import BASE, Learnt, right

Z = 1.96
"""Of intervals of 95 %."""


def error(found: np.ndarray) -> dict[str, Any]:
    """Share that is wrong, and its interval of 95 % by Wilson's rule."""
    wrong = int((~found).sum())
    return {"error": wrong / len(found), "interval": list(wilson(wrong, len(found)))}


def paired(own: np.ndarray, other: np.ndarray) -> dict[str, Any]:
    """Difference of two shares of errors on the same images, with an interval of 95 %.

    Source: Agresti and Min, "Simple improved confidence intervals for comparing matched proportions",
    Statistics in Medicine 24, 2005: half a count is added to each of the four cells.

    Parameters
    ----------
    own, other : bool array, shape (n,)
        Whether each image is right.
    """
    worse, better = int((other & ~own).sum()), int((own & ~other).sum())
    b, c, n = worse + 0.5, better + 0.5, len(own) + 2
    middle, half = (b - c) / n, Z * np.sqrt(b + c - (b - c) ** 2 / n) / n
    return {
        "difference": (worse - better) / len(own),
        "interval": [float(middle - half), float(middle + half)],
        "mended": better,
        "spoilt": worse,
    }


def measures(
    config: Config,
    data: Data,
    steps: int,
    chosen: str,
    learnt: dict[str, Learnt],
    fewer: dict[int, dict[str, Learnt]],
) -> dict[str, Any]:
    """Numbers of all methods, of all numbers of labels."""
    hits = {name: right(each, data.test, data.truth) for name, each in learnt.items()}
    each = {name: error(found) for name, found in hits.items()}
    curve = {
        str(count): {name: error(right(one, data.test, data.truth)) for name, one in every.items()}
        for count, every in sorted(fewer.items())
    }
    return {
        **data.counts,
        "images": list(data.images.shape[1:]),
        "class_names": data.classes,
        "soft_labels": config.votes is not None,
        "steps": steps,
        "network": config.network,
        "parameters": sum(held.numel() for held in learnt[chosen].classifier.network_.parameters()),
        "chosen": chosen,
        "error": {name: found["error"] for name, found in each.items()},
        "interval": {name: found["interval"] for name, found in each.items()},
        "to_supervised": {
            name: paired(found, hits[BASE]) for name, found in hits.items() if BASE in hits and name != BASE
        },
        "most_frequent": 1 - float(np.bincount(data.truth).max()) / len(data.truth),
        "fewer": curve,
        "paths": {name: [list(pair) for pair in sorted(one.paths.items())] for name, one in learnt.items()},
        "history": {name: one.classifier.history_ for name, one in learnt.items()},
    }


def warning(metrics: dict[str, Any]) -> str:
    """Why not to trust the classifier."""
    chosen, errors = metrics["chosen"], metrics["error"]
    if errors[chosen] >= metrics["most_frequent"]:
        return (
            f"{chosen} errs on {errors[chosen]:.1%}, no less than always naming the most frequent class; "
            "give more labels (--labels) or train longer (--steps)"
        )
    beside = metrics["to_supervised"].get(chosen)
    if beside and beside["interval"][0] > 0:
        return (
            f"{chosen} errs on {errors[chosen]:.1%} and labels alone on {errors[BASE]:.1%}: unlabelled "
            "images do harm here; take --methods supervised"
        )
    return ""
