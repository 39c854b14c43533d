"""A report is drawn from its folder alone, is one file, and shows text as text."""

import json
import re
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from matplotlib.figure import Figure

from models import metrics
from pipelines import figures, report
from pipelines.mortgage.story import story
from pipelines.report import Story
from pipelines.run import Common, Run

STAGE = {"name": "<etl>", "start": 0.0, "wall": 1.5, "cpu": 2.5, "peak_mb": 1234}
ROW = {"stage": "etl", "from": "a|b", "to": "c", "copies": "none", "times": 2, "bytes": 3_000_000}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    p = rng.random(1000)
    label = (rng.random(1000) < p).astype(int)
    judged = metrics.classification(label, p, base_rate=0.5, rule=np.round(p, 1))
    judged |= {"rows": 12_345, "loans": 99, "quarantined": 7, "judged": 1000}
    config = {
        "pipeline": "story", "date": "2026-01-02T03:04:05", "stages": [STAGE], "command": "python -m x '<y>'",
        "choices": ["<script>alert(1)</script>"], "commit": "abc", "versions": {"numpy": "2"},
        "machine": {"processor": "p", "cores": 1, "memory_gib": 2.0},
    }  # fmt: skip
    told = asdict(story(judged))
    for name, value in {"config": config, "metrics": judged, "ledger": [ROW], "story": told}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(value))
    (tmp_path / "figures").mkdir()
    for name in ("timeline", "topic_sizes"):
        Figure().savefig(tmp_path / "figures" / f"{name}.png")
    report.write(tmp_path)
    return tmp_path


