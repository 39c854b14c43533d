"""One battery for every estimator in `models` and `etl`: the conventions that scikit-learn users rely on.

A new estimator is found by itself; it only needs an entry in `PROBLEMS` that says what to fit it on.
"""

import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone

import etl
import models
from etl.conll.corpus import build
from etl.crowd import simulate
from etl.crowd.votes import encode
from etl.engine import Engine, choose, devices, engine_of
from etl.equations.forest import Builder
from etl.handoff import to_host
from etl.pieces import Pieces
from etl.text.count_vectorizer import CountVectorizer
from etl.text.simulate import corpus
from models.boosting.classifier import BoostedClassifier
from models.boosting.trees import BoostedTrees
from models.crowd.annotator_graph import AnnotatorGraph
from models.crowd.baselines import Aggregated
from models.crowd.dawid_skene import DawidSkene
from models.crowd.glad import GLAD
from models.crowd.joint_em import JointEM
from models.crowd.mace import MACE
from models.crowd.majority import MajorityVote, Wawa
from models.crowd.mbem import MBEM
from models.crowd.one_coin import OneCoin
from models.crowd.pooled import PooledDawidSkene
from models.crowd.zero_based_skill import ZeroBasedSkill
from models.linear.softmax import SoftmaxRegression
from models.partial.classifier import PartialClassifier
from models.partial.em import PartialEM
from models.tagger.crf_features import ShallowCRF
from models.tensors.completion import Completion
from models.tensors.cp_estimator import CP
from models.tensors.tt_estimator import TensorTrain
from models.tensors.tucker_estimator import Tucker
from models.topics.tensor_lda import TensorLDA
from models.torch_classifier import TorchClassifier

NEEDS = {
    "models.tagger": "torch",
    "models.statespace": "torch",
    "models.signsgd": "torch",
    "models.signsgd.kernels_triton": "triton",
    "models.tensors.derivatives": "torch",
    "models.statespace.cuda": "triton",
}
"""Modules, and those below them, that cannot be imported without an option."""


def _is_lacking(module: str) -> bool:
    needed = [need for name, need in NEEDS.items() if f"{module}.".startswith(f"{name}.")]
    return any(importlib.util.find_spec(need) is None for need in needed)


def _is_base(kind: type) -> bool:
    """Whether others derive from a class that has no parameters of its own, or lacks a method."""
    return inspect.isabstract(kind) or (bool(kind.__subclasses__()) and kind.__init__ is object.__init__)


def estimators() -> list[type]:
    """All estimator classes that a module of `models` or `etl` defines."""
    found = []
    packages = [
        *pkgutil.walk_packages(models.__path__, "models."),
        *pkgutil.walk_packages(etl.__path__, "etl."),
    ]
    for module in [importlib.import_module(info.name) for info in packages if not _is_lacking(info.name)]:
        found += [
            kind
            for _, kind in inspect.getmembers(module, inspect.isclass)
            if issubclass(kind, BaseEstimator)
            and kind.__module__ == module.__name__
            and not kind.__name__.startswith("_")
        ]
    return [kind for kind in found if not _is_base(kind)]


def labelled(engine: Engine, rows: int = 3000):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 3)).astype("float32")
    label = (x[:, 0] + rng.normal(size=rows) > 0).astype("int8")
    return engine.df.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "label": label})


def voted(engine: Engine):
    """Rows of two features, and three votes on each of most of them."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 300)
    X = (np.eye(3)[truth][:, :2] + rng.normal(0, 0.3, (300, 2))).astype("float32")
    votes = simulate.votes(truth[:280], simulate.confusions(12, 3, hammers=0.7, seed=1), 3, seed=2)
    return engine.xp.asarray(X), engine.df.DataFrame(votes)


def votes(engine: Engine):
    """Three votes on each task."""
    return voted(engine)[1:]


def texts(engine: Engine):
    """Documents of words that are as common as their numbers are small, as many as the battery's rows."""
    rng = np.random.default_rng(0)
    words = [" ".join(f"w{n}" for n in rng.geometric(0.1, length)) for length in rng.integers(0, 9, 3000)]
    return (engine.df.Series(words),)


