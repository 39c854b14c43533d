"""The shallow tagger is CRFsuite on our features, and learns what is there to learn."""

import pickle
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from etl.conll.corpus import Corpus, build
from etl.conll.features import Templates
from etl.conll.read import iob2
from etl.conll.score import span_f1
from models.tagger.crf_features import ShallowCRF
from models.tagger.crf_tuning import tune

NAMES = ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
PLAIN = {"c1": 0.05, "c2": 0.01}


@pytest.fixture(autouse=True)
def library(request: pytest.FixtureRequest):
    """CRFsuite, but for the test of its absence."""
    if "absent" not in request.node.name:
        return pytest.importorskip("pycrfsuite", reason="python-crfsuite is in the torch extra")
    return None


def ruled(sentences: int, seed: int) -> Corpus:
    """Sentences whose names are told by the word before, and go on while words are capital."""
    rng = np.random.default_rng(seed)
    letters = [*("abcdefgh", "ijklmnop")[seed]]
    words, tags, numbers = [], [], []
    for number in range(sentences):
        for _ in range(rng.integers(1, 4)):
            cue, kind = (("near", "LOC"), ("dear", "PER"))[rng.integers(2)]
            name = ["".join(rng.choice(letters, 5)).capitalize() for _ in range(rng.integers(1, 4))]
            words += ["so", cue, *name]
            tags += ["O", "O", f"B-{kind}", *[f"I-{kind}"] * (len(name) - 1)]
        numbers += [number] * (len(words) - len(numbers))
    return build(words, tags, numbers).named(NAMES)


def f1(corpus: Corpus, found: np.ndarray) -> float:
    return span_f1(corpus.tags, found, corpus.starts, corpus.names, "IOB2").f1


def test_a_rule_is_learnt_and_holds_for_words_never_seen() -> None:
    train, test = ruled(60, 0), ruled(60, 1)
    names = {word for word in test.words.to_pylist() if word[0].isupper()}
    assert not names & set(train.words.to_pylist())
    fitted = ShallowCRF(**PLAIN).fit(train)
    assert fitted.names_ == NAMES
    assert f1(test, fitted.predict(test)) == 1
    assert f1(test, np.where(test.tags == 0, 0, 1)) < 0.5  # capitals alone do not tell


def test_it_is_crfsuite_on_our_features(library, tmp_path: Path) -> None:
    train, test = ruled(30, 0), ruled(20, 1)
    train = Corpus(train.words, np.roll(train.tags, 3), train.names, train.starts)  # nothing easy to learn
    chosen = {"window": 1, "affixes": 2, "around": 1}
    fitted = ShallowCRF(0.2, 0.3, min_freq=2, max_iterations=40, tol=1e-6, **chosen).fit(train)
    settings = {"c1": 0.2, "c2": 0.3, "feature.minfreq": 2, "max_iterations": 40, "delta": 1e-6}
    trainer = library.Trainer("lbfgs", settings, verbose=False)
    tags = np.split(np.array(train.tag_names().to_pylist()), train.starts[1:-1])
    for items, names in zip(Templates(**chosen).items(train), tags, strict=True):
        trainer.append(items, names.tolist())
    trainer.train(str(tmp_path / "model"))
    tagger = library.Tagger()
    tagger.open(str(tmp_path / "model"))
    wanted = [tag for items in Templates(**chosen).items(test) for tag in tagger.tag(items)]
    assert [NAMES[code] for code in fitted.predict(test)] == wanted
    assert len(set(wanted)) > 2
    assert fitted.history_ == [step["loss"] for step in trainer.logparser.iterations]
    assert fitted.n_iter_ == 40
    assert fitted.stop_reason_ == "L-BFGS terminated with the maximum number of iterations"


