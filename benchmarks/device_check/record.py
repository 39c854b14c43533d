"""Makes a card's record of what a check left there.

``python -m benchmarks.device_check.record FOLDER/results.jsonl`` writes
``benchmarks/results/device-<card>.json``, which ``--device auto`` reads; of a dry run there is none.
"""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.device_check.checks import Facts
from etl import files
from etl.engine.device_runs import RESULTS
from pipelines import provenance


def main(words: Sequence[str], results: Path = RESULTS) -> Path:
    """Write the record of one or several calls on the same card; a later line of a check replaces an earlier.

    Raises
    ------
    ValueError
        The lines name no card, or several.
    """
    rows = [json.loads(line) for path in words for line in Path(path).read_text().splitlines()]
    found = [row for row in rows if row["kind"] == "item" and row["ok"]]
    cards = {row["facts"]["gpu"] for row in found if row["item"] == "card"}
    if len(cards) != 1 or cards == {None}:
        raise ValueError(f"{', '.join(words)}: the lines name {len(cards - {None})} GPUs, and must name one")
    facts = {row["item"]: row["facts"] for row in found}
    path = results / f"device-{slug(facts['card']['gpu'])}.json"
    versions = facts.get("versions", {})
    own = {name.removesuffix("-cu13"): version for name, version in versions.items() if version != "absent"}
    checks = last([row for row in rows if row["kind"] == "check"])
    made = provenance.facts() | {"date": facts["card"]["date"], "machine": facts["card"], "versions": own}
    record = made | {"results": checks, "items": _items(rows)}
    files.write(path, (json.dumps(record, indent=1) + "\n").encode())
    return path


def last(checks: Sequence[Facts]) -> list[Facts]:
    """Each check as it ended last; one that was skipped later keeps what was found before."""
    found: dict[str, Facts] = {}
    for row in checks:
        if row["ok"] is not None or row["name"] not in found:
            found[row["name"]] = {key: value for key, value in row.items() if key != "kind"}
    return list(found.values())


def _items(rows: Sequence[Facts]) -> list[Facts]:
    """What items told, and how those that failed did."""
    kept = ("check", "item", "ok", "seconds", "facts", "error", "device_bytes")
    return [
        {key: row[key] for key in kept if key in row}
        for row in rows
        if row["kind"] == "item" and (row.get("facts") or not row["ok"])
    ]


def slug(card: str) -> str:
    """A card's name in a file's.

    Examples
    --------
    >>> slug("NVIDIA H100 80GB HBM3"), slug("NVIDIA A100-SXM4-40GB"), slug("NVIDIA GeForce RTX 4090")
    ('h100', 'a100', 'geforce-rtx-4090')
    """
    words = re.split(r"[^a-z0-9]+", card.lower())
    return "-".join(word for word in words if not re.fullmatch(r"|nvidia|\d+gb|hbm\d\w*|sxm\d*|pcie", word))


if __name__ == "__main__":
    print(main(sys.argv[1:]))
