"""Equations come out of every kind of file; what is broken is set aside, counted and told."""

import gzip
import json
import time
from collections import Counter
from pathlib import Path

import pytest

from etl.equations.corpus_records import root
from etl.equations.forest import Builder, Equations
from etl.equations.latex import parse_latex
from etl.equations.parse import parse
from etl.equations.read import read_equations
from etl.equations.write import corpus, infix, latex
from etl.records import Rejected, collect, of_kind
from tests.support.real import EQUATIONS, present

LINES = (
    "# identities\r\n\r\nsin(x)**2 + cos(x)**2 = 1\ttrue\r\n\tx  =\t2  # a comment\r\n"
    "\\sin x = 1 % LaTeX\t\n$y = 2$\tfalse\nx = 1 + \nx + 1\nEq(x, 1)\t0\n"
)


def written(found: Equations) -> list[str]:
    return [infix(found.forest, root) for root in found.roots.tolist()]


def test_lines_of_text_and_latex(tmp_path: Path) -> None:
    path = tmp_path / "some.txt"
    path.write_bytes(b"\xef\xbb\xbf" + LINES.encode() + "é = 1\n".encode("latin-1") + b"x\0 = 1\n")
    with collect() as entries:
        found = read_equations(path)
    assert written(found) == ["sin(x)**2 + cos(x)**2 = 1", "x = 2", "sin(x) = 1", "y = 2", "x = 1"]
    assert found.labels.tolist() == [1, -1, -1, 0, 0]
    assert found.places == tuple(f"{path}:{line}" for line in (3, 4, 5, 6, 9))
    told = [(each.line, each.reason.partition(":")[0], each.text) for each in found.refused]
    assert told[:2] == [(7, "column 9", "x = 1 +"), (8, "column 1", "x + 1")]
    assert [each.reason for each in found.refused[1:3]] == [
        "column 1: there is no '=' in it; an equation has two sides",
        "column 1: it is not UTF-8; save the file so",
    ]
    assert "column 2: U+0000" in found.refused[3].reason
    assert [each.rows for each in of_kind(entries, Rejected)] == [4]
    clean = Builder()
    for text in written(found):
        parse(text, clean)
    assert len(found.forest) == len(clean.forest())


def test_packed_text_and_told_formats(tmp_path: Path) -> None:
    path = tmp_path / "some.txt.gz"
    path.write_bytes(gzip.compress(b"x*y = y*x\n"))
    assert written(read_equations(path, "latex")) == ["x*y = y*x"]
    assert written(read_equations(path)) == ["x*y = y*x"]


def test_black_boxes(tmp_path: Path) -> None:
    path = tmp_path / "some.txt"
    path.write_text("f(x) = 2\n")
    assert written(read_equations(path, boxes=("f",))) == ["f(x) = 2"]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", "holds no equation that can be read; give a text file"),
        ("a.txt", b"foo(x) = 1\nbar\n", r"\(line 1, column 1: unknown function 'foo'"),
        ("a.txt", "x = 1".encode("utf-16"), "UTF-16; save it as UTF-8"),
        ("a.txt.gz", gzip.compress(b"x = 1")[:-9], "is damaged"),
        ("a.json", b"[[{", "is damaged"),
        ("a.json", b"[" * 200_000, "is damaged"),
        ("a.json", b'{"a": 1}', "holds no list"),
        ("a.json", b'[[1, {"equation": 3}]]', r'\(record 1, it has no "equation"'),
        ("a.tar.gz", b"nothing", "is damaged"),
    ],
)
def test_files_without_an_equation(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(ValueError, match=reason):
        read_equations(path)


@pytest.mark.parametrize(
    ("func", "values", "reason"),
    [
        ("Equality,One,#,#,foo,#,#", ",1,#,#,,#,#", "unknown function 'foo'"),
        ("Equality,One,#,#,foo,One,#,#,#", ",1,#,#,,1,#,#,#", "unknown function 'foo'"),
        ("Equality,One,#,#,Add,One,#,#,#", ",1,#,#,,1,#,#,#", "'Add' has 1 children"),
        ("Equality,One,#,#,sin,#,#", ",1,#,#,,#,#", "'sin' has 0 children"),
        ("Equality,One,#,#", ",1,#,#", "'Equality' lacks a child"),
        ("Equality,One,#,#,One,#,#,One,#,#", ",1,#,#,1,#,#,1,#,#", "2 trees"),
        ("Equality,One,#,#,Integer,#,#", ",1,#,#,1e9999,#,#", "'1e9999' is no number"),
        ("Equality,One,#,#,Integer,#,#", ",1,#,#,__import__,#,#", "is no number"),
        ("Equality,One,#,#,Rational,#,#", ",1,#,#,1/0,#,#", "is no number"),
        ("Equality,One,#,#,Symbol,#,#", ",1,#,#,,#,#", "no name"),
        ("Equality,One,#,#", ",1,#", "func lists 4, vars 3"),
        ("sin,One,#,#,#", ",1,#,#,#", "no equation"),
    ],
)
def test_records_that_are_no_tree_are_set_aside(tmp_path: Path, func: str, values: str, reason: str) -> None:
    rows = [{"equation": {"func": func, "vars": values}}, {"equation": "x = 1", "label": "1"}]
    path = tmp_path / "some.json"
    path.write_text(json.dumps(rows))
    found = read_equations(path)
    assert written(found) == ["x = 1"]
    assert found.labels.tolist() == [1]
    assert len(found.forest) == 3
    assert reason in found.refused[0].reason
    assert (found.refused[0].line, found.refused[0].unit) == (1, "record")


def test_the_corpus_goes_through_text_latex_and_json() -> None:
    path = present(EQUATIONS / "neuralMath" / "data1000_depth4_inpuOut.json.gz")
    began = time.process_time()
    found = read_equations(path)
    seconds = time.process_time() - began
    assert len(found) == 7573
    assert found.refused == ()
    assert seconds < 2
    with gzip.open(path) as file:
        rows = [row for bucket in json.load(file) for row in bucket]
    build = Builder()
    assert [root(row, build) for row in rows] == found.roots.tolist()
    for node in found.roots.tolist():
        assert parse(infix(found.forest, node), build) == node
        assert parse_latex(latex(found.forest, node), build) == node


def test_the_corpus_is_written_as_it_was_read() -> None:
    """All but names of numbers, which tell where they were drawn, and sizes, of which some are wrong."""
    path = present(EQUATIONS / "neuralMath" / "data1000_depth4_inpuOut.json.gz")
    found, others = read_equations(path), Counter[tuple[str, str, str]]()
    with gzip.open(path) as file:
        rows = [row["equation"] for bucket in json.load(file) for row in bucket]
    for node, row in zip(found.roots.tolist(), rows, strict=True):
        mine = corpus(found.forest, node)
        assert mine["vars"] == row["vars"]
        names = zip(str(mine["func"]).split(","), row["func"].split(","), row["vars"].split(","), strict=True)
        others.update((one, other, value) for one, other, value in names if one != other)
    assert {one for one, other, _ in others if other == "Number"} == {"Float"}
    rest = {each: count for each, count in others.items() if each[1] != "Number"}
    assert rest == {("Integer", "Rational", "0"): 410, ("One", "Integer", "1"): 151}


def test_other_corpora_are_read() -> None:
    folder = present(EQUATIONS / "neuralMath" / "data10_final.json.gz").parent
    assert len(read_equations(folder / "data10_final.json.gz")) == 466
    axioms = read_equations(folder / "trigonometryAxioms.json.gz")
    assert (len(axioms), len(axioms.refused)) == (81, 1)
