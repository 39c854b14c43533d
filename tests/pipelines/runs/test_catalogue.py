"""Runs are found from their folders alone, and what is no run is told."""

import json
import os
import shutil
from pathlib import Path

import pytest

import pipelines
from pipelines import lock
from pipelines.run import Common, Run
from pipelines.runs import catalogue
from tests.support.run_folders import failed, made


def test_fifty_runs_are_listed_newest_first(tmp_path: Path) -> None:
    minutes = [(37 * number) % 50 for number in range(50)]
    folders = {m: made(tmp_path, ("graph", "crowd", "ner")[m % 3], m) for m in minutes}
    entries, passed = catalogue.scan(tmp_path)
    assert [entry.folder for entry in entries] == [folders[m] for m in range(49, -1, -1)]
    assert passed == []
    assert {(e.story, e.state, e.seconds) for e in entries} == {
        (story, "done", 2.5) for story in ("graph", "crowd", "ner")
    }


def test_of_one_second_the_one_written_last_is_newest(tmp_path: Path) -> None:
    one = made(tmp_path)
    for number in (2, 10):
        shutil.copytree(one, one.with_name(f"{one.name}-{number}"))
        os.utime(one.with_name(f"{one.name}-{number}"), (2e9 + number, 2e9 + number))
    assert pipelines.find(tmp_path / "latest").name == f"{one.name}-10"


def test_a_storys_own_folder_and_a_run_that_was_renamed_are_found(tmp_path: Path) -> None:
    made(tmp_path).rename(tmp_path / "graph" / "the good one")
    for place in (tmp_path, tmp_path / "graph"):
        assert [entry.folder.name for entry in catalogue.scan(place)[0]] == ["the good one"]


def test_failed_running_and_killed_runs_have_their_state(tmp_path: Path) -> None:
    failed(tmp_path)
    killed = tmp_path / "graph" / f".20260101-000000.partial-{os.getpid()}"
    killed.mkdir()
    with Run("ner", Common(out=tmp_path, device="cpu")):
        states = {entry.state: entry for entry in catalogue.scan(tmp_path)[0]}
        assert states.keys() == {"failed", "running", "killed"}
    assert states["failed"].warning == "ValueError: a is wrong"
    assert (states["running"].story, states["killed"].folder) == ("ner", killed)


DAMAGE = {
    "cut": lambda run: (run / "config.json").write_text('{"pipeline": "gra'),
    "of another kind": lambda run: (run / "config.json").write_text("[1]"),
    "without numbers": lambda run: (run / "metrics.json").unlink(),
    "no text": lambda run: (run / "metrics.json").write_bytes(b"\xff\xfe\x00"),
    "no date": lambda run: (run / "config.json").write_text(
        json.dumps({"pipeline": "graph", "stages": [], "date": "once"})
    ),
    "deep": lambda run: (run / "story.json").write_text("[" * 100_000),
    "a list for a headline": lambda run: (run / "story.json").write_text('{"headline": [1]}'),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_run_is_told_and_passed_over(damage: str, tmp_path: Path) -> None:
    whole, broken = made(tmp_path), made(tmp_path, minutes=1)
    DAMAGE[damage](broken)
    entries, ((place, why),) = catalogue.scan(tmp_path)
    assert [entry.folder for entry in entries] == [whole]
    assert place == broken
    assert why.startswith("damaged: ")
    assert pipelines.find(tmp_path / "latest") == whole


def test_foreign_folders_are_told_and_hidden_ones_are_not(tmp_path: Path) -> None:
    made(tmp_path)
    for name in ("photos", ".rounds-7"):
        (tmp_path / "graph" / name).mkdir()
    (tmp_path / "graph" / "notes.txt").touch()
    assert catalogue.scan(tmp_path)[1] == [(tmp_path / "graph" / "photos", "no folder of a run")]


def test_latest_is_the_newest_that_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    old, new = made(Path("runs"), "crowd"), made(Path("runs"), "graph", 5)
    failed(Path("runs"))
    assert pipelines.find("latest") == new
    assert pipelines.find("crowd/latest") == old
    assert pipelines.find("runs/crowd/latest") == old
    assert pipelines.find("latest", "crowd") == old
    assert pipelines.find(old) == old
    Path("latest").mkdir()
    assert pipelines.find("latest") == Path("latest"), "a folder of that name is itself"


def test_where_no_run_is_there_is_no_latest(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="so there is no latest; name the folder of a run"):
        pipelines.find(tmp_path / "latest")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        catalogue.scan(tmp_path / "none")


def test_a_lock_is_waited_for_and_told_when_it_is_not_given(tmp_path: Path) -> None:
    held = lock.lock(tmp_path)
    assert held is not None
    with pytest.raises(TimeoutError, match="has held"), lock.waiting(tmp_path, 0.0):
        pass
    os.close(held)
    with lock.waiting(tmp_path, 0.0):
        assert lock.lock(tmp_path) is None