@pytest.mark.parametrize(("c1", "c2"), [(0.0, 0.5), (0.3, 0.0), (0.2, 0.1)])
def test_the_objective_is_the_one_said(library, c1: float, c2: float) -> None:
    train = ruled(6, 0)
    fitted = ShallowCRF(c1, c2, window=0).fit(train)
    tagger = library.Tagger()
    tagger.open_inmemory(fitted.model_)
    chances = []
    tags = np.split(train.tags, train.starts[1:-1])
    for items, codes in zip(Templates(window=0).items(train), tags, strict=True):
        tagger.set(items)
        chances.append(tagger.probability(list(map(str, codes))))
    held = tagger.info()
    weights = np.array([*held.transitions.values(), *held.state_features.values()])
    lost = c1 * np.abs(weights).sum() + c2 * (weights**2).sum()
    assert fitted.history_[-1] == pytest.approx(lost - np.log(chances).sum(), abs=1e-3)
    assert fitted.history_[-1] < fitted.history_[0]


def test_two_fits_are_the_same_to_the_byte() -> None:
    one, other = (ShallowCRF(**PLAIN).fit(ruled(30, 0)) for _ in range(2))
    assert one.model_ == other.model_


def test_what_is_known_of_tokens_is_learnt_from() -> None:
    rng = np.random.default_rng(0)
    kinds = rng.integers(0, 2, (400, 2))
    tags = np.array(["O", "B-X"])[kinds[:, 1]]
    corpus = build(rng.integers(0, 5, 400).astype(str), tags, np.arange(400) // 8)
    train, test = corpus[:25], corpus[25:]
    blind = ShallowCRF(**PLAIN).fit(train)
    fitted = clone(blind).fit(train, classes=kinds[:200])
    assert (fitted.predict(test, classes=kinds[200:]) == test.tags).all()
    assert (blind.predict(test) == test.tags).mean() < 0.8
    with pytest.raises(ValueError, match="classes are of 0 kinds, and 2 were learnt from; give the same"):
        fitted.predict(test)
    with pytest.raises(ValueError, match="classes are of 1 kinds, and 0 were"):
        blind.predict(test, classes=kinds[200:, 0])


def test_any_script_is_learnt_from(library) -> None:
    corpus = build(
        ["去", "北京", "去", "南京", "见", "小明"] * 3, ["O", "B-地", "O", "B-地", "O", "B-人"] * 3, [0] * 18
    )
    fitted = ShallowCRF(**PLAIN, characters=True).fit(corpus)
    test = build(["去", "东京", "见", "小红"], ["O"] * 4, [0] * 4)
    assert [fitted.names_[code] for code in fitted.predict(test)] == ["O", "B-地", "O", "B-人"]


def test_real_sentences_in_chinese_are_learnt_from(real_ner: Path) -> None:
    folder = real_ner / "uner_zh_gsdsimp"
    train, test = (iob2(folder / f"zh_gsdsimp-ud-{part}.iob2") for part in ("dev", "test"))
    fitted = ShallowCRF(window=1, around=1, affixes=2, characters=True, max_iterations=40).fit(train)
    assert f1(test.named(fitted.names_), fitted.predict(test)) > 0.35


def test_a_state_holds_what_was_learnt() -> None:
    train, test = ruled(30, 0), ruled(30, 1)
    fitted = ShallowCRF(**PLAIN, window=1).fit(train)
    again = ShallowCRF(window=1).restore(fitted.state())
    for other in (again, pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(other.predict(test), fitted.predict(test))
        assert (other.names_, other.history_, other.n_iter_) == (NAMES, fitted.history_, fitted.n_iter_)
    assert again.state() == fitted.state()


def test_bytes_that_are_no_state_are_an_error() -> None:
    state = ShallowCRF(**PLAIN).fit(ruled(5, 0)).state()
    for damaged in (b"", b"abc", state[9:], state[:-1], state[:-9] + b"x" + state[-8:]):
        with pytest.raises(ValueError, match="this is no state of a ShallowCRF, or a damaged one"):
            ShallowCRF().restore(damaged)
    with pytest.raises(ValueError, match="the state is of an estimator with .*'window': 2"):
        ShallowCRF(window=1).restore(state)


def test_tags_of_one_kind_leave_nothing_to_learn() -> None:
    corpus = build(["a", "b"], ["O", "O"], [0, 0])
    fitted = ShallowCRF().fit(corpus)
    assert fitted.predict(corpus).tolist() == [0, 0]
    assert fitted.n_iter_ == 0


def test_no_sentences_get_no_tags() -> None:
    corpus = ruled(5, 0)
    found = ShallowCRF(**PLAIN).fit(corpus).predict(corpus[:0])
    assert (found.dtype, found.shape) == (np.dtype("int32"), (0,))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("c1", -0.1),
        ("c2", -1),
        ("c2", np.inf),
        ("c1", np.nan),
        ("min_freq", -1),
        ("max_iterations", 0),
        ("tol", -1),
    ],
)
def test_a_parameter_out_of_its_range_is_an_error(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} is .*; it must be at least [01], and finite"):
        ShallowCRF(**{name: value}).fit(ruled(2, 0))


