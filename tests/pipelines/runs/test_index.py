"""``index.html`` tells every run that has ended, whoever ends at the same time."""

import re
import threading
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from matplotlib.figure import Figure

from etl.records import Rejected, record
from pipelines.report import Story
from pipelines.run import Common, Run
from pipelines.runs import index
from tests.support.run_folders import failed, made
from tests.support.waiting import LIMIT


class Links(HTMLParser):
    """Targets of the links of a page, and the text of its cells."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.text: list[str] = []
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [unquote(value or "") for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def run(out: Path, fails: bool = False) -> None:
    with Run("story", Common(out=out, device="cpu")) as one:
        if fails:
            record(Rejected(file="a", reason="bad", line=1, text="x"))
            raise ValueError("<b>wrong</b>")
        told = Story("Words.", [], {}, headline={"auc": 0.75})
        one.finish({}, story=told, figures={"drawing": Figure()})


def test_runs_that_end_and_that_fail_are_on_the_page_with_links(tmp_path: Path) -> None:
    made(tmp_path, "crowd", words={"headline": {"a <b>": 1.5}, "warning": "no & better"}).rename(
        tmp_path / "crowd" / "a ?#run"
    )
    run(tmp_path)
    with pytest.raises(ValueError, match="wrong"):
        run(tmp_path, fails=True)
    found = Links(tmp_path / index.NAME)
    assert len(found.links) == 3
    assert all((tmp_path / link).is_file() for link in found.links)
    assert {Path(link).name for link in found.links} == {"report.html", "error.txt"}
    assert {"auc 0.7500", "a <b> 1.5000", "no & better", "ValueError: <b>wrong</b>"} <= set(found.text)
    assert (tmp_path / index.NAME).read_text().count('<tr class="warning">') == 1


def test_a_damaged_run_is_named_at_the_end(tmp_path: Path) -> None:
    (made(tmp_path) / "config.json").write_text("{")
    run(tmp_path)
    assert any("passed over" in text and "damaged" in text for text in Links(tmp_path / index.NAME).text)


def test_a_page_of_somebody_else_is_left_and_told(tmp_path: Path, capfd) -> None:
    (tmp_path / index.NAME).write_text("<p>mine</p>")
    run(tmp_path)
    assert (tmp_path / index.NAME).read_text() == "<p>mine</p>"
    assert "is not ours; rename it, or choose another --out" in capfd.readouterr().err


def test_a_folder_that_cannot_be_written_fails_no_run(tmp_path: Path, capfd) -> None:
    (tmp_path / index.NAME).mkdir()
    run(tmp_path)
    assert "is not written" in capfd.readouterr().err


def test_a_run_that_ends_while_another_writes_is_not_lost(tmp_path: Path, monkeypatch) -> None:
    """Each page is made from what is there when its turn has come, and one at a time."""
    inside, overlaps, page = [0], [], index.page

    def slow(home: Path) -> str:
        inside[0] += 1
        overlaps.append(inside[0])
        text = page(home)
        time.sleep(0.1)
        inside[0] -= 1
        return text

    monkeypatch.setattr(index, "page", slow)

    def end(minutes: int) -> None:
        made(tmp_path, minutes=minutes)
        index.update(tmp_path)

    threads = [threading.Thread(target=end, args=(minutes,)) for minutes in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert set(overlaps) == {1}
    assert len(Links(tmp_path / index.NAME).links) == 6
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".partial"] == []


def test_fifty_runs_and_a_failure_are_in_the_order_of_their_ends(tmp_path: Path) -> None:
    for minutes in range(50):
        made(tmp_path, ("a", "b")[minutes % 2], minutes)
    failed(tmp_path, "a")
    index.update(tmp_path)
    text = (tmp_path / index.NAME).read_text()
    ends = re.findall(r"<td>(2026-01-02 \d\d:\d\d:\d\d)</td>", text)
    assert len(ends) == 51
    assert ends == sorted(ends, reverse=True)
