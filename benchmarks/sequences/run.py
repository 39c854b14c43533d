"""Tensor-train LSTMs and other methods at long horizons: ``python -m benchmarks.sequences --data DIRECTORY``.

All are judged on the same windows of five sets; rates of networks are searched for on validation windows,
each network the same way, at equal numbers of parameters. What is finished is kept in ``--kept``, so that a
run that was stopped goes on. ``--peer-python`` runs neuralforecast from an environment of its own.
"""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from benchmarks import harness
from benchmarks.sequences import cells, simple
from benchmarks.sequences.auto import auto
from benchmarks.sequences.judge import Row, change, errors, long_steps, rms, seeds_interval, skill
from benchmarks.sequences.kept import Kept, Made, Unfinished, fingerprint, kept
from benchmarks.sequences.networks import CELLS, CHEAP, Search, searched
from benchmarks.sequences.peer import PEERS, neural
from benchmarks.sequences.sets import SETS, Sequences
from models.statespace.baselines import BASELINES


@dataclass(frozen=True)
class Config:
    """Forecasts at long horizons on five data sets."""

    data: Path = Path("data/series")
    """Directory of traffic_metrla_week, ushcn and weather_wth.csv.gz."""
    cells: bool = False
    """Measure what cells cost in place of how well they forecast."""
    sets: tuple[str, ...] = tuple(SETS)
    """Sets to forecast."""
    methods: tuple[str, ...] = (*simple.METHODS, *CHEAP, *PEERS, *CELLS, "auto")
    """Methods; the three baselines always run."""
    effort: float = 1.0
    """Steps of a training of a network, over those that a set asks for."""
    batch: int = 64
    """Windows of a step."""
    parameters: int = 10_000
    """Parameters of each recurrent network, matched within 2 %."""
    rates: tuple[float, ...] = (0.003, 0.01, 0.03)
    """Learning rates that are searched."""
    seeds: int = 5
    """Trainings of each network at its best rate."""
    peer_python: Path | None = None
    """Interpreter that has neuralforecast; without it there is no such peer."""
    kept: Path = Path("data/benchmark/sequences")
    """Directory of results that are finished; a run goes on from them."""
    ready: bool = False
    """Judge what is kept and make nothing: what is not finished is left out, and told."""
    out: Path | None = None
    """JSON file to write."""


def main(config: Config) -> list[Row]:
    """Measure all; returns what is saved of the best baseline's errors."""
    torch.set_num_threads(1)
    if config.cells:
        return cells.main(out=config.out)
    sets, results, ratios, verdicts = (list[Row]() for _ in range(4))
    for name in config.sets:
        data = SETS[name](config.data)
        found = {method: own for method in ordered(config, data) if (own := runs(method, data, config))}
        if "auto" in config.methods:
            found["auto"] = [auto(found, data)]
            print(data.name, "auto", found["auto"][0].told["chosen"], flush=True)
        found = {method: own for method, own in found.items() if method not in simple.STORY}
        truth = data.test.truth(data.horizon)
        made = {m: [errors(truth, one.test) | one.told for one in own] for m, own in found.items()}
        results += [row(data, method, own) for method, own in made.items()]
        ratios += skills(data, made)
        verdicts += changes(data, made)
        sets.append(facts(data))
        if config.out:
            told = harness.peer_facts(config.peer_python, "neuralforecast", "torch")
            harness.write(config.out, results, ratios, verdicts=verdicts, sets=sets, **told)
    return ratios


def ordered(config: Config, data: Sequences) -> list[str]:
    """Methods to run, baselines first; the peer's only where there is an interpreter for it."""
    known = [each for each in config.methods if each not in PEERS or config.peer_python]
    story = simple.STORY[data.season == 1 :] if data.goes_on and "auto" in known else ()
    return [each for each in dict.fromkeys((*BASELINES, *story, *known)) if each != "auto"]


