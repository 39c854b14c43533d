"""Files of every form hold the same sentences; folders are read whole, once, and by what they say."""

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from etl.conll.corpus import Corpus
from etl.conll.files import sentences
from etl.records import Choice, collect, of_kind

SENTENCES = [
    [("Zoë", "B-PER"), ("Vale", "I-PER"), ("left", "O"), ("Tromsø", "B-LOC")],
    [("She", "O"), ("😀", "O"), ("saw", "O"), ("Quito", "B-LOC"), (".", "O")],
    [("Nothing", "O"), ("here", "O")],
]


def rows(found: Corpus) -> list[list[tuple[str, str]]]:
    every = list(zip(found.words.to_pylist(), found.tag_names().to_pylist(), strict=True))
    return [every[a:b] for a, b in zip(found.starts[:-1], found.starts[1:], strict=True)]


def columns() -> str:
    return "\n".join("".join(f"{word}\t{tag}\n" for word, tag in each) for each in SENTENCES)


def gmb(name: str, *, filled: bool, separator: str = ",", end: str = "\r\n") -> str:
    lines = [separator.join(["Sentence #", "Word", "POS", "Tag"])]
    for number, each in enumerate(SENTENCES, 1):
        for place, (word, tag) in enumerate(each):
            begins = name.format(number) if filled or not place else ""
            lines.append(separator.join([begins, word, "NN", tag]))
    return end.join([*lines, ""])


def texts() -> list[tuple[str, list[tuple[int, int, str]]]]:
    """Texts with places of names, counted by hand from the words."""
    found = []
    for each in SENTENCES:
        text, marks = "", list[tuple[int, int, str]]()
        for word, tag in each:
            begin = len(text) + bool(text)
            text = f"{text} {word}".strip()
            if tag[0] == "B":
                marks.append((begin, len(text), tag[2:]))
            elif tag[0] == "I":
                marks[-1] = (marks[-1][0], len(text), tag[2:])
        found.append((text, marks))
    return found


def units(text: str, place: int) -> int:
    return len(text[:place].encode("utf-16-le")) // 2


def studio(text: str, marks: list[tuple[int, int, str]]) -> list[dict[str, object]]:
    return [
        {"start": units(text, a), "end": units(text, b), "labels": [k], "text": text[a:b]}
        for a, b, k in marks
    ]


def words(text: str) -> list[dict[str, object]]:
    ends = [len(" ".join(text.split()[:n])) for n in range(1, len(text.split()) + 1)]
    return [{"text": w, "start": e - len(w), "end": e} for w, e in zip(text.split(), ends, strict=True)]


def jsonl(items: list[dict[str, object]]) -> str:
    return "".join(json.dumps(item) + "\n" for item in items)


def prodigy() -> list[dict[str, object]]:
    return [
        {
            "text": text,
            "tokens": words(text),
            "spans": [{"start": a, "end": b, "label": k} for a, b, k in marks],
            "answer": "accept",
        }
        for text, marks in texts()
    ]


def studio_tasks() -> list[dict[str, object]]:
    return [
        {
            "id": 1,
            "data": {"text": text},
            "annotations": [
                {"result": [{"type": "labels", "value": value} for value in studio(text, marks)]}
            ],
        }
        for text, marks in texts()
    ]


FORMS = {
    "x.conll": columns(),
    "x.txt": columns(),
    "x.tsv": columns(),
    "x.bio": columns(),
    "named.csv": gmb("Sentence: {}", filled=False),
    "filled.csv": gmb("Sentence: {}", filled=True),
    "numbers.csv": gmb("{}", filled=True, end="\n"),
    "bom.csv": "\ufeff" + gmb("Sentence: {}", filled=False),
    "semicolons.csv": gmb("Sentence: {}", filled=False, separator=";"),
    "tabs.tsv": gmb("Sentence: {}", filled=False, separator="\t"),
    "doccano.jsonl": jsonl([{"id": n, "text": t, "label": m} for n, (t, m) in enumerate(texts())]),
    "labels.jsonl": jsonl([{"text": t, "labels": m} for t, m in texts()]),
    "entities.jsonl": jsonl(
        [
            {"text": t, "entities": [{"start_offset": a, "end_offset": b, "label": k} for a, b, k in m]}
            for t, m in texts()
        ]
    ),
    "prodigy.jsonl": jsonl(prodigy()),
    "studio.json": json.dumps(studio_tasks(), indent=2),
    "studio.jsonl": jsonl(studio_tasks()),
    "min.json": json.dumps([{"id": 1, "text": t, "label": studio(t, m)} for t, m in texts()]),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_holds_the_same_sentences(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FORMS[name].encode())
    assert rows(sentences(tmp_path / name)) == SENTENCES
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(name, FORMS[name])
        archive.writestr("__MACOSX/._" + name, "x")
    assert rows(sentences(tmp_path / "x.zip")) == SENTENCES
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(FORMS[name].encode()))
    assert rows(sentences(tmp_path / f"{name}.gz")) == SENTENCES


