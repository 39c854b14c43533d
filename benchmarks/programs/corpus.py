"""The corpus of neural programs read, printed and certified, and a million generated equations certified.

``python -m benchmarks.programs --corpus --data FOLDER``. Verdicts are counted by label beside those of an
earlier trial with mpmath; 400 test equations are also simplified by SymPy, and 10,000 verdicts over generated
equations are tried at fresh points in 50 digits by mpmath alone.
"""

import time
from collections import Counter
from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks import harness
from benchmarks.programs.data import DEEPEST, corpus, numeric, symbolic
from benchmarks.programs.digits import wrong
from benchmarks.programs.run import Config, Row
from etl.equations.certify import certify
from etl.equations.corpus import corpus as encode
from etl.equations.corpus_records import root as root_of
from etl.equations.forest import Equations
from etl.equations.generate import generate
from etl.equations.grammar import CODE
from etl.equations.latex import parse_latex
from etl.equations.merge import restrict
from etl.equations.parse import parse
from etl.equations.read import read_equations
from etl.equations.repair import repair_decimals
from etl.equations.splits import depths, subset
from etl.equations.to_sympy import to_sympy
from etl.equations.trees import below
from etl.equations.write import infix, latex
from models.programs.graft import Grafter
from pipelines import provenance

WHOLE = "data1000_depth4_inpuOut"
SAMPLED, SIMPLIFIED, PART = 10_000, 400, 100_000
"""Verdicts that are tried in 50 digits, equations that SymPy simplifies, and those generated at a time."""
KNOWN = {
    "symbolic, true": {"identity": 1978, "undefined": 2},
    "symbolic, false": {"false": 3957, "conditional": 47, "undefined": 112},
    "evaluations": {"identity": 1000},
    "decimal trees": {"identity": 476},
}
"""Counts of the earlier trial."""
ADDED = (
    "equations",
    "generate_cpu_s",
    "certify_cpu_s",
    "escalated",
    "differ_from_labels",
    "sampled",
    "wrong",
)
"""Numbers of the parts that are added."""


def main(config: Config) -> list[Row]:
    """Do each in turn; returns a row each."""
    works: dict[str, Callable[[], Row]] = {
        "read": partial(read, config),
        "verdicts": partial(verdicts, config),
        "simplified": partial(simplified, config),
        "generated": partial(generated, config),
    }
    rows = []
    for name in config.variants or works:
        rows.append({"what": name, **harness.remembered(config.scratch, f"corpus-{name}", works[name])})
        print(rows[-1], flush=True)
    if config.out:
        harness.write(config.out, rows)
    return rows


def read(config: Config) -> Row:
    """Read the file, and print and read each equation again.

    Raises
    ------
    ValueError
        An equation is read as another.
    """
    before = time.process_time()
    found = read_equations(config.data / "neuralMath" / f"{WHOLE}.json.gz")
    seconds = time.process_time() - before
    asked, into = subset(found, depths(found) < DEEPEST), Grafter()
    before = time.process_time()
    for root in asked.roots.tolist():
        own, forest = into.put(asked.forest, root), asked.forest
        texts = infix(forest, root), latex(forest, root)
        again = [parse(texts[0], into.build), parse_latex(texts[1], into.build)]
        again.append(root_of({"equation": encode(forest, root)}, into.build))
        if again != [own] * 3:
            raise ValueError(f"{texts[0]} is read again as another equation")
    round_trips = time.process_time() - before
    return {
        "equations": len(asked),
        "reading_cpu_s": round(seconds, 2),
        "round_trips": 3 * len(asked),
        "round_trips_cpu_s": round(round_trips, 2),
    }


def verdicts(config: Config) -> Row:
    """Verdicts by kind of equation beside those that are known."""
    whole = corpus(config.data, WHOLE)
    tells = numeric(whole)
    digits = tells & is_decimal_tree(whole)
    before = time.process_time()
    repaired, count = repair_decimals(whole)
    names = np.array(certify(repaired).names())
    seconds = time.process_time() - before
    kinds = {
        "symbolic, true": ~tells & (whole.labels == 1),
        "symbolic, false": ~tells & (whole.labels == 0),
        "evaluations": tells & ~digits,
        "decimal trees": digits,
    }
    counts = {kind: dict(Counter(names[those].tolist())) for kind, those in kinds.items()}
    return {"counts": counts, "known": KNOWN, "repaired": count, "cpu_s": round(seconds, 2)}


