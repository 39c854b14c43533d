"""The quarter that a file's name spells, and the Acquisition file that belongs to a Performance file."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from etl.tables.parts import Part

_Q, _SEPARATOR = r"q(?:uarter|tr)?", r"[-_. ]?"
_YEAR, _SHORT = r"(?P<year>(?:19|20)\d\d)", r"(?P<year>\d\d)"
_SPELLINGS = [
    [
        rf"(?<!\d){year}{_SEPARATOR}{_Q}{_SEPARATOR}(?P<quarter>[1-4])(?!\d)",
        rf"{_Q}{_SEPARATOR}(?P<quarter>[1-4]){_SEPARATOR}{year}(?!\d)",
        rf"(?<!\d)(?P<quarter>[1-4]){_SEPARATOR}{_Q}{_SEPARATOR}{year}(?!\d)",
    ]
    for year in (_YEAR, _SHORT)
]
_SPELLINGS.insert(1, [rf"(?<!\d){_YEAR}[-_. ](?P<quarter>[1-4])(?!\d)"])
_KINDS = re.compile(r"acquisitions?|performances?|acq|perf|[^a-z0-9]+")


@dataclass(frozen=True)
class Acquisition:
    """A file of loans: where it lies unpacked, the user's file, its fields, and its length and checksum.

    The checksum tells it from another file of the same name, such as one that was mended meanwhile.
    """

    path: Path
    source: Path
    fields: int
    fingerprint: tuple[int, int]


def quarter(name: str) -> str:
    """The quarter that a name spells, or the empty string where there is none or more than one.

    Examples
    --------
    >>> [quarter(f"Performance_{name}.txt_0") for name in ("2014Q1", "2014-q1", "Q12014", "1Q2014", "2014_1")]
    ['2014Q1', '2014Q1', '2014Q1', '2014Q1', '2014Q1']
    >>> quarter("2014Q1-2014Q4.csv"), quarter("Performance_14Q3.txt")
    ('', '2014Q3')
    """
    for spellings in _SPELLINGS:
        found = {
            f"{_full(match['year'])}Q{match['quarter']}"
            for spelling in spellings
            for match in re.finditer(spelling, name.lower())
        }
        if found:
            return found.pop() if len(found) == 1 else ""
    return ""


def _full(year: str) -> str:
    return year if len(year) == 4 else f"{'19' if year >= '80' else '20'}{year}"


def key_of(part: Part, data: Path) -> str:
    """What a pair of files shares: the quarter in its name or folder, or else the rest of its path.

    Parameters
    ----------
    part : Part
    data : Path
        That is searched: folders above it say nothing.

    Examples
    --------
    >>> [key_of(Part(Path(f"d/{name}")), Path("d")) for name in ("2014Q1/acq.txt", "Performance_a.txt_0")]
    ['2014Q1', 'a']
    """
    whole = Path(str(part))
    path = whole.relative_to(data) if whole != data and whole.is_relative_to(data) else Path(whole.name)
    found = next(filter(None, map(quarter, reversed(path.parts))), "")
    return found or _KINDS.sub("", str(path.with_name(path.name.split(".")[0])).lower())


def by_key(parts: Iterable[Part], data: Path) -> dict[str, Part]:
    """Acquisition files by what they share with their Performance files.

    Parameters
    ----------
    parts : iterable of Part
    data : Path
        Where they were found.

    Raises
    ------
    ValueError
        Two share the same.
    """
    found: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        found[key_of(part, data)].append(part)
    for key, same in found.items():
        if len(same) > 1:
            raise ValueError(
                f"{same[0]} and {same[1]} are both Acquisition files of {_shown(key)}; keep the right one, "
                "and name each with its quarter, such as Acquisition_2014Q1.txt"
            )
    return {key: part for key, (part,) in found.items()}


def _shown(key: str) -> str:
    return f"quarter {key}" if quarter(key) else "one name" if key else "no named quarter"


def partner(source: Part, data: Path, acquisitions: Mapping[str, Part]) -> Part:
    """The Acquisition file of a Performance file; a single one without a quarter serves all.

    Parameters
    ----------
    source : Part
    data : Path
        That is searched.
    acquisitions : mapping of str to Part
        See `by_key`.

    Raises
    ------
    ValueError
        There is none; the message says how to name it.
    """
    key = key_of(source, data)
    if key in acquisitions:
        return acquisitions[key]
    if len(acquisitions) == 1:
        ((other, single),) = acquisitions.items()
        if not (quarter(key) and quarter(other)):
            return single
    wanted = quarter(key) or "?"
    place = source.path.parent
    beside = [path for path in place.glob("*") if "acq" in path.name.lower() and quarter(path.name) == wanted]
    hint = (
        f"pass --data {place}"
        if beside and place != data
        else "name both with it, as in Acquisition_2014Q1.txt"
    )
    raise ValueError(f"{source} needs the Acquisition file of quarter {wanted}; {hint}")
