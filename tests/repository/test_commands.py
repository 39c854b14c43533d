"""The commands that the README and the Makefile promise, and the Dockerfile's style."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from benchmarks.device_check.checks import named

ROOT = Path(__file__).parents[2]


def make(*words: str) -> str:
    """Output of make, untouched by variables of a make that runs these tests."""
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        ["make", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def dry(*words: str) -> str:
    """What make would do for a target in a fresh clone, without doing it."""
    return make("--dry-run", "--always-make", *words)


@pytest.fixture(scope="module")
def readme_commands() -> list[str]:
    blocks = re.findall(r"^```(?:sh|bash)\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]


def test_readme_names_the_commands(readme_commands: list[str]) -> None:
    assert "make test" in readme_commands
    assert any(line.startswith("make mortgage") for line in readme_commands)


def test_make_commands_of_the_readme_exist(readme_commands: list[str]) -> None:
    for line in readme_commands:
        if line.startswith("make "):
            assert dry(*re.findall(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""", line)[1:])


def test_ci_runs_the_test_command_of_the_readme(readme_commands: list[str]) -> None:
    script = (ROOT / ".ci/run").read_text()
    commands = [line for line in script.splitlines() if line and not line.startswith(("#", "set ", "cd "))]

    assert script.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in script.splitlines()
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert commands == ["make test"]
    assert set(commands) <= set(readme_commands)


def test_make_mortgage_makes_data_and_runs_the_pipeline() -> None:
    lines = dry("mortgage", "ROWS=5").splitlines()

    assert lines[-2:] == [
        ".venv/bin/python -m etl.mortgage.generate --rows 5 --out data/mortgage",
        ".venv/bin/python -m pipelines.mortgage --data data/mortgage ",
    ]
    assert not any("torch" in line for line in lines)


def test_make_test_checks_style_types_and_behaviour() -> None:
    lines = [line.strip() for line in dry("test").splitlines()]

    assert lines[-5:] == [
        ".venv/bin/ruff check",
        ".venv/bin/ruff format --check",
        ".venv/bin/mypy",
        ".venv/bin/python tests/support/device/run.py -m pytest -m gpu -n auto --dist loadfile",
        ".venv/bin/python -m pytest -n auto --dist loadfile --durations=40",
    ]
    assert any("-c constraints.txt -e '.[cpu,torch,dev,bench]'" in line for line in lines)


def test_make_shows_the_calls_of_a_device_check() -> None:
    alone, packed = make("device-check"), make("device-check", "CARRY=echo packing by")

    assert "python3 -m benchmarks.device_check --out $OUT --deadline 420\n" in alone
    assert packed.startswith("packing by pack --level cuml\n")
    for names in re.findall(r"--(?:only|leave) (.*)", packed):
        assert {named(name) for name in shlex.split(names)}
    assert "benchmarks.device_check.record" in alone
    assert "benchmarks.device_check.record" in packed


def test_make_refuses_an_old_python() -> None:
    check = dry(".venv/.run", "PYTHON=false").partition("false -m venv")[0]  # false fails, as an old one does

    done = subprocess.run(["sh", "-c", check], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stdout


def test_make_help_lists_every_target() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.M)[1].split()

    assert set(re.findall(r"^  make ([\w-]+) ", make("help"), re.M)) == set(phony)


def test_dockerfile_satisfies_hadolint() -> None:
    binary = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if binary is None:
        pytest.skip("hadolint is not installed")

    done = subprocess.run(
        [binary, "docker/Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_dockerfile_keeps_the_versions_of_the_image() -> None:
    text = (ROOT / "docker/Dockerfile").read_text()

    assert re.findall(r"^USER (\S+)$", text, re.M) == ["1001"]
    assert re.findall(r"^EXPOSE (.*)$", text, re.M) == ["8888"]
    assert "pip list --format=freeze > /tmp/image.txt" in text
    assert re.search(r"pip install .*-c /tmp/image\.txt -e", text)


def test_pre_commit_runs_make_lint() -> None:
    (repo,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]

    assert [hook["entry"] for hook in repo["hooks"]] == ["make lint"]
