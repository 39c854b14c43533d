"""Ids that differ only in how they are written are told, and no others."""

import pytest

from etl.crowd.alike import tell_alike
from etl.records import Choice, collect, of_kind


@pytest.mark.parametrize(
    ("ids", "groups"),
    [
        (["Yes", "yes", "yes ", "no"], [["Yes", "yes", "yes "]]),
        (["0", "0.0", "1", "n/a"], [["0", "0.0"]]),
        (["Straße", "STRASSE", "strasse 1"], [["Straße", "STRASSE"]]),
        (["a b", "a  b", "ab", "nan", "NaN"], [["a b", "a  b"], ["nan", "NaN"]]),
        (["1_0", "10", "x", "y"], []),
        ([0, 1, 2], []),
    ],
)
def test_what_is_alike_is_told(ids: list[object], groups: list[list[str]]) -> None:
    with collect() as entries:
        assert tell_alike(ids, "labels") == groups
    said = [entry.reason for entry in of_kind(entries, Choice)]
    assert len(said) == bool(groups)
    assert all(repr(text) in said[0] for group in groups for text in group)
