from pathlib import Path

import pytest

from etl.conll import plain

LINES = {
    "Ms. O'Neil-Roe paid 1,000.50 (net).": [
        "Ms",
        ".",
        "O'Neil-Roe",
        "paid",
        "1,000.50",
        "(",
        "net",
        ")",
        ".",
    ],
    "Rome's d'Italie can't": ["Rome", "'s", "d", "'", "Italie", "can", "'t"],
    "the U.S. and J.R.R. Tolkien.": ["the", "U.S.", "and", "J.R.R.", "Tolkien", "."],
    "我在北京 2008 年": ["我", "在", "北", "京", "2008", "年"],
    "\U00020000東京タワー": ["\U00020000", "東", "京", "タワー"],
    "हिन्दी cafe\u0301 Zusam\u00admen": ["हिन्दी", "cafe\u0301", "Zusam\u00admen"],
    "a\u200bb\ufeff\x07c\u00a0d\u2028e": ["a", "b", "c", "d", "e"],
    "❤\ufe0f -- \ue000": ["❤\ufe0f", "-", "-", "\ue000"],
    "  \t": [],
}


@pytest.mark.parametrize("line", LINES)
def test_lines_are_cut_into_words(line: str) -> None:
    assert plain.cut(line) == LINES[line]


@pytest.mark.parametrize("line", LINES)
def test_cutting_loses_only_what_cannot_be_seen(line: str) -> None:
    unseen = dict.fromkeys(map(ord, "\u200b\ufeff\x07"))
    assert "".join(plain.cut(line)) == "".join(line.translate(unseen).split())


def test_a_text_has_a_sentence_a_line(tmp_path: Path) -> None:
    place = tmp_path / "a.txt"
    place.write_bytes("\ufeffIn Rome.\r\n\r\n \nYes\u0085no".encode())

    found = plain.text(place)

    assert found.words.to_pylist() == ["In", "Rome", ".", "Yes", "no"]
    assert found.starts.tolist() == [0, 3, 5]
    assert set(found.tag_names().to_pylist()) == {"O"}


def test_an_empty_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(" \n\n")
    with pytest.raises(ValueError, match=r"a.txt holds no tokens; a line holds a sentence"):
        plain.text(tmp_path / "a.txt")


def test_lines_that_are_no_utf8_are_few_or_an_error(tmp_path: Path) -> None:
    place = tmp_path / "a.txt"
    place.write_bytes(b"good\n" * 200 + b"\xff\xfe\n")
    assert len(plain.text(place)) == 200

    place.write_bytes(b"good\n" * 20 + b"\xff\xfe\n")
    with pytest.raises(ValueError, match=r"line 21, cannot be read"):
        plain.text(place)
