"""Edge lists of plain text: every name as it is written, and no line lost without a word."""

import bz2
import gzip
import random
from pathlib import Path

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.graph.read import edges
from etl.records import Choice, Rejected, collect, of_kind
from etl.tables import decode
from etl.tables.form import Told

TOLD = Told()


def pairs(
    path: Path, text: str | bytes, told: Told = TOLD
) -> tuple[list[tuple], list[str], list[int | None]]:
    """Edges, what was told, and the lines that were set aside."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with collect() as entries:
        rows = edges(path, told=told).rows.to_pylist()
    reasons = [entry.reason for entry in of_kind(entries, Choice)]
    return (
        [tuple(row.values()) for row in rows],
        reasons,
        [entry.line for entry in of_kind(entries, Rejected)],
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C# F#\nC F\n", [("C#", "F#"), ("C", "F")]),
        ("http://a/#x http://b/%20\nhttp://a/ http://b/\n", [("http://a/#x", "http://b/%20"), ("http://a/", "http://b/")]),
        ("NA null\nNone nan\n", [("NA", "null"), ("None", "nan")]),
        ("01 1\n1 001\n", [("01", "1"), ("1", "001")]),
        ("18446744073709551617 5\n5 9223372036854775808\n", [(2**64 + 1, 5), (5, 2**63)]),
        ("9223372036854775807 -5\n", [(9223372036854775807, -5)]),
        ("1.0 2\n", [("1.0", 2)]),
        ("# c\n% c\n\n  1\t2  \r\n3   4", [(1, 2), (3, 4)]),
        ('"New York" Boston\n"a#b" "c d"\n', [("New York", "Boston"), ("a#b", "c d")]),
        ('5" 6"\n', [('5"', '6"')]),
        ("a\u00a0b c\n\u2028d e\n", [("a\u00a0b", "c"), ("\u2028d", "e")]),
        ("\ufeff1 2\n", [(1, 2)]),
    ],
)  # fmt: skip
def test_names_are_kept_as_they_are_written(tmp_path: Path, text: str, expected: list[tuple]) -> None:
    found, _, lost = pairs(tmp_path / "e.txt", text)
    assert [tuple(map(str, row)) for row in found] == [tuple(map(str, row)) for row in expected]
    assert lost == []


@pytest.mark.parametrize(
    ("text", "expected", "word"),
    [
        ("source target\n1 2\n", [(1, 2)], "line 1, 'source target', is the names"),
        ("# made today\nFromNodeId\tToNodeId\na\tb\n", [("a", "b")], "line 2"),
        ("id1 id2\n1 2\n3 1\n", [(1, 2), (3, 1)], "'id1 id2'"),
        ("a b\nc d\n", [("a", "b"), ("c", "d")], None),
        ("a b\n1 2\nc d\n", [("a", "b"), ("1", "2"), ("c", "d")], None),
        ("1 2\n3 4\n", [(1, 2), (3, 4)], None),
        ("1 2 # first\n2 3\n", [(1, 2), (2, 3)], "what follows a #"),
        ("1 2\n#3 4\n2 3\n", [(1, 2), (2, 3)], "1 lines amid the edges begin with # or %, the first is"),
        ("New York\tBoston\nRome\tSan Marino\n", [("New York", "Boston"), ("Rome", "San Marino")], "tabs"),
        ("a b {'weight': 3}\nb c {}\n", [("a", "b"), ("b", "c")], "what follows a #"),
    ],
)  # fmt: skip
def test_what_is_decided_is_told(tmp_path: Path, text: str, expected: list, word: str | None) -> None:
    found, told, lost = pairs(tmp_path / "e.edges", text)
    assert found == expected
    assert lost == []
    assert any(word in reason for reason in told) if word else not told


def test_lines_that_are_no_edges_are_set_aside_with_their_numbers(tmp_path: Path) -> None:
    text = "# c\n1 2 0.5\n3\n\n4 5 6 7\n8 9 x\n1 3 1e3\n2 3 2\n"
    found, _, lost = pairs(tmp_path / "e.txt", text)
    assert (found, lost) == ([(1, 2), (8, 9), (1, 3), (2, 3)], [3, 5])
    with collect() as entries:
        rows = edges(tmp_path / "e.txt", weight="weight").rows
    assert rows["weight"].to_pylist() == [0.5, 1000.0, 2.0]
    reasons = [(entry.line, entry.reason) for entry in of_kind(entries, Rejected)]
    assert reasons[-1] == (6, "its weight is no number")
    with pytest.raises(
        ValueError, match=r"2 of 6 rows cannot be used, the first is line 3: it has 1 word, and"
    ):
        edges(tmp_path / "e.txt", told=Told(bad_share=0.1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\nb\n", "has one word a line, as 'a'; an edge is two words"),
        ("# nothing\n\n", "holds no edges; give a line an edge"),
        ("1 2\n", "has no column weight; it has source, target"),
        (b"M\xfcller G\xf3mez\n", "line 1, is not UTF-8 .* --encoding latin-1"),
    ],
)
def test_what_is_no_edge_list_is_refused(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = tmp_path / "e.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=message):
        edges(path, weight="weight")


def test_a_told_encoding_and_packed_files_are_read(tmp_path: Path) -> None:
    text = "M\u00fcller G\u00f3mez\n"
    assert pairs(tmp_path / "e.txt", text.encode("latin-1"), Told("latin-1"))[0] == [
        ("M\u00fcller", "G\u00f3mez")
    ]
    assert pairs(tmp_path / "e.txt.gz", gzip.compress(text.encode()))[0] == [("M\u00fcller", "G\u00f3mez")]
    assert pairs(tmp_path / "e.txt.bz2", bz2.compress(text.encode("utf-16")))[0] == [
        ("M\u00fcller", "G\u00f3mez")
    ]
    (tmp_path / "e.txt.gz").write_bytes(gzip.compress(random.Random(0).randbytes(3000))[:2000])
    with pytest.raises(ValueError, match=r"e\.txt\.gz is damaged"):
        edges(tmp_path / "e.txt.gz")


def test_names_of_the_columns_can_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "e.txt").write_text("km to from\n3 a b\n4 b c\n")
    rows = edges(tmp_path / "e.txt", ("from", "to"), "km").rows
    assert rows.to_pydict() == {"from": ["b", "c"], "to": ["a", "b"], "km": [3.0, 4.0]}


def test_blocks_of_any_size_give_the_same_edges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f"n{n} {'x' * (n % 40)}\u00fc{n}\n" + "# c\n" * (n % 3) for n in range(200))
    whole, _, _ = pairs(tmp_path / "e.txt", text)
    cut = decode.blocks
    monkeypatch.setattr(decode, "blocks", lambda part, encoding: cut(part, encoding, size=17))
    assert pairs(tmp_path / "e.txt", text)[0] == whole
    assert len(whole) == 200


NAME = st.text(st.sampled_from("ab01#%é.,;'"), min_size=1, max_size=4).filter(
    lambda name: name[0] not in "#%"
)


@given(st.lists(st.tuples(NAME, NAME), min_size=1, max_size=9))
def test_networkx_reads_the_same_names(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("t") / "e.edgelist"
    networkx.write_edgelist(networkx.DiGraph(rows), path, data=False)
    found, told, lost = pairs(path, path.read_bytes())
    other = networkx.read_edgelist(path, create_using=networkx.DiGraph, comments=None)
    if any("names of columns" in reason for reason in told):
        return
    assert {tuple(map(str, row)) for row in found} == set(other.edges)
    assert lost == []


@given(st.integers(0, 10_000))
def test_the_order_of_lines_and_files_changes_no_edge(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    folder, rng = tmp_path_factory.mktemp("t"), np.random.default_rng(seed)
    rows = rng.integers(0, 9, (12, 2)).tolist()
    if rng.random() < 0.5:
        rows.append(["x", "007"])
    whole, _, _ = pairs(folder / "e.txt", "".join(f"{one} {other}\n" for one, other in rows))
    (folder / "parts").mkdir()
    order = rng.permutation(len(rows)).tolist()
    for name, part in (("1.txt", order[:5]), ("2.el", order[5:])):
        (folder / "parts" / name).write_text("".join(f"{rows[n][0]}\t{rows[n][1]} # {n}\n" for n in part))
    mixed = [tuple(row.values()) for row in edges(folder / "parts").rows.to_pylist()]
    assert sorted((str(one), str(other)) for one, other in mixed) == sorted(
        (str(one), str(other)) for one, other in whole
    )
