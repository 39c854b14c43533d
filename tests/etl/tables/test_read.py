"""One table, in every form that people have it, is the same table."""

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.records import Choice, Rejected, collect, of_kind
from etl.tables import typed
from etl.tables.form import Told
from etl.tables.read import Column, read

COLUMNS = [Column("task"), Column("worker"), Column("label"), Column("price", "number")]
ROWS = [
    ("007", "Jörg", "yes", 1.5),
    ("7", "NA", "no, never", -2.0),
    ("1.10", "null", 'say "x"', 0.25),
    ("99999999999999999999", "two\nlines", "=1+1", 3.0),
]
NAMES = ["task", "worker", "label", "price"]


def spelled(
    rows: list[tuple[object, ...]], delimiter: str = ",", end: str = "\n", comma: bool = False
) -> str:
    text = io.StringIO(newline="")
    table = csv.writer(text, delimiter=delimiter, lineterminator=end)
    table.writerow(NAMES)
    for *cells, price in rows:
        table.writerow([*cells, str(price).replace(".", ",") if comma else price])
    return text.getvalue()


def write(folder: Path, form: str, rows: list[tuple[object, ...]] = ROWS) -> Path:
    if form == "folder":
        (folder / "votes").mkdir()
        (folder / "votes" / ".DS_Store").write_bytes(b"\0\1")
        (folder / "votes" / "README").write_text("how these were made")
        (folder / "votes" / "a.csv").write_text(spelled(rows[:2]))
        (folder / "votes" / "b.csv").write_text(spelled(rows[2:]))
        return folder / "votes"
    if form == "zip":
        with zipfile.ZipFile(folder / "a.zip", "w") as archive:
            archive.writestr("in/a.csv", spelled(rows))
        return folder / "a.zip"
    if form in ("parquet", "dictionary"):
        columns = [pa.array(cells) for cells in zip(*rows, strict=True)]
        if form == "dictionary":
            columns = [*(column.dictionary_encode() for column in columns[:3]), columns[3]]
        pyarrow.parquet.write_table(pa.table(columns, names=NAMES), folder / "a.parquet")
        return folder / "a.parquet"
    if form == "jsonl":
        lines = [json.dumps(dict(zip(NAMES, row, strict=True)), ensure_ascii=False) for row in rows]
        (folder / "a.jsonl").write_text("\n\n".join(lines))
        return folder / "a.jsonl"
    if form == "xlsx":
        openpyxl = pytest.importorskip("openpyxl")
        book = openpyxl.Workbook()
        for row in (NAMES, *rows):
            book.active.append([f"'{cell}" if cell == "=1+1" else cell for cell in row])
        for cell in book.active["C"]:
            if cell.value == "'=1+1":
                cell.value, cell.data_type = "=1+1", "s"
        book.save(folder / "a.xlsx")
        return folder / "a.xlsx"
    text = {
        "csv": spelled(rows),
        "crlf": spelled(rows, end="\r\n"),
        "bom": "\ufeff" + spelled(rows),
        "semicolon": spelled(rows, ";", comma=True),
        "tab": spelled(rows, "\t"),
        "sep": "sep=;\n" + spelled(rows, ";", comma=True),
        "bare": spelled(rows).rstrip("\n"),
        "padded": spelled(rows).replace(NAMES[0] + ",", " Task, ", 1).replace("worker,", "Worker , ", 1),
        "gz": spelled(rows),
        "utf-16": spelled(rows),
        "latin-1": spelled(rows),
    }[form]
    encoding = form if form in ("utf-16", "latin-1") else "utf-8"
    data = text.encode(encoding)
    path = folder / ("a.csv.gz" if form == "gz" else "a.csv")
    path.write_bytes(gzip.compress(data) if form == "gz" else data)
    return path


FORMS = "csv crlf bom semicolon tab sep padded gz utf-16 latin-1 folder zip parquet dictionary jsonl xlsx"


@pytest.mark.parametrize("form", [*FORMS.split(), "bare"])
def test_every_form_of_a_table_is_the_same_table(tmp_path: Path, form: str) -> None:
    told = Told(encoding="latin-1" if form == "latin-1" else None)
    with collect() as entries:
        found = read(write(tmp_path, form), COLUMNS, "votes", told)
    assert [tuple(row.values()) for row in found.to_pylist()] == ROWS
    assert not of_kind(entries, Rejected)
    if form in ("semicolon", "tab", "sep", "padded", "folder"):
        assert of_kind(entries, Choice), "an automatic choice says its reason"


