"""Writes the tables of the docs from the committed results: ``python -m benchmarks.tables``."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.crowd import table as crowd
from benchmarks.device_check import table as device
from benchmarks.forecast import table as forecast
from benchmarks.graph import table as graph
from benchmarks.mbem import table as mbem
from benchmarks.mortgage import table as mortgage
from benchmarks.ner import table as ner
from benchmarks.partial import table as partial
from benchmarks.programs import table as programs
from benchmarks.rendering import table as rendering
from benchmarks.sequences import table as sequences
from benchmarks.signsgd import table as signsgd
from benchmarks.statespace import table as statespace
from benchmarks.tensors import decomposition_tables, layer_tables
from benchmarks.tensors import table as tensors
from benchmarks.text import table as text
from benchmarks.topics import table as topics
from benchmarks.trinity import table as trinity
from benchmarks.video import table as video
from etl.engine.device_runs import device_runs

Facts = dict[str, Any]
Table = Callable[..., str]
ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"


def only(table: Table, **wanted: tuple[Any, ...]) -> Table:
    """The same table of some rows: those whose values, where they have them, are among the wanted ones."""

    def is_wanted(row: Facts) -> bool:
        return all(row[key] in values for key, values in wanted.items() if key in row)

    def shorter(facts: Facts) -> str:
        kept = {name: [row for row in facts[name] if is_wanted(row)] for name in ("results", "ratios")}
        return table({**facts, **kept})

    return shorter


HEADLINES = {
    "mortgage": mortgage.headline,
    "crowd": crowd.headline,
    "topics": topics.headline,
    "ner": ner.headline,
    "partial-curves": partial.headline,
    "signsgd": signsgd.headline,
    "statespace": statespace.headline,
    "graph": graph.headline,
}
"""Results, and the line of the README that tells them."""


def headlines(*facts: Facts) -> str:
    """The README's list, a line for each of `HEADLINES`."""
    return "\n".join(f"- {tell(each)}" for tell, each in zip(HEADLINES.values(), facts, strict=True))


FIGURES = {
    "docs/mortgage.md": ("mortgage-cpu.json", only(mortgage.speed, size=(10_000_000,))),
    "docs/trinity.md": ("trinity-cpu.json", trinity.quality),
    "docs/crowd.md": ("crowd-cpu.json", only(crowd.speed, size=(10_000_000,))),
    "docs/topics.md": (
        "topics-cpu.json",
        only(topics.quality, set=("arxiv-100k",), k=(5, 50), system=("ours", "mallet")),
    ),
    "docs/ner.md": ("ner-cpu.json", ner.curves),
    "docs/partial.md": (
        "partial-curves-cpu.json",
        only(
            partial.curves,
            set=("mnist-5000", "arxiv", "simulated-100000"),
            variant=("uniform", "aq_eig", "alpf_eig"),
        ),
    ),
    "docs/signsgd.md": ("signsgd-cpu.json", only(signsgd.step, workers=(4,), rate=(1000.0,))),
    "docs/forecast.md": ("statespace-cpu.json", only(statespace.fits, case=("AAdN", "ARIMA(1,1,1)"))),
    "docs/video.md": ("video-cpu.json", video.learning),
    "docs/graph.md": ("graph-cpu.json", only(graph.graphs, size=(1_000_000,))),
}
"""Page of a story, the results that its few figures are from, and how they are shown."""

