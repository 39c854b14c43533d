"""Lines that cannot be read: where they are few, their sentences are set aside; many are an error."""

from collections.abc import Mapping
from pathlib import Path

from etl.records import Choice, Rejected, record

SHARE = 0.01
"""Lines that may be set aside, of all that should hold a token."""


def reject_lines(
    path: Path, faults: Mapping[int, str], total: int, wanted: str, sentences: int = 0, left: int = 1
) -> None:
    """Set aside lines, and the sentences that they are of.

    Parameters
    ----------
    path : Path
    faults : mapping of int to str
        Numbers of lines, from 1, and why each cannot be read.
    total : int
        Lines that should hold a token.
    wanted : str
        What a file should hold, for the message.
    sentences : int
        That are set aside for these lines; they are told.
    left : int
        Sentences that are left.

    Raises
    ------
    ValueError
        They are more than 1 % of ``total``, or there is no other line; the first of them is named.
    """
    if not total:
        raise ValueError(f"{path} holds no tokens; {wanted}")
    if not faults:
        return
    for number in sorted(faults):
        record(Rejected(file=str(path), reason=faults[number], line=number))
    first = min(faults)
    if len(faults) > SHARE * total or not left:
        raise ValueError(
            f"{path}, line {first}, cannot be read, nor can {len(faults) - 1} more of {total} lines, and 1 % "
            f"may be left out: {faults[first]} ({wanted})"
        )
    if sentences:
        record(
            Choice(
                reason=f"{path}: {sentences:,} sentences are set aside whole, as {len(faults):,} of their "
                f"lines cannot be read, first line {first}: {faults[first]}"
            )
        )
