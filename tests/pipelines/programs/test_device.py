"""On a GPU stories of equations come to what they come to on the CPU, and tell what crosses."""

from pathlib import Path

import pandas as pd
import pytest

from pipelines.programs.config import Config
from pipelines.programs.pipeline import main
from pipelines.programs.verify import Verify, verify
from tests.support.device_runs import both

pytestmark = [pytest.mark.gpu, pytest.mark.usefixtures("no_pictures")]
EQUATIONS = (
    *("sin(x)**2 + cos(x)**2 = 1", "sqrt(x**2) = x", "sin(1.2) = 0.93", "tanh(30) = 1", "x/0 = x/0"),
    *(
        "exp(ln(x)) = x",
        "acosh(cosh(x)) = x",
        "x**y*x**2 = x**(y + 2)",
        "pi*x + y = y + x*pi",
        "asec(x) = 0.7",
    ),
)


def test_verdicts_are_those_of_the_cpu(tmp_path: Path) -> None:
    def run(device: str) -> Path:
        told = {"certificates": tmp_path / f"{device}.csv", "out": tmp_path / device, "device": device}
        return verify(Verify(equation=EQUATIONS, **told)).folder

    both(run)
    cpu, gpu = (pd.read_csv(tmp_path / f"{device}.csv") for device in ("cpu", "gpu"))
    told = ["equation", "verdict", "domain", "branch"]
    assert cpu[told].equals(gpu[told])


def test_what_is_learnt_is_that_of_the_cpu(tmp_path: Path) -> None:
    small = {"equations": 200, "epochs": 1, "methods": ("values", "tree_nn"), "hidden": 4}
    both(
        lambda device: main(Config(**small, out=tmp_path / device, device=device)).folder,
        within=1e-3,
        drawn=("accuracy", "accuracy_deeper", "accuracy_by_depth", "history", "chosen", "calibration_error"),
    )
