"""Sentences without tags, in every form that they come in."""

import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from etl.conll import untagged
from etl.records import Choice, collect, of_kind
from etl.tables.form import Told

LINES = ["Ada saw Rome.", "Nobody's there"]
WORDS = [["Ada", "saw", "Rome", "."], ["Nobody", "'s", "there"]]


def write(path: Path) -> Path:
    """The lines, as the name of the file says."""
    frame = pd.DataFrame({"n": [1, 2], "Text": LINES})
    tokens = "\n\n".join("\n".join(f"{w}\tB-X" for w in words) for words in WORDS) + "\n"
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    elif path.name == "table.tsv":
        frame.to_csv(path, index=False, sep="\t")
    elif path.suffix == ".jsonl":
        frame.to_json(path, orient="records", lines=True)
    elif path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".iob2":
        rows = [[f"{k}\t{w}\tO\t-\t-" for k, w in enumerate(words, 1)] for words in WORDS]
        path.write_text("\n\n".join("\n".join(row) for row in rows) + "\n")
    else:
        path.write_text("\n".join(LINES) if path.suffix == ".txt" else tokens)
    return path


FORMS = ["a.txt", "a.conll", "a.bio", "columns.tsv", "table.tsv", "a.csv", "a.jsonl", "a.parquet", "a.iob2"]


@pytest.mark.parametrize("name", FORMS)
def test_words_are_the_same_in_every_form_and_untagged(name: str, tmp_path: Path) -> None:
    found = untagged.sentences(write(tmp_path / name))
    assert [found[k : k + 1].words.to_pylist() for k in range(len(found))] == WORDS
    assert found.names == ("O",)
    assert not found.tags.any()
    if name in ("table.tsv", "a.csv", "a.jsonl", "a.parquet"):
        assert found.ids.to_pylist() == ["0", "1"]


def test_a_zip_of_a_table_and_a_folder_of_texts_are_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(write(tmp_path / "a.csv"), "a.csv")
    assert untagged.sentences(tmp_path / "a.zip").words.to_pylist() == [*WORDS[0], *WORDS[1]]
    (tmp_path / "texts").mkdir()
    for name, line in zip("ab", LINES, strict=True):
        (tmp_path / "texts" / f"{name}.txt").write_text(line)
    assert untagged.sentences(tmp_path / "texts").words.to_pylist() == [*WORDS[0], *WORDS[1]]


def test_the_gmbs_rows_are_words(tmp_path: Path) -> None:
    (tmp_path / "ner.csv").write_text(
        "Sentence #,Word,POS,Tag\nSentence: 1,Ada,N,B-per\n,slept,V,O\nSentence: 2,Rome,N,B-geo\n"
    )
    found = untagged.sentences(tmp_path / "ner.csv")
    assert (found.words.to_pylist(), found.starts.tolist()) == (["Ada", "slept", "Rome"], [0, 2, 3])
    assert found.names == ("O",)
    assert not found.tags.any()


def test_another_encoding_and_column_must_be_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("body\nJosé\n", encoding="latin-1")
    with pytest.raises(ValueError, match="--encoding latin-1"):
        untagged.sentences(tmp_path / "a.csv", text="body")
    found = untagged.sentences(tmp_path / "a.csv", Told(encoding="latin-1"), text="body")
    assert found.words.to_pylist() == ["José"]
    with pytest.raises(ValueError, match=r"no column text; it has body: name"):
        untagged.sentences(tmp_path / "a.csv", Told(encoding="latin-1"))
    (tmp_path / "a.txt").write_text("José\n", encoding="latin-1")
    assert untagged.sentences(tmp_path / "a.txt", Told(encoding="latin-1")).words.to_pylist() == ["José"]


def test_texts_without_a_word_are_told_and_mixed_folders_refused(tmp_path: Path) -> None:
    pd.DataFrame({"text": [" ​ x", "​"]}).to_csv(tmp_path / "a.csv", index=False)
    with collect() as entries:
        found = untagged.sentences(tmp_path / "a.csv")
    assert (found.words.to_pylist(), found.ids.to_pylist()) == (["x"], ["0"])
    assert "1 texts hold no word, and are left out" in " ".join(e.reason for e in of_kind(entries, Choice))
    (tmp_path / "b.jsonl").write_text(json.dumps({"text": "​"}) + "\n")
    with pytest.raises(ValueError, match="holds no word"):
        untagged.sentences(tmp_path / "b.jsonl")
    write(tmp_path / "c.txt")
    with pytest.raises(ValueError, match=r"holds tables, such as .*, and others; name one kind"):
        untagged.sentences(tmp_path)


@pytest.mark.parametrize("form", ["csv", "frame"])
def test_texts_keep_the_ids_that_they_have(form: str, tmp_path: Path) -> None:
    table = pd.DataFrame({"id": ["007", "x", "7"], "text": ["Ada slept", None, "Rome"]})
    table.to_csv(tmp_path / "a.csv", index=False)
    found = (
        untagged.of_frame(table) if form == "frame" else untagged.sentences(tmp_path / "a.csv", named=True)
    )
    assert found.ids.to_pylist() == ["007", "7"]
    assert untagged.sentences(tmp_path / "a.csv").ids.to_pylist() == ["0", "2"]