def runs(method: str, data: Sequences, config: Config) -> list[Made]:
    """Forecasts and costs of a method, one a seed; none where it is not finished and may not be."""
    try:
        own = forecasts(method, data, config)
    except Unfinished as lacking:
        print(data.name, method, f"is left out: {lacking} is not kept", flush=True)
        return []
    truth = data.test.truth(data.horizon)
    told = [f"{np.sqrt(np.mean((each.test - truth) ** 2)):.4g}" for each in own]
    print(data.name, method, *told, own[0].told.get("tried", ""), flush=True)
    return own


def forecasts(method: str, data: Sequences, config: Config) -> list[Made]:
    """What is kept of a method, or made."""
    search = Search(config.rates, config.seeds, config.batch, config.parameters, config.effort)
    place = Kept(config.kept, config.ready)
    if method in (*simple.METHODS, *simple.STORY):
        settings = {"name": method, "data": fingerprint(data), "history": simple.HISTORY}
        return [kept(place, f"{data.name}-{method}-0", settings, lambda: plain(method, data))]
    if method in PEERS:
        assert config.peer_python is not None
        return neural(method, data, search, place, config.peer_python)
    return searched(method, data, search, place)


def plain(method: str, data: Sequences) -> Made:
    """Forecasts of a method without seeds."""
    began = time.process_time()
    valid, test = (simple.forecasts(method, data, windows) for windows in (data.valid, data.test))
    return Made(valid, test, {"cpu_s": time.process_time() - began})


def row(data: Sequences, method: str, own: list[Row]) -> Row:
    """What is told of a method on a set: means over seeds."""
    values = [rms(each["horizon"]) for each in own]
    low, high = seeds_interval(values)
    far = long_steps(data.horizon)
    told: Row = {"set": data.name, "method": method, "seeds": len(own)}
    told |= {"rmse": float(np.mean(values)), "low": low, "high": high, "by_seed": values}
    told["long"] = float(np.mean([rms(each["horizon"], far) for each in own]))
    told["horizon"] = [float(f"{v:.4g}") for v in np.mean([each["horizon"] for each in own], 0)]
    told["cpu_s"] = round(sum(each["cpu_s"] for each in own) + own[0].get("search_s", 0.0), 2)
    return told | {k: own[0][k] for k in ("parameters", "chosen", "tried") if k in own[0]}


def skills(data: Sequences, made: dict[str, list[Row]]) -> list[Row]:
    """Share of the best baseline's error that each method saves; the best one is known by hindsight."""
    square = {m: np.mean([each["window"] for each in own], 0) for m, own in made.items()}
    rival = min(BASELINES, key=lambda each: square[each].mean())
    rows = []
    for method, value in square.items():
        middle, low, high = skill(value, square[rival], data)
        told = {"set": data.name, "method": method, "rival": rival}
        rows.append(told | {"skill": middle, "low": low, "high": high})
    return rows


def changes(data: Sequences, made: dict[str, list[Row]]) -> list[Row]:
    """Recurrences beside the LSTM at long horizons, by seeds."""
    far, rows = long_steps(data.horizon), []
    own = {m: [rms(each["horizon"], far) for each in made[m]] for m in CELLS if m in made}
    for method in own.keys() - {"lstm"} if "lstm" in own else ():
        middle, low, high = change(own[method], own["lstm"])
        told = {"set": data.name, "method": method, "change": middle, "low": low, "high": high}
        sizes = {"parameters": made[method][0]["parameters"]}
        rows.append(told | sizes | {"rival_parameters": made["lstm"][0]["parameters"]})
    return sorted(rows, key=lambda each: list(CELLS).index(each["method"]))


def facts(data: Sequences) -> Row:
    """Sizes of a set."""
    count = len(data.test.origins) * len(data.test.y)
    told = {"set": data.name, "series": len(data.learn), "learnt": data.learn.shape[1], "windows": count}
    shape = {"lookback": data.lookback, "horizon": data.horizon, "season": data.season}
    return told | shape | (data.facts or {})
