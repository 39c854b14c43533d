"""Parts of a directory that are known by their names: to learn from, and to judge by."""

import re
import unicodedata
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

TRAIN = ("train", "training")
TEST = ("test", "testing", "eval", "evaluation", "val", "valid", "validation", "dev")
"""Names of parts to judge by; of several, the first in this order is taken."""
ALIKE = 2
"""Classes of one name in two directories, from which these may be parts of one set."""


def role(name: str) -> str:
    """The part that a directory's name tells, such as ``train``, or nothing.

    Examples
    --------
    >>> role("20news-bydate-Train"), role("val2017"), role("test_set"), role("bullettrain")
    ('train', 'val', 'test', '')
    """
    every = "|".join(TRAIN + TEST)
    match = re.search(rf"(?:^|[-_. ])({every})(?:[-_ ]?(?:set|data|images))?[-_ ]?\d*$", name.casefold())
    return match[1] if match else ""


def parts(root: Path, say: Callable[[str], None]) -> tuple[Path, Path | None]:
    """Directories to learn from and to judge by; what is left out is said.

    Parameters
    ----------
    root : Path
    say : callable
        Is given a line to print.

    Returns
    -------
    begin : Path
        The root itself, if its directories are classes.
    judged : Path or None

    Raises
    ------
    ValueError
        Two directories hold the same classes and are no parts that are known, or parts are more than one of a
        name, or none is to learn from.
    """
    inside = directories(root)
    roles = {path: role(path.name) for path in inside}
    begin = [path for path in inside if roles[path] in TRAIN]
    judged = sorted(
        (path for path in inside if roles[path] in TEST), key=lambda path: TEST.index(roles[path])
    )
    if not _are_parts(inside, begin, judged):
        _check_unlike(root, inside)
        return root, None
    if len(begin) != 1 or len({roles[path] for path in judged}) < len(judged):
        raise ValueError(
            f"{root} holds {', '.join(path.name for path in inside)}: of parts to learn from there are "
            f"{len(begin)}, and one is wanted, and each other part once; rename or move the rest"
        )
    for path in [*judged[1:], *(path for path in inside if not roles[path])]:
        count = sum(1 for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
        say(
            f"items: {path.name} of {root.name} is left out with its {count:,} files, as no part that is used"
        )
    return begin[0], judged[0] if judged else None


def directories(root: Path) -> list[Path]:
    """Directories that are not hidden, sorted."""
    return sorted(
        path for path in root.iterdir() if path.is_dir() and not path.name.startswith((".", "__MACOSX"))
    )


def _are_parts(inside: list[Path], begin: list[Path], judged: list[Path]) -> bool:
    """Whether directories are parts: all are named so, or those that are hold classes of the same names."""
    known = [*begin, *judged]
    if (not begin and len(known) < 2) or any(not directories(path) for path in known):
        return False
    return len(known) == len(inside) or any(_alike(a, b) for a, b in combinations(known, 2))


def _classes(path: Path) -> set[str]:
    return {unicodedata.normalize("NFC", folder.name) for folder in directories(path)}


def _alike(one: Path, other: Path) -> set[str]:
    """Classes of the same names, if they are two at least, and half of those of one directory."""
    first, second = _classes(one), _classes(other)
    same = first & second
    return same if len(same) >= ALIKE and 2 * len(same) >= min(len(first), len(second)) else set()


def _check_unlike(root: Path, inside: list[Path]) -> None:
    for one, other in combinations(inside, 2):
        if same := _alike(one, other):
            raise ValueError(
                f"{one.name} and {other.name} of {root} both hold classes {', '.join(sorted(same)[:3])}: if "
                "they are parts of one set, rename them train and test, or name one of them with --data; if "
                "they are classes, give what is below them other names"
            )
