"""The Python in the pages runs, and their links, commands, options and names lead somewhere."""

import ast
import contextlib
import importlib
import importlib.util
import inspect
import io
import re
import runpy
import subprocess
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from unittest import mock

import pytest

from etl.engine import Engine
from pipelines import stories

ROOT = Path(__file__).parents[2]
ROOMS = ("etl", "models", "pipelines", "benchmarks")
STORIES = sorted(stories())
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(page for room in ROOMS for page in (ROOT / room).rglob("*.md")),
]
INSTANCES = {"engine": Engine}
"""Names that stand for an object in the pages, and its class."""

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.M | re.S)


def spans(page: Path) -> list[str]:
    """Inline code, on one line or broken over two."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)
    return [" ".join(span.split()) for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", prose)]


def commands(page: Path) -> Iterator[list[str]]:
    """Words of each command in the shell blocks and in inline code; comments and quotes are left out."""
    text = "\n".join(blocks(page, "sh")).replace("\\\n", " ")
    starts = ("python -m ", "make ", "trinity ", "torchrun ", "docker run ")
    for line in [*text.splitlines(), *spans(page)]:
        for part in re.split(r"\s&&\s", re.sub(r"\s+#\s.*", "", line.strip())):
            if part.startswith(starts):
                yield part.split()


def programs(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Module and arguments of each program of ours that a command starts."""
    if words[0] == "trinity" or (words[:2] == ["docker", "run"] and words[-1] != "trinity"):
        start = words.index("trinity") + 1 + (words[0] == "docker")
        yield f"pipelines.{words[start]}", words[start + 1 :]
    elif "-m" in words:
        start = words.index("-m") + 1
        yield words[start], words[start + 1 :]


@cache
def helped(module: str, word: str) -> str:
    """What ``python -m MODULE [WORD] --help`` prints."""
    said = io.StringIO()
    argv = [module, *([word] if word else []), "--help"]
    with (
        mock.patch.object(sys, "argv", argv),
        warnings.catch_warnings(action="ignore"),  # runpy's, of a module that is already imported
        contextlib.redirect_stdout(said),
        contextlib.suppress(SystemExit),
    ):
        runpy.run_module(module, run_name="__main__")
    return said.getvalue()


def resolve(name: str) -> object:
    """The module or object of a dotted name."""
    parts = name.split(".")
    found: object = importlib.import_module(parts[0])
    for at, part in enumerate(parts[1:], 2):
        if hasattr(found, "__path__") and importlib.util.find_spec(".".join(parts[:at])):
            found = importlib.import_module(".".join(parts[:at]))
        else:
            found = getattr(found, part)
    return found


@each_page
def test_python_runs(page: Path) -> None:
    for code in blocks(page, "python"):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout


@each_page
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)]+)", page.read_text()):
        path, _, anchor = target.partition("#")
        place = (page.parent / path) if path else page
        assert place.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", place.read_text(), re.M)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in slugs, target


@each_page
def test_commands_and_their_options_exist(page: Path) -> None:
    for words in commands(page):
        for module, arguments in programs(words):
            if "NAME" in module:
                continue
            assert importlib.util.find_spec(module), " ".join(words)
            options = [word for word in arguments if word.startswith("--")]
            if options and module.split(".")[0] in ROOMS:
                verb = arguments[0] if not arguments[0].startswith("-") else ""
                said = helped(module, verb)
                lacking = [
                    option for option in options if not re.search(rf"(?<![\w-]){option}(?![\w-])", said)
                ]
                assert not lacking, f"{' '.join(words)}: {lacking}"


@each_page
def test_targets_and_variables_of_make_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):.*##", makefile, re.M))
    variables = set(re.findall(r"^([A-Z]+) \?=", makefile, re.M))

    for words in commands(page):
        if words[0] == "make":
            named = {word.partition("=")[0] for word in words[1:] if "=" in word}
            assert {word for word in words[1:] if "=" not in word} <= targets, " ".join(words)
            assert named <= variables, " ".join(words)


@each_page
def test_names_of_the_project_exist(page: Path) -> None:
    """Dotted names and calls of our modules, and paths of files, in inline code."""
    rooms = "|".join((*ROOMS, *INSTANCES))
    for span in (span for span in spans(page) if "NAME" not in span):
        if re.fullmatch(rf"({rooms}|tests|docs|docker)(/[\w.-]+)+/?", span):
            assert (ROOT / span).exists(), span
        elif re.fullmatch(rf"({rooms})(\.\w+)+(\(.*\))*", span):
            first = span.partition(".")[0]
            if first in INSTANCES and not hasattr(INSTANCES[first], span.split(".")[1].partition("(")[0]):
                continue  # a file, such as engine.py
            check_call(ast.parse(span, mode="eval").body)


def check_call(node: ast.expr) -> None:
    """That what is called exists and takes the arguments; what it returns is not looked at."""
    if not isinstance(node, ast.Call):
        named(ast.unparse(node))
    elif isinstance(node.func, ast.Call):
        check_call(node.func)
    elif "..." not in ast.unparse(node):
        keywords = {keyword.arg: None for keyword in node.keywords if keyword.arg}
        inspect.signature(named(ast.unparse(node.func))).bind(*node.args, **keywords)


def named(text: str) -> object:
    first, _, rest = text.partition(".")
    return getattr(INSTANCES[first](*[""] * 2), rest) if first in INSTANCES else resolve(text)


@pytest.mark.parametrize("story", STORIES)
def test_every_story_has_a_page_that_begins_with_how_to(story: str) -> None:
    page = ROOT / "docs" / f"{story}.md"

    assert re.findall(r"^## (.*)$", page.read_text(), re.M)[0] == "How to"
    assert f"]({story}.md)" in (ROOT / "docs/index.md").read_text()
    assert f"](docs/{story}.md)" in (ROOT / "README.md").read_text()
    assert f"trinity {story}" in "\n".join(blocks(page, "sh"))


def test_a_call_with_a_wrong_argument_is_found() -> None:
    with pytest.raises(TypeError, match="n_estimators"):
        check_call(
            ast.parse('engine.learner("ensemble.RandomForestClassifier", n_estimators=100)').body[0].value
        )
    with pytest.raises(AttributeError):
        check_call(ast.parse("etl.engine.choice").body[0].value)


@pytest.mark.parametrize(
    "page", sorted((ROOT / "models").rglob("README.md")), ids=lambda page: page.parent.name
)
def test_a_packages_page_names_each_of_its_files(page: Path) -> None:
    files = {path.name for path in page.parent.glob("*.py")} - {"__init__.py"}

    assert files <= set(spans(page))
