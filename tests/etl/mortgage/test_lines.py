"""Fields of each line against Python's own split, with ends and bars at every place of a block."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.mortgage import lines


def by_hand(raw: bytes) -> list[int]:
    ended = raw if raw.endswith(b"\n") or not raw else raw + b"\n"
    return [line.count(b"|") + 1 for line in ended.split(b"\n")[:-1]]


@given(raw=st.lists(st.sampled_from([b"|", b"\n", b"a", b"||||||||", b"\xff"]), max_size=80).map(b"".join))
def test_fields_are_counted_across_blocks(raw: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK", 13)
        assert lines.count_fields(raw).tolist() == by_hand(raw)


def test_a_line_may_have_more_fields_than_a_byte_counts() -> None:
    raw = b"|" * 300 + b"\n" + b"|" * 107 + b"\nlast"
    assert lines.count_fields(raw).tolist() == [301, 108, 1]


def test_lines_of_other_fields_are_left_out_and_named() -> None:
    text = lines.Lines(b"a|b\r\nc\rd|e\n\nf|g")
    assert text.of_fields(2) == b"a|b\nd|e\nf|g\n"
    assert text.count == 5
    assert text.rejected() == [
        (1, "1 fields instead of 2", "c"),
        (3, "loan_id is missing", ""),
    ]
