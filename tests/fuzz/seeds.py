"""Small right inputs: one for each kind of file that a story reads, with what is known of its meaning."""

import io
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from PIL import Image
from scipy import sparse
from sklearn.datasets import load_digits

from etl.conll import simulate
from etl.mortgage import generate
from etl.text import long, svmlight, uci
from tests.support import exports

TABLE = "crlf bom utf16 gz bz2 zip quote semicolon tab extra columns split hidden parquet jsonl"
"""Mutations that do not change what a table says; see `mutations`."""


@dataclass(frozen=True)
class Seed:
    """An input of a story.

    ``words`` are typed after the story's name, where ``@NAME`` is a path below the folder; ``target`` is the
    file that is mutated, whose fields are parted by ``sep`` (empty: no text), below a line of names if it has
    a ``header``. ``same`` names the mutations that must change no metric, ``lost`` those that cost a row.
    ``needed`` and ``numbers`` are places of columns in which a blank, or a word, costs the row.
    """

    story: str
    words: str
    target: str
    files: dict[str, bytes]
    sep: str = ""
    header: bool = False
    same: str = ""
    lost: str = ""
    needed: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()

    @property
    def data(self) -> bytes:
        return self.files[self.target]


def text(rows: list, sep: str = ",") -> bytes:
    return "".join(sep.join(map(str, row)) + "\n" for row in rows).encode()


@cache
def seeds() -> dict[str, Seed]:
    """All, by their names."""
    every = (
        _loans(),
        _crowd(),
        _topics(),
        _flow(),
        _names(),
        _partial(),
        _numbers(),
        _networks(),
        _equations(),
    )
    return dict(seed for some in every for seed in some)


def _loans() -> Iterator[tuple[str, Seed]]:
    for layout in ("combined", "old"):
        with tempfile.TemporaryDirectory() as place:
            generate.generate(Path(place), rows=2500, layout=layout, seed=3, workers=1, quarters=("2014Q1",))
            files = {
                f"data/{path.name}": path.read_bytes()
                for path in Path(place).iterdir()
                if path.suffix in (".csv", ".txt")
            }
        words = "--data @data --trees 2 --workers 1 --device cpu"
        for name in files:
            kind = layout if layout == "combined" else f"old-{name[5:9].lower()}"
            lost = "short long" if "Perf" in name else "short"  # of others, versions have more fields
            yield f"loans-{kind}", Seed("mortgage", words, name, files, "|", same="gz crlf", lost=lost)


def _crowd() -> Iterator[tuple[str, Seed]]:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 60)
    said = [
        (f"t{task:03d}", f"w{worker}", "abc"[truth[task] if rng.random() < 0.75 else rng.integers(0, 3)])
        for task in range(60)
        for worker in rng.choice(8, 4, replace=False)
    ]
    X = rng.normal(size=(60, 4)) + 2 * np.eye(4)[truth]
    words = [
        "red rose flower garden".split(),
        "blue sea water ship".split(),
        "green tree forest leaf".split(),
    ]
    names = [f"t{task:03d}" for task in range(60)]
    files = {
        "votes.csv": text([("task", "worker", "label"), *said]),
        "truth.csv": text([("task", "label"), *((t, "abc"[c]) for t, c in zip(names, truth, strict=True))]),
        "features.csv": text([("task", *"pqrs"), *((t, *x.round(4)) for t, x in zip(names, X, strict=True))]),
        "text.csv": text(
            [
                ("task", "text"),
                *((t, " ".join(rng.choice(words[c], 6))) for t, c in zip(names, truth, strict=True)),
            ]
        ),
    }
    base = "--votes @votes.csv --draws 1 --redundancies 1 --workers 1 --device cpu"
    lost = "blank short long header"
    yield "votes", Seed("crowd", base, "votes.csv", files, ",", True, f"{TABLE} permute", lost, (0, 1, 2))
    with_truth = base + " --truth @truth.csv"
    yield "truth", Seed("crowd", with_truth, "truth.csv", files, ",", True, TABLE, lost, (0, 1))
    kept = TABLE.replace(" extra", "")
    full = with_truth + " --features @features.csv"
    yield (
        "features",
        Seed(
            "crowd", full, "features.csv", files, ",", True, kept, lost + " number", (0, 1, 2), (1, 2, 3, 4)
        ),
    )
    yield (
        "task-texts",
        Seed("crowd", with_truth + " --text @text.csv", "text.csv", files, ",", True, TABLE, lost, (0, 1)),
    )
    for name, written in {
        "export.json": exports.label_studio(said),
        "export.jsonl": exports.prodigy(said),
    }.items():
        words_of_one = base.replace("votes.csv", name) + f" --text @{name}"
        packed = "crlf bom utf16 gz bz2 zip hidden"
        yield name.replace(".", "-"), Seed("crowd", words_of_one, name, {name: written.encode()}, same=packed)


