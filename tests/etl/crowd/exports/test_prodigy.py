"""Prodigy's lines: options, whether a label holds, and reviews."""

from pathlib import Path
from typing import Any

import pytest

from etl.crowd.exports.detect import detect
from etl.crowd.exports.read import truth, votes
from etl.records import Choice, Rejected, collect, of_kind
from etl.tables.read import joined
from tests.support.exports import lines, prodigy_line

Rows = list[tuple[Any, ...]]


def rows(path: Path, records: list[Any], columns: tuple[str, ...] = ("task", "worker", "label")) -> Rows:
    path.write_text(lines(records))
    found = detect(path, columns)
    assert found is not None
    return [tuple(row.values()) for row in joined(list(votes(found))).to_pylist()]


def reasons(entries: Any) -> list[tuple[Any, str]]:
    return [(one.line, one.reason) for one in of_kind(entries, Rejected)]


def test_options(tmp_path: Path) -> None:
    records = [
        prodigy_line(-5, "set-ann", accept=["glad"]),
        prodigy_line(-5, None, accept=["sad"], _session_id="set-bob"),
        prodigy_line(6, "set-ann", accept=["glad", "sad"]),
        prodigy_line(6, "set-bob", accept=[]),
        prodigy_line(6, "set-cay", accept=["glad"], answer="reject"),
        prodigy_line(6, "set-dan", accept=["glad"], answer="ignore"),
        prodigy_line(6, None, accept=["glad"]),
    ]
    with collect() as entries:
        assert rows(tmp_path / "a.jsonl", records) == [(-5, "set-ann", "glad"), (-5, "set-bob", "sad")]
    assert reasons(entries) == [
        (3, "it chooses several labels"),
        (4, "it holds no answer"),
        (5, "it was rejected as a whole"),
        (6, "it was ignored"),
        (7, "it names no annotator"),
    ]


def test_a_reject_of_the_only_label_is_a_vote_against_it(tmp_path: Path) -> None:
    records = [
        prodigy_line(1, "ann", label="INSULT"),
        prodigy_line(1, "bob", label="INSULT", answer="reject", meta={"ref": "x"}),
        prodigy_line(2, "bob", label="INSULT", answer="ignore"),
    ]
    with collect() as entries:
        assert rows(tmp_path / "a.jsonl", records) == [(1, "ann", "INSULT"), (1, "bob", "not INSULT")]
    assert any("rejects are votes for 'not INSULT'" in one.reason for one in of_kind(entries, Choice))
    records[0]["ref"] = "y"
    records[0]["_session_id"] = "monday"
    assert rows(tmp_path / "c.jsonl", records, ("task", "_session_id", "label"))[0] == (1, "monday", "INSULT")
    assert rows(tmp_path / "b.jsonl", records, ("ref", "worker", "label")) == [
        ("y", "ann", "INSULT"),
        ("x", "bob", "not INSULT"),
    ]


def test_a_reject_of_one_of_several_labels_is_set_aside(tmp_path: Path) -> None:
    records = [prodigy_line(n, "ann", label=label) for n, label in enumerate(["A", "B", "A"])]
    records.append(prodigy_line(3, "ann", label="B", answer="reject"))
    with collect() as entries:
        assert rows(tmp_path / "a.jsonl", records) == [(0, "ann", "A"), (1, "ann", "B"), (2, "ann", "A")]
    assert reasons(entries) == [(4, "it is a reject, which of several labels says only what it is not")]


def test_spans_are_refused_and_reviews_are_known_labels(tmp_path: Path) -> None:
    spans = [prodigy_line(1, "ann", spans=[{"start": 0, "end": 2, "label": "LOC"}])]
    with pytest.raises(ValueError, match=r"a\.jsonl: none of 1 answers is a vote; the first, line 1: .*ner"):
        rows(tmp_path / "a.jsonl", spans)
    reviews = [prodigy_line(1, None, accept=["glad"], _view_id="review", versions=[])]
    (tmp_path / "b.jsonl").write_text(lines(reviews))
    known = truth(tmp_path / "b.jsonl")
    assert known is not None
    assert known.to_pylist() == [{"task": 1, "label": "glad"}]
