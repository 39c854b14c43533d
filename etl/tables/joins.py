"""Both sides of a join are compared before any number is made of it."""

from etl.engine.types import Array, Index
from etl.ids import places, spell
from etl.records import Choice, record


def compare(ids: Index, are: str, known: Index, known_are: str, remedy: str, least: float = 0.0) -> Array:
    """Where ids are among those of the other side; those that are not are counted, and told with an example.

    Parameters
    ----------
    ids : Index, shape (n,)
    are : str
        What they are, in the plural, such as "tasks of the truth".
    known : Index, shape (k,)
        Of the other side; none is there twice.
    known_are : str
        What these are.
    remedy : str
        What to do, for the message.
    least : float
        Share that must be found; one at least must be, whatever the share.

    Returns
    -------
    int64 array, shape (n,)
        Places in ``known``, -1 where there is none.

    Raises
    ------
    ValueError
        None, or too few, are found: names one of each side.

    Examples
    --------
    >>> import pandas
    >>> compare(pandas.Index(["yes"]), "answers", pandas.Index([0, 1]), "labels", "recode them")
    Traceback (most recent call last):
    ValueError: none of the 1 answers, such as 'yes', is among the 2 labels, such as 0; recode them
    """
    found = places(known, ids)
    lost = (found < 0).nonzero()[0]
    if not len(lost):
        return found
    example = spell(ids[int(lost[0])])
    other = f", such as {spell(known[0])}" if len(known) else ""
    if len(lost) == len(ids):
        raise ValueError(
            f"none of the {len(ids):,} {are}, such as {example}, is among the {len(known):,} "
            f"{known_are}{other}; {remedy}"
        )
    counted = f"{len(lost):,} of {len(ids):,} {are} are not among the {known_are}, the first is {example}"
    if len(ids) - len(lost) < least * len(ids):
        raise ValueError(f"{counted}; the {known_are} are{other.removeprefix(',')}: {remedy}")
    record(Choice(reason=f"{counted}; they are passed over"))
    return found
