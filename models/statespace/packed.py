"""Standings as plain facts and arrays of the host, and back, to the last bit."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from etl.engine import Engine
from etl.engine.types import Tensor
from etl.handoff import from_host, to_host, to_torch
from models.statespace import arima_state, ets_state
from models.statespace.baselines import Plan
from models.statespace.forecaster import Piece
from models.statespace.sarima import Order
from models.statespace.smoothing import Form
from models.statespace.standing import Modelled, Repeating, Standing

ETS = ("weights", "state", "variance")
ARIMA = ("phi", "theta", "a", "P", "variance", "constant")
Arrays = Mapping[str, np.ndarray]


def pack(standing: Standing) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Facts for JSON, and arrays by name.

    Parameters
    ----------
    standing : Standing
    """
    facts: dict[str, Any] = {"plan": asdict(standing.plan)}
    if isinstance(standing, Repeating):
        return facts | {"name": standing.name}, {"y": to_host(standing.y)}
    tensors = {"seen": standing.seen} | ({} if standing.usual is None else {"usual": standing.usual})
    facts["pieces"] = []
    for number, (rows, piece) in enumerate(standing.pieces):
        if isinstance(piece, ets_state.Last):
            facts["pieces"].append({"form": asdict(piece.form), "seed": piece.seed})
        else:
            assert isinstance(piece, arima_state.Last)
            facts["pieces"].append({"order": asdict(piece.order)})
        names = ETS if isinstance(piece, ets_state.Last) else ARIMA
        tensors |= {f"{number}.{name}": getattr(piece, name) for name in names} | {f"{number}.rows": rows}
    return facts, {name: to_host(tensor) for name, tensor in tensors.items()}


def unpack(facts: Mapping[str, Any], arrays: Arrays, engine: Engine) -> Standing:
    """What was packed, on a device.

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
    plan = plan_of(facts["plan"])
    tensors = {name: to_torch(from_host(array, engine)) for name, array in arrays.items()}
    if "name" in facts:
        return Repeating(facts["name"], plan, tensors["y"])
    pieces = []
    for number, about in enumerate(facts["pieces"]):
        names, made = (ETS, _ets) if "form" in about else (ARIMA, _arima)
        own = {name: tensors[f"{number}.{name}"] for name in names}
        pieces.append((tensors[f"{number}.rows"], made(about, own)))
    return Modelled(plan, pieces, tensors["seen"], tensors.get("usual"))


def plan_of(facts: Mapping[str, Any]) -> Plan:
    """A plan from JSON.

    Parameters
    ----------
    facts : mapping
        Its fields.
    """
    return Plan(**(dict(facts) | {name: tuple(facts[name]) for name in ("models", "levels")}))


def _ets(about: Mapping[str, Any], own: dict[str, Tensor]) -> Piece:
    return ets_state.Last(form=Form(**about["form"]), seed=about["seed"], errors=_none(own), **own)


def _arima(about: Mapping[str, Any], own: dict[str, Tensor]) -> Piece:
    order = Order(**about["order"])
    system = order.system(own["phi"], own["theta"], own["constant"]).batched(len(own["a"]))
    return arima_state.Last(order=order, system=system, errors=_none(own), **own)


def _none(own: dict[str, Tensor]) -> Tensor:
    return own["variance"].new_empty(len(own["variance"]), 0)
