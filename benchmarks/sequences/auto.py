"""What ``pipelines.forecast --methods auto`` takes, by its chooser on the same validation windows."""

import torch

from benchmarks.sequences.kept import Made
from benchmarks.sequences.sets import Sequences
from benchmarks.sequences.simple import STORY
from models.statespace.baselines import BASELINES
from models.statespace.choose import AVERAGE, averaged, choose

QUICK = ("ets", "arima", *STORY)
"""What it tries beside the baselines; networks are tried only if they are named."""
SAME = {name: name.removeprefix("story ") for name in STORY}
"""What stands for it where series are too short for the story."""


def auto(made: dict[str, list[Made]], data: Sequences) -> Made:
    """Forecasts of the method, or of the average, that validation windows choose.

    Parameters
    ----------
    made : dict of str to list of Made
        By method, a row a seed.
    data : Sequences
    """
    quick = QUICK if data.goes_on else [SAME.get(name, name) for name in QUICK]
    names = [name for name in (*BASELINES, *quick) if name in made]
    early = {name: torch.from_numpy(made[name][0].valid).double()[:, None] for name in names}
    late = {name: torch.from_numpy(made[name][0].test).double() for name in names}
    chosen = choose(torch.from_numpy(data.valid.truth(data.horizon)), early)
    test, valid = late.get(chosen.name), early.get(chosen.name)
    if chosen.name == AVERAGE:
        test, valid = averaged(late, chosen.weights), averaged(early, chosen.weights)
    assert test is not None
    assert valid is not None
    told = {"cpu_s": 0.0, "chosen": {"method": chosen.name, "weights": chosen.weights, "why": chosen.reason}}
    return Made(valid[:, 0].numpy(), test.numpy(), told)