@pytest.mark.parametrize("name", ["x.conll", "named.csv", "doccano.jsonl", "tabs.tsv"])
def test_another_encoding_is_refused_or_told_and_never_guessed(name: str, tmp_path: Path) -> None:
    text = FORMS[name].replace("😀", "!").replace("\\u00eb", "ë").replace("\\ud83d\\ude00", "!")
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=rf"{name}, line \d+.* UTF-8.*--encoding latin-1"):
        sentences(tmp_path / name)
    assert sentences(tmp_path / name, encoding="latin-1").words.to_pylist()[0] == "Zoë"


@pytest.mark.parametrize(("other", "pack"), [("x.zip", "zip"), ("x.csv.gz", "gz"), ("copy.csv", "")])
def test_the_same_data_twice_is_refused_with_both_names(other: str, pack: str, tmp_path: Path) -> None:
    data = FORMS["named.csv"].encode()
    (tmp_path / "x.csv").write_bytes(data)
    if pack == "zip":
        with zipfile.ZipFile(tmp_path / other, "w") as archive:
            archive.writestr("x.csv", data)
    else:
        (tmp_path / other).write_bytes(gzip.compress(data) if pack else data)
    with pytest.raises(ValueError, match=r"hold the same data") as caught:
        sentences(tmp_path)
    assert f"/{other}" in str(caught.value)
    assert f"{tmp_path}/x.csv" in str(caught.value)


def test_a_folder_is_one_set_without_what_is_about_it(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text(columns(), encoding="utf-8")
    (tmp_path / "test.txt").write_text("Rome\tB-LOC\n", encoding="utf-8")
    for name in (".DS_Store", "._train.txt", "README.txt", "LICENSE.txt", "notes.docx"):
        (tmp_path / name).write_text(f"{name} has no words in columns, but a long line")
    with collect() as entries:
        assert rows(sentences(tmp_path)) == [[("Rome", "B-LOC")], *SENTENCES]
    told = " ".join(entry.reason for entry in of_kind(entries, Choice))
    assert "LICENSE.txt, README.txt passed over" in told
    assert "notes.docx" in told
    assert "2 files are read as one set, test.txt, train.txt" in told


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"text": "In Rome", "label": [[3, 9, "LOC"]]}, "mark 3 to 9 holds no word of a text of 7"),
        ({"text": "In Rome", "label": [[0, 5, "A"], [3, 7, "B"]]}, "marks overlap at character 3"),
        ({"text": "In Rome", "label": ["city"]}, "mark 'city' is no .begin, end, type."),
        ({"text": "In Rome", "label": [[3, 7, ""]]}, "mark 3 to 7 has no type"),
        ({"text": "In Rome"}, "it holds a text and no marks"),
        ({"words": ["In", "Rome"]}, "it holds no text, but words"),
        (
            {"text": "In Rome", "spans": [{"start": 3, "end": 5, "label": "A"}], "tokens": words("In Rome")},
            "cuts a",
        ),
        ({"data": {"text": "In Rome"}, "annotations": [{"result": []}] * 2}, "2 people annotated it"),
        (
            {"text": "Rome", "label": [{"start": 0, "end": 2, "labels": ["A"], "text": "Rome"}]},
            "is not where its",
        ),
        ([1, 2], "give doccano's JSONL"),
    ],
)
def test_a_text_that_cannot_be_read_is_named(item: object, reason: str, tmp_path: Path) -> None:
    good = [{"text": text, "label": marks} for text, marks in texts()]
    path = tmp_path / "x.jsonl"
    path.write_text(jsonl([*good, item]))
    with pytest.raises(ValueError, match=rf"x\.jsonl, line 4, cannot be read.*{reason}"):
        sentences(path)
    path.write_text(jsonl([*good * 40, item]))
    with collect() as entries:
        assert rows(sentences(path)) == SENTENCES * 40
    assert "1 sentences are set aside whole" in of_kind(entries, Choice)[0].reason


def test_answers_that_people_passed_over_are_left_out_and_told(tmp_path: Path) -> None:
    items = prodigy()
    items[0]["answer"] = "reject"
    (tmp_path / "x.jsonl").write_text(jsonl(items))
    with collect() as entries:
        assert rows(sentences(tmp_path / "x.jsonl")) == SENTENCES[1:]
    assert "1 texts were skipped or rejected" in of_kind(entries, Choice)[0].reason


@pytest.mark.parametrize("damage", ["cut", "flip", "text", "empty"])
def test_a_damaged_zip_is_one_line_with_its_name(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.csv", FORMS["named.csv"] * 50)
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes({"cut": bytes(data[:90]), "flip": bytes(data), "text": b"no zip", "empty": b""}[damage])
    with pytest.raises(ValueError, match=r"x\.zip is damaged or not what its name says") as caught:
        sentences(path)
    assert "\n" not in str(caught.value)
