"""The labelling page without a browser: a real server, asked over HTTP."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from etl.conll import read
from pipelines.ner.labelling.pipeline import Label, labelling
from tests.support.labelling import request, text, truth
from tests.support.waiting import until


@pytest.fixture
def config(tmp_path: Path) -> Label:
    data = text(tmp_path / "text.txt")
    return Label(data=data, types="PER,LOC", out=tmp_path / "out", epochs=5, device="cpu", open=False)


@pytest.fixture
def address(config: Label) -> Iterator[str]:
    with labelling(config) as (server, _):
        yield server.address


def rows(config: Label) -> list[dict[str, Any]]:
    place = config.out / "answers.jsonl"
    return [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines()]


def answer(address: str, times: int) -> list[dict[str, Any]]:
    """Answer so many sentences truly; the questions."""
    asked = []
    for _ in range(times):
        question = request(address, "/api/question")[1]["question"]
        posted = {"item": question["item"], "spans": truth(question["words"]), "seconds": 1.25}
        assert request(address, "/api/answer", posted)[0] == 200
        asked.append(question)
    return asked


def wait(address: str, met: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The progress that meets a condition, once there is one."""

    def progress() -> dict[str, Any] | None:
        found = request(address, "/api/progress")[1]
        assert found["trouble"] is None
        return found if met(found) else None

    return until(progress)


def test_an_answer_is_on_the_disk_when_the_reply_comes(config: Label, address: str) -> None:
    for number in range(1, 8):
        (asked,) = answer(address, 1)
        found = rows(config)
        assert len(found) == number
        assert found[-1] | {"time": ""} == {
            "item": asked["item"],
            "words": asked["words"],
            "spans": truth(asked["words"]),
            "seconds": 1.25,
            "time": "",
            "round": 0,
            "score": None,
            "use": "judge" if number == 5 else "learn",
        }
        columns = (config.out / "labels.conll").read_text().split("\n")
        assert sorted(line.split("\t")[0] for line in columns if line) == sorted(
            word for row in found for word in row["words"]
        ), "a kill leaves all answers in both files"


def test_the_model_learns_meanwhile_and_chooses_what_comes_next(config: Label, address: str) -> None:
    answer(address, 12)
    assert wait(address, lambda found: found["round"] > 0)["estimate"] is None

    _, chosen, judge = answer(address, 3)  # the first of them was drawn before there was a model
    assert (chosen["source"], chosen["use"], chosen["round"]) == ("model", "learn", 1)
    assert chosen["score"] > 0
    assert rows(config)[-2]["score"] == chosen["score"]
    assert (judge["source"], judge["use"], judge["score"]) == ("none", "judge", None)


def test_what_is_held_out_gives_an_estimate_and_is_not_learnt(config: Label, address: str) -> None:
    answer(address, 40)
    found = wait(address, lambda found: not found["training"] and found["round"] > 0)

    used = [row["use"] for row in rows(config)]
    assert used == ["learn", "learn", "learn", "learn", "judge"] * 8
    assert (found["sentences"], found["skipped"], found["all_sentences"]) == (40, 0, 60)
    assert found["words"] == sum(len(row["words"]) for row in rows(config))
    assert 5 <= found["estimate"]["sentences"] <= 8
    assert found["estimate"]["spans"] == 2 * found["estimate"]["sentences"]
    assert 0 <= found["estimate"]["f1"] <= 1


def test_labels_are_written_in_columns_at_the_end(config: Label) -> None:
    with labelling(config) as (server, _):
        answer(server.address, 6)
        question = request(server.address, "/api/question")[1]["question"]
        request(server.address, "/api/answer", {"item": question["item"], "spans": None, "seconds": 1})

    found = read.conll(config.out / "labels.conll")
    kept = sorted((row for row in rows(config) if row["spans"] is not None), key=lambda row: row["item"])
    assert len(found) == 6
    assert found.words.to_pylist() == [word for row in kept for word in row["words"]]
    begins = [tag for tag in found.tag_names().to_pylist() if tag[0] == "B"]
    assert begins == [f"B-{kind}" for row in kept for _, _, kind in row["spans"]]


