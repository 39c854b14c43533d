"""``trinity`` lists the stories and runs them as ``python -m`` does."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import pipelines

ROOT = Path(__file__).parents[2]
ENTRY = "import sys; from pipelines import command; sys.argv[0] = 'trinity'; command()"
BLOCKED = "import sys; sys.modules['torch'] = None; from pipelines import command; command()"


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False)


def test_alone_it_tells_what_there_is() -> None:
    done = run("-c", ENTRY)
    assert done.returncode == 0
    for folder in (ROOT / "pipelines").glob("*/__main__.py"):
        (line,) = [line for line in done.stdout.splitlines() if f"trinity {folder.parent.name} " in line]
        assert importlib.import_module(f"pipelines.{folder.parent.name}").__doc__ in line


def test_an_unknown_story_is_refused_with_those_there_are() -> None:
    done = run("-c", ENTRY, "crowds")
    assert done.returncode == 1
    assert "there is no story 'crowds'; take one of clusters, compress, crowd, doctor, factors" in done.stderr


def test_it_equals_python_m_but_for_its_name() -> None:
    """Usage lines are as typed; all else is the same text."""
    (one, typed), (other, short) = (
        (run("-m", "pipelines.graph", "--help"), "usage: python -m pipelines.graph "),
        (run("-c", ENTRY, "graph", "--help"), "usage: trinity graph "),
    )
    assert one.stdout.startswith(typed)
    assert other.stdout.startswith(short)
    assert one.stdout.split("\n", 1)[1] == other.stdout.split("\n", 1)[1]
    refused = [run(*words, "--drawn", "1") for words in (("-m", "pipelines.graph"), ("-c", ENTRY, "graph"))]
    assert {done.returncode for done in refused} == {2}
    assert all("--drawn is 1; it must be at least 2" in done.stderr for done in refused)


def test_a_runs_command_is_the_one_that_was_typed(tmp_path: Path) -> None:
    done = run("-c", ENTRY, "graph", "--drawn", "9", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    folder = Path(done.stdout.splitlines()[-1])
    assert f"`trinity graph --drawn 9 --out {tmp_path}`" in (folder / "report.md").read_text()


def test_the_exit_code_of_a_check_is_passed_on() -> None:
    done = run("-c", ENTRY, "doctor", "--data", "/nowhere")
    assert done.returncode == 1
    assert "It will not run" in done.stdout


@pytest.mark.parametrize("story", ["forecast", "ner", "signsgd"])
def test_without_pytorch_one_line_says_what_to_install(story: str) -> None:
    done = run("-c", BLOCKED, story)
    assert done.returncode == 1
    assert done.stderr == (
        f"error: {story} needs PyTorch, which is not installed; pip install -e '.[torch]' brings it\n"
    )


@pytest.mark.parametrize(("words", "first"), [("-m pipelines.doctor --json", "{"), (f'-c "{ENTRY}"', "u")])
def test_a_reader_who_has_seen_enough_is_no_error(words: str, first: str) -> None:
    line = f"{sys.executable} {words} | head -c 1"
    done = subprocess.run(line, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (first, "")


def test_a_package_exports_its_settings_and_main_alone() -> None:
    graph = importlib.import_module("pipelines.graph")
    assert graph.Config.__module__ == "pipelines.graph.config"
    assert callable(graph.main)
    with pytest.raises(AttributeError, match="has no attribute 'report'"):
        pipelines.exported("pipelines.graph")("report")
