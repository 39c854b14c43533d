"""What stands below every table: where, when and how its figures were made."""

from typing import Any


def made(facts: dict[str, Any], *libraries: str) -> list[str]:
    """Machine, date, versions and command, each on a line of its own."""
    machine, versions = facts["machine"], facts["versions"]
    known = ", ".join(f"{name} {versions[name]}" for name in libraries if name in versions)
    place = f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB"
    return [f"{place}; {facts['date'][:10]}; {known}.", f"`{facts['command']}`"]
