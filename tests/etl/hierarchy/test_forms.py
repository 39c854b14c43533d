"""Hierarchies as people write them are the same tree; what may mean two things is refused by its line."""

import unicodedata
from pathlib import Path

import pytest

from etl.hierarchy.read import read
from etl.records import Choice, collect, of_kind

ROWS = [
    ("cat", "pet"),
    ("dog", "pet"),
    ("cow", "farm"),
    ("pet", "animal"),
    ("farm", "animal"),
    ("animal", ""),
]
NODES = ["cat", "dog", "cow", "animal", "farm", "pet"]


def table(separator: str = ",", names: tuple[str, str] = ("child", "parent"), root: str = "") -> str:
    rows = [names, *((child, parent or root) for child, parent in ROWS)]
    return "\n".join(separator.join(row) for row in rows) + "\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("semicolons.csv", table(";")),
        ("tabs.csv", table("\t")),
        ("commas.tsv", table(",")),
        ("bom.csv", "\ufeff" + table(";")),
        ("sep.csv", "sep=;\n" + table(";")),
        ("case.csv", table(names=("Child", "PARENT"))),
        ("none.csv", table(root="None")),
        ("na.csv", table(root="NA")),
        ("nan.csv", table(root="NaN")),
        ("null.tsv", table("\t", root="null")),
        ("is_a.txt", "pet cat\npet dog\nfarm cow\nanimal pet\nanimal farm\n"),
        ("child_first.txt", "cat pet\ndog pet\ncow farm\npet animal\nfarm animal\n"),
        ("tabs.txt", "pet\tcat\npet\tdog\nfarm\tcow\nanimal\tpet\nanimal\tfarm\n"),
    ],
)
def test_other_spellings_are_the_same_tree(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with collect() as entries:
        assert read(tmp_path / name)[0].members()[0] == NODES
    told = [entry.reason for entry in of_kind(entries, Choice)]
    assert bool(told) == (name.split(".")[0] in ("none", "na", "nan", "null"))


def test_a_node_called_none_is_one_where_it_has_a_line(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("child,parent\nNA,world\nUS,NA\nCA,NA\nFR,EU\n")
    assert read(tmp_path / "t.csv")[0].parents["US"] == ("NA",)


def test_lines_of_ids_and_of_paths(tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("n01 n011\nn01 n012\nn02 n021\n")
    tree, reason = read(tmp_path / "ids.txt")
    assert (tree.classes, tree.parents["n012"]) == (("n011", "n012", "n021"), ("n01",))
    assert "a parent and its child" in reason
    (tmp_path / "paths.txt").write_text("animal/pet/cat\nanimal/pet\nthing/cup v1.2\n")
    tree, _ = read(tmp_path / "paths.txt")
    assert tree.classes == ("animal/pet/cat", "animal/pet", "thing/cup v1.2")
    assert tree.parents["animal/pet"] == ("animal/pet/*",)


@pytest.mark.parametrize(
    "text", ["polar bear\nbrown bear\n", "New York\nOld York\nNew Delhi\n", "a b\nc d\n"]
)
def test_two_words_that_may_be_one_class_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(text)
    with pytest.raises(ValueError, match=r"t\.txt, line 1: .* holds a blank.*may be one class or two nodes"):
        read(tmp_path / "t.txt")


def test_two_parents_of_ids_are_named(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("n1 n11\nn1 n12\nn2 n12\n")
    with pytest.raises(ValueError, match=r"t\.txt, line 3: 'n12' lies below 'n1' and below 'n2'"):
        read(tmp_path / "t.txt")


@pytest.mark.parametrize("word", ["café", "Ångström", "がく"])
def test_names_that_look_alike_are_one(word: str, tmp_path: Path) -> None:
    for written, asked in (("NFC", "NFD"), ("NFD", "NFC")):
        name, other = (unicodedata.normalize(form, word) for form in (written, asked))
        (tmp_path / "t.csv").write_text(f"child,parent\n{name},drink\ntea,drink\n", encoding="utf-8")
        tree, _ = read(tmp_path / "t.csv", [other, "tea"])
        assert tree.members()[0] == [word, "tea", "drink"]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ("Cat", "did you mean 'cat'. It differs in case only"),
        ("COW", "did you mean 'cow'. It differs in case only"),
        ("dgo", "did you mean 'dog'.$"),
        ("zebra", "correct the names"),
    ],
)
def test_a_class_that_is_lacking_is_told_what_is_near(asked: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(table())
    with pytest.raises(ValueError, match=rf"lacks 1 of the 2 classes asked for, first '{asked}'.*{reason}"):
        read(tmp_path / "t.csv", [asked, "dog"])


def test_the_last_part_of_a_path_is_told(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("animal/cat\nanimal/dog\n")
    with pytest.raises(
        ValueError, match="did you mean 'animal/cat'. A class is named with all that is above it"
    ):
        read(tmp_path / "t.txt", ["cat", "dog"])
