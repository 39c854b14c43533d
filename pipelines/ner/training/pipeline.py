"""A tagger from what was labelled: ``trinity ner train --data labels/answers.jsonl``."""

from pathlib import Path
from typing import Annotated, Any

import tyro

from etl.handoff import to_host
from models.tagger.dataset import Dataset, dataset
from models.tagger.estimator import TaggerEstimator
from models.tagger.longest_match import longest_match
from models.tagger.network import Network
from models.tagger.saved_tagger import SavedTagger, facts_of
from models.tagger.supervised import new_tagger
from pipelines.ner.apply import NerModel, form
from pipelines.ner.measures import warning
from pipelines.ner.training.data import load
from pipelines.ner.training.figures import all_figures
from pipelines.ner.training.measures import BASELINE, measures
from pipelines.ner.training.story import story
from pipelines.run import Common, Encoded, Result, Run, settings


@settings
class Train(Common, Encoded):
    """Train a tagger on labelled sentences, such as the labelling page's, and judge it by some of them."""

    data: Path
    """answers.jsonl of the labelling page, or its folder; or tagged sentences as trinity ner takes them."""
    test: Path | None = None
    """Sentences to judge by, of the same kinds. None takes the answers that the page drew for judging, or a
    random fifth."""
    columns: tuple[int, int] = (0, -1)
    """Positions of the word and the tag in CoNLL columns; -1 is the last."""
    network: Annotated[Network, tyro.conf.arg(name="")] = Network()
    """Which tagger learns: for --epochs, or as many as make --round-steps steps."""


def train(config: Train) -> Result:
    """Load, code, learn, judge, report; returns the run's folder, which `trinity ner tag` takes."""
    with Run("ner", config) as run:
        with run.step("load"):
            learnt, held, message = load(
                config.data, config.test, config.columns, config.encoding, config.seed
            )
            run.say(f"sentences: {message}")
        with run.step("code"):
            data = dataset(learnt, held, run.engine, config.seed)
        with run.step("learn"):
            passes, why = _passes(len(learnt), config.network)
            run.say(f"passes: {passes}, {why}")
            model = new_tagger(data, config.network, passes, config.seed).fit(data.pool)
        with run.step("judge"):
            measured = _judged(data, model, config.seed) | {"passes": passes, "loss": model.history_}
        tagger = SavedTagger.of(facts_of(data, config.network), model.state())
        return run.finish(
            measured,
            story=story(measured),
            figures=all_figures(measured),
            model=NerModel(tagger, run.engine, form(config.columns[0], config.encoding)),
            warning=warning(measured["f1"], measured["f1_baseline"], BASELINE),
        )


def _judged(data: Dataset, model: TaggerEstimator, seed: int) -> dict[str, Any]:
    tags = to_host(model.predict(data.held))
    return measures(data, tags, longest_match(data.train, data.test), seed)


def _passes(sentences: int, network: Network) -> tuple[int, str]:
    """Passes over few sentences are more, and why."""
    least = -(-network.round_steps // -(-sentences // network.batch))
    if least <= network.epochs:
        return network.epochs, "as --epochs says"
    return least, f"which make {network.round_steps:,} steps of few sentences (--round-steps)"
