"""Label Studio's tasks: who chose what, which answers are known labels, and what chooses nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from etl.crowd.exports.detect import detect
from etl.crowd.exports.read import texts, truth, votes
from etl.records import Choice, Rejected, collect, of_kind
from etl.tables.read import joined
from tests.support.exports import annotation, choices

COLUMNS = ("task", "worker", "label")
SPAN = {"type": "labels", "from_name": "ner", "value": {"start": 0, "end": 3, "labels": ["LOC"]}}


def task(number: int, *annotations: dict[str, Any], **data: Any) -> dict[str, Any]:
    return {"id": number, "data": {"review": f"text {number}", **data}, "annotations": list(annotations)}


def rows(path: Path, tasks: Any, columns: tuple[str, str, str] = COLUMNS) -> list[tuple[Any, ...]]:
    path.write_text(json.dumps(tasks))
    found = detect(path, columns)
    assert found is not None
    return [tuple(row.values()) for row in joined(list(votes(found))).to_pylist()]


def test_annotators_choices_and_known_labels(tmp_path: Path) -> None:
    tasks = [
        task(
            1,
            annotation(4, choices("glad")),
            annotation({"id": 5, "email": "b@example.org"}, choices("sad")),
            annotation({"id": 6, "email": ""}, choices("sad")),
            annotation(7, choices("glad"), ground_truth=True),
            annotation(8, was_cancelled=True),
            annotation(9),
        ),
        task(2, annotation(4, choices("glad", "sad")), annotation(None, choices("glad"))),
        task(3, annotation(4, {"type": "rating", "from_name": "mood", "value": {"rating": 5}}, SPAN)),
        task(4, annotation(None, choices("sad"), ground_truth=True)),
        task(5),
    ]
    path = tmp_path / "a.json"
    with collect() as entries:
        assert rows(path, tasks) == [
            (1, "4", "glad"),
            (1, "b@example.org", "sad"),
            (1, "6", "sad"),
            (3, "4", "5"),
        ]
    assert sorted((one.line, one.reason, one.unit) for one in of_kind(entries, Rejected)) == [
        (1, "it holds no answer", "record"),
        (1, "it was skipped", "record"),
        (2, "it chooses several labels", "record"),
        (2, "it names no annotator", "record"),
        (3, "it tags parts of the text and chooses no label", "record"),
        (5, "it holds no answer", "record"),
    ]
    assert of_kind(entries, Choice)[-1].reason.startswith("votes: 2 answers are known labels and no votes")
    known = truth(path)
    assert known is not None
    assert known.to_pylist() == [{"task": 1, "label": "glad"}, {"task": 4, "label": "sad"}]
    found = texts(path)
    assert found is not None
    assert found.to_pylist()[3] == {"task": 4, "text": "text 4"}


def test_several_questions_need_the_name_of_one(tmp_path: Path) -> None:
    both = [choices("glad"), choices("long", name="size")]
    tasks = [task(n, annotation(1, *both), annotation(2, both[1]), ref=f"r{n}") for n in (1, 2)]
    with pytest.raises(ValueError, match=r"record 1: size is answered, beside mood; .* task worker size"):
        rows(tmp_path / "a.json", tasks)
    with collect() as entries:
        found = rows(tmp_path / "a.json", tasks, ("ref", "worker", "mood"))
    assert found == [("r1", 1, "glad"), ("r2", 1, "glad")]
    assert [one.reason for one in of_kind(entries, Rejected)] == ["it does not answer mood"] * 2


@pytest.mark.parametrize(
    "result", [SPAN, choices("glad", start=0, end=3)], ids=["labels", "choice of a part"]
)
def test_tagged_text_is_refused_with_the_story_that_takes_it(tmp_path: Path, result: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"none of 1 answers is a vote; the first, record 1: .*trinity ner"):
        rows(tmp_path / "a.json", [task(1, annotation(1, result))])


def test_tasks_that_were_written_a_line_each_or_alone(tmp_path: Path) -> None:
    one = task(1, annotation(4, choices("glad")))
    for text in (json.dumps(one), json.dumps(one, indent=1), json.dumps(one) + "\n" + json.dumps(one)):
        (tmp_path / "a.json").write_text(text)
        found = detect(tmp_path / "a.json", COLUMNS)
        assert found is not None
        assert joined(list(votes(found)))["label"].unique().to_pylist() == ["glad"]


def test_flat_exports_name_questions_by_their_keys(tmp_path: Path) -> None:
    own = {"annotation_id": 3, "created_at": "", "updated_at": "", "lead_time": 1.5}
    flat = [
        {"text": "a", "id": 1, "mood": "[sic]", "annotator": 7, **own},
        {"text": "a", "id": 1, "mood": {"choices": ["glad", "sad"]}, "annotator": 8, **own},
        {"text": "b", "id": 2, "mood": [{"rating": 4}], "annotator": "b@example.org", **own},
        {"text": "b", "id": 2, "annotator": 7, **own},
    ]
    with collect() as entries:
        assert rows(tmp_path / "a.json", flat) == [(1, "7", "[sic]"), (2, "b@example.org", "4")]
    assert [(one.line, one.reason) for one in of_kind(entries, Rejected)] == [
        (2, "it chooses several labels"),
        (4, "it holds no answer"),
    ]
    path = tmp_path / "a.csv"
    path.write_text(
        "annotation_id,annotator,id,lead_time,mood,text\n"
        '1,7,1,2.5,"[sic]",a\n2,8,1,1.0,"{""choices"": [""glad"", ""sad""]}",a\n3,8,2,1.0,sad,"b\nb"\n'
    )
    found = detect(path, COLUMNS)
    assert found is not None
    with pytest.raises(ValueError, match=r"line 2: text is answered, beside mood; name the one"):
        list(votes(found))
    assert detect(path, ("3", "2", "5")) is None, "places say that it is read as a table"
    found = detect(path, ("annotation_id", "annotation_id", "mood"))
    assert found is not None
    assert joined(list(votes(found)))["worker"].to_pylist() == [1, 3]
    found = detect(path, ("id", "annotator", "mood"))
    assert found is not None
    assert [tuple(row.values()) for row in joined(list(votes(found))).to_pylist()] == [
        (1, 7, "[sic]"),
        (2, 8, "sad"),
    ]
