"""doccano's files: annotators by their names, or within the records of old ones."""

from pathlib import Path
from typing import Any

import pytest

from etl.crowd.exports.detect import detect
from etl.crowd.exports.read import texts, votes
from etl.records import Rejected, collect, of_kind
from etl.tables.read import joined
from tests.support.exports import lines


def rows(path: Path, worker: str = "worker") -> list[tuple[Any, ...]]:
    found = detect(path, ("task", worker, "label"))
    assert found is not None
    return [tuple(row.values()) for row in joined(list(votes(found))).to_pylist()]


def test_a_file_an_annotator(tmp_path: Path) -> None:
    ann = [
        {"id": 1, "text": "Été.", "label": ["froid"], "Comments": []},
        {"id": 2, "text": "b", "label": ["chaud", "froid"]},
        {"id": 3, "text": "c", "label": []},
        {"id": 4, "text": "d", "label": [[0, 1, "LOC"]]},
    ]
    (tmp_path / "ann.jsonl").write_text(lines(ann))
    (tmp_path / "bob.jsonl").write_text(lines([{"id": 1, "data": "Été.", "label": ["chaud"]}]))
    with collect() as entries:
        with pytest.raises(ValueError, match=r"2 of 3 rows .* line 2: it chooses several labels"):
            rows(tmp_path)
        (tmp_path / "ann.jsonl").write_text(lines([ann[0], ann[0] | {"id": 9}, *ann[1:]]))
        assert rows(tmp_path) == [(1, "ann", "froid"), (9, "ann", "froid"), (1, "bob", "chaud")]
    assert {(one.line, one.reason) for one in of_kind(entries, Rejected)} >= {
        (3, "it chooses several labels"),
        (5, "it tags parts of the text and chooses no label"),
        (4, "it holds no answer"),
    }
    found = texts(tmp_path)
    assert found is not None
    assert found["text"].to_pylist() == ["Été.", "Été.", "b", "c", "d"]


def test_what_all_labelled_together_names_nobody(tmp_path: Path) -> None:
    (tmp_path / "all.jsonl").write_text(lines([{"id": 1, "text": "a", "label": ["x"]}]))
    with pytest.raises(
        ValueError, match=r"line 1: it names no annotator; give a zip file or folder with a file"
    ):
        rows(tmp_path / "all.jsonl")
    named = {"id": 1, "text": "a", "label": ["x"], "metadata": {"by": "ann"}}
    (tmp_path / "all.jsonl").write_text(lines([named]))
    assert rows(tmp_path / "all.jsonl", "by") == [(1, "ann", "x")]


def test_old_files_name_annotators(tmp_path: Path) -> None:
    old = [
        {"id": 1, "text": "a", "annotations": [{"label": 3, "user": 7}, {"label": 4, "user": 8}], "meta": {}},
        {"id": 2, "text": "b", "annotations": [{"label": 3, "user": 7}, {"label": 4, "user": 7}]},
        {"id": 3, "text": "c", "annotations": []},
    ]
    (tmp_path / "old.json").write_text(lines(old))
    with collect() as entries:
        assert rows(tmp_path / "old.json") == [(1, 7, 3), (1, 8, 4)]
    assert [(one.line, one.reason) for one in of_kind(entries, Rejected)] == [
        (2, "it chooses several labels"),
        (3, "it holds no answer"),
    ]