def is_decimal_tree(equations: Equations) -> np.ndarray:
    """Which equations are one decimal and the sum of its digits times powers of ten, bool, (equations,).

    Parameters
    ----------
    equations : Equations
    """
    forest = equations.forest
    allowed = np.isin(forest.func, [CODE[name] for name in ("equality", "add", "mul", "pow", "number")])
    with_point = [at for at, number in enumerate(forest.numbers) if "." in number]
    decimal = (forest.func == CODE["number"]) & np.isin(forest.leaf, with_point)
    nodes = [below(forest, equations.roots[[at]]) for at in range(len(equations))]
    return np.array([bool(allowed[own].all() and decimal[own].sum() == 1) for own in nodes])


def simplified(config: Config) -> Row:
    """How often SymPy's simplify and the certifier agree, and the seconds of both."""
    from sympy import simplify

    _, test = symbolic(config.data)
    chosen = np.random.default_rng(config.seed).permutation(len(test))[:SIMPLIFIED]
    asked = subset(test, chosen)
    before = time.process_time()
    names = certify(asked).names()
    own, before = time.process_time() - before, time.process_time()
    sides = [[int(side[root]) for side in (asked.forest.left, asked.forest.right)] for root in asked.roots]
    zero = [
        simplify(to_sympy(asked.forest, left) - to_sympy(asked.forest, right)) == 0 for left, right in sides
    ]
    pairs = Counter(zip(names, zero, strict=True))
    return {
        "equations": len(asked),
        "agreed": sum(n for (name, is_zero), n in pairs.items() if (name == "identity") == is_zero),
        "pairs": [{"verdict": name, "simplifies": bool(z), "equations": n} for (name, z), n in pairs.items()],
        "certify_cpu_s": round(own, 3),
        "simplify_cpu_s": round(time.process_time() - before, 1),
    }


def generated(config: Config) -> Row:
    """Verdicts over generated equations, their rate, and those that 50 digits do not confirm."""
    starts = range(0, config.count, PART)
    parts = []
    for at, start in enumerate(starts):
        size = min(PART, config.count - start)
        make = partial(generated_part, size, config.seed + at, -(-SAMPLED * size // config.count))
        parts.append(harness.remembered(config.scratch, f"corpus-generated-{size}-{config.seed + at}", make))
        print(parts[-1], flush=True)
    sums = {name: sum(part[name] for part in parts) for name in ADDED}
    counts = sum((Counter(part["counts"]) for part in parts), Counter[str]())
    if sums["wrong"]:
        raise ValueError(f"{sums['wrong']} verdicts of {sums['sampled']:,} are wrong in 50 digits")
    rate = round(sums["equations"] / sums["certify_cpu_s"])
    return {**sums, "counts": dict(counts), "a_cpu_second": rate, "peak_mb": max(p["peak_mb"] for p in parts)}


def generated_part(count: int, seed: int, sampled: int) -> Row:
    """Some of the generated equations.

    Parameters
    ----------
    count, seed, sampled : int
        Equations, and those of them that are tried in 50 digits.
    """
    before = time.process_time()
    made = generate(count, seed, depths=(3, 8), log=lambda _: None)
    growing, before = time.process_time() - before, time.process_time()
    found = certify(made, seed=seed + 1)
    seconds = time.process_time() - before
    chosen = np.random.default_rng(seed).permutation(len(made))[:sampled]
    tried = restrict(subset(made, chosen))
    names = found.names()
    identity = np.array(names) == "identity"
    return {
        "equations": len(made),
        "generate_cpu_s": round(growing, 2),
        "certify_cpu_s": round(seconds, 3),
        "escalated": found.escalated,
        "differ_from_labels": int((identity != (made.labels == 1)).sum()),
        "counts": {name: n for name, n in found.counts().items() if n},
        "sampled": len(tried),
        "wrong": len(wrong(tried, [names[at] for at in chosen], seed)),
        "peak_mb": provenance.peak_mb(),
    }
