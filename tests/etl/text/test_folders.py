"""Texts are those of the files, in the encoding that is told; what is no text is set aside, and why."""

from pathlib import Path

import pytest

from etl.records import Rejected, collect, of_kind
from etl.text import folders

TEXT = "Grüße aus Łódź\nnaïve\n"


def test_texts_in_utf8_and_utf16(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("plain", "mark", "wide")]
    for path, encoding in zip(paths, ("utf-8", "utf-8-sig", "utf-16"), strict=True):
        path.write_bytes(TEXT.encode(encoding))
    with collect() as entries:
        texts, places = folders.read(paths)
    assert texts == [TEXT] * 3
    assert places.tolist() == [0, 1, 2]
    assert not of_kind(entries, Rejected)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "cp1250", "utf-16-le"])
def test_no_encoding_is_guessed(tmp_path: Path, encoding: str) -> None:
    text = "plain\nGrüße naïve Łódź\n" if encoding in ("cp1250", "utf-16-le") else "plain\nGrüße naïve\n"
    text = text.replace("ï", "i") if encoding == "cp1250" else text
    (tmp_path / "a").write_text("ascii alone\n" if encoding != "utf-16-le" else text, encoding=encoding)
    (tmp_path / "b").write_bytes(text.encode(encoding))
    paths = [tmp_path / "a", tmp_path / "b"]
    if encoding != "utf-16-le":
        with pytest.raises(ValueError, match=r"b, line 2, is not UTF-8 .*--encoding latin-1"):
            folders.read(paths)
    assert folders.read(paths, encoding)[0][1] == text


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
