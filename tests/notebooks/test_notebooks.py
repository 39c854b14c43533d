"""Each notebook runs from top to bottom, applies what was learnt, and is committed without output."""

from pathlib import Path
from typing import Any

import pytest

from pipelines import stories

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
OF_MODELS = {"sequences": "forecast"}
"""Notebooks of models without a story of their own, and the story that they run."""


def read(path: Path) -> Any:
    """Imports last, as nbformat takes seconds that no collection of tests needs."""
    import nbformat

    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_shows_its_result_and_draws(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRINITY_ROWS", "100000")
    monkeypatch.setenv("TRINITY_NOTEBOOK", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("MPLBACKEND", raising=False)
    from nbclient import NotebookClient

    notebook = read(path)
    NotebookClient(notebook, timeout=1200, resources={"metadata": {"path": str(path.parent)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    (shown,) = [
        text for output in outputs if "report.html" in (text := output.get("data", {}).get("text/html", ""))
    ]
    assert "data:image/png;base64," in shown
    (folder,) = {report.parent for report in tmp_path.rglob("report.html")}
    assert folder.parent.name == OF_MODELS.get(path.stem, path.stem)


def test_every_story_has_one() -> None:
    assert {path.stem for path in NOTEBOOKS} == (stories().keys() - {"doctor"}) | OF_MODELS.keys()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_committed_clean_and_defines_no_logic(path: Path) -> None:
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None
            assert "def " not in cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_applies_what_was_learnt(path: Path) -> None:
    code = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    assert any(".model.predict(" in source for source in code)