TABLES = {
    ("mortgage", "speed"): ("mortgage-cpu.json", mortgage.speed),
    ("mortgage", "unseen"): ("mortgage-unseen-cpu.json", mortgage.unseen),
    ("crowd", "speed"): ("crowd-cpu.json", crowd.speed),
    ("crowd", "learning"): ("mbem-cpu.json", mbem.learning),
    ("topics", "arxiv-100k"): ("topics-cpu.json", topics.quality),
    ("topics", "arxiv-200k"): ("topics-200k-cpu.json", topics.quality),
    ("topics", "others"): ("topics-others-cpu.json", topics.quality),
    ("topics", "curves"): ("topics-curves-cpu.json", topics.reach),
    ("topics", "growth"): ("topics-growth-cpu.json", topics.growth),
    ("topics", "counting"): ("text-cpu.json", text.counting),
    ("ner", "curves"): ("ner-cpu.json", ner.curves),
    ("ner", "chinese"): ("ner-zh-cpu.json", ner.curves),
    ("ner", "full"): ("ner-full-cpu.json", ner.full),
    ("ner", "crowd"): ("ner-crowd-cpu.json", ner.crowd),
    ("ner", "pools"): ("active-cpu.json", ner.pools),
    ("partial", "queue"): ("partial-cpu.json", partial.queue),
    ("partial", "curves"): ("partial-curves-cpu.json", partial.curves),
    ("partial", "noise"): ("partial-noise-cpu.json", partial.noise),
    ("partial", "crowd"): ("partial-crowd-cpu.json", partial.crowd),
    ("signsgd", "wire"): ("signsgd-cpu.json", signsgd.wire),
    ("signsgd", "collective"): ("signsgd-cpu.json", signsgd.collective),
    ("signsgd", "step"): ("signsgd-cpu.json", signsgd.step),
    ("signsgd", "advisor"): ("signsgd-cpu.json", signsgd.advisor),
    ("signsgd", "accuracy"): ("signsgd-accuracy-cpu.json", signsgd.accuracy),
    ("forecast", "fits"): ("statespace-cpu.json", statespace.fits),
    ("forecast", "forecasts"): ("forecast-cpu.json", forecast.table),
    ("graph", "graphs"): ("graph-cpu.json", graph.graphs),
    ("video", "learning"): ("video-cpu.json", video.learning),
    ("video", "baselines"): ("video-baselines-cpu.json", video.baselines),
    ("video", "counts"): ("video-parameters-cpu.json", video.counts),
    ("trinity", "million"): ("trinity-million-cpu.json", trinity.quality),
    ("trinity", "million by stage"): ("trinity-million-cpu.json", trinity.stages),
    ("trinity", "stages"): ("trinity-cpu.json", trinity.stages),
}
"""Page of docs/benchmarks and block, the results it shows, and how."""

BLOCKS: dict[tuple[str, str], tuple[tuple[str, ...], Table]] = {
    ("README.md", "device runs"): ((), lambda: device.table(device_runs())),
    ("docs/trinity.md", "continued"): (("trinity-continued-cpu.json",), trinity.continued),
    ("README.md", "measured"): (tuple(f"{name}-cpu.json" for name in HEADLINES), headlines),
    ("docs/tensors.md", "layouts"): (("tensors-layouts-cpu.json",), tensors.layouts),
    ("docs/tensors.md", "decompositions"): (
        ("tensors-decompositions-cpu.json",),
        decomposition_tables.decompositions,
    ),
    ("docs/tensors.md", "layers"): (("tensors-layers-cpu.json",), layer_tables.layers),
    ("docs/tensors.md", "heads"): (("tensors-heads-cpu.json",), layer_tables.heads),
    ("docs/tensors.md", "compressed"): (("tensors-compress-cpu.json",), layer_tables.compressed),
    ("docs/tensors.md", "completion"): (
        ("tensors-completion-cpu.json",),
        decomposition_tables.completion,
    ),
    **{
        ("docs/rendering.md", table.__name__): ((f"rendering-{table.__name__}-cpu.json",), table)
        for table in (
            rendering.identities,
            rendering.paths,
            rendering.terms,
            rendering.crowd,
            rendering.cost,
            rendering.gan,
        )
    },
    **{
        ("docs/programs.md", table.__name__): ((f"programs-{table.__name__}-cpu.json",), table)
        for table in (
            *(programs.corpus, programs.split, programs.depths, programs.completion),
            *(programs.evaluations, programs.batching, programs.rates),
        )
    },
    **{
        ("docs/sequences.md", table.__name__): (("sequences-cpu.json",), table)
        for table in (sequences.errors, sequences.skills, sequences.verdict, sequences.spread)
    },
    **{(page, "figures"): ((name,), table) for page, (name, table) in FIGURES.items()},
    **{
        (f"docs/benchmarks/{page}.md", block): ((name,), table)
        for (page, block), (name, table) in TABLES.items()
    },
}
"""Every page and block, the results it shows, and how."""


def fill(page: str, block: str, content: str) -> str:
    """The page with this block replaced.

    Raises
    ------
    ValueError
        The page has no such block.
    """
    pattern = re.compile(rf"(<!-- {block}:.*?-->\n).*?(<!-- end of {block} -->)", re.S)
    if not pattern.search(page):
        raise ValueError(
            f"the page has no block between '<!-- {block}: ... -->' and '<!-- end of {block} -->'"
        )
    return pattern.sub(lambda found: f"{found[1]}{content}\n{found[2]}", page)


def filled(page: str, block: str) -> str:
    """Text of a page as it should be."""
    names, table = BLOCKS[page, block]
    facts = [json.loads((RESULTS / name).read_text()) for name in names]
    return fill((ROOT / page).read_text(), block, table(*facts))


if __name__ == "__main__":
    for page, block in BLOCKS:
        (ROOT / page).write_text(filled(page, block))
        print(ROOT / page)