def test_labels_are_whole_after_each_answer_and_no_file_before(config: Label) -> None:
    place = config.out / "labels.conll"
    with labelling(config) as (server, _):
        question = request(server.address, "/api/question")[1]["question"]
        request(server.address, "/api/answer", {"item": question["item"], "spans": None, "seconds": 1})
        assert not place.exists()  # an empty one would be left by a kill
        for number in range(1, 4):
            answer(server.address, 1)
            assert len(read.conll(place)) == number
    with labelling(config):
        assert len(read.conll(place)) == 3


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "latin.txt"])
def test_texts_of_tables_and_other_encodings_are_asked(name: str, config: Label, tmp_path: Path) -> None:
    place, line = tmp_path / name, "José went to Rome"
    if name == "latin.txt":
        place.write_text(line, encoding="latin-1")
    else:
        place.write_text(f"n,body\n1,{line}\n" if name == "a.csv" else json.dumps({"body": line}) + "\n")
    encoding = "latin-1" if name == "latin.txt" else None
    given = Label(data=place, text="body", encoding=encoding, out=config.out, device="cpu", open=False)
    with labelling(given) as (server, _):
        assert request(server.address, "/api/question")[1]["question"]["words"] == line.split()


def test_a_rerun_goes_on_where_it_was(config: Label) -> None:
    with labelling(config) as (server, _):
        answer(server.address, 13)
        wait(server.address, lambda found: found["round"] == 1 and not found["training"])
        answer(server.address, 3)
        before = request(server.address, "/api/progress")[1]
    done = {row["item"] for row in rows(config)}
    assert max(row["round"] for row in rows(config)) == 1

    with labelling(config) as (server, _):
        after = wait(server.address, lambda found: found["round"] > 0 and not found["training"])
        again = answer(server.address, 60 - 16)
        end = request(server.address, "/api/question")[1]["question"]
    assert (after["sentences"], after["words"]) == (before["sentences"], before["words"])
    assert after["round"] == 2
    assert {question["item"] for question in again} == set(range(60)) - done
    assert end == {"item": None}


def test_the_last_answer_of_a_sentence_counts(config: Label) -> None:
    with labelling(config) as (server, _):
        first, second = answer(server.address, 2)
        waiting = request(server.address, "/api/question")[1]["question"]

        back = request(server.address, "/api/back", {"item": waiting["item"]})[1]["question"]
        assert (back["item"], back["source"]) == (second["item"], "answer")
        assert back["spans"] == truth(second["words"])
        back = request(server.address, "/api/back", {"item": back["item"]})[1]["question"]
        assert back["item"] == first["item"]
        status, none = request(server.address, "/api/back", {"item": back["item"]})
        assert (status, none["error"]) == (400, "there is no earlier sentence")

        mended = {"item": first["item"], "spans": [[0, 1, "LOC"]], "seconds": 3}
        reply = request(server.address, "/api/answer", mended)[1]
        assert reply["question"]["item"] == waiting["item"]
        assert reply["progress"]["sentences"] == 2
    found = rows(config)
    assert [row["item"] for row in found] == [first["item"], second["item"], first["item"]]
    (place,) = (k for k, row in enumerate(sorted({r["item"] for r in found})) if row == first["item"])
    exported = read.conll(config.out / "labels.conll")[place : place + 1]
    assert exported.tag_names().to_pylist() == ["B-LOC"] + ["O"] * (len(first["words"]) - 1)


