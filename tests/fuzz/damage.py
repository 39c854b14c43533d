"""Mutations after which a run is right or tells why not: spoilt text, bytes, arrays, tables and places."""

import gzip
import io
import os
import random
from pathlib import PurePath

import numpy as np
import pyarrow as pa

from tests.fuzz.alike import archive, arrow, as_parquet
from tests.fuzz.mutants import Mutant, Mutation, cells, changed, flipped, some_row, written
from tests.fuzz.seeds import Seed

WORDS = (
    "NaN inf -inf 1e400 1e308 -1 -0 0 abc 99999999999999999999999 0x10 1_000 1,5 1099511627776 4294967296 é "
    "$x$ =1+1 <b> None null NA true 2020-13-45 9999-12-31 0001-01-01 ' \" #"
).split()
TYPES = {
    "list": lambda n: pa.array([[1]] * n),
    "struct": lambda n: pa.array([{"a": 1}] * n),
    "null": pa.nulls,
    "bool": lambda n: pa.array([True] * n),
    "bytes": lambda n: pa.array([b"\xff"] * n),
    "decimal": lambda n: pa.array([1] * n).cast(pa.decimal128(24, 2)),
    "time": lambda n: pa.array(range(n)).cast(pa.timestamp("us", "UTC")),
    "nan": lambda n: pa.array([float("nan")] * n),
    "unsigned": lambda n: pa.array([2**64 - 1] * n, pa.uint64()),
    "duration": lambda n: pa.array([1] * n).cast(pa.duration("s")),
    "words": lambda n: pa.array(["é"] * n).dictionary_encode(),
}


def line_mutation(seed: Seed, rng: random.Random) -> Mutant:
    """Lines lost, twice, cut, in another order, or their cells."""
    rows = cells(seed)
    for _ in range(rng.choice([1, 3, 8])):
        at, row = some_row(seed, rows, rng), rng.choice(rows)
        how = rng.choice("drop twice shuffle cut blank".split())
        new = {"drop": [], "twice": [row, rows[at]], "shuffle": [rng.sample(rows[at], len(rows[at]))]}
        rows[at : at + 1] = new.get(
            how, [[]] if how == "blank" else [rows[at][: rng.randint(0, len(rows[at]))]]
        )
        if not any(any(row) for row in rows[seed.header :]):
            break
    return changed(seed, written(rows, seed.sep))


def cell(seed: Seed, rng: random.Random) -> Mutant:
    """One cell, the same in many rows or in all, is another word."""
    rows = cells(seed)
    at, word = (
        rng.randrange(len(rows[some_row(seed, rows, rng)])),
        rng.choice([*WORDS, "", " ", "x" * 300_000]),
    )
    share = rng.choice([0, 0.2, 1]) if len(word) < 99 else 0
    chosen = some_row(seed, rows, rng)
    for place in range(seed.header, len(rows)):
        if (place == chosen or rng.random() < share) and at < len(rows[place]):
            rows[place][at] = word
    return changed(seed, written(rows, seed.sep))


def names(seed: Seed, rng: random.Random) -> Mutant:
    """Names of columns (or the first row) swapped, twice, other ones, blank, or none."""
    head, *rows = cells(seed)
    other = rng.choice(
        [head[::-1], head[:1] * len(head), [f"{n}x" for n in head], [""] * len(head), head[:-1]]
    )
    found = [[*head, "z"], other, None][rng.choice([0, 1, 1, 1, 2])]
    return changed(seed, written([found, *rows] if found else rows, seed.sep))


def size(seed: Seed, rng: random.Random) -> Mutant:
    """Few rows, or columns, or the same row again and again."""
    rows, head = cells(seed), int(seed.header)
    least = head + rng.choice([0, 1, 2, 3])
    found = [rows[:least], [row[:-1] for row in rows], [*rows[:head], *[rows[head]] * len(rows)], [[], []]]
    return changed(seed, written(rng.choice(found), seed.sep))


def letters(seed: Seed, rng: random.Random) -> Mutant:
    """Bytes that are of no encoding, or that mean something in a table."""
    at = rng.randrange(len(seed.data))
    word = rng.choice(
        [b"\0", b"\xff\xfe\x80", b"\xe9", b'"', b'"a"b"', b"\r", b"\n\n", b"\xef\xbb\xbf", b"\x1a", b","]
    )
    return changed(seed, seed.data[:at] + word + seed.data[at:])


def returns(seed: Seed, rng: random.Random) -> Mutant:
    return changed(
        seed, rng.choice([seed.data.replace(b"\n", b"\r"), seed.data.rstrip(b"\n"), seed.data * 2])
    )


def cut(seed: Seed, rng: random.Random) -> Mutant:
    return changed(seed, seed.data[: rng.randrange(len(seed.data))])


def flips(seed: Seed, rng: random.Random) -> Mutant:
    return changed(seed, flipped(seed.data, rng, rng.choice([None, 200])))


def other(seed: Seed, rng: random.Random) -> Mutant:
    """Something else under the name: nothing, noise, or a file of another kind."""
    held = io.BytesIO()
    np.save(held, np.arange(4))
    kinds = [
        b"",
        b"\n",
        b"\0" * 3000,
        rng.randbytes(3000),
        b"a,b\n1,2\n",
        held.getvalue(),
        b"PAR1",
        b"PK\3\4",
        b"\x1f\x8b",
    ]
    return changed(seed, rng.choice(kinds))