class Links(HTMLParser):
    """Collects tags, and every address that a page refers to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data")]


def test_the_page_is_one_file_and_shows_text_as_text(folder: Path) -> None:
    page = (folder / "report.html").read_text()
    found = Links(page)
    assert found.tags.count("img") == 2
    pictures = [address for address in found.addresses if address.startswith("data:image/png;base64,")]
    links = set(found.addresses) - set(pictures)
    assert len(pictures) == 2
    assert all((folder / unquote(link)).exists() for link in links), "links lead to files of the run alone"
    assert not re.search(r"url\(|@import|<link", page)
    assert not {"script", "etl", "y"} & set(found.tags)
    assert {"viewport", "prefers-color-scheme:dark"} <= set(
        re.findall(r"viewport|prefers-color-scheme:dark", page)
    )


def test_every_file_of_the_run_is_linked_and_nothing_hidden_is(folder: Path) -> None:
    names = ["a <b> & (c)_$.csv", "model/model.json", "ünïcode 漢.parquet"]
    (folder / "model").mkdir()
    for name in [*names, ".hidden"]:
        (folder / name).write_bytes(b"x" * 1234)
    (folder / "many").mkdir()
    for number in range(report.MOST + 1):
        (folder / f"many/{number}").touch()
    report.write(folder)
    found = Links((folder / "report.html").read_text())
    links = {unquote(each) for each in found.addresses if not each.startswith("data:")}
    own = {"config.json", "metrics.json", "ledger.json", "story.json"}
    figures = {f"figures/{name}.png" for name in ("timeline", "topic_sizes")}
    assert links == {*names, *own, *figures, "many/"}
    text = (folder / "report.md").read_text()
    targets = [token.attrs["href"] for token in _inline(text) if token.type == "link_open"]
    assert {unquote(str(each)) for each in targets} == links
    assert "1.2 kB" in text
    assert f"{report.MOST + 1} files" in text


def _inline(text: str) -> list[Token]:
    parsed = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return [child for token in parsed for child in token.children or []]


def test_figures_with_nothing_to_show_are_left_out_and_told(tmp_path: Path) -> None:
    nothing = Story("Told.", [], {"curve": "A curve."})
    with Run("story", Common(device="cpu", out=tmp_path)) as run:
        run.finish({}, story=nothing, figures={"curve": figures.empty("Curve", "There was no point.")})
    (made,) = (tmp_path / "story").glob("2*")
    assert not list((made / "figures").iterdir()), "no stage was timed and no bridge crossed"
    for name in ("report.md", "report.html"):
        text = (made / name).read_text()
        assert "Not drawn: Curve: There was no point. Stages: No stage was timed. Bridges: No" in text
        assert "A curve." not in text


@pytest.mark.parametrize("name", ["report.md", "report.html"])
def test_everything_measured_is_told(name: str, folder: Path) -> None:
    text = (folder / name).read_text()
    judged = json.loads((folder / "metrics.json").read_text())
    for word in ("12,345", "7 lines set aside", f"{judged['calibration_error']:.4f}", "1,234", "python -m x"):
        assert word in text, word
    assert "Topic sizes." in text
    assert "<script>" not in text


def test_counts_are_in_words_and_a_table_without_rows_is_left_out(folder: Path) -> None:
    found = json.loads((folder / "metrics.json").read_text()) | {"held_out": 12, "is_same": True}
    (folder / "metrics.json").write_text(json.dumps(found))
    (folder / "ledger.json").write_text("[]")
    report.write(folder)
    text = (folder / "report.md").read_text()
    assert "| held out | 12 |" in text
    assert "| is same | yes |" in text
    assert "## Stages" in text
    assert "## Ledger" not in text


def test_a_cell_with_a_bar_does_not_break_its_row(folder: Path) -> None:
    (line,) = [line for line in (folder / "report.md").read_text().splitlines() if "a\\|b" in line]
    assert line.replace("\\|", "").count("|") == 7


def test_drawing_again_gives_the_same_files(folder: Path) -> None:
    before = {name: (folder / name).read_bytes() for name in ("report.md", "report.html")}
    report.write(folder)
    assert {name: (folder / name).read_bytes() for name in before} == before


def test_a_model_worse_than_the_base_rate_is_said_to_be(folder: Path) -> None:
    found = json.loads((folder / "metrics.json").read_text())
    assert "is below both" in story(found).summary
    assert "is NOT below both" in story(found | {"log_loss": 9.0}).summary


def test_a_rule_that_cannot_be_judged_is_told(folder: Path) -> None:
    found = json.loads((folder / "metrics.json").read_text())
    found["rule"] = dict.fromkeys(found["rule"])
    text = story(found | {"reasons": ["the rule gives NaN to 1 of 9 rows"]}).summary
    assert "could not be compared: the rule gives NaN" in text


LIVE = [
    "[a](javascript:alert(1))",
    "![b](http://example.org/beacon.png)",
    "<img src=//example.org>",
    "http://example.org",
    "www.example.org",
    "me@example.org",
    "**bold** `code` ~~gone~~",
    "_so_ && worst_past_12 | cell",
    "&lt;b&gt;",
    "# heading",
    "back\\slash",
]


@pytest.mark.parametrize("text", LIVE)
def test_markdown_shows_the_text_of_users_as_it_is(text: str, folder: Path) -> None:
    """Judged by a parser of CommonMark with GitHub's tables, strikethrough and bare links."""
    told = json.loads((folder / "story.json").read_text())
    told["summary"], told["tables"] = text, [["Names", ["", "name"], [["1", text]]]]
    (folder / "story.json").write_text(json.dumps(told))
    report.write(folder)
    page = (folder / "report.md").read_text()
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    shown = [token.children for token in parser.parse(page) if token.type == "inline" and token.children]
    whole = [children for children in shown if "".join(child.content for child in children) == text]
    assert len(whole) == 2, page
    assert all(child.type in ("text", "text_special") for children in whole for child in children)
    assert not re.search(r"(?<!\\)://|www\.|(?<!\\)@", page.replace(r"\\", ""))


def test_a_command_with_backticks_stays_a_span_of_code() -> None:
    assert report._code("trinity graph") == "`trinity graph`"
    assert report._code("a `b` c") == "`` a `b` c ``"