@given(
    st.lists(
        st.tuples(
            *[st.text(st.sampled_from("0179.-,;\"'\t é\nNA"), min_size=1, max_size=4).filter(str.strip)] * 3
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(
        ["csv", "crlf", "semicolon", "tab", "gz", "zip", "parquet", "dictionary", "jsonl", "bom"]
    ),
)
def test_any_table_is_read_with_the_same_ids_and_as_many_rows(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], form: str
) -> None:
    table = [(*row, 1.5) for row in rows]
    found = read(write(tmp_path_factory.mktemp("t"), form, table), COLUMNS, "votes")
    assert [tuple(str(cell) for cell in row.values())[:3] for row in found.to_pylist()] == rows


BLANKS = """task,worker,label,price
1,a,yes,1
2,b,,1
3,,no,1
,c,no,1
4,d,  ,1
5,e,no,
6,f,no,NA
7,g,no,12a
8,h,no,2
"""


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_blanks_are_missing_in_every_kind_and_told_with_line_and_reason(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"a.{form}"
    if form == "csv":
        path.write_text(BLANKS)
    else:
        names, *rows = [line.split(",") for line in BLANKS.splitlines()]
        lines = [json.dumps({n: c or None for n, c in zip(names, row, strict=True)}) for row in rows]
        path.write_text("\n" + "\n".join(lines))
    with collect() as entries:
        found = read(path, COLUMNS, "votes", Told(bad_share=0.9))
    assert found["task"].to_pylist() == [1, 8]
    losses = [(entry.line, entry.reason) for entry in of_kind(entries, Rejected)]
    assert losses == [
        (3, "its label is missing"),
        (4, "its worker is missing"),
        (5, "its task is missing"),
        (6, "its label is missing"),
        (7, "its price is missing"),
        (8, "its price is missing"),
        (9, "its price is no number"),
    ]
    with pytest.raises(ValueError, match=r"7 of 9 rows cannot be used, the first is line 3: .*--bad-share"):
        read(path, COLUMNS, "votes")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.csv is empty"),
        ("\n\n", "a.csv is empty"),
        ("task;worker;label\n", "holds no row of votes"),
        (
            "a,b,c\n1,2,3\n",
            r"has no column task, worker, label; it has a, b, c: name its columns with --columns \(or ",
        ),
        ("task,worker,label,label\n1,2,3,4\n", r"2 columns named label"),
        ('task,worker,label\n1,2,"3\n4,5,6\n', r"line 2: the quote"),
        ("task,worker,label\n1,2\n3,4\n5,6,7\n", r"2 of 3 rows .* line 2: it has 2 fields, and there are 3"),
        ("Task,TASK,worker,label\n1,2,3,4\n", "differ in case or blanks"),
    ],
)
def test_bad_tables_are_refused_with_cause_place_and_remedy(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        read(tmp_path / "a.csv", COLUMNS[:3], "votes")


def test_columns_may_be_told_by_their_places(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,ann,yes\n2,bob,no\n")
    columns = [Column("1", called="task"), Column("3", called="label")]
    assert read(tmp_path / "a.csv", columns, "votes").to_pydict() == {"task": [1, 2], "label": ["yes", "no"]}


def test_names_again_are_set_aside(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("task,worker,label\n1,a,x\ntask,worker,label\n2,a,x\n")
    with collect() as entries:
        found = read(tmp_path / "a.csv", COLUMNS[:3], "votes")
    assert found["task"].to_pylist() == [1, 2]
    assert [(entry.line, entry.reason) for entry in of_kind(entries, Rejected)] == [
        (3, "it is the line of names again")
    ]


@pytest.mark.parametrize(("before", "line"), [("", 3), ("sep=,\n", 4), ("\n\n", 5)])
@pytest.mark.parametrize("row", ["9,a", "9,a,x,y", "9,a,x,", "9", '9,"a,x"', "9,a\rb,x"])
def test_rows_of_other_widths_are_set_aside_with_their_line(
    before: str, line: int, row: str, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_bytes(f"{before}task,worker,label\n1,a,x\n{row}\n2,a,x\n".encode())
    with collect() as entries:
        found = read(tmp_path / "a.csv", COLUMNS[:3], "votes")
    assert found["task"].to_pylist() == [1, 2]
    assert [(entry.line, entry.text) for entry in of_kind(entries, Rejected)] == [(line, row)]


def test_blanks_after_the_delimiter_belong_to_no_value(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("task, worker, label\n1, ann, yes\n2,bob,  no\n")
    found = read(tmp_path / "a.csv", COLUMNS[:3], "votes")
    assert found["worker"].to_pylist() == ["ann", "bob"]
    assert found["label"].to_pylist() == ["yes", "no"]


def test_many_losses_are_all_counted_and_some_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etl.tables.losses.LISTED", 3)
    rows = "".join(f"{row},a,{'x' if row % 2 else ''}\n" for row in range(20))
    (tmp_path / "a.csv").write_text("task,worker,label\n" + rows)
    with collect() as entries:
        found = read(tmp_path / "a.csv", COLUMNS[:3], "votes")
    losses = of_kind(entries, Rejected)
    assert len(found) + sum(entry.rows for entry in losses) == 20
    assert [entry.line for entry in losses] == [2, 4, 6, None]


def test_a_row_that_is_set_aside_does_not_make_the_ids_of_others_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("task,worker,label\n1,a,x\nA7,b,\n2,a,x\n")
    assert read(tmp_path / "a.csv", COLUMNS[:3], "votes")["task"].to_pylist() == [1, 2]


def test_ids_of_several_files_are_text_where_one_is(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("task,worker,label\n1,1,x\n")
    (tmp_path / "b.csv").write_text("task,worker,label\n2,A1,x\n")
    found = read(tmp_path, COLUMNS[:3], "votes")
    assert found["worker"].to_pylist() == ["1", "A1"]
    assert found["task"].to_pylist() == [1, 2]


@pytest.mark.parametrize(
    ("first", "tasks"),
    [("2,1,3\n", [2, 7, 8]), ("task,worker,label\n", [7, 8]), ("1,2,3\n", [7, 8]), ("5,9,9\n", [5, 7, 8])],
)
def test_places_tell_columns_with_and_without_a_line_of_names(
    first: str, tasks: list[int], tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(first + "7,4,1\n8,4,1\n")
    columns = [Column(place, called=name) for place, name in zip("123", NAMES, strict=False)]
    assert read(tmp_path / "a.csv", columns, "votes")["task"].to_pylist() == tasks


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("mac.csv", b"task,worker,label\r1,2,3\r", "carriage returns alone"),
        ("a.json", b'[{"task": 1}]', "is JSON; write an object a line"),
        ("a.csv", gzip.compress(b"task,worker,label\n1,2,3\n", mtime=0), "packed by gzip"),
        ("b.csv", b"PAR1....", "a Parquet file"),
        ("c.csv", b"PK\x03\x04....", "a zip or Excel file"),
        ("d.xls", b"\xd0\xcf\x11\xe0....", "Excel file of the old form"),
    ],
)
def test_what_is_no_table_is_named(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read(tmp_path / name, COLUMNS[:3], "votes")


@pytest.mark.parametrize("encoding", ["rot13", "base64", "a\0b", "undefined", "none"])
def test_what_is_no_encoding_of_text_is_named(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("task,worker,label\n1,2,3\n")
    with pytest.raises(ValueError, match="--encoding .* is unknown"):
        read(tmp_path / "a.csv", COLUMNS[:3], "votes", Told(encoding=encoding))


def test_a_mark_says_the_encoding_of_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\ufefftask,worker,label\n1,Jörg,x\n", encoding="utf-8")
    assert (
        read(tmp_path / "a.csv", COLUMNS[:3], "votes", Told(encoding="latin-1"))["worker"][0].as_py()
        == "Jörg"
    )


def test_delimiters_in_quotes_part_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('x,y,"n;m"\n1,2,"a, b;c"\n2,3,"d;e"\n3,4,"f, g, h;i"\n')
    assert read(tmp_path / "a.csv", [], "rows").column_names == ["x", "y", "n;m"]


def test_names_of_parquet_may_differ_in_case_one_by_one(tmp_path: Path) -> None:
    table = pa.table({"Task": [1], "worker": ["a"], "LABEL": ["x"], "other": [0.5]})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet", COLUMNS[:3], "votes").to_pylist() == [
        {"task": 1, "worker": "a", "label": "x"}
    ]


def test_columns_without_a_name_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("task,worker,label,,\n1,a,x,,\n2,b,y,,\n")
    assert read(tmp_path / "a.csv", [], "rows").column_names == [
        "task",
        "worker",
        "label",
        "unnamed 4",
        "unnamed 5",
    ]


def test_an_object_or_list_sets_its_row_aside_and_truths_stay_as_written(tmp_path: Path) -> None:
    rows = ['{"task": 1, "worker": "a", "label": true}', '{"task": 2, "worker": {"id": 7}, "label": "x"}']
    rows += [
        '{"task": 3, "worker": "b", "label": ["x", "y"]}',
        '{"task": 4, "worker": "\\ud800", "label": "x"}',
    ]
    rows += ['{"task": 5, "worker": "c", "label": "true", "more": {"deep": []}}']
    (tmp_path / "a.jsonl").write_text("\n".join(rows))
    with collect() as entries:
        found = read(tmp_path / "a.jsonl", COLUMNS[:3], "votes", Told(bad_share=0.9))
    assert found["task"].to_pylist() == [1, 5]
    assert set(found["label"].to_pylist()) == {"true"}
    assert [entry.line for entry in of_kind(entries, Rejected)] == [2, 3, 4]


def test_a_key_of_late_rows_is_a_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.tables.typed.ROWS", 3)
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n' * 5 + '{"a": 1, "b": 2}\n')
    assert read(tmp_path / "a.jsonl", [], "rows")["b"].to_pylist() == [None] * 5 + ["2"]


def test_formulas_that_were_never_computed_are_named(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["task", "worker", "label"], [1, "a", "=A2*2"]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(ValueError, match=r"row 2: the value of the formula =A2\*2 was not saved"):
        read(tmp_path / "a.xlsx", COLUMNS[:3], "votes")


def test_a_table_of_many_columns_is_read(tmp_path: Path) -> None:
    names = ",".join(f"c{place}" for place in range(20_000))
    (tmp_path / "a.csv").write_text(f"{names}\n{','.join(['1'] * 20_000)}\n")
    assert read(tmp_path / "a.csv", [], "rows").num_columns == 20_000


@pytest.mark.parametrize("length", [140_000, 1_000_000])
@pytest.mark.parametrize("many", [True, False])
def test_a_quoted_name_may_be_of_any_length(tmp_path: Path, length: int, many: bool) -> None:
    name = "a,b " * (length // 4) if many else 'a""b' * (length // 4)
    (tmp_path / "a.csv").write_text(f'task,"{name}",worker,label\n1,x,w,yes\n')
    assert read(tmp_path / "a.csv", COLUMNS[:3], "votes").to_pylist() == [
        {"task": 1, "worker": "w", "label": "yes"}
    ]
    found = read(tmp_path / "a.csv", [Column(name.strip().replace('""', '"'))], "votes")
    assert found.columns[0].to_pylist() == ["x"]


@pytest.mark.parametrize("head", ["task, worker, label", '"task", "worker", "label"', "task, worker ,label"])
@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('"yes"', "yes"),
        ('"say ""x"""', 'say "x"'),
        ('5 "inch"', '5 "inch"'),
        ("yes", "yes"),
        ('"a" b', '"a" b'),
    ],
)
def test_cells_behind_blanks_are_as_those_without(
    tmp_path: Path, head: str, cell: str, expected: str
) -> None:
    (tmp_path / "a.csv").write_text(f'{head}\n1, "w", {cell}\n"2",  w,{cell}\n')
    found = read(tmp_path / "a.csv", COLUMNS[:3], "votes")
    own = {'"a" b': "a b"}.get(cell, expected)  # without a blank a quote opens, as csv's module has it
    assert found.to_pylist() == [
        {"task": 1, "worker": "w", "label": expected},
        {"task": 2, "worker": "w", "label": own},
    ]


@pytest.mark.parametrize("row", ['1, "a, b", yes', '1,w, "no, never"', '"1",w, "a, ""b"""'])
@pytest.mark.parametrize("head", ["task,worker,label", "task, worker, label"])
def test_a_quote_behind_a_blank_is_told_with_its_remedy(tmp_path: Path, row: str, head: str) -> None:
    (tmp_path / "a.csv").write_text(f"{head}\n1,w,yes\n{row}\n2,w,no\n")
    with collect() as entries:
        assert len(read(tmp_path / "a.csv", COLUMNS[:3], "votes")) == 2
    (lost,) = of_kind(entries, Rejected)
    assert lost.line == 3
    assert "a quote behind a blank quotes nothing: take out the blank before it" in lost.reason


def test_lines_of_json_are_parsed_once_where_the_first_have_the_columns_that_are_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[bytes] = []
    whole = typed._object

    def counted(line: bytes) -> object:
        parsed.append(line)
        return whole(line)

    monkeypatch.setattr(typed, "ROWS", 4)
    monkeypatch.setattr(typed, "_object", counted)
    lines = [json.dumps({"a": n, "b": [None, "x", True, 1.5][n % 4]}) for n in range(10)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    found = read(tmp_path / "a.jsonl", [Column("a"), Column("b", "any", needed=False)], "rows")
    assert found["a"].to_pylist() == list(range(10))
    assert found["b"].to_pylist() == [None, "x", "true", "1.5"] * 2 + [None, "x"]
    assert len(parsed) == 10