def _flow() -> Iterator[tuple[str, Seed]]:
    rng = np.random.default_rng(5)
    words, truth = ["red rose garden", "blue sea ship", "green tree leaf"], np.arange(60) % 3
    names = [f"t{n:02d}" for n in range(60)]
    bodies = [" ".join(rng.choice([*words[k].split(), "today", "place"], 4)) for k in truth]
    size = (truth + rng.normal(0, 0.3, 60)).round(3)
    said = [
        (names[n], f"w{worker}", "abc"[truth[n] if rng.random() < 0.8 else rng.integers(0, 3)])
        for n in range(50)
        for worker in rng.choice(6, 3, replace=False)
    ]
    files = {
        "items.csv": text([("task", "body", "size"), *zip(names, bodies, size, strict=True)]),
        "votes.csv": text([("task", "worker", "label"), *said]),
    }
    rules = "--data @items.csv --text body --votes @votes.csv --learners logistic --workers 1 --device cpu"
    kept = TABLE.replace(" extra", "")
    yield "flow-items", Seed("trinity", rules, "items.csv", files, ",", True, kept, "short long", (0, 1))
    lost = "blank short long header"
    yield "flow-votes", Seed("trinity", rules, "votes.csv", files, ",", True, TABLE, lost, (0, 1, 2))


def _topics() -> Iterator[tuple[str, Seed]]:
    rng = np.random.default_rng(1)
    vocabulary = [f"{group}{letter}" for group in ("sport", "music", "law") for letter in "abcdefghijkl"]
    mixed = [np.repeat(np.roll([3.0, 0.2, 0.2], n % 3), 12) for n in range(90)]
    counts = np.array([rng.multinomial(30, p / p.sum()) for p in mixed])
    said = [" ".join(np.repeat(vocabulary, row)) for row in counts]
    table = text([("id", "kind", "text"), *((f"d{n}", "sml"[n % 3], words) for n, words in enumerate(said))])
    matrix = sparse.csr_matrix(counts.astype("int32"))
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        sparse.save_npz(place / "counts.npz", matrix)
        svmlight.write(matrix, place / "counts.svm")
        uci.write(matrix, place / "docword.toy.txt")
        long.write(matrix, vocabulary, place / "counts.parquet")
        files = {path.name: path.read_bytes() for path in place.iterdir()}
    files |= {"texts.csv": table, "vocab.toy.txt": text([(word,) for word in vocabulary])}
    rules = "--topics 2 --min-df 1 --max-df 1.0 --workers 1 --device cpu"
    texts = f"--data @texts.csv --id id --label kind {rules}"
    lost = "blank short long header"
    yield "texts", Seed("topics", texts, "texts.csv", files, ",", True, TABLE, lost, (2,))
    for name, sep in (
        ("counts.npz", ""),
        ("counts.svm", " "),
        ("docword.toy.txt", " "),
        ("counts.parquet", ""),
    ):
        same = {"counts.svm": "gz crlf", "docword.toy.txt": "gz crlf"}.get(name, "")
        kept = {name: files[name]} | ({"vocab.toy.txt": files["vocab.toy.txt"]} if sep else {})
        yield (
            name.split(".")[-1] + "-counts",
            Seed("topics", f"--data @{name} {rules}", name, kept, sep, same=same),
        )
    vocabulary_words = f"--data @counts.svm --vocabulary @vocab.toy.txt {rules}"
    yield "vocabulary", Seed("topics", vocabulary_words, "vocab.toy.txt", files, " ", same="crlf")


