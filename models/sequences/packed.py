"""Standings of all methods as plain facts and arrays of the host, and back, to the last bit."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from etl.engine import Engine
from etl.engine.types import Tensor
from etl.handoff import from_host, to_host, to_torch
from models.sequences.base import OverWindows
from models.sequences.learners import KINDS
from models.sequences.standing import Averaged, Learned, Standing
from models.statespace import packed
from models.statespace.packed import Arrays, plan_of

PLAIN = (bool, int, float, str, tuple, type(None))


def pack(standing: Standing) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Facts for JSON, and arrays by name.

    Parameters
    ----------
    standing : Standing
    """
    if isinstance(standing, Averaged):
        return _pack_average(standing)
    if not isinstance(standing, Learned):
        return packed.pack(standing)
    model = standing.model
    tensors = {"y": standing.y, "seen": standing.seen} | model.state_dict()
    tensors |= {} if standing.usual is None else {"usual": standing.usual}
    facts = {
        "plan": asdict(standing.plan),
        "learned": standing.name,
        "options": {name: value for name, value in model.get_params().items() if isinstance(value, PLAIN)},
        "together": model.together_,
    }
    return facts, {name: to_host(tensor) for name, tensor in tensors.items()}


def unpack(facts: Mapping[str, Any], arrays: Arrays, engine: Engine) -> Standing:
    """What was packed, on a device; standings of earlier versions too.

    Parameters
    ----------
    facts : mapping
    arrays : mapping of str to array
    engine : Engine

    Raises
    ------
    KeyError, TypeError
        Something is missing.
    """
    if "average" in facts:
        return _unpack_average(facts, arrays, engine)
    if "learned" not in facts:
        return packed.unpack(facts, arrays, engine)
    tensors = {name: to_torch(from_host(array, engine)) for name, array in arrays.items()}
    plan, told = plan_of(facts["plan"]), (tensors["y"], tensors["seen"], tensors.get("usual"))
    return Learned(facts["learned"], plan, _model(facts, tensors), *told)


def _model(facts: Mapping[str, Any], tensors: dict[str, Tensor]) -> OverWindows:
    """A fitted forecaster from its options and arrays."""
    options = {n: tuple(v) if isinstance(v, list) else v for n, v in facts["options"].items()}
    model = KINDS[facts["learned"]](**options)
    model.together_ = tuple(facts["together"])
    model.load_state_dict(tensors)
    return model


def _pack_average(standing: Averaged) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    each = {name: pack(part) for name, part in standing.parts.items()}
    arrays = {f"{name}/{key}": value for name, (_, own) in each.items() for key, value in own.items()}
    facts = {"plan": asdict(standing.plan), "average": dict(standing.weights)}
    return facts | {"parts": {name: about for name, (about, _) in each.items()}}, arrays


def _unpack_average(facts: Mapping[str, Any], arrays: Arrays, engine: Engine) -> Averaged:
    parts = {}
    for name, about in facts["parts"].items():
        own = {n.removeprefix(f"{name}/"): v for n, v in arrays.items() if n.startswith(f"{name}/")}
        parts[name] = unpack(about, own, engine)
    return Averaged(plan_of(facts["plan"]), facts["average"], parts)
