"""Runs are listed, shown and compared from the command line."""

import json
import re
import sys
from pathlib import Path

import pytest

import pipelines
from pipelines.runs import compare
from pipelines.runs.numbers import flat
from tests.support.run_folders import failed, made

ONE = {
    "config": {"trees": 200, "models": ["ets", "arima"], "plan": {"start": 0.1}, "levels": [80, 95]},
    "metrics": {
        "auc": 0.5,
        "rows": 10,
        "why": "none",
        "score": {"vote": [[0, 9, 0.1], [5, 8, 0.2]], "sgd": [[0, 9, 0.3], [5, 8, 0.4]]},
        "methods": [{"method": "ets", "rmse": 1.0}, {"method": "naive", "rmse": 2.0}],
    },
}
OTHER = {
    "config": {"trees": 50, "models": ["ets", "arima"], "plan": {"start": 0.2}, "levels": [80], "new": 1},
    "metrics": {
        "auc": 0.75,
        "rows": 10,
        "why": "none",
        "score": {"vote": [[0, 9, 0.1], [5, 8, 0.9]], "sgd": [[0, 7, 0.3], [5, 6, 0.4]]},
        "methods": [{"method": "ets", "rmse": 0.5}, {"method": "naive", "rmse": 2.0}],
    },
}


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return made(tmp_path, **ONE), made(tmp_path, minutes=3, **OTHER)


def typed(monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
    monkeypatch.setattr(sys, "argv", ["trinity", "runs", *map(str, words)])
    pipelines.command()


def test_the_list_has_a_line_a_run_and_names_what_it_passes_over(tmp_path, monkeypatch, capsys) -> None:
    made(tmp_path, "crowd", 1, words={"headline": {"accuracy": 0.25}, "warning": "worse\x1b[2J than chance"})
    made(tmp_path, "graph", 2)
    failed(tmp_path)
    (made(tmp_path, "graph", 3) / "config.json").write_text("{")
    typed(monkeypatch, "list", tmp_path)
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["run", "story", "ended", "state", "result", "seconds", "warning"]
    assert [line.split()[1] for line in lines[:3]] == ["graph", "crowd", "graph"]
    assert re.search(r"done +accuracy 0.2500 +2.5 +worse \[2J than chance$", lines[1])
    assert re.search(r"failed +- +- +ValueError: a is wrong$", lines[2])
    assert lines[3].startswith(f"passed over: {tmp_path}/graph/20260102-030705: damaged: ")


def test_an_empty_folder_says_so(tmp_path, monkeypatch, capsys) -> None:
    typed(monkeypatch, "list", tmp_path)
    assert capsys.readouterr().out == f"no run is in {tmp_path}\n"


def test_a_run_is_shown_with_settings_numbers_and_files(pair, monkeypatch, capsys) -> None:
    typed(monkeypatch, "show", pair[0].parent / "latest")
    said = capsys.readouterr().out
    assert said.splitlines()[0] == str(pair[1])
    for line in (r"trees +50", r"plan.start +0.2000", r"models +ets arima", r"auc +0.7500"):
        assert re.search(rf"^{line}$", said, re.M), line
    assert re.search(r"^score.vote.2 +2 points$", said, re.M)
    assert re.search(r"^report.html +13 bytes$", said, re.M)


def test_differences_are_those_of_settings_and_numbers(pair, monkeypatch, capsys) -> None:
    typed(monkeypatch, "compare", *pair)
    said = capsys.readouterr().out
    for line in (
        r"trees +200 +50",
        r"plan.start +0.1 +0.2",
        r"levels +80 95 +80",
        r"new +absent +1",
        r"auc +0.5 +0.75 +\+0.25",
        r"methods.ets.rmse +1 +0.5 +-0.5",
    ):
        assert re.search(rf"^{line}$", said, re.M), line
    assert "Settings: 1 are equal" in said
    assert "Numbers: 3 are equal" in said
    assert not re.search(r"^(rows|why|models|methods.naive)", said, re.M)
    assert "Curves: 2 are equal, 2 differ; --out FILE.html draws them" in said


def test_the_page_links_to_both_and_draws_curves_that_differ(pair, tmp_path, monkeypatch, capsys) -> None:
    out = tmp_path / "pages" / "difference.html"
    typed(monkeypatch, "compare", *pair, "--out", out)
    assert capsys.readouterr().out.splitlines()[-1] == str(out)
    text = out.read_text()
    links = re.findall(r'href="([^"]+)"', text)
    assert [(out.parent / link).resolve() for link in links] == [run / "report.html" for run in pair]
    assert text.count("data:image/png") == 1
    drawn = {
        ax.get_title(): [line.get_xydata().tolist() for line in ax.lines]
        for ax in compare.drawing(compare.compare(*pair)).axes
        if ax.lines
    }
    assert drawn == {
        "score.vote.2": [[[0, 0.1], [5, 0.2]], [[0, 0.1], [5, 0.9]]],
        "score.sgd.1": [[[0, 9], [5, 8]], [[0, 7], [5, 6]]],
    }


def test_runs_of_two_stories_are_compared_with_a_word_on_it(tmp_path, monkeypatch, capsys) -> None:
    typed(monkeypatch, "compare", made(tmp_path), made(tmp_path, "crowd", 1))
    assert "story: graph, and crowd" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "{none}"), "is no folder; name the folder of a run that is done"),
        (("show", "{empty}"), "holds no config.json; name the folder"),
        (("show", "{broken}"), "is damaged or not what its name says"),
        (("compare", "{run}", "{broken}"), "{broken} is damaged or not what its name says"),
        (("compare", "{run}", "{run}", "--out", "a.pdf"), "does not end in .html; name a page"),
        (("list", "{none}"), "there is no folder"),
    ],
)
def test_what_is_no_run_is_one_line(words, message, tmp_path, monkeypatch) -> None:
    (tmp_path / "empty").mkdir()
    broken = made(tmp_path, minutes=1)
    (broken / "metrics.json").write_text("{")
    places = {"none": tmp_path / "none", "empty": tmp_path / "empty", "broken": broken, "run": made(tmp_path)}
    with pytest.raises(SystemExit) as ended:
        typed(monkeypatch, *(word.format(**places) for word in words))
    assert message.format(**places) in str(ended.value)
    assert str(ended.value).startswith("error: ")
    assert "\n" not in str(ended.value)


def test_numbers_of_any_nesting_have_names() -> None:
    told = {
        "a": {"b": {"c": 1}},
        "none": None,
        "empty": [],
        "list": [1.0, None, 3.0],
        "rows": [{"method": "x", "n": 1, "mean": 0.5}, {"method": "x", "n": 2, "mean": 0.75}],
        "words": [["a", "b"], ["c"]],
        "doubtful": [{"task": "'84'", "by_votes": "'x'", "probability": 0.5}],
    }
    found = flat(json.loads(json.dumps(told)))
    assert found.single == {"a.b.c": 1, "none": None, "empty": "", "words": "['a', 'b'] ['c']"}
    assert found.curves == {
        "list": [(1.0, 1.0), (3.0, 3.0)],
        "rows.x.mean": [(1.0, 0.5), (2.0, 0.75)],
    }