def _names() -> Iterator[tuple[str, Seed]]:
    corpus = simulate.sentences(60, seed=1)
    tags, words = corpus.tag_names().to_pylist(), corpus.words.to_pylist()
    spans = list(zip(corpus.starts[:-1].tolist(), corpus.starts[1:].tolist(), strict=True))
    conll, iob2, gmb = [], [], [("Sentence #", "Word", "POS", "Tag")]
    for number, (begin, end) in enumerate(spans):
        rows = [(w.replace(",", "-"), tag) for w, tag in zip(words[begin:end], tags[begin:end], strict=True)]
        conll += [*rows, ()]
        iob2 += [(f"# sent_id = {number}",), *((n, *row, "-", "-") for n, row in enumerate(rows, 1)), ()]
        gmb += [
            (f"Sentence: {number}" if not n else "", word, "NN", tag) for n, (word, tag) in enumerate(rows)
        ]
    rules = (
        "--acquisitions random --start .2 --step .3 --until .5 --samples 2 --seeds 1 --width 8 --epochs 1 "
        "--round-epochs 1 --round-steps 2 --workers 1 --device cpu"
    )
    forms = {"s.conll": (conll, " "), "s.iob2": (iob2, "\t"), "s.csv": (gmb, ",")}
    for name, (rows, sep) in forms.items():
        same = "crlf bom quote" if name == "s.csv" else "crlf bom"
        yield (
            f"names-{name[2:]}",
            Seed("ner", f"--data @{name} {rules}", name, {name: text(rows, sep)}, sep, name == "s.csv", same),
        )


def _partial() -> Iterator[tuple[str, Seed]]:
    X, y = load_digits(return_X_y=True)
    held, rng = io.BytesIO(), np.random.default_rng(2)
    np.savez(held, x=(X[:120] / 16 * 255).astype("uint8").reshape(-1, 8, 8), y=y[:120])
    pictures, texts = {}, {}
    words = {"cat": "purr meow", "dog": "bark wag", "cow": "moo milk"}
    for name, said in words.items():
        for number in range(12):
            picture = io.BytesIO()
            Image.fromarray(rng.integers(0, 255, (12, 12), "uint8")).save(picture, "png")
            pictures[f"data/{name}/{number}.png"] = picture.getvalue()
            texts[f"data/{name}/{number}.txt"] = " ".join(rng.choice(said.split(), 12)).encode()
    table = text([("child", "parent"), ("cat", "pet"), ("dog", "pet"), ("pet", "animal"), ("cow", "animal")])
    dotted = b"animal.pet.cat\nanimal.pet.dog\nanimal.cow\n"
    rules = "--data @data --variants uniform --epochs 1 --side 8 --budget .5 --start .3 --device cpu"
    yield "images-npz", Seed("partial", rules, "data/train.npz", {"data/train.npz": held.getvalue()})
    yield "images", Seed("partial", rules, "data/cat/3.png", pictures)
    yield "item-texts", Seed("partial", rules, "data/dog/5.txt", texts, " ")
    for name, data, sep, same in (("h.csv", table, ",", "crlf bom quote"), ("h.txt", dotted, ".", "crlf")):
        deep = {"/cat/": "/animal.pet.cat/", "/dog/": "/animal.pet.dog/", "/cow/": "/animal.cow/"}
        moved = {_renamed(path, deep if sep == "." else {}): text for path, text in texts.items()}
        files = moved | {name: data}
        words_ = f"{rules} --hierarchy @{name}"
        yield f"hierarchy-{name[2:]}", Seed("partial", words_, name, files, sep, name == "h.csv", same)


def _renamed(path: str, parts: dict[str, str]) -> str:
    for old, new in parts.items():
        path = path.replace(old, new)
    return path


