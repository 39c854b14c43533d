"""Whatever holds a hierarchy is read by its own reader, with the reason."""

from pathlib import Path

import pytest

from etl.hierarchy.read import read

NOUNS = "".join(f"{n:08} 03 n 01 w{n} 0 001 @ 00000009 n 0000 | gloss\n" for n in (1, 2))
NOUNS += "00000009 03 n 01 top 0 000 | gloss\n"


def make(folder: Path, kind: str) -> Path:
    (folder / "top" / "cat").mkdir(parents=True)
    (folder / "top" / "dog").mkdir()
    for name in ("cat", "dog"):
        (folder / "top" / name / "1.png").touch()
    (folder / "data.noun").write_text(NOUNS)
    (folder / "wnids.txt").write_text("n00000001\nn00000002\n")
    (folder / "t.csv").write_text("child,parent\ncat,top\ndog,top\n")
    (folder / "names.txt").write_text("top.cat\ntop.dog\n")
    return folder / kind


@pytest.mark.parametrize(
    ("kind", "nodes", "reason"),
    [
        ("", ["n00000001", "n00000002", "n00000009"], "data.noun is there, so it is WordNet"),
        ("data.noun", ["n00000001", "n00000002", "n00000009"], "data.noun is there, so it is WordNet"),
        ("t.csv", ["cat", "dog", "top"], "t.csv is a table by its name"),
        ("names.txt", ["top.cat", "top.dog", "top"], "neither table nor directory"),
        ("top", ["cat", "dog"], "folder without data.noun"),
    ],
)
def test_each_kind_is_known_and_classes_may_be_reordered(
    kind: str, nodes: list[str], reason: str, tmp_path: Path
) -> None:
    path = make(tmp_path, kind)
    tree, why = read(path)
    assert tree.members()[0] == nodes
    assert reason in why
    turned = nodes[1::-1]
    asked = tmp_path / "asked.txt"
    asked.write_text("\n".join(turned))
    for classes in (turned, asked, str(asked)):
        assert read(path, classes)[0].members()[0] == [*turned, *nodes[2:]]


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(
        FileNotFoundError,
        match=r"none does not exist; give a folder with data.noun \(dict in WordNet 3.0's archive\)",
    ):
        read(tmp_path / "none")
    with pytest.raises(ValueError, match="top lacks 1 of the 2 classes.*did you mean 'cat'"):
        read(make(tmp_path, "top"), ["dog", "cats"])
    with pytest.raises(FileNotFoundError, match="absent.txt is no file"):
        read(tmp_path / "top", tmp_path / "absent.txt")
