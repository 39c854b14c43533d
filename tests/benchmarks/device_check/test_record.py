"""What a check found becomes the record that ``auto`` reads, and what it did not find does not."""

import json
from pathlib import Path

import pytest

from benchmarks.device_check.record import last, main
from benchmarks.device_check.table import NONE, table
from etl.engine.device_runs import device_runs

CARD = {"gpu": "NVIDIA H100 80GB HBM3", "driver": "580.65", "date": "2026-11-28"}


def lines(path: Path, *checks: tuple[str, list[str], bool | None], card: object = CARD) -> str:
    rows = [
        {"kind": "item", "check": "environment", "item": "card", "ok": True, "facts": card, "seconds": 0.1},
        {"kind": "item", "check": "environment", "item": "versions", "ok": True,
         "facts": {"cudf-cu13": "26.10.2", "triton": "absent"}, "seconds": 0.1},
        *({"kind": "check", "name": name, "stories": told, "ok": ok, "why": ""} for name, told, ok in checks),
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    told = lines(
        tmp_path / "a",
        ("arrays", ["crowd", "ner"], True),
        ("crowd", ["crowd"], False),
        ("graph", ["graph"], None),
    )
    path = main([told], tmp_path)
    assert path.name == "device-h100.json"
    found = {run.story: run for run in device_runs(tmp_path)}
    assert {story: run.passed for story, run in found.items()} == {"crowd": False, "ner": True}
    assert (found["ner"].device, found["ner"].version) == ("NVIDIA H100 80GB HBM3", "26.10.2")
    assert found["ner"].date == "2026-11-28"


def test_a_second_call_replaces_what_it_ran_again(tmp_path: Path) -> None:
    first = lines(tmp_path / "a", ("crowd", ["crowd"], False), ("ner", ["ner"], True))
    second = lines(tmp_path / "b", ("crowd", ["crowd"], True), ("ner", ["ner"], None))
    main([first, second], tmp_path)
    assert {run.story: run.passed for run in device_runs(tmp_path)} == {"crowd": True, "ner": True}


def test_a_dry_run_leaves_no_record(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="name 0 GPUs"):
        main([lines(tmp_path / "a", ("crowd", ["crowd"], True), card={"gpu": None})], tmp_path)
    assert device_runs(tmp_path) == []


def test_two_cards_are_two_records(tmp_path: Path) -> None:
    other = lines(tmp_path / "b", card=CARD | {"gpu": "NVIDIA A100-SXM4-40GB"})
    with pytest.raises(ValueError, match="name 2 GPUs"):
        main([lines(tmp_path / "a"), other], tmp_path)
    main([other], tmp_path)
    assert (tmp_path / "device-a100.json").exists()


def test_a_check_that_was_skipped_later_keeps_its_end() -> None:
    rows = [{"name": "a", "ok": False}, {"name": "a", "ok": None}, {"name": "b", "ok": None}]
    assert [(row["name"], row["ok"]) for row in last(rows)] == [("a", False), ("b", None)]


def test_the_table_has_every_story_and_card(tmp_path: Path) -> None:
    main([lines(tmp_path / "a", ("crowd", ["crowd"], True), ("ner", ["ner"], False))], tmp_path)
    text = table(device_runs(tmp_path))
    assert text.splitlines()[0] == "| has been run on | NVIDIA H100 80GB HBM3 |"
    assert "| crowd | passed, RAPIDS 26.10.2, 2026-11-28 |" in text
    assert "| ner | failed, RAPIDS 26.10.2, 2026-11-28 |" in text
    assert "| topics | not run |" in text
    assert table([]) == NONE
