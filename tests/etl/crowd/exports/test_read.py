"""What tools export comes back as the votes that went in; what is no vote is set aside or refused."""

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.crowd import read as crowd
from etl.crowd.exports.detect import detect
from etl.crowd.exports.read import texts, truth, votes
from etl.engine import Engine, choose
from etl.handoff import to_pandas
from etl.records import Choice, Rejected, Repeated, collect, of_kind
from etl.tables.form import Told
from etl.tables.read import joined
from tests.support import exports
from tests.support.exports import Vote

COLUMNS = ("task", "worker", "label")
CPU = choose("cpu")
VOTES: list[Vote] = [(1, "ann", "glad"), (1, "bob", "sad"), (2, "ann", "glad"), (2, "bob", "glad")]
CUT = exports.label_studio(VOTES).rstrip("]\n")


def rows(path: Path, columns: tuple[str, str, str] = COLUMNS, told: Told | None = None) -> list[Vote]:
    found = detect(path, columns, told)
    assert found is not None
    tables = list(votes(found, told))
    return (
        [(row["task"], row["worker"], row["label"]) for row in joined(tables).to_pylist()] if tables else []
    )


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def forms(given_votes: list[Vote], folder: Path) -> dict[str, tuple[Path, tuple[str, str, str]]]:
    """The same votes in each form, and the columns to tell."""
    written = {
        "label_studio.json": exports.label_studio(given_votes),
        "min.json": exports.json_min(given_votes),
        "prodigy.jsonl": exports.prodigy(given_votes),
        "old.jsonl": exports.old_doccano(given_votes),
    }
    found = {name: (write(folder, name, text), COLUMNS) for name, text in written.items()}
    found["flat.csv"] = (
        write(folder, "flat.csv", exports.flat_csv(given_votes)),
        ("id", "annotator", "mood"),
    )
    found["doccano"] = (exports.doccano(given_votes, folder / "doccano"), COLUMNS)
    return found


WORD = st.text("aZé漢 '-,#\"", min_size=1, max_size=6).filter(lambda text: bool(text.strip()))
NAME = st.text("abcé1", min_size=1, max_size=5).filter(lambda text: text.casefold() not in ("all", "unknown"))
TABLES = st.dictionaries(
    st.tuples(st.integers(-(2**31), 2**31), NAME), WORD | st.integers(0, 99).map(str), min_size=1, max_size=12
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TABLES)
def test_any_table_of_votes_comes_back_from_each_form(tmp_path_factory, table: dict) -> None:
    given_votes = sorted((task, by, label) for (task, by), label in table.items())
    expected = sorted(tuple(map(str, vote)) for vote in given_votes)
    for name, (path, columns) in forms(given_votes, tmp_path_factory.mktemp("forms")).items():
        assert sorted(tuple(map(str, vote)) for vote in rows(path, columns)) == expected, name
        known = texts(path, columns)
        assert known is not None
        assert dict(zip(*(known[one].to_pylist() for one in ("task", "text")), strict=True)) == {
            task: f"text {task}" for task, _, _ in given_votes
        }, name


def test_ids_are_numbers_where_they_are_written_so_and_text_else(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", exports.prodigy([(-7, 1, 3), (8, 2, 4)]))
    assert rows(path) == [(-7, 1, 3), (8, 2, 4)]
    path = write(tmp_path, "b.jsonl", exports.prodigy([("007", 1, 3), ("8", "b", "yes")]))
    assert rows(path) == [("007", "1", "3"), ("8", "b", "yes")]


def test_the_door_of_votes_reads_exports_and_says_so(engine: Engine, tmp_path: Path) -> None:
    again = [*VOTES, (2, "bob", "sad")]
    path = write(tmp_path, "a.json", exports.label_studio(again))
    with collect() as entries:
        (piece,) = crowd.pieces(path, engine, tmp_path)
    assert to_pandas(engine.df.DataFrame({"id": piece.workers}))["id"].tolist() == ["ann", "bob"]
    assert len(piece) == 4
    assert sum(entry.rows for entry in of_kind(entries, Repeated)) == 1
    (said,) = of_kind(entries, Choice)
    assert (
        said.reason == f"votes: {path} is an export of Label Studio, as its records hold data and annotations"
    )


def test_tables_of_json_lines_are_read_by_their_columns_as_before(tmp_path: Path) -> None:
    record = {"task": 1, "worker": "ann", "label": "x", "_input_hash": 3, "answer": "accept"}
    path = write(tmp_path, "a.jsonl", exports.lines([record]))
    assert detect(path, COLUMNS) is None
    assert len(next(iter(crowd.pieces(path, CPU, tmp_path)))) == 1
    for name, text in (("b.csv", "task,worker,label\n1,a,x\n"), ("c.jsonl", '{"a": 1}\n'), ("d.csv", "")):
        assert detect(write(tmp_path, name, text), COLUMNS) is None
    assert detect(tmp_path / "none.json", COLUMNS) is None


def test_a_zip_file_of_annotators_that_agree_in_everything(tmp_path: Path) -> None:
    folder = exports.doccano([(1, "ann", "x"), (1, "bob", "x"), (2, "c.d", "y")], tmp_path / "files")
    (folder / "unknown.jsonl").write_text(exports.lines([{"id": 3, "text": "t", "label": []}]))
    (folder / "idle.jsonl").write_text("")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
    for path in (folder, tmp_path / "a.zip"):
        assert rows(path) == [(1, "ann", "x"), (1, "bob", "x"), (2, "c.d", "y")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (exports.label_studio(VOTES)[:-200], r"line \d+: its JSON is cut off or broken in record 2"),
        (CUT, rf"line {CUT.count(chr(10)) + 1}: its JSON .* record 3 \(its \] is missing\)"),
        (
            exports.label_studio(VOTES).replace('"glad"', "glad"),
            r"line 17: its JSON .* record 1 .*; mend it",
        ),
        ('[{"id": 1', r"line 1: its JSON is cut off or broken in record 1"),
    ],
)
def test_json_that_is_cut_off_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rows(write(tmp_path, "a.json", text))


