"""What is kept in the repository: no machine's paths, no large files, no secrets of how it was made."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIMIT = 500_000
PATHS = re.compile(r"(?<![\w.])/(?:root|work|home/(?!rapids\b)\w+|Users/\w+|opt/(?:pypi|wheels))\b")
HOSTS = re.compile(
    r"--(?:extra-)?index-url|(?:pypi\.org|pythonhosted\.org|download\.pytorch\.org|pypi\.nvidia\.com)"
)


def kept() -> list[Path]:
    """Files that git tracks, or would track if they were added now."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def texts() -> dict[str, str]:
    """Text of the files kept, this one left out: it spells what it forbids."""
    found = {}
    for path in kept():
        if path != Path(__file__).resolve():
            data = path.read_bytes()
            if b"\0" not in data:
                found[str(path.relative_to(ROOT))] = data.decode("utf-8")
    return found


def lines(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {match[0]}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if (match := pattern.search(line))
    ]


def test_no_file_is_large() -> None:
    assert [str(path) for path in kept() if path.stat().st_size > LIMIT] == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert lines(PATHS) == []


def test_no_file_names_a_package_registry() -> None:
    assert lines(HOSTS) == []


@pytest.mark.parametrize("text", ["cd /root/x", "see /work/main", "/home/ann/data", "(/Users/ann)"])
def test_paths_of_machines_are_recognised(text: str) -> None:
    assert PATHS.search(text)


@pytest.mark.parametrize("text", ["WORKDIR /home/rapids/trinity", "a/work/b", "/workers", "/tmp/image.txt"])
def test_other_paths_are_left_alone(text: str) -> None:
    assert not PATHS.search(text)


def test_data_runs_and_environment_are_ignored() -> None:
    names = [
        "data/mortgage/2017Q1.csv",
        "runs/mortgage/x/model/trees.ubj",
        ".venv/bin/python",
        "etl/__pycache__/a.pyc",
    ]
    command = ["git", "check-ignore", "--no-index", *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode > 1:
        pytest.skip("not a git checkout")

    assert done.stdout.splitlines() == names


def test_license_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text()

    assert re.search(r"Apache License\s+Version 2\.0, January 2004", text)
    assert "END OF TERMS AND CONDITIONS" in text
