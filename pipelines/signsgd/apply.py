"""New images, lines or sentences by the network that workers trained together."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from etl.arrays import load_arrays, save_arrays
from etl.engine import Engine
from etl.engine.types import Frame, Module
from etl.files import kept
from etl.handoff import from_host, to_host, to_torch
from etl.records import Choice, record
from pipelines.signsgd.config import Config
from pipelines.signsgd.forms import of

ARRAYS = "networks.arrow"
Weights = dict[str, np.ndarray]


@dataclass(frozen=True)
class VotedModel:
    """Networks of one shape, and what brings new data into their form.

    Attributes
    ----------
    form : dict
        See `pipelines.signsgd.forms.plain`.
    networks : dict of str to (dict of str to array)
        Weights by name, of each optimiser; on the host.
    scores : dict of str to float
        Of each on held-out examples.
    engine : Engine
    """

    form: Mapping[str, Any]
    networks: Mapping[str, Weights]
    scores: Mapping[str, float]
    engine: Engine

    @property
    def best(self) -> str:
        """The optimiser whose network is applied; of equals the vote."""
        return max(self.scores, key=lambda name: (self.scores[name], name == "vote"))

    def network(self) -> Module:
        """The network that is applied.

        Raises
        ------
        RuntimeError
            The weights are of another network.
        """
        found = of(self.form).network()
        held = self.networks[self.best].items()
        weights = {name: to_torch(from_host(array, self.engine)) for name, array in held}
        found.load_state_dict(weights, assign=True)  # a copy would go back to the host
        return found

    def save(self, folder: Path) -> Mapping[str, Any]:
        """Weights of all networks as arrays; the rest goes into ``model.json``."""
        each = self.networks.items()
        save_arrays(folder / ARRAYS, {f"{own}/{name}": x for own, held in each for name, x in held.items()})
        return {"form": dict(self.form), "scores": dict(self.scores)}

    def predict(self, data: Frame | Path) -> Frame:
        """Class of each row, and the probability of each class.

        Parameters
        ----------
        data : Path or DataFrame
            Images (``.npz`` with ``x``, or a table with a pixel a column), lines of a text or of a column
            ``text``, or sentences, as in training.

        Returns
        -------
        DataFrame
            Of images ``row, class, probability`` and ``p:NAME`` of each class; of lines the next character
            with the same; of sentences a row a word, with its tag and probability.
        """
        if len(self.scores) > 1:
            score = f"{self.scores[self.best]:.1%}"
            reason = (
                f"network: that of {self.best}, the best of {len(self.scores)} on held-out examples, {score}"
            )
            record(Choice(reason=reason))
        return of(self.form).predict(self.network(), data, self.engine)


def voted_model(
    config: Config, first: Mapping[str, Any], scores: Mapping[str, float], engine: Engine
) -> VotedModel:
    """The networks of a run.

    Parameters
    ----------
    config : Config
    first : mapping
        Results of the first worker.
    scores : mapping of str to float
    engine : Engine
    """
    networks = {
        name: {key: to_host(value) for key, value in first[name]["model"].items()}
        for name in config.optimisers
    }
    return VotedModel(first["form"], networks, scores, engine)


def load(folder: Path, facts: Mapping[str, Any], engine: Engine) -> VotedModel:
    """Read a model again.

    Parameters
    ----------
    folder : Path
    facts : mapping
        What `VotedModel.save` returned.
    engine : Engine
    """
    networks: dict[str, Weights] = {name: {} for name in facts["scores"]}
    for name, array in load_arrays(kept(folder / ARRAYS)).items():
        own, _, key = name.partition("/")
        networks[own][key] = array
    found = VotedModel(facts["form"], networks, facts["scores"], engine)
    try:
        found.network()
    except RuntimeError as error:  # of many lines
        raise EOFError(f"{ARRAYS} holds another network") from error
    return found
