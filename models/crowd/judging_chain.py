"""Gibbs sampling of truth, workers and classifiers given votes and predictions."""

from collections.abc import Sequence

from etl.crowd.votes import Votes
from etl.engine.types import Array
from etl.ids import tally
from models.crowd import products
from models.crowd.confusion_steps import confusions
from models.crowd.dawid_skene import LEAST, ConfusionModel, logs
from models.crowd.random_draws import Draws, categorical
from models.crowd.ties import winner
from models.crowd.worker_groups import Groups

BURN = 40
"""Sweeps before the first that counts."""
STRENGTH = 3.0
"""Votes that the pooled confusion counts as, before the first sweep."""


class Chain:
    """Draws of the truth of each task, of confusions and class shares.

    Workers are learnt with the reference classifier as one more of them. Each other classifier has truths of
    its own, given the same workers, by the same random numbers: classifiers are alike given the truth, and
    would be believed twice together.

    Parameters
    ----------
    votes : Votes
    posterior : float64 array, shape (tasks, classes)
        Of an aggregator.
    predicted : sequence of int64 array, shape (tasks,)
        Label codes of one classifier at least.
    reference : int
        Place of a classifier.
    draws : Draws
    """

    def __init__(
        self, votes: Votes, posterior: Array, predicted: Sequence[Array], reference: int, draws: Draws
    ) -> None:
        self.votes, self.posterior, self.predicted = votes, posterior, predicted
        self.reference, self.draws = reference, draws
        self.xp, self.classes = votes.engine.xp, len(votes.labels)
        self._labels, self._tasks = winner(posterior, "first"), votes.task
        self._rows = votes.flat.astype("int64") * self.classes

    def run(self, steps: int, groups: int, kept: int) -> tuple[Array, Array]:
        """Sweep.

        Parameters
        ----------
        steps : int
            EM steps with the reference classifier before the first sweep.
        groups : int
            Groups of workers.
        kept : int
            Sweeps that count, after `BURN` others.

        Returns
        -------
        accuracies : float64 array, shape (kept, 1 + classifiers)
            Of the labels and of each classifier, in each draw.
        hits : float64 array, shape (1 + classifiers, tasks)
            Draws in which each task's label was right.
        """
        truth = categorical(self._start(steps), self.draws.uniform(len(self._labels)))
        truths, hits, accuracies = [truth] * len(self.predicted), 0.0, []
        workers = Groups.by_skill(self._cube(truth), min(groups, len(self.votes.workers)), self.draws)
        for sweep in range(BURN + kept):
            truths = self._sweep(workers, truths)
            if sweep >= BURN:
                right = self._right(truths)
                accuracies.append(right.mean(axis=1))
                hits = hits + right
        return self.xp.stack(accuracies), hits

    def _sweep(self, workers: Groups, truths: list[Array]) -> list[Array]:
        truth = truths[self.reference]
        confusion = workers.confusions(self._cube(truth))
        share = self.draws.dirichlet(self._count(truth) + 1.0 / self.classes, axis=0)
        table, log_share = logs(ConfusionModel(confusion, share))
        scores = products.scores(self.votes, table) + log_share
        uniform, found = self.draws.uniform(len(scores)), []
        for codes, own in zip(self.predicted, truths, strict=True):
            own_confusion = self.draws.dirichlet(self._crossed(codes, own) + 1.0 / self.classes, axis=0)
            log_rows = self.xp.log(self.xp.maximum(own_confusion, LEAST))
            found.append(categorical(products.softmax(scores + log_rows[codes])[0], uniform))
        return found

    def _right(self, truths: list[Array]) -> Array:
        rows = [self._labels == truths[self.reference]]
        rows += [codes == own for codes, own in zip(self.predicted, truths, strict=True)]
        return self.xp.stack(rows).astype("float64")

    def _start(self, steps: int) -> Array:
        """Posterior after EM steps in which the reference classifier votes too."""
        q, codes = self.posterior, self.predicted[self.reference]
        indicator = (codes == self.xp.arange(self.classes)[:, None]).astype("float64")
        for _ in range(steps):
            counts = indicator @ q + 1.0 / self.classes  # (predicted, true)
            table, log_share = logs(confusions(self.votes, q, STRENGTH, "model"))
            scores = products.scores(self.votes, table) + log_share
            q, _ = products.softmax(scores + self.xp.log(counts / counts.sum(axis=0))[codes])
        return q

    def _cube(self, truth: Array) -> Array:
        """Votes by worker, label and truth."""
        size = len(self.votes.workers) * self.classes**2
        cube = tally(self._rows + truth[self._tasks], size)
        return cube.reshape(-1, self.classes, self.classes).astype("float64")

    def _count(self, truth: Array) -> Array:
        return tally(truth, self.classes).astype("float64")

    def _crossed(self, codes: Array, truth: Array) -> Array:
        """Tasks by prediction and truth."""
        both = tally(codes * self.classes + truth, self.classes**2)
        return both.reshape(self.classes, self.classes).astype("float64")
