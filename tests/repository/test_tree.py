"""The tree keeps its rules: where a file goes, which way imports point, and a texture that only gets better.

`python -m tests.support.house` prints the counts; docs/architecture.md has the rules in words.
"""

import ast
import json
from pathlib import Path

import pytest

from tests.support import house

ROOT = Path(__file__).parents[2]
COUNTS = json.loads(Path(__file__).with_name("texture.json").read_text())
MACHINERY = {
    "etl": "arrays engine executors files handoff hashing ids images machine pieces records spill",
    "models": "clustering drift metrics torch_classifier",
    "pipelines": (
        "apply endings figures folder lock options processes provenance report run saved strict_json"
    ),
    "benchmarks": "harness tables",
}
"""What may stand at a room's root, since it knows no field."""
STORY = "__init__ __main__ config data pipeline measures figures story".split()
NO_RUN = dict.fromkeys(("doctor", "runs"), "__init__ __main__ config pipeline".split())
"""Stories that leave no run, and so have no measures, figures or story."""
DOORS = {"pipelines", "pipelines.figures", "pipelines.provenance", "pipelines.run"}
"""What benchmarks may import of pipelines, beside a story's own ``Config`` and ``main``."""


def packages(room: str) -> list[Path]:
    found = [path.parent for path in sorted((ROOT / room).glob("*/__init__.py"))]
    return [folder for folder in found if folder.name not in MACHINERY[room].split()]


def classes(room: str) -> list[tuple[str, ast.ClassDef]]:
    return [
        (name, node)
        for name, path in house.modules().items()
        if name.split(".")[0] == room
        for node in ast.walk(house.tree(path))
        if isinstance(node, ast.ClassDef)
    ]


def methods(node: ast.ClassDef) -> set[str]:
    return {each.name for each in node.body if isinstance(each, ast.FunctionDef)}


@pytest.mark.parametrize("room", house.ROOMS)
def test_a_rooms_root_holds_machinery_alone(room: str) -> None:
    found = {path.stem for path in (ROOT / room).glob("*.py")} - {"__init__"}
    assert found <= set(MACHINERY[room].split()), "a field has a folder"


@pytest.mark.parametrize("room", house.ROOMS)
def test_every_folder_is_a_package_that_says_what_it_is(room: str) -> None:
    for folder in {path.parent for path in (ROOT / room).rglob("*.py")}:
        text = (folder / "__init__.py").read_text()
        assert ast.get_docstring(ast.parse(text)), folder


def test_nothing_in_etl_is_fitted_and_predicts() -> None:
    assert [name for name, node in classes("etl") if {"fit", "predict"} <= methods(node)] == []


def test_pipelines_hold_no_estimator() -> None:
    assert [name for name, node in classes("pipelines") if "fit" in methods(node)] == []


def test_stories_have_the_same_files() -> None:
    for folder in packages("pipelines"):
        wanted = NO_RUN.get(folder.name, STORY)
        assert [name for name in wanted if not (folder / f"{name}.py").exists()] == [], folder.name


def test_comparisons_can_be_run_and_have_results_of_their_name() -> None:
    for folder in packages("benchmarks"):
        assert (folder / "__main__.py").exists(), folder
    names = {folder.name.removesuffix("_check") for folder in packages("benchmarks")}
    for path in (ROOT / "benchmarks/results").glob("*.json"):
        assert path.stem.split("-")[0] in names, path


def test_imports_point_down() -> None:
    level = {room: number for number, room in enumerate(house.ROOMS)}
    wrong = [
        f"{name} imports {other}"
        for name in house.modules()
        for other in house.imports(name)
        if level[name.split(".")[0]] < level[other.split(".")[0]]
    ]
    assert wrong == []


def test_there_is_no_circle() -> None:
    assert house.circles({name: house.imports(name) for name in house.modules()}) == []


def test_circles_are_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
    assert sorted(house.circles({k: frozenset(v) for k, v in graph.items()})) == [["a", "b", "c"], ["d", "e"]]


FLOW = "trinity"
"""The story that joins what others read and learn."""


def test_a_story_knows_no_other() -> None:
    own = {folder.name for folder in packages("pipelines")}
    wrong = [
        f"{name} imports {other}"
        for name in house.modules()
        for other in house.imports(name)
        if name.startswith("pipelines.")
        and name.split(".")[1] in own - {FLOW}
        and other.startswith("pipelines.")
        and other.split(".")[1] in own - {name.split(".")[1]}
    ]
    assert wrong == []


def test_benchmarks_come_in_by_the_doors_of_pipelines() -> None:
    stories = {f"pipelines.{folder.name}" for folder in packages("pipelines")}
    wrong = [
        f"{name} imports {other}"
        for name in house.modules()
        for other in house.imports(name)
        if name.startswith("benchmarks") and other.startswith("pipelines") and other not in DOORS | stories
    ]
    assert wrong == []


def test_tests_stand_where_what_they_test_does() -> None:
    for path in ROOT.glob("tests/*/**/test_*.py"):
        room, *folders = path.relative_to(ROOT / "tests").parts[:-1]
        if room in house.ROOMS:
            assert ROOT.joinpath(room, *folders).is_dir(), path


@pytest.mark.parametrize("room", house.ROOMS)
def test_rooms_stay_small(room: str) -> None:
    found, most = house.shape(room), COUNTS["shape"][room]
    assert (found.rooms <= most[0], found.floors <= most[1], found.arrows <= most[2]) == (True,) * 3, found


def test_texture_only_gets_better() -> None:
    vague, _ = house.any_arguments(*house.ROOMS)
    lacking, _ = house.undocumented("etl", "models")
    long = house.long_functions(*house.ROOMS)
    assert vague <= COUNTS["any_arguments"], "say what an argument is: etl/engine/types.py has names"
    assert len(lacking) <= COUNTS["undocumented"], f"describe Parameters, such as of {lacking[-1]}"
    assert len(long) <= COUNTS["long_functions"], f"cut into named steps: {long}"
    assert not house.long_functions(*house.ROOMS, lines=50)