def test_a_broken_line_is_set_aside(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", exports.prodigy(VOTES) + '{"text": "cut\n' + '{"text": "other tool"}\n')
    with collect() as entries:
        assert rows(path) == VOTES
    assert [(one.line, one.reason) for one in of_kind(entries, Rejected)] == [
        (5, "the line holds no JSON object"),
        (6, "it is none of Prodigy"),
    ]


def test_what_does_not_belong_together_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a.json", exports.label_studio(VOTES))
    write(tmp_path, "b.jsonl", exports.prodigy(VOTES))
    with pytest.raises(
        ValueError, match=r"a\.json is an export of Label Studio, and .*b\.jsonl one of Prodigy"
    ):
        rows(tmp_path)
    (tmp_path / "b.jsonl").unlink()
    write(tmp_path, "b.csv", "task,worker,label\n1,a,x\n")
    with pytest.raises(ValueError, match=r"b\.csv is none; give the exports alone"):
        rows(tmp_path)
    (tmp_path / "b.csv").unlink()
    write(tmp_path, "b.json", exports.label_studio(VOTES))
    with pytest.raises(ValueError, match="hold the same data, which would count twice"):
        rows(tmp_path)
    write(tmp_path, "b.json", '{"colours": 3}')
    with collect() as entries:
        assert rows(tmp_path) == VOTES
    assert of_kind(entries, Choice)[-1].reason == "votes: b.json passed over, as no export of Label Studio"


def test_half_a_character_and_blank_labels_are_set_aside(tmp_path: Path) -> None:
    more = [exports.prodigy_line(3, "ann", accept=[label]) for label in ("\ud800", " ", None)]
    path = write(
        tmp_path, "a.jsonl", exports.prodigy(VOTES) + "".join(json.dumps(one) + "\n" for one in more)
    )
    with collect() as entries:
        assert rows(path) == VOTES
    assert [one.reason for one in of_kind(entries, Rejected)] == [
        "its label is half a character",
        "its label is missing",
        "its label is missing",
    ]


def test_too_many_bad_answers_refuse_the_file_and_skipped_ones_do_not(tmp_path: Path) -> None:
    ignored = [exports.prodigy_line(n, "ann", answer="ignore") for n in range(9)]
    path = write(tmp_path, "a.jsonl", exports.prodigy(VOTES) + exports.lines(ignored))
    assert rows(path) == VOTES
    nobody = [exports.prodigy_line(n, None, accept=["x"]) for n in range(9)]
    path = write(tmp_path, "b.jsonl", exports.prodigy(VOTES) + exports.lines(nobody))
    with pytest.raises(ValueError, match=r"9 of 13 rows .* line 5: it names no annotator"):
        rows(path)
    assert rows(path, told=Told(bad_share=0.8)) == VOTES
    path = write(tmp_path, "c.jsonl", exports.lines(nobody))
    with pytest.raises(
        ValueError, match=r"none of 9 answers is a vote; .* line 1: it names no .*session=NAME"
    ):
        rows(path)


def test_an_export_that_marks_no_answer_has_no_truth(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", exports.prodigy(VOTES))
    with pytest.raises(ValueError, match="Prodigy that marks no answer as known to be right"):
        truth(path)
    assert truth(write(tmp_path, "b.csv", "task,label\n1,x\n")) is None
    assert texts(tmp_path / "b.csv") is None
