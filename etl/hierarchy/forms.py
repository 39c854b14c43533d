"""Names that look alike are one: in Unicode's form NFC."""

import unicodedata

from etl.hierarchy.tree import Hierarchy


def nfc(name: str) -> str:
    r"""The name in form NFC, in which an accent and its letter are one character if there is such.

    Examples
    --------
    >>> len("cafe\N{COMBINING ACUTE ACCENT}"), len(nfc("cafe\N{COMBINING ACUTE ACCENT}"))
    (5, 4)
    """
    return unicodedata.normalize("NFC", name)


def normal(tree: Hierarchy) -> Hierarchy:
    """The same hierarchy with all names in form NFC; classes whose names look alike are one.

    Raises
    ------
    ValueError
        Fewer than two classes are left.
    """
    parents = {nfc(node): tuple(map(nfc, above)) for node, above in tree.parents.items()}
    titles = {nfc(node): title for node, title in tree.titles.items()}
    return Hierarchy(tuple(dict.fromkeys(map(nfc, tree.classes))), parents, titles)
