"""What ``main`` returns shows itself, and hands out numbers, figures and the model."""

import json
import re
from html import unescape
from pathlib import Path

import pytest

from pipelines import apply, graph
from pipelines.run import Result


@pytest.fixture(scope="module")
def result(tmp_path_factory) -> Result:
    return graph.main(graph.Config(out=tmp_path_factory.mktemp("runs"), drawn=5, device="cpu"))


def test_it_holds_what_the_folder_does(result: Result) -> None:
    assert result.metrics == json.loads((result.folder / "metrics.json").read_text())
    assert result.warning == ""
    figures = list(result.figures)
    assert figures[:2] == ["drawing", "ranks"], "the story's own, in its order"
    assert {path.name for path in result.figures.values()} == {
        path.name for path in (result.folder / "figures").iterdir()
    }


def test_it_stands_for_its_folder(result: Result) -> None:
    assert Path(result) == result.folder
    assert str(result) == str(result.folder)
    assert (result / "nodes.csv").is_file()


def test_its_model_is_loaded_when_it_is_asked_for(result: Result, tmp_path: Path) -> None:
    assert "model" not in vars(result)
    table = tmp_path / "new.csv"
    table.write_text("source,target\nNobody,Valjean\n")
    found = result.model.predict(table)
    assert "Nobody" in found["node"].astype(str).to_list()
    assert result.model is result.model


def test_the_latest_run_is_applied_by_that_word(result: Result, tmp_path: Path, capsys) -> None:
    (tmp_path / "new.csv").write_text("source,target\nNobody,Valjean\n")
    out = tmp_path / "placed.csv"
    latest = result.folder.parent / "latest"
    apply.main(apply.Config(run=latest, data=tmp_path / "new.csv", out=out, device="cpu"))
    assert f"model: graph of {result.folder}, made " in capsys.readouterr().out
    assert "Nobody" in out.read_text()


def test_a_notebook_shows_numbers_figures_and_the_report(result: Result, monkeypatch) -> None:
    monkeypatch.chdir(result.folder.parent)
    shown = result._repr_html_()
    for name, value in result.story["headline"].items():
        text = f"{value:.4f}" if isinstance(value, float) else f"{value:,}"
        assert f"<td>{name}</td><td>{text}</td>" in shown
    assert shown.count("data:image/png;base64,") == len(result.figures) - 2, "but for timeline and ledger"
    (link,) = re.findall(r'href="([^"]+)"', shown)
    assert Path(link).is_file()
    assert "Warning" not in shown


def test_a_warning_is_in_a_box_and_text_is_no_markup(result: Result, tmp_path: Path) -> None:
    story = result.story | {"warning": "worse than <chance>", "summary": "a & <b>", "headline": {"<x>": None}}
    (tmp_path / "story.json").write_text(json.dumps(story))
    (tmp_path / "figures").mkdir()
    shown = Result(tmp_path)._repr_html_()
    assert "<b>Warning:</b> worse than &lt;chance&gt;" in shown
    assert "<td>&lt;x&gt;</td><td>-</td>" in shown
    assert "a & <b>" in unescape(shown)
    assert "<b></p>" not in shown
