"""Nested directories as a hierarchy."""

from pathlib import Path

import pytest

from etl.hierarchy.folders import read
from etl.records import Rejected, collect, of_kind


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def test_leaf_directories_are_classes(tmp_path: Path) -> None:
    touch(tmp_path, "b/y/2.png", "b/x/1.png", "a/3.png", ".git/config", "b/.cache/4.png", "a/.hidden/5.png")
    (tmp_path / "a" / "empty").mkdir()
    (tmp_path / "none" / "here").mkdir(parents=True)
    with collect() as entries:
        tree = read(tmp_path)
    assert tree.classes == ("a", "b/x", "b/y")
    assert tree.parents == {"b/x": ("b",), "b/y": ("b",)}
    assert not entries


def test_files_beside_directories_are_set_aside_and_counted(tmp_path: Path) -> None:
    touch(tmp_path, "a/b/1.png", "a/c/2.png", "a/list.txt", "LICENCE", "a/b.txt")
    with collect() as entries:
        assert read(tmp_path).classes == ("a/b", "a/c")
    assert [entry.rows for entry in of_kind(entries, Rejected)] == [3]


def test_links_are_followed_once_and_loops_end(tmp_path: Path) -> None:
    data = touch(tmp_path / "data", "cats/1.png", "2.png")
    root = touch(tmp_path / "root", "x/1.png", "y/deep/2.png")
    (root / "linked").symlink_to(data / "cats")
    (root / "linked_again").symlink_to(data / "cats")
    (root / "x" / "loop").symlink_to(root)
    (root / "y" / "x").symlink_to(root / "x")
    (root / "again").symlink_to(root / "y")
    assert read(root).classes == ("linked", "x", "y/deep")


def test_many_links_among_directories_cost_no_more_than_themselves(tmp_path: Path) -> None:
    names = [f"d{n:02}" for n in range(30)]
    touch(tmp_path, *(f"{name}/1.png" for name in names))
    for name in names:
        for other in names:
            (tmp_path / name / f"to_{other}").symlink_to(tmp_path / other)
    assert read(tmp_path).classes == tuple(names)


def test_what_holds_no_classes_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="none is no directory"):
        read(tmp_path / "none")
    with pytest.raises(ValueError, match=rf"{tmp_path}: the classes are \[\]"):
        read(tmp_path)
    touch(tmp_path, "only/1.png")
    with pytest.raises(ValueError, match=r"the classes are \['only'\]; give two"):
        read(tmp_path)
