"""Texts are those of the files, whatever their encoding; what is no text is set aside with its reason."""

from pathlib import Path

import pytest

from etl.records import Choice, Rejected, collect, of_kind
from etl.text import folders

TEXT = "Grüße aus Łódź\nnaïve\n"


def test_texts_in_utf8_and_latin1(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("plain", "mark", "latin")]
    for path, encoding in zip(paths, ("utf-8", "utf-8-sig", "latin-1"), strict=True):
        path.write_bytes((TEXT if encoding != "latin-1" else "déjà vu").encode(encoding))
    with collect() as entries:
        texts, places = folders.read(paths)
    assert texts == [TEXT, TEXT, "déjà vu"]
    assert places.tolist() == [0, 1, 2]
    assert [entry.reason for entry in of_kind(entries, Choice)] == [
        "encoding: 1 files are not UTF-8 and were read as Latin-1"
    ]
    assert not of_kind(entries, Rejected)


def test_what_is_no_text_is_set_aside_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "good").write_text("words")
    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "binary").write_bytes(b"MZ\0\1")
    paths = [tmp_path / name for name in ("binary", "good", "empty", "none")]
    with collect() as entries:
        texts, places = folders.read(paths)
    assert (texts, places.tolist()) == (["words"], [1])
    reasons = {Path(row.file).name: row.reason for row in of_kind(entries, Rejected)}
    assert set(reasons) == {"binary", "empty", "none"}
    assert "NUL" in reasons["binary"]
    assert "No such file" in reasons["none"]
    with pytest.raises(ValueError, match="none of 1 files holds text"):
        folders.read(paths[:1])


def test_texts_are_told_by_their_start(tmp_path: Path) -> None:
    for name, data in (("text", b"From: a\n"), ("binary", b"\x89PNG\0"), ("empty", b"")):
        (tmp_path / name).write_bytes(data)
    assert [folders.is_text(tmp_path / name) for name in ("text", "binary", "empty")] == [True, False, False]