def _numbers() -> Iterator[tuple[str, Seed]]:
    rng = np.random.default_rng(3)
    days = np.datetime64("2024-01-01") + np.arange(60)
    y = 10 + 3 * np.sin(np.arange(60) * 2 * np.pi / 7) + rng.normal(size=(3, 60))
    series = [(f"s{n}", day, round(v, 3)) for n in range(3) for day, v in zip(days, y[n], strict=True)]
    rules = "--season 7 --horizon 3 --windows 2 --calibrate 1 --methods ets --levels 80 --device cpu"
    files = {"series.csv": text([("unique_id", "ds", "y"), *series])}
    same, lost = f"{TABLE} permute", "short long header"
    words = f"--data @series.csv {rules}"
    yield "series", Seed("forecast", words, "series.csv", files, ",", True, same, lost, (0, 1))
    ends = [sorted(rng.choice(25, 2, replace=False)) for _ in range(60)]
    edges = [(f"n{a}", f"n{b}", rng.integers(1, 9)) for a, b in ends]
    files = {"edges.csv": text([("source", "target", "weight"), *edges]), "edges.txt": text(edges, " ")}
    words = "--data @edges.csv --weight weight --drawn 10 --device cpu"
    lost = "blank short long header number"
    yield "edges", Seed("graph", words, "edges.csv", files, ",", True, same, lost, (0, 1, 2), (2,))
    words = "--data @edges.txt --drawn 10 --device cpu"
    yield "edges-txt", Seed("graph", words, "edges.txt", files, " ", False, "crlf gz permute")
    yield from _rows(rng)
    yield from _cells(rng)
    yield from _clips(rng)
    if find_spec("torch") is not None:
        yield from _labelled(rng)


def _cells(rng: np.random.Generator) -> Iterator[tuple[str, Seed]]:
    X = np.einsum("a,b,c->abc", *(1 + rng.random(size) for size in (6, 5, 8))) + 0.01 * rng.random((6, 5, 8))
    days = np.datetime64("2024-01-01") + np.arange(5)
    rows = [
        (f"s{a}", days[b], 5 * c, round(x, 4)) for (a, b, c), x in np.ndenumerate(X) if rng.random() > 0.1
    ]
    npy, npz = io.BytesIO(), io.BytesIO()
    np.save(npy, X)
    np.savez(npz, tensor=X, mask=X > 0)
    files = {
        "cells.csv": text([("sensor", "day", "minute", "value"), *rows]),
        "cells.npy": npy.getvalue(),
        "cells.npz": npz.getvalue(),
    }
    rules = "--ranks 1 2 --device cpu"
    words = f"--data @cells.csv --modes sensor day minute {rules}"
    same, lost = f"{TABLE} permute", "blank short long header number"
    yield "cells", Seed("factors", words, "cells.csv", files, ",", True, same, lost, (0, 1, 2), (3,))
    for name in ("cells.npy", "cells.npz"):
        yield f"cells-{name[-3:]}", Seed("factors", f"--data @{name} {rules}", name, files)


def _networks() -> Iterator[tuple[str, Seed]]:
    if find_spec("torch") is None:
        return
    import torch

    from models.signsgd.networks import convnet

    torch.manual_seed(0)
    rng, weights, npz, pictures = np.random.default_rng(4), io.BytesIO(), io.BytesIO(), {}
    torch.save(convnet(8, 2).state_dict(), weights)
    x = rng.integers(0, 255, (40, 8, 8), "uint8")
    np.savez(npz, x=x, y=np.arange(40) % 2)
    for place, image in enumerate(x[:16]):
        picture = io.BytesIO()
        Image.fromarray(image).save(picture, "png")
        pictures[f"data/{'ab'[place % 2]}/{place}.png"] = picture.getvalue()
    rules = (
        "--network models.signsgd.networks:convnet --keywords side=8 classes=2 --weights @net.pt --epochs 0 "
        "--slower 1000 --device cpu --others"
    )
    files = {"net.pt": weights.getvalue(), "x.npz": npz.getvalue()}
    for name, target in {"network-weights": "net.pt", "network-npz": "x.npz"}.items():
        yield name, Seed("compress", f"--data @x.npz {rules}", target, files)
    files = {"net.pt": files["net.pt"], **pictures}
    yield "network-images", Seed("compress", f"--data @data {rules}", "data/a/2.png", files)


