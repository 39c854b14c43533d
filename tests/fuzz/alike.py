"""Mutations that change no meaning, and those that cost a row."""

import bz2
import gzip
import io
import json
import lzma
import random
import zipfile
from pathlib import PurePath

import pyarrow as pa
import pyarrow.parquet

from tests.fuzz.mutants import Mutant, Mutation, Row, cells, changed, some_row, written
from tests.fuzz.seeds import Seed

PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def encoded(how: str, mark: bytes = b"") -> Mutation:
    def mutate(seed: Seed, rng: random.Random) -> Mutant:
        return changed(seed, mark + seed.data.decode().encode(how), oracle="same")

    return mutate


def crlf(seed: Seed, rng: random.Random) -> Mutant:
    return changed(seed, seed.data.replace(b"\n", b"\r\n"), oracle="same")


def packed(ending: str) -> Mutation:
    def mutate(seed: Seed, rng: random.Random) -> Mutant:
        return changed(seed, PACKERS[ending](seed.data), f"{seed.target}.{ending}", oracle="same")

    return mutate


def zipped(seed: Seed, rng: random.Random) -> Mutant:
    return changed(
        seed, archive({PurePath(seed.target).name: seed.data}), f"{seed.target}.zip", oracle="same"
    )


def archive(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return held.getvalue()


def quoted(seed: Seed, rng: random.Random) -> Mutant:
    return changed(seed, written([[f'"{cell}"' for cell in row] for row in cells(seed)], ","), oracle="same")


def parted_by(sep: str, ending: str = "") -> Mutation:
    def mutate(seed: Seed, rng: random.Random) -> Mutant:
        target = seed.target.replace(".csv", ending) if ending else seed.target
        return changed(seed, written(cells(seed), sep), target, oracle="same")

    return mutate


def extra(seed: Seed, rng: random.Random) -> Mutant:
    rows = cells(seed)
    at, word = rng.randint(0, len(rows[0])), rng.choice(["7", "blue", "", "2020-01-01"])
    found = [[*row[:at], word if n else "remark", *row[at:]] for n, row in enumerate(rows)]
    return changed(seed, written(found, seed.sep), oracle="same")


def columns(seed: Seed, rng: random.Random) -> Mutant:
    rows = cells(seed)
    order = rng.sample(range(len(rows[0])), len(rows[0]))
    return changed(seed, written([[row[at] for at in order] for row in rows], seed.sep), oracle="same")


def permuted(seed: Seed, rng: random.Random) -> Mutant:
    rows = cells(seed)
    head, rest = rows[: seed.header], rows[seed.header :]
    return changed(seed, written([*head, *rng.sample(rest, len(rest))], seed.sep), oracle="same")


def split(seed: Seed, rng: random.Random) -> Mutant:
    rows = cells(seed)
    cut = rng.randrange(2, len(rows) - 1)
    parts = {"in/part-0.csv": rows[:cut], "in/part-1.csv": [rows[0], *rows[cut:]]}
    return _folder(seed, {name: written(part, seed.sep) for name, part in parts.items()})


def hidden(seed: Seed, rng: random.Random) -> Mutant:
    beside = {"in/.DS_Store": rng.randbytes(100), "in/.old.csv": seed.data[:50], "in/README.md": b"# Data\n"}
    return _folder(seed, {"in/table.csv": seed.data, **beside})


def _folder(seed: Seed, files: dict[str, bytes]) -> Mutant:
    rest = {name: data for name, data in seed.files.items() if name != seed.target}
    return Mutant({**rest, **files}, "in", "same")


def arrow(seed: Seed) -> pa.Table:
    """The table, with numbers as such in the columns that hold nothing else."""
    head, *rows = cells(seed)
    found = {}
    for name, column in zip(head, zip(*rows, strict=True), strict=True):
        try:
            found[name] = pa.array([float(cell) for cell in column])
        except ValueError:
            found[name] = pa.array(column)
    return pa.table(found)


def as_parquet(table: pa.Table) -> bytes:
    held = io.BytesIO()
    pa.parquet.write_table(table, held)
    return held.getvalue()


def parquet(seed: Seed, rng: random.Random) -> Mutant:
    return changed(seed, as_parquet(arrow(seed)), seed.target.replace(".csv", ".parquet"), oracle="same")


def jsonl(seed: Seed, rng: random.Random) -> Mutant:
    lines = "".join(json.dumps(row) + "\n" for row in arrow(seed).to_pylist())
    return changed(seed, lines.encode(), seed.target.replace(".csv", ".jsonl"), oracle="same")


def lost(how: str) -> Mutation:
    """Some rows spoilt in one way; the clean file is that without them."""

    def mutate(seed: Seed, rng: random.Random) -> Mutant:
        rows = cells(seed)
        places = {some_row(seed, rows, rng) for _ in range(rng.choice([1, 1, 2]))}
        kept = [row for place, row in enumerate(rows) if place not in places]
        if how == "header":
            kept, spoilt = (
                rows,
                [each for place, row in enumerate(rows) for each in _again(rows, row, place in places)],
            )
        else:
            spoilt = [_spoilt(how, seed, row, rng) if n in places else row for n, row in enumerate(rows)]
        facts = {"clean": written(kept, seed.sep), "rows": len(places)}
        return changed(seed, written(spoilt, seed.sep), oracle="lost", **facts)

    return mutate


def _again(rows: list[Row], row: Row, here: bool) -> list[Row]:
    return [rows[0], row] if here else [row]


def _spoilt(how: str, seed: Seed, row: Row, rng: random.Random) -> Row:
    if how == "short":
        return row[: rng.randrange(1, len(row))]
    if how == "long":
        return [*row, *rng.choice([["more"], ["", "x"], ["1", "2", "3"]])]
    at = rng.choice(seed.needed if how == "blank" else seed.numbers)
    word = rng.choice(["", "", " "] if how == "blank" else ["abc", "1e400", "0x10", "1_000", "--1", "1.2.3"])
    return [*row[:at], word, *row[at + 1 :]]


SAME: dict[str, Mutation] = {
    "crlf": crlf,
    "bom": encoded("utf-8", b"\xef\xbb\xbf"),
    "utf16": encoded("utf-16"),
    **{ending: packed(ending) for ending in PACKERS},
    "zip": zipped,
    "quote": quoted,
    "semicolon": parted_by(";"),
    "tab": parted_by("\t", ".tsv"),
    "extra": extra,
    "columns": columns,
    "permute": permuted,
    "split": split,
    "hidden": hidden,
    "parquet": parquet,
    "jsonl": jsonl,
}
LOST: dict[str, Mutation] = {how: lost(how) for how in ("blank", "short", "long", "header", "number")}