WRONG = {
    "no sentence": ({"item": 60}, "no sentence 60; they are numbered 0 to 59"),
    "a name for a number": ({"item": "0"}, "no sentence '0'"),
    "no spans": ({"spans": ...}, "an answer needs spans"),
    "a number for spans": ({"spans": 3}, "spans must be a list"),
    "half a span": ({"spans": [[0, 1]]}, "spans must be a list"),
    "an empty span": ({"spans": [[1, 1, "PER"]]}, "span 1 to 1 is empty"),
    "a span that is too long": ({"spans": [[0, 99, "PER"]]}, "leaves the sentence"),
    "spans that overlap": ({"spans": [[1, 3, "PER"], [0, 2, "LOC"]]}, "overlaps another"),
    "a fraction": ({"spans": [[0, 1.5, "PER"]]}, "span 0 to 1.5"),
    "a strange type": ({"spans": [[0, 1, "ORG"]]}, "type 'ORG' is none of PER, LOC"),
    "a list for a type": ({"spans": [[0, 1, ["PER"]]]}, "is none of"),
    "negative seconds": ({"seconds": -1}, "seconds is -1"),
    "no seconds": ({"seconds": None}, "seconds is None"),
    "endless seconds": ({"seconds": float("inf")}, "seconds is inf"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_answer_is_refused_and_not_saved(config: Label, address: str, case: str) -> None:
    changes, message = WRONG[case]
    body = {"item": 0, "spans": [], "seconds": 1} | changes
    status, reply = request(address, "/api/answer", {k: v for k, v in body.items() if v is not ...})

    assert status == 400
    assert message in reply["error"]
    assert rows(config) == []


def test_an_answer_that_cannot_be_saved_is_told_and_does_not_count(config: Label) -> None:
    with labelling(config) as (server, session):
        session.log.close()
        posted = {"item": 0, "spans": [], "seconds": 1}
        status, reply = request(server.address, "/api/answer", posted)
        assert status == 507
        assert re.match(r".*could not write .* to .*answers\.jsonl .*free space there", reply["error"])
        assert request(server.address, "/api/progress")[1]["sentences"] == 0


def test_a_folder_is_one_process_alone(config: Label) -> None:
    with (
        labelling(config),
        pytest.raises(ValueError, match=r"out is in use by another process.* take another folder with --out"),
        labelling(config),
    ):
        pass


def test_a_folder_of_another_text_is_an_error(config: Label) -> None:
    with labelling(config) as (server, _):
        answer(server.address, 1)
    config.data.write_text("Another text .\n" * 60)
    with (
        pytest.raises(ValueError, match="the text does not have there; give the text"),
        labelling(config),
    ):
        pass


@pytest.mark.parametrize("types", ["", "PER,", "PER,PER", "A B", "-X", "A,B,C,D,E,F,G,H,I,J"])
def test_wrong_types_are_an_error(config: Label, types: str) -> None:
    wrong = Label(data=config.data, types=types, out=config.out, open=False)
    with pytest.raises(ValueError, match="give one to 9 different names without blanks"), labelling(wrong):
        pass


def test_tags_of_columns_are_not_read(config: Label, tmp_path: Path) -> None:
    place = tmp_path / "a.conll"
    place.write_text("Ada B-PER\nslept O\n\nIn O\nRome B-LOC\n")
    with labelling(Label(data=place, types="X,PER", out=config.out, device="cpu", open=False)) as (server, _):
        found = request(server.address, "/api/question")[1]
        assert found["types"] == ["X", "PER"]
        assert found["question"]["spans"] == []
        assert found["question"]["words"] in (["Ada", "slept"], ["In", "Rome"])


def test_types_may_be_added_but_not_dropped(config: Label) -> None:
    with labelling(config) as (server, _):
        answer(server.address, 1)
    with labelling(replace(config, types="ORG,PER,LOC")) as (server, _):
        assert request(server.address, "/api/progress")[1]["sentences"] == 1
    with (
        pytest.raises(ValueError, match="holds spans of type LOC; add it to --types"),
        labelling(replace(config, types="PER")),
    ):
        pass
