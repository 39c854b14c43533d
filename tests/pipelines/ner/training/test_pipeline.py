"""A tagger from what a person labelled: judged by what was drawn for it, beside a dictionary."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch", reason="taggers are networks; pip install 'trinity[torch]'")

from etl.conll import simulate
from etl.conll.schemes import convert, spans, types
from etl.conll.score import span_f1
from models.tagger.network import Network
from pipelines import load
from pipelines.ner.training import data
from pipelines.ner.training.pipeline import Train, train
from tests.pipelines.ner.test_pipeline import write

SMALL = Network(width=16, epochs=4, round_steps=60)
ENTRY = {"seconds": 1.0, "time": ""}


def log(folder: Path, count: int = 100, judges: int = 20) -> list[dict]:
    """Answers about made-up sentences, the last of them for judging; and one that was answered twice."""
    corpus, rows = simulate.sentences(count, seed=1), []
    found, kinds = spans(corpus.tags, corpus.starts, corpus.names, "conlleval"), types(corpus.names)
    for item in range(count):
        begin, end = corpus.starts[item : item + 2]
        own = [[int(b), int(e), kinds[k]] for s, b, e, k in zip(*found, strict=True) if s == item]
        use = "judge" if item >= count - judges else "learn"
        rows.append(
            {"item": item, "words": corpus.words[begin:end].to_pylist(), "spans": own, "use": use, **ENTRY}
        )
    rows.insert(3, {**rows[0], "spans": None})
    rows.append(rows[0])
    folder.mkdir(exist_ok=True)
    (folder / "answers.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    return rows


def test_answers_are_judged_by_those_that_were_drawn_for_it(tmp_path: Path, capsys) -> None:
    rows = log(tmp_path / "labels")
    run = train(Train(data=tmp_path / "labels", network=SMALL, device="cpu", out=tmp_path / "runs"))
    found = json.loads((run / "metrics.json").read_text())
    assert (found["sentences"], found["held_out"]) == (80, 20)
    assert "judged by the 20 that the page drew for judging" in capsys.readouterr().out
    held = [row for row in rows if row["use"] == "judge"]
    frame = [(row["item"], word) for row in held for word in row["words"]]
    tags = load(run, "cpu").predict(pd.DataFrame(frame, columns=["sentence", "word"]))
    ours = set()
    for number, part in tags.groupby("sentence"):
        begun = [k for k, tag in enumerate(part["tag"]) if tag[0] == "B"]
        for k in begun:
            end = next((j for j in range(k + 1, len(part)) if part["tag"].iloc[j][0] != "I"), len(part))
            ours.add((number, k, end, part["tag"].iloc[k][2:]))
    true = {(n, *span) for n, row in enumerate(held) for span in map(tuple, row["spans"])}
    assert found["f1"] == pytest.approx(2 * len(ours & true) / (len(ours) + len(true)))
    assert found["f1_interval"][0] <= found["f1"] <= found["f1_interval"][1]
    assert found["f1"] > found["f1_baseline"]
    assert load(run, "cpu").warning == ""


def test_where_too_few_were_drawn_for_judging_a_fifth_judges(tmp_path: Path) -> None:
    log(tmp_path, judges=4)
    learnt, held, message = data.load(tmp_path, None, (0, -1), None, 0)
    assert message.startswith(
        "of the page's draws for judging there are 4, too few; judged by a random fifth, "
    )
    assert len(learnt) + len(held) == 100
    assert 0.15 < held.tokens / (learnt.tokens + held.tokens) < 0.25


def test_a_tagger_that_a_dictionary_beats_carries_a_warning(tmp_path: Path) -> None:
    lines = [f"{name} B-PER\nsaw O\n{place} B-LOC\n" for name in ("Ada", "Jo") for place in ("Rome", "Oslo")]
    (path := tmp_path / "train.conll").write_text("\n".join(lines * 15))
    hasty = Network(width=16, epochs=1, round_steps=1, lr=1e-9)
    run = train(Train(data=path, network=hasty, device="cpu", out=tmp_path / "runs"))
    found = json.loads((run / "metrics.json").read_text())
    assert found["f1"] < found["f1_baseline"]
    message = f"is {found['f1']:.3f}, and a dictionary of the names that were labelled has 1.000"
    assert message in load(run, "cpu").warning
    assert message in (run / "report.md").read_text()


def test_a_line_that_a_kill_left_is_passed_over_and_another_refused(tmp_path: Path) -> None:
    log(tmp_path)
    place = tmp_path / "answers.jsonl"
    whole = place.read_bytes()
    place.write_bytes(whole + b'{"item": 7, "wor')
    learnt, held, _ = data.load(place, None, (0, -1), None, 0)
    assert (len(learnt), len(held)) == (80, 20)
    assert place.read_bytes() == whole + b'{"item": 7, "wor'
    place.write_bytes(whole.replace(b'"words"', b'"wards"', 2).replace(b'"wards"', b'"words"', 1))
    with pytest.raises(ValueError, match=r"answers\.jsonl, line 2, is no answer"):
        data.load(place, None, (0, -1), None, 0)


def test_answers_without_a_name_are_refused(tmp_path: Path) -> None:
    row = {"item": 0, "words": ["a"], "spans": [], **ENTRY}
    (tmp_path / "answers.jsonl").write_text(json.dumps(row) + "\n")
    with pytest.raises(ValueError, match="marks no name in 1 sentences; label some"):
        data.load(tmp_path, None, (0, -1), None, 0)


def test_a_test_set_judges_and_may_be_columns(tmp_path: Path) -> None:
    log(tmp_path / "labels")
    other = simulate.sentences(30, seed=5)
    path = write(tmp_path / "test.conll", other)
    learnt, held, message = data.load(tmp_path / "labels", path, (0, -1), None, 0)
    assert (len(learnt), len(held), message) == (100, 30, "judged by test.conll")
    tags, names = convert(other.tags, other.starts, other.names)
    assert span_f1(held.named(names).tags, tags, other.starts, names).f1 == 1
    assert learnt.names == held.names
    assert np.unique(learnt.tags).max() < len(learnt.names)