def _clips(rng: np.random.Generator) -> Iterator[tuple[str, Seed]]:
    clips = rng.integers(0, 256, (4, 5, 11, 11), dtype="uint8")
    npy, npz, gif = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.save(npy, clips)
    np.savez(npz, clips=clips)
    shown = [Image.fromarray(frame) for frame in clips.reshape(20, 11, 11)]
    shown[0].save(gif, "GIF", save_all=True, append_images=shown[1:])
    files = {"clips.npy": npy.getvalue(), "clips.npz": npz.getvalue(), "clips.gif": gif.getvalue()}
    rules = "--frames 2 2 --hidden 2 --rank 2 --kernel 1 --steps 2 --no-compare --device cpu"
    for name in files:
        yield f"clips-{name[-3:]}", Seed("video", f"--data @{name} {rules}", name, files)


def _labelled(rng: np.random.Generator) -> Iterator[tuple[str, Seed]]:
    x, y = rng.integers(0, 256, (24, 8, 8), dtype="uint8"), np.arange(24) % 3 - 1
    npz = io.BytesIO()
    np.savez(npz, x=x, y=y)
    rules = "--methods supervised --steps 2 --batch 4 --device cpu"
    files = {"images.npz": npz.getvalue()}
    yield "images-npz", Seed("rendering", f"--data @images.npz {rules}", "images.npz", files)
    votes = [(at, f"w{who}", (at + (who > 2)) % 2) for at in range(0, 24, 3) for who in range(4)]
    files["votes.csv"] = text([("task", "worker", "label"), *votes])
    words = f"--data @images.npz --votes @votes.csv {rules}"
    same = TABLE.replace(" split", "").replace(" hidden", "")
    yield "votes-on-images", Seed("rendering", words, "votes.csv", files, ",", True, same, "short", (0, 1, 2))


def _equations() -> Iterator[tuple[str, Seed]]:
    said = [
        "sin(x)**2 + cos(x)**2 = 1",
        "x + y = y + x",
        "sqrt(x**2) = x",
        "x/0 = 1",
        r"\frac{x}{2} = y",
        "2 = 3",
    ]
    node = {"func": "Equality,Symbol,#,#,Symbol,#,#", "vars": ",x,#,#,x,#,#"}
    corpus = json.dumps([[{"equation": node, "label": "1"}] * 3]).encode()
    for name, data, same in (
        ("equations.txt", text([(each,) for each in said]), "crlf bom gz"),
        ("corpus.json", corpus, "gz"),
    ):
        yield (
            name.replace(".", "-"),
            Seed("programs", f"verify @{name} --device cpu", name, {name: data}, same=same),
        )
    rules = "--epochs 1 --methods tree_nn --hidden 4 --device cpu"
    learnt = [f"x + {n} = {n} + x" if n % 2 else f"x + {n} = {n} - x" for n in range(2, 42)]
    files = {"learnt.txt": text([(each,) for each in learnt])}
    yield (
        "learnt-equations",
        Seed("programs", f"--data @learnt.txt {rules}", "learnt.txt", files, same="crlf gz"),
    )


def _rows(rng: np.random.Generator) -> Iterator[tuple[str, Seed]]:
    X = rng.normal(size=(60, 4)) + 6 * np.repeat(np.eye(4)[:3], 20, 0)
    rows = [(f"r{n}", *x.round(4), "xyz"[n // 20]) for n, x in enumerate(X)]
    npy, npz, parquet = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.save(npy, X)
    np.savez(npz, X)
    pa.parquet.write_table(pa.table({f"c{n}": X[:, n] for n in range(4)}), parquet)
    files = {
        "table.csv": text([("id", *"abcd", "cls"), *rows]),
        "matrix.npy": npy.getvalue(),
        "matrix.npz": npz.getvalue(),
        "table.parquet": parquet.getvalue(),
    }
    same = TABLE.replace(" extra", "").replace(" columns", "")
    words = "--data @table.csv --leave id --label cls --device cpu"
    yield "rows", Seed("clusters", words, "table.csv", files, ",", True, same, "short long header")
    for name in list(files)[1:]:
        yield f"rows-{name.split('.')[-1]}", Seed("clusters", f"--data @{name} --device cpu", name, files)
