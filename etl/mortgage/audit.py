"""What reading left behind, over all pieces: lines set aside, rows and loans, and that no loan was cut."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from etl.records import Entry, of_kind


@dataclass(frozen=True)
class Totals:
    """Sums over pieces; ``cutoff`` is the last month of the whole data as year * 12 + month - 1."""

    lines: int
    rows: int
    loans: int
    cutoff: int
    censored: int
    excluded: int


def totals(entries: list[Entry]) -> Totals:
    """Sum the counts of all pieces."""
    rows, shaped = of_kind(entries, "rows"), of_kind(entries, "shaped")
    return Totals(
        lines=sum(entry["lines"] for entry in of_kind(entries, "rejected")),
        rows=sum(entry["rows"] for entry in rows),
        loans=sum(entry["loans"] for entry in rows),
        cutoff=max((entry["last_month"] for entry in rows if entry["rows"]), default=0),
        censored=sum(entry["censored"] for entry in shaped),
        excluded=sum(entry["excluded"] for entry in shaped),
    )


def quarantine(entries: list[Entry]) -> list[tuple[str, int, str, str]]:
    """Lines set aside: file, line number from 1 in the whole file, reason, text."""
    files: dict[str, dict[int, Entry]] = defaultdict(dict)
    for entry in of_kind(entries, "rejected"):
        files[entry["file"]][entry["start"]] = entry
    out = []
    for file, pieces in sorted(files.items()):
        before = 0
        for _, entry in sorted(pieces.items()):
            out += [(file, before + number + 1, reason, text) for number, reason, text in entry["rows"]]
            before += entry["lines"]
    return out


def write(aside: list[tuple[str, int, str, str]], path: Path) -> None:
    """Write the lines set aside as tab-separated text, a header first."""
    rows = [f"{file}\t{line}\t{why}\t{_printable(text)}" for file, line, why, text in aside]
    path.write_text("\n".join(["file\tline\treason\ttext", *rows]) + "\n", encoding="utf-8")


def _printable(text: str) -> str:
    return text.encode("unicode_escape").decode("ascii")


def check(aside: list[tuple[str, int, str, str]], lines: int, share: float, path: Path) -> None:
    """Refuse data of which more than ``share`` was set aside.

    Raises
    ------
    ValueError
        Too many; the message shows the first three and where all are.
    """
    if len(aside) <= share * lines:
        return
    shown = "; ".join(f"{file} line {line}: {reason}" for file, line, reason, _ in aside[:3])
    raise ValueError(
        f"{len(aside):,} of {lines:,} lines were set aside, more than the {share:.1%} allowed. First: "
        f"{shown}. All are in {path.name} of the failed run's folder. "
        "Mend the file, or allow more with --bad-share"
    )


def check_whole(entries: list[Entry]) -> None:
    """Refuse data whose rows are not in order of loan: a loan cut in two would get wrong labels.

    Raises
    ------
    ValueError
        Two pieces of one quarter's files share loans or interleave.
    """
    last: dict[str, tuple[int, int]] = {}
    for span in sorted(of_kind(entries, "span"), key=lambda entry: (entry["file"], entry["first"])):
        before = last.get(span["file"])
        if before and span["first"] <= before[1]:
            raise ValueError(
                f"{span['file']} is not sorted by loan: loan {span['first']} stands in two places of it. "
                "Sort the file by its loan number (for text: `sort -t'|' -k2,2 -s` for the combined layout)"
            )
        last[span["file"]] = (span["first"], span["last"])
