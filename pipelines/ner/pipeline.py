"""How few words must be labelled to find the names in text? Tagged sentences in; curves and a tagger out.

``trinity ner --data train.conll --test test.conll``; with unlabelled text of your own, ``trinity ner label``
opens a page to label what the model asks for, ``trinity ner train`` learns from the labels, and ``trinity ner
tag`` tags new text.
"""

from typing import Any

from models.tagger.dataset import dataset
from models.tagger.saved_tagger import SavedTagger, facts_of
from pipelines.ner import measures
from pipelines.ner.apply import NerModel, form
from pipelines.ner.config import Config
from pipelines.ner.data import load
from pipelines.ner.figures import all_figures
from pipelines.ner.labelling.pipeline import Label, label
from pipelines.ner.runs import Job, RunInputs, all_runs, settings
from pipelines.ner.story import story
from pipelines.ner.tagging import Tag, tag
from pipelines.ner.training.pipeline import Train, train
from pipelines.run import Result, Run

__all__ = ["Config", "main"]

COMMANDS = {"label": (label, Label), "tag": (tag, Tag), "train": (train, Train)}
"""What follows ``python -m pipelines.ner`` instead of options."""


def main(config: Config) -> Result:
    """Load, code, compare, judge, report; returns the run."""
    with Run("ner", config) as run:
        workers = config.workers or (1 if run.engine.name == "gpu" else run.workers)
        with run.step("load"):
            train, test, message = load(config)
            run.say(f"sentences: {message}")
        with run.step("encode"):
            data = dataset(train, test, run.engine, config.seed)
        with run.resumable("rounds", settings(config), data.key) as folder:
            inputs = RunInputs(data, config, folder)
            with run.step("compare"):
                results = all_runs(inputs, workers)
            return report(run, inputs, results)


def report(run: Run, inputs: RunInputs, results: dict[Job, Any]) -> Result:
    """Write the tagger, the questions, metrics and figures, and close the run."""
    config, data, folder = inputs.config, inputs.dataset, inputs.folder
    seeds = range(config.seed, config.seed + config.plan.seeds)
    whole = [results["full", seed]["f1"] for seed in seeds]
    runs = {name: [results[name, seed] for seed in seeds] for name in config.plan.acquisitions}
    shallow = results["shallow", config.seed]
    if shallow["f1"] is None:
        run.say(f"shallow baseline: left out, as {shallow['why']}")
    measured = measures.measures(config, data, runs, whole, shallow["f1"])
    chosen = measures.chosen(config, data, folder)
    telling = measures.informative(config, data, folder)
    state = (folder / f"full-{config.seed}.bin").read_bytes()
    tagger = SavedTagger.of(facts_of(data, config.network), state)
    measures.keep(config, folder, run.path("questions.jsonl"))
    measured = run.measured(measured | {"rounds": chosen})
    pictures = all_figures(runs, chosen, telling, measured)
    return run.finish(
        measured,
        story=story(measured, telling),
        figures=pictures,
        model=NerModel(tagger, run.engine, form(config.columns[0], config.encoding)),
        warning=measures.warning(whole[0], shallow["f1"], "a CRF with hand-made features"),
    )
