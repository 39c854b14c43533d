"""The project's own tests that need a device, and the stand-in's assertions on the real libraries."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.device_check.checks import Facts, Items, Setting

ROOT = Path(__file__).parents[2]
STAND_IN = ROOT / "tests" / "support" / "device"
LINES = 60
"""Of what a suite prints, from its end."""


def selfcheck(setting: Setting) -> Items:
    """On real RAPIDS; on the stand-in itself in a dry run."""
    path = os.pathsep.join([*[str(STAND_IN)] * setting.dry, str(ROOT), os.environ.get("PYTHONPATH", "")])
    added = {"PYTHONPATH": path} | ({"STAND_IN_ROOT": str(ROOT)} if setting.dry else {})
    command = [sys.executable, str(STAND_IN / "selfcheck.py")]
    return {"selfcheck.py": lambda: _ended_well(command, added)}


def tests(setting: Setting) -> Items:
    """Tests marked ``gpu``; warnings are no errors, as other versions are there."""
    words = ["-q", "-m", "gpu", "-o", "filterwarnings=default", "-o", "addopts=--import-mode=importlib"]
    words += ["-p", "no:cacheprovider"]
    if importlib.util.find_spec("xdist") and not setting.dry:
        words += ["-n", "4"]
    places = ["tests/etl/engine"] if setting.dry else ["tests/etl", "tests/models"]
    command = [sys.executable, "-m", "pytest", *words, f"--junitxml={setting.out / 'tests.xml'}", *places]
    return {"pytest -m gpu": lambda: _ended_well(command, {})}


def _ended_well(command: list[str], added: dict[str, str]) -> Facts:
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | added, capture_output=True, text=True, check=False
    )
    last = "\n".join((done.stdout + done.stderr).splitlines()[-LINES:])
    assert done.returncode == 0, f"exit code {done.returncode}\n{last}"
    return {"last": last.splitlines()[-1:]}
