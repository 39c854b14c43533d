"""Labels and workers that differ only in how they are written, which are told and stay apart."""

from collections import defaultdict
from collections.abc import Iterable

from etl.records import Choice, record

SHOWN = 3
"""Groups that are named."""


def tell_alike(ids: Iterable[object], what: str) -> list[list[str]]:
    """Record a warning of ids that differ only in case, outer blanks or the spelling of a number.

    Parameters
    ----------
    ids : iterable
        None is there twice.
    what : str
        What they are, in the plural.

    Returns
    -------
    list of lists of str
        Ids that are alike.

    Examples
    --------
    >>> tell_alike(["yes", "Yes", "no", "1", "1.0"], "labels")
    [['yes', 'Yes'], ['1', '1.0']]
    """
    groups = defaultdict(list)
    for text in (text for text in ids if isinstance(text, str)):
        groups[_meant(text)].append(text)
    found = [group for group in groups.values() if len(group) > 1]
    if found:
        shown = "; ".join(" / ".join(map(repr, group[:5])) for group in found[:SHOWN])
        more = f"; and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
        record(
            Choice(
                reason=f"warning: {what} differ only in case, blanks or spelling of a number "
                f"({shown}{more}); they "
                "are counted apart, as written: make them one in the file if they are one"
            )
        )
    return found


def _meant(text: str) -> str | float:
    plain = " ".join(text.split()).casefold()
    try:
        number = float(plain)
    except ValueError:
        return plain
    return plain if "_" in plain or number != number else number
