"""Which loans will be 90 days late within a year? Loan files in, a judged model and its report out.

``python -m pipelines.mortgage --data data/mortgage``
"""

from functools import partial
from pathlib import Path

from etl.mortgage import features, read, vintage
from etl.mortgage import plan as plans
from etl.mortgage.schema import CATEGORIES, FEATURES
from etl.pieces import Pieces
from models.boosting import trees
from pipelines.mortgage import measures
from pipelines.mortgage.apply import MortgageModel
from pipelines.mortgage.config import Config
from pipelines.mortgage.data import inspect, plan, room, split, vocabulary
from pipelines.mortgage.figures import all_figures
from pipelines.mortgage.measures import typical, warning
from pipelines.mortgage.story import story
from pipelines.run import Result, Run

__all__ = ["Config", "main"]


def main(config: Config) -> Result:
    """Load, label, shape, split, train, judge, report; returns the run."""
    with Run("mortgage", config) as run:
        with run.step("plan"):
            pieces, spool = plan(config, run)
        with run.step("etl"):
            loans = pieces.map("read", partial(read.read, engine=run.engine)).map("vintage", vintage.count)
            shaped = loans.map("label", partial(features.shape, label=config.label)).persist(spool)
            facts = inspect(config, run)
        with run.step("split"):
            parts = split(config, run, shaped, spool)
        with run.step("train"):
            model = fit(config, run, parts, spool)
        with run.step("judge"):
            scores, found = measures.judge(model, parts)
            words, usual = vocabulary(run), typical(parts[0])
        found = run.measured(found | measures.counts(facts, scores, run.records))
        pictures = all_figures(model, scores, run.records)
        learnt = MortgageModel(model, words, run.engine, usual, {"bad_share": config.bad_share})
        return run.finish(found, story=story(found), figures=pictures, model=learnt, warning=warning(found))


def fit(config: Config, run: Run, parts: tuple[Pieces, ...], spool: Path | None) -> trees.BoostedTrees:
    """Train on the first part, stop by the second."""
    train, later, _ = parts
    rows = sum(train.reduce(trees.Counter("label"), trees.add))
    paged, reason = plans.training_pages(rows, len(FEATURES), room(config, run.engine))
    run.say(reason)
    model = trees.BoostedTrees(
        FEATURES, CATEGORIES, n_estimators=config.trees, random_state=config.seed, n_jobs=run.workers
    )
    return model.fit(train, later=later, cache=run.scratch if paged and spool else None)
