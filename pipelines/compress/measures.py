"""What compressing saved and cost, as numbers."""

from typing import Any

from etl.engine.types import Tensor
from models.tensors.compress import Compressed, Row
from pipelines.compress.config import Config
from pipelines.compress.data import Trained

LOSS = 0.01
"""Accuracy that may be lost without a warning."""


def measures(config: Config, trained: Trained, found: dict[float, Compressed]) -> dict[str, Any]:
    """Numbers of the budget that was asked for, and in short of those beside it."""
    own = found[config.budget]
    return {
        "network": trained.name,
        "examples": len(trained.examples.y),
        "held_out": len(trained.examples.held_y),
        "classes": len(trained.classes),
        "most_frequent": _most_frequent(trained.examples.held_y),
        "slower": config.slower,
        **numbers(config.budget, own),
        "layers": [_layer(row) for row in own.rows],
        "others": [numbers(budget, each) for budget, each in found.items() if budget != config.budget],
    }


def numbers(budget: float, found: Compressed) -> dict[str, Any]:
    """Of one budget: parameters, accuracy, and milliseconds of a batch."""
    before, cut, tuned = found.accuracy
    dense, factored = (round(1e3 * each, 4) for each in found.seconds)
    return {
        "budget": budget,
        "met": found.met,
        "parameters": {"before": found.parameters[0], "after": found.parameters[1]},
        "accuracy": {"before": before, "cut": cut, "tuned": tuned},
        "latency_ms": {"before": dense, "after": factored},
    }


def _most_frequent(y: Tensor) -> float:
    """Share of the class that most examples have."""
    return float(y.bincount().max()) / len(y)


def _layer(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.kind,
        "ranks": list(row.rank),
        "parameters": {"before": row.parameters[0], "after": row.parameters[1]},
        "lost": row.lost,
        "latency_ms": None if row.seconds is None else [round(1e3 * each, 4) for each in row.seconds],
        "reason": row.reason,
    }


def warning(metrics: dict[str, Any]) -> str:
    """Why not to take the compressed network."""
    before, chance = metrics["accuracy"]["before"], metrics["most_frequent"]
    if before <= chance < 1:
        return (
            f"the network itself is right on {before:.1%} of held-out examples, of which {chance:.1%} "
            "are of one class: it may have read inputs otherwise scaled (--mean, --std), or classes in "
            "another order"
        )
    lost = metrics["accuracy"]["before"] - metrics["accuracy"]["tuned"]
    if lost > LOSS:
        return f"the network in factors loses {100 * lost:.1f} points of accuracy; tune it longer (--epochs)"
    if not any(layer["ranks"] for layer in metrics["layers"]):
        return "no layer is in factors, as none would be as fast; --slower 2 lets them take twice as long"
    return ""