def packing(seed: Seed, rng: random.Random) -> Mutant:
    """A packed file that is damaged, of several, or not packed."""
    good, name = gzip.compress(seed.data, mtime=0), PurePath(seed.target).name
    bad = [
        good[: rng.randrange(len(good))],
        flipped(good, rng),
        good + b"garbage",
        seed.data,
        gzip.compress(b""),
    ]
    members = {f"{n}/{name}": seed.data for n in range(2)}
    zips = [archive(members), archive({"__MACOSX/" + name: b"x"}), flipped(archive({name: seed.data}), rng)]
    ending = rng.choice(["gz", "zip"])
    return changed(seed, rng.choice(bad if ending == "gz" else zips), f"{seed.target}.{ending}")


def typed(seed: Seed, rng: random.Random) -> Mutant:
    """Parquet with a column of another type, cut or flipped, or without rows."""
    table = arrow(seed) if seed.sep else pa.parquet.read_table(io.BytesIO(seed.data))
    at = rng.randrange(table.num_columns)
    whole = as_parquet(table)
    new = table.set_column(at, table.column_names[at], TYPES[rng.choice(list(TYPES))](len(table)))
    found = rng.choice(
        [as_parquet(new)] * 4 + [whole[: len(whole) // 2], flipped(whole, rng), as_parquet(table[:0])]
    )
    return changed(seed, found, str(PurePath(seed.target).with_suffix(".parquet")))


def arrays(seed: Seed, rng: random.Random) -> Mutant:
    """An array of another type, shape, size or value, or without its name."""
    is_one = seed.target.endswith(".npy")
    held = {"": np.load(io.BytesIO(seed.data))} if is_one else dict(np.load(io.BytesIO(seed.data)))
    name, out = rng.choice(list(held)), io.BytesIO()
    held[name] = _other_array(held[name], rng)
    if not is_one and rng.random() < 0.2:
        held["z"] = held.pop(name)
    np.save(out, held[""]) if is_one else np.savez(out, **held)
    data = out.getvalue()
    if is_one and rng.random() < 0.3:
        data = data.replace(b"(60, 4)", b"(1099511627776, 4)"[:18]).replace(b" " * 11, b"", 1)
    return changed(seed, data)


def _other_array(x: np.ndarray, rng: random.Random) -> np.ndarray:
    kinds = ["float64", "complex128", "int8", "bool", "U3", "float16", "datetime64[s]", "uint64"]
    x = np.atleast_1d(x)
    shapes = [x[:0], x[..., None], x.ravel(), x[:1], x.T, x[::-1], np.repeat(x, 2, 0)]
    with np.errstate(all="ignore"):
        typed = x.astype(rng.choice(kinds)) if x.dtype.kind in "iufb" else x[:2]
    values = [np.full(x.shape, value) for value in (np.nan, np.inf, 1e308, 0.0, -1, 2**62)]
    return rng.choice([typed, rng.choice(shapes), rng.choice(values), np.array([None, "a"], object)])


def places(seed: Seed, rng: random.Random) -> Mutant:
    """No plain file under the name, one that may not be read, or one of an odd name."""
    name = PurePath(seed.target)
    rest = {each: data for each, data in seed.files.items() if each != seed.target}
    makers = {
        "folder": lambda at: (at / name).mkdir(),
        "loop": lambda at: (at / name).symlink_to(at / name),
        "dangling": lambda at: (at / name).symlink_to(at / "gone"),
        "pipe": lambda at: os.mkfifo(at / name),
        "device": lambda at: (at / name).symlink_to(rng.choice(["/dev/null", "/dev/zero"])),
        "missing": lambda at: None,
    }
    how = rng.choice([*makers, "secret", "odd name", "odd name", "no ending"])
    if how in makers:
        return Mutant(rest, seed.target, lay=makers[how])
    if how == "secret":
        return changed(seed, seed.data, lay=lambda at: (at / name).chmod(0), as_nobody=True)
    if how == "no ending":
        return changed(seed, seed.data, str(name.with_suffix("")) + "-x")
    odd = rng.choice(["a b", "é\n<b>", os.fsdecode(b"\xff"), "--x", "'$1$", "a" * 200])
    return changed(seed, seed.data, str(name.with_name(odd + name.name)))


def twins(seed: Seed, rng: random.Random) -> Mutant:
    """A folder of the same data twice, of several kinds, or of nothing that is read."""
    name = PurePath(seed.target)
    kinds = [
        {f"in/{name.name}": seed.data, f"in/b{name.suffix}": seed.data},
        {f"in/{name.name}": seed.data, "in/b.csv": b"a,b\n1,2\n", "in/c.parquet": b"PAR1"},
        {"in/.hidden.csv": seed.data, "in/notes.md": b"x"},
        {f"in/{name.name}": seed.data, f"in/b{name.suffix}": b""},
    ]
    rest = {each: data for each, data in seed.files.items() if each != seed.target}
    return Mutant({**rest, **rng.choice(kinds)}, "in")


ANY: dict[str, Mutation] = {"cut": cut, "flips": flips, "other": other, "places": places, "twins": twins}
TEXT: dict[str, Mutation] = {
    "lines": line_mutation,
    "cell": cell,
    "names": names,
    "size": size,
    "letters": letters,
    "returns": returns,
    "packing": packing,
}