def counted(engine: Engine):
    """Documents of three topics, as many as the battery's rows."""
    counts, _ = corpus(3000, words=60, topics=3, alpha0=0.5, length=30, seed=1)
    return (engine.sparse.csr_matrix(counts.astype("float32")) if engine.name == "gpu" else counts,)


def network(shape: tuple[int, ...], classes: int):
    torch = pytest.importorskip("torch")
    return torch.nn.Linear(shape[0], classes)


def by_row(data) -> Pieces:
    """Rows in pieces, one of them of a single row."""
    return Pieces([data[:1000], data[1000:1001], data[1001:]])


def by_task(frame) -> Pieces:
    """Votes in pieces of whole tasks, which share workers and labels."""
    whole = encode(frame)
    cuts = [
        frame[frame["task"].isin(whole.tasks[begin:end])] for begin, end in ((0, 90), (90, 91), (91, None))
    ]
    return Pieces([encode(cut, whole.workers, whole.labels) for cut in cuts])


@dataclass(frozen=True)
class Problem:
    """How to make an estimator, what to fit it on, what to ask it, and how its data are cut into pieces.

    What it learns with are learners of the engine: scikit-learn's take no CuPy arrays.
    """

    make: Callable[..., BaseEstimator]
    given: Callable[[Engine], tuple]
    asked: Callable[[tuple], Any] = lambda given: given[0]
    cut: Callable[[Any], Pieces] | None = None
    size: Callable[[Any], int] = lambda asked: asked.shape[0]
    iterates: bool = True
    learners: tuple[str, ...] = ()

    def on(self, engine: Engine) -> BaseEstimator:
        return self.make(*(engine.learner(name)() for name in self.learners))


def rows_and_codes(engine: Engine):
    X, _ = voted(engine)
    return X, (X[:, 0] > 0.5).astype("int64")


def candidates(engine: Engine):
    """Rows, and their class with one that it is not."""
    X, codes = rows_and_codes(engine)
    Y = engine.xp.zeros((len(X), 3), dtype="float32")
    rows = engine.xp.arange(len(X))
    Y[rows, codes] = Y[rows, (codes + 1 + rows % 2) % 3] = 1
    return X, Y


def with_torch(given: Callable) -> Callable:
    """The same, for what learns with PyTorch."""

    def found(engine: Engine):
        pytest.importorskip("torch", reason="PyTorch is not installed")
        return given(engine)

    return found


def tensors(engine: Engine):
    """Ten tensors of rank three in some noise."""
    rng = np.random.default_rng(0)
    factors = [rng.normal(size=(10, size, 3)) for size in (6, 5, 4)]
    whole = np.einsum("bir,bjr,bkr->bijk", *factors) + rng.normal(0, 0.01, (10, 6, 5, 4))
    return (engine.xp.asarray(whole),)


def holed(engine: Engine):
    """The same as one tensor, and which of its entries were seen."""
    (whole,) = tensors(engine)
    return whole, engine.xp.asarray(np.random.default_rng(1).random(whole.shape) < 0.8)


