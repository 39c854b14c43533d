"""Bags of words of UCI as people's editors leave them."""

from pathlib import Path

import pytest

from etl.text import uci


@pytest.mark.parametrize("end", [" \n", "\t\n", " \r\n"])
def test_blanks_at_the_ends_of_lines_are_harmless(end: str, tmp_path: Path) -> None:
    lines = ["2", "3", "3", "1 1 4", "1 3 1", "2 2 5"]
    for name, ending in (("docword.a.txt", "\n"), ("docword.b.txt", end)):
        (tmp_path / name).write_bytes("".join(line + ending for line in lines).encode())
    plain, padded = (list(uci.blocks(tmp_path / f"docword.{name}.txt")) for name in "ab")
    assert [block.toarray().tolist() for block in padded] == [block.toarray().tolist() for block in plain]
