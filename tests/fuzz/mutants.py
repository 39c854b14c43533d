"""What a mutation makes of a seed, and which end is right for it."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.fuzz.seeds import Seed

Row = list[str]


@dataclass(frozen=True)
class Mutant:
    """Files to lay down, and the oracle.

    ``oracle`` is same (the clean metrics), lost (a line, or the metrics of ``clean``, with ``rows`` set
    aside) or any (a right run or a line). ``lay`` makes what is no plain file; ``target`` is what now
    stands where the seed's file was.
    """

    files: dict[str, bytes]
    target: str
    oracle: str = "any"
    clean: bytes = b""
    rows: int = 0
    lay: Callable[[Path], object] | None = None
    as_nobody: bool = False


Mutation = Callable[[Seed, random.Random], Mutant]


def changed(seed: Seed, data: bytes, target: str = "", **facts: object) -> Mutant:
    """The seed with other bytes, and perhaps another name, of its file."""
    target = target or seed.target
    rest = {name: held for name, held in seed.files.items() if name != seed.target}
    return replace(Mutant({**rest, target: data}, target), **facts)


def cells(seed: Seed) -> list[Row]:
    """Rows of fields, the line of names first if there is one."""
    return [line.split(seed.sep) for line in seed.data.decode().splitlines()]


def written(rows: list[Row], sep: str) -> bytes:
    return "".join(sep.join(row) + "\n" for row in rows).encode()


def body(seed: Seed, rows: list[Row]) -> range:
    """Places of the rows that hold data and have fields."""
    return range(int(seed.header), len(rows))


def some_row(seed: Seed, rows: list[Row], rng: random.Random) -> int:
    """A row that holds data, never of blanks alone where there is another."""
    good = [place for place in body(seed, rows) if any(rows[place])]
    return rng.choice(good)


def flipped(data: bytes, rng: random.Random, first: int | None = None) -> bytes:
    """Some bits turned, perhaps only among the first bytes."""
    held = bytearray(data)
    for _ in range(rng.choice([1, 2, 8])):
        held[rng.randrange(min(first or len(held), len(held)))] ^= 1 << rng.randrange(8)
    return bytes(held)