LINEAR = ("linear_model.LogisticRegression",)
PROBLEMS: dict[type, Problem] = {
    BoostedTrees: Problem(
        lambda: BoostedTrees(["a", "b", "c"], n_estimators=8, n_jobs=1), lambda e: (labelled(e),), cut=by_row
    ),
    BoostedClassifier: Problem(lambda: BoostedClassifier(n_estimators=5, n_jobs=1), rows_and_codes),
    MBEM: Problem(MBEM, voted, learners=LINEAR),
    JointEM: Problem(lambda: JointEM(SoftmaxRegression()), voted),
    SoftmaxRegression: Problem(SoftmaxRegression, rows_and_codes),
    Aggregated: Problem(lambda linear: Aggregated(linear, DawidSkene()), voted, learners=LINEAR),
    TorchClassifier: Problem(lambda: TorchClassifier(network, epochs=3), with_torch(rows_and_codes)),
    PartialClassifier: Problem(lambda: PartialClassifier(network, epochs=3), with_torch(candidates)),
    PartialEM: Problem(lambda linear: PartialEM(linear, n_iter=2), candidates, learners=LINEAR),
    TensorLDA: Problem(lambda: TensorLDA(3), counted, cut=by_row),
    AnnotatorGraph: Problem(AnnotatorGraph, votes),
    CountVectorizer: Problem(CountVectorizer, texts, cut=by_row, iterates=False),
    CP: Problem(lambda: CP(3, batch=True), tensors),
    Tucker: Problem(lambda: Tucker(3, batch=True), tensors),
    TensorTrain: Problem(lambda: TensorTrain(3, batch=True), tensors),
    Completion: Problem(lambda: Completion((2, 3), ranks=(2, 4)), holed),
}
AGGREGATORS: tuple[type, ...] = (
    MajorityVote, Wawa, ZeroBasedSkill, DawidSkene, OneCoin, PooledDawidSkene, GLAD, MACE,
)  # fmt: skip
PROBLEMS |= {
    kind: Problem(kind, votes, cut=by_task, size=lambda asked: asked["task"].nunique())
    for kind in AGGREGATORS
}


