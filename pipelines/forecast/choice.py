"""Which methods are tried, and which one makes the forecasts: by windows before those that are judged."""

from dataclasses import dataclass
from typing import Any

import torch

from etl.engine.types import Tensor
from models.sequences.learners import METHODS, SHALLOW
from models.statespace.backtest import targets
from models.statespace.baselines import BASELINES
from models.statespace.choose import AVERAGE, Chosen, beside_best, choose
from models.statespace.standing import MODELS
from pipelines.forecast.config import Config
from pipelines.run import Run


@dataclass(frozen=True)
class Picked:
    """The method that is taken, the others after it, and on which windows that was decided.

    Attributes
    ----------
    names : list of str
        The best first; those that left gaps are last.
    windows : str
    chosen : Chosen
    """

    names: list[str]
    windows: str
    chosen: Chosen

    def metrics(self) -> dict[str, Any]:
        """What the run keeps of it."""
        rows = [{name: value for name, value in row.items() if name != "beats"} for row in self.chosen.tried]
        return {
            "method": self.names[0],
            "windows": self.windows,
            "reason": self.chosen.reason,
            "weights": self.chosen.weights,
            "tried": rows,
        }


def candidates(config: Config, run: Run) -> list[str]:
    """Methods to try, after the baselines."""
    if "auto" not in config.methods:
        return list(dict.fromkeys(config.methods))
    some = [name for name in MODELS if name != "anomalies" or config.season > 1 or config.cycle[0] > 1]
    own = ["ets", "arima", *some[some.index("auto_arima") + 1 :], *SHALLOW]
    named = [name for name in config.methods if name not in ("auto", *own)]
    missing = [name for name in METHODS if name not in (*own, *named)]
    run.say(f"methods: auto tries {', '.join(own)}, which take seconds, and the average of the best")
    if missing:
        run.say(f"methods: networks learn for minutes and are tried if they are named: {', '.join(missing)}")
    return own + named


def pick(config: Config, run: Run, y: Tensor, origins: list[int], found: dict[str, Tensor]) -> Picked:
    """Choose by the earlier windows; where there are none, by the judged ones, and say so."""
    truth, first = targets(y, config.plan(), origins), config.calibrate
    part, windows = slice(0, first), f"{first} origin{'s' * (first != 1)} before those judged"
    if not bool((~torch.isnan(truth[part])).any()):
        part, windows = slice(0, None), "the windows that are judged"
        why = "--calibrate is 0" if not first else "nothing is known of the earlier origins"
        run.say(f"methods: {why}, so that the choice is by {windows}, whose errors are then too small")
    chosen = choose(truth[part], {name: value[part] for name, value in found.items()})
    if "auto" not in config.methods:
        chosen = least(chosen)
    for row in chosen.tried:
        run.say(
            f"methods: {row['method']} has RMSE {row['rmse']:.4g} on {windows}, {beside_best(row['saved'])}"
        )
    run.say(f"methods: {chosen.name} is taken: {chosen.reason}")
    order = [row["method"] for row in chosen.tried if row["method"] != chosen.name]
    return Picked(
        [chosen.name, *order, *(n for n in found if n not in (*order, chosen.name))], windows, chosen
    )


def least(chosen: Chosen) -> Chosen:
    """The method of least error among those that were named, and no average."""
    tried = [row for row in chosen.tried if row["method"] != AVERAGE]
    words = "its RMSE is the least of those named and the baselines"
    if tried[0]["method"] in BASELINES and len(tried) > len(BASELINES):
        words += "; no model beats it"
    return Chosen(tried[0]["method"], words, {}, tried)