def test_what_cannot_be_learnt_from_is_an_error() -> None:
    corpus = ruled(5, 0)
    with pytest.raises(ValueError, match="the corpus holds no sentences"):
        ShallowCRF().fit(corpus[:0])
    with pytest.raises(TypeError, match="it is a list; give an etl.conll.corpus.Corpus"):
        ShallowCRF().fit([["a"]])
    with pytest.raises(ValueError, match="no feature occurs 1000000 times with a tag; lower min_freq"):
        ShallowCRF(min_freq=1_000_000).fit(corpus)
    with pytest.raises(NotFittedError):
        ShallowCRF().predict(corpus)
    with pytest.raises(ValueError, match="give integers, a row for each of"):
        ShallowCRF().fit(corpus, classes=[0.5])


def test_a_full_disk_is_an_error(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (small_disk / "rest").write_bytes(bytes(4 * 2**20 - 16384))
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    with pytest.raises(OSError, match="CRFsuite could not write its model to .*; make room there"):
        ShallowCRF(c1=0, c2=1).fit(ruled(60, 0))


def test_an_absent_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pycrfsuite", None)
    with pytest.raises(ModuleNotFoundError, match=r"needs python-crfsuite.*; pip install 'trinity\[torch\]'"):
        ShallowCRF().fit(ruled(2, 0))


def test_tuning_takes_the_best_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    train, held = ruled(40, 0), ruled(40, 1)
    grid = [(0.0, 300.0), (0.05, 0.01), (30.0, 1.0)]
    found = tune(train, held, grid, estimator=ShallowCRF(window=1))
    scores = [f1(held, ShallowCRF(c1, c2, window=1).fit(train).predict(held)) for c1, c2 in grid]
    assert [trial["f1"] for trial in found.trials] == scores
    assert scores[1] > max(scores[0], scores[2])
    assert (found.estimator.c1, found.estimator.c2, found.estimator.window) == (0.05, 0.01, 1)
    assert f1(held, found.estimator.predict(held)) == scores[1]
    said = capsys.readouterr().out.strip()
    assert said == found.reason
    assert "c1 = 0.05 and c2 = 0.01" in said
    assert "40 sentences held out" in said
    assert f"{scores[1]:.4f}, best of 3" in said


def test_of_equals_the_first_is_taken_and_codes_may_differ() -> None:
    train, held = ruled(40, 0), ruled(10, 1)
    other = held.named((*reversed(NAMES), "B-NEW"))
    found = tune(train, other, [(0.05, 0.01), (0.06, 0.01)])
    assert [trial["f1"] for trial in found.trials] == [1, 1]
    assert found.estimator.c1 == 0.05
    assert found.estimator.names_ == (*NAMES, "B-NEW")


def test_nothing_to_tune_by_is_an_error() -> None:
    train = ruled(5, 0)
    with pytest.raises(ValueError, match="the grid is empty"):
        tune(train, train, [])
    with pytest.raises(ValueError, match="the sentences held out hold no span"):
        tune(train, Corpus(train.words, train.tags * 0, train.names, train.starts), [(0.1, 0.1)])