def named(engine: Engine):
    """Sentences of four words whose tag is their word's parity; they lie on the host, as their tags will."""
    pytest.importorskip("pycrfsuite", reason="CRFsuite is not installed; pip install 'trinity[torch]'")
    if engine.name == "gpu":
        pytest.skip("CRFsuite knows no GPU")
    words = np.random.default_rng(0).integers(2, 10, 160)
    return (build(words.astype(str), np.array(["O", "B-ODD"])[words % 2], np.arange(160) // 4),)


def tagged(engine: Engine):
    """Sentences of four words whose tag is their word's parity."""
    from models.tagger.sentences import Sentences

    words = np.random.default_rng(0).integers(2, 10, 160)
    letters = np.stack([words, words], axis=1)
    arrays = (engine.xp.asarray(a) for a in (words, letters, np.arange(0, 161, 4), words % 2))
    return (Sentences(*arrays),)


def walked(engine: Engine):
    """As many random walks as the steps that are asked for, away from zero."""
    steps = np.random.default_rng(0).normal(size=(40, 60))
    return (engine.xp.asarray(50 + steps.cumsum(axis=1)),)


def filmed(engine: Engine):
    """Clips of a bright column that goes one pixel on each frame."""
    frames = np.zeros((20, 6, 6, 6), dtype="float32")
    for at in range(6):
        frames[np.arange(20), at, :, (np.arange(20) + at) % 6] = 1
    return (engine.xp.asarray(frames),)


def pictured(engine: Engine):
    """Images of a bright stripe that is upright or lies; most have no label."""
    rng = np.random.default_rng(0)
    images = rng.random((40, 1, 8, 8)).astype("float32") / 2
    images[:20, :, 3], images[20:, :, :, 3] = 1, 1
    y = np.where(np.arange(40) % 4, -1, np.arange(40) // 20)
    return engine.xp.asarray(images), engine.xp.asarray(y)


def equated(engine: Engine):
    """Equations of sums, of which those that only change their order are true."""
    build, names = Builder(), "abcdefgh"
    symbols = [build.symbol(name) for name in names]
    pairs = [(one, other) for one in symbols for other in symbols]
    sums = [build.node("add", one, other) for one, other in pairs]
    swapped = [build.node("add", other, one) for one, other in pairs]
    shifted = swapped[1:] + swapped[:1]
    roots = [
        build.node("equality", *each)
        for each in (*zip(sums, swapped, strict=True), *zip(sums, shifted, strict=True))
    ]
    made = build.equations(roots, [1] * len(pairs) + [0] * len(pairs))
    return (replace(made, roots=engine.xp.asarray(made.roots), labels=engine.xp.asarray(made.labels)),)


if importlib.util.find_spec("torch"):
    from models.programs.complete import Completer
    from models.programs.dual_encoder import DualEncoder
    from models.programs.equation_verifier import EquationVerifier
    from models.rendering.gan import ConditionalGAN
    from models.rendering.semi_supervised import SemiSupervised
    from models.sequences.linear import DLinear, NLinear
    from models.sequences.nvar import NVAR
    from models.sequences.tensor_train import (
        LSTMForecaster,
        MLSTMForecaster,
        TTLSTMForecaster,
        TTRNNForecaster,
    )
    from models.signsgd.classifier import SignumClassifier
    from models.statespace.arima import ARIMA
    from models.statespace.auto_arima import AutoARIMA
    from models.statespace.ets import ETS
    from models.tagger.estimator import TaggerEstimator
    from models.tagger.tagger import tagger
    from models.video.forecaster import VideoForecaster
    from models.video.network import NetworkSettings

    small = partial(tagger, 10, 10, 2, encoder_options={"filters": 8}, decoder="linear")
    PROBLEMS[TaggerEstimator] = Problem(
        lambda: TaggerEstimator(small, epochs=2), tagged, size=lambda asked: len(asked.words)
    )
    PROBLEMS[SignumClassifier] = Problem(lambda: SignumClassifier(epochs=2), rows_and_codes)
    walks = partial(Problem, given=walked, asked=lambda given: 40, size=lambda asked: 40)
    PROBLEMS[ARIMA] = walks(ARIMA)
    PROBLEMS[ETS] = walks(lambda: ETS("MAN"))
    PROBLEMS |= {kind: walks(partial(kind, 40, 8)) for kind in (DLinear, NLinear, NVAR)}
    for recurrent in (LSTMForecaster, MLSTMForecaster, TTLSTMForecaster, TTRNNForecaster):
        make = partial(recurrent, 4, 12, hidden=3, steps=4, check=2, batch_size=8)
        PROBLEMS[recurrent] = Problem(make, walked, asked=lambda given: 4, size=lambda asked: 40)
    tiny = NetworkSettings(hidden=(3, 3), layers=1, kernel=3, order=2, steps=2, rank=2)
    film = partial(VideoForecaster, tiny, 3, 2, steps=4, check=2, batch_size=4)
    PROBLEMS[VideoForecaster] = Problem(film, filmed)
    stripes = partial(SemiSupervised, "conv_small", "fixmatch_nrm", steps=2, batch_size=4, check=2)
    PROBLEMS[SemiSupervised] = Problem(stripes, pictured)
    made = partial(ConditionalGAN, steps=2, batch_size=4, noise=4, hidden=4)
    PROBLEMS[ConditionalGAN] = Problem(made, pictured)
    verifier = partial(EquationVerifier, hidden=4, epochs=2)
    PROBLEMS[EquationVerifier] = Problem(verifier, equated, size=lambda asked: len(asked.roots))
    parts = Builder()
    letters = parts.equations([parts.symbol(name) for name in "abcdefgh"])
    PROBLEMS[DualEncoder] = Problem(partial(DualEncoder, letters, hidden=4, epochs=2), equated)
    PROBLEMS[Completer] = Problem(Completer, equated, iterates=False)
    PROBLEMS[AutoARIMA] = walks(lambda: AutoARIMA(max_p=1, max_q=1))


PROBLEMS[ShallowCRF] = Problem(ShallowCRF, named, size=lambda asked: asked.tokens)


@pytest.fixture(params=estimators(), ids=lambda kind: kind.__name__)
def problem(request: pytest.FixtureRequest) -> Problem:
    assert request.param in PROBLEMS, f"{request.param.__name__} has no entry in PROBLEMS"
    return PROBLEMS[request.param]


def outputs(estimator: BaseEstimator, data) -> list:
    return [
        getattr(estimator, name)(data)
        for name in ("predict", "predict_proba", "transform")
        if hasattr(estimator, name)
    ]


def on_host(output) -> np.ndarray:
    """Numbers of an array, a sparse matrix or a frame."""
    output = output.toarray() if hasattr(output, "toarray") else output
    return to_host(output.values if hasattr(output, "iloc") else output)


def test_clone_and_parameters(problem) -> None:
    estimator = problem.on(choose("cpu"))
    assert str(clone(estimator).get_params()) == str(estimator.get_params())  # inner estimators are copies
    needed = [p for p in inspect.signature(type(estimator)).parameters.values() if p.default is p.empty]
    if not needed:
        assert clone(type(estimator)()).get_params() == type(estimator)().get_params()


def test_construction_does_no_work_and_fitting_leaves_parameters_alone(problem, engine: Engine) -> None:
    estimator = problem.on(engine)
    before = estimator.get_params()
    assert not [name for name in vars(estimator) if name.endswith("_")]
    assert estimator.fit(*problem.given(engine)) is estimator
    assert estimator.get_params() == before
    learnt = {name for name in vars(estimator) if name.endswith("_")}
    assert {"n_iter_", "stop_reason_"} <= learnt if problem.iterates else learnt


def test_output_follows_input(problem, engine: Engine) -> None:
    given = problem.given(engine)
    for output in outputs(problem.on(engine).fit(*given), problem.asked(given)):
        assert engine_of(output).name == engine.name
        assert output.shape[0] == problem.size(problem.asked(given))


def test_the_same_seed_gives_the_same_result(problem, engine: Engine) -> None:
    given = problem.given(engine)
    found = (outputs(problem.on(engine).fit(*given), problem.asked(given)) for _ in range(2))
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(on_host(one), on_host(other))


def test_pieces_equal_the_whole(problem, engine: Engine) -> None:
    if not problem.cut:
        pytest.skip("it learns from a whole: the votes of a piece and its rows are aggregated before")
    (data,) = problem.given(engine)
    fitted = (problem.on(engine).fit(given) for given in (data, problem.cut(data)))
    for one, other in zip(*(outputs(estimator, data) for estimator in fitted), strict=True):
        assert np.mean(np.abs(on_host(one) - on_host(other))) < 0.01


@pytest.mark.gpu
def test_cpu_equals_gpu(problem) -> None:
    if not devices()[0]:
        pytest.skip(devices()[1])
    found = []
    for name in ("cpu", "gpu"):
        given = problem.given(choose(name))
        fitted = problem.on(choose(name)).fit(*given)
        found.append([on_host(output) for output in outputs(fitted, problem.asked(given))])
    for one, other in zip(*found, strict=True):
        assert np.mean(np.abs(one - other)) < 0.01


class Careless(BaseEstimator):
    """Breaks the conventions that the battery checks."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale
        self.calls_ = 0

    def fit(self, X: pd.DataFrame) -> "Careless":
        self.scale = self.scale * 2
        return clone(self)

    def predict(self, X: pd.DataFrame) -> list[float]:
        return np.random.default_rng().random(len(X)).tolist()


@pytest.mark.parametrize(
    "check",
    [
        test_construction_does_no_work_and_fitting_leaves_parameters_alone,
        test_output_follows_input,
        test_the_same_seed_gives_the_same_result,
    ],
)
def test_the_battery_fails_a_careless_estimator(check: Callable) -> None:
    with pytest.raises((AssertionError, TypeError)):
        check(Problem(Careless, lambda e: (labelled(e),)), Engine("cpu", "test"))
