"""Workers that train by votes and by means: whole folders, resumed runs, liars, workers that are killed."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib.figure
import numpy as np
import psutil
import pytest

pytest.importorskip("torch", reason="models are networks; pip install 'trinity[torch]'")

import torch

from etl.arrays import load_arrays
from etl.engine import Engine
from models.signsgd.bitpack import words_of
from models.signsgd.learner import PATIENCE
from models.signsgd.networks import convnet, resnet
from pipelines.signsgd import pipeline
from pipelines.signsgd.config import Faults, Training
from pipelines.signsgd.data import load
from pipelines.signsgd.pipeline import Config, main
from tests.support.waiting import LIMIT, until

ROOT = Path(__file__).parents[3]
FIGURES = {"score", "liars", "monitors", "bandwidth", "timeline", "ledger"}
FILES = {"config.json", "metrics.json", "ledger.json", "story.json", "report.md", "report.html", "figures",
         "model", "states"}  # fmt: skip


def config(out: Path, *, liars: tuple[int, ...] = (), voters: int = 5, **options: Any) -> Config:
    training = {"epochs": 4, **options.pop("training", {})}
    options = {"optimisers": ("sgd", "vote"), "workers": 2, "device": "cpu", **options}
    faults = Faults(voters=voters, liars=liars)
    return Config(out=out, training=Training(**training), faults=faults, **options)


def metrics(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "metrics.json").read_text())


def weights(folder: Path, name: str) -> dict[str, torch.Tensor]:
    """Of the network of an optimiser."""
    held = load_arrays(folder / "model" / "networks.arrow").items()
    return {key.partition("/")[2]: torch.from_numpy(x) for key, x in held if key.startswith(f"{name}/")}


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return main(config(tmp_path_factory.mktemp("digits"), liars=(0, 2), training={"epochs": 8})).folder


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of `digits`, which is made before, are looked at."""
    monkeypatch.setattr(matplotlib.figure.Figure, "savefig", lambda self, path, **_: Path(path).touch())


def test_digits_leave_a_whole_folder_and_no_process(digits: Path) -> None:
    found = metrics(digits)
    assert {path.name for path in digits.iterdir()} == FILES
    assert {path.stem for path in (digits / "figures").iterdir()} == FIGURES
    assert [path.name for path in digits.parent.iterdir()] == [digits.name]
    assert not multiprocessing.active_children()
    assert found["replicas_identical"] is True
    assert (found["steps"], found["workers"], found["parameters"]) == (40, 2, 9930)
    assert set(found["score"]) == set(found["bytes_per_step"]) == set(found["seconds_per_step"])
    assert found["score"]["vote"] > 0.5  # a tenth is chance
    assert set(found["faults"]) == {"mean", "mean_scaled", "vote", "weighted"}
    assert [n for n, _ in found["faults"]["vote"]] == [0, 2]
    assert [row["step"] for row in found["monitors"]] == [point[0] for point in found["curve"]["vote"]]


def test_what_workers_pass_between_libraries_is_in_the_ledger(digits: Path) -> None:
    rows = json.loads((digits / "ledger.json").read_text())
    own = [row for row in rows if (row["stage"], row["from"], row["to"]) == ("train", "numpy", "torch")]
    examples = 1797 * 65 * 8  # 64 pixels and a class of each digit, float64 and int64
    assert sum(row["bytes"] for row in own) == 2 * examples, "each of the two workers holds them all"
    assert {row["copies"] for row in own} <= {"none", "device"}
    assert "No bridge was crossed" not in (digits / "report.md").read_text()


def test_a_vote_sends_a_thirty_second_of_a_mean(digits: Path) -> None:
    found = metrics(digits)
    sizes = [p.numel() for p in convnet(8, 10).parameters()]
    words = sum(map(words_of, sizes))
    half = -(-words // 2)
    # Two workers: half of the words and a flag go out, then the other half with its head and two counts.
    assert found["bytes_per_step"]["vote"] == 8 * (1 + half) + 8 * (2 + half + 2)
    assert found["bytes_per_step"]["sgd"] == 4 * sum(sizes) == found["bytes_per_step_fp32"]
    assert found["ratio_bytes"] == pytest.approx(32, rel=0.1)


def test_the_saved_model_is_as_good_as_it_was_said_to_be(digits: Path) -> None:
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    held = np.random.default_rng(0).permutation(len(y))[: len(y) // 5]
    network = convnet(8, 10)
    network.load_state_dict(weights(digits, "vote"))
    with torch.no_grad():
        right = network(torch.from_numpy(X[held] / 16).float().view(-1, 1, 8, 8)).argmax(1).numpy() == y[held]
    assert right.mean() == pytest.approx(metrics(digits)["score"]["vote"])


def test_a_run_that_stopped_goes_on_as_if_it_had_not(digits: Path, tmp_path: Path) -> None:
    part = main(config(tmp_path / "part", training={"epochs": 8, "stop": 3})).folder
    again = main(config(tmp_path / "again", training={"epochs": 8}, resume=part)).folder
    assert metrics(part)["curve"]["vote"][-1][0] == 15
    for name in ("sgd", "vote"):
        one, other, half = (weights(folder, name) for folder in (digits, again, part))
        assert all(torch.equal(one[key], other[key]) for key in one)
        assert not all(torch.equal(one[key], half[key]) for key in one)
        assert metrics(again)["score"][name] == metrics(digits)["score"][name]
    with pytest.raises(ValueError, match=r"--seed is 1 and was 0 in .*; go on with 0"):
        main(config(tmp_path / "other", training={"epochs": 8}, resume=part, seed=1))


def test_a_resnet_learns_images_that_are_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for part, count in (("train", 300), ("test", 50)):
        y = rng.integers(2, size=count)
        x = (rng.integers(0, 60, (count, 20, 20)) + 190 * y[:, None, None]).astype("uint8")
        np.savez(tmp_path / f"{part}.npz", x=x, y=y)
    options: dict[str, Any] = {"data": tmp_path, "training": {"epochs": 2, "batch": 30}}
    found = metrics(main(config(tmp_path / "out", task="resnet", optimisers=("vote",), **options)).folder)
    assert found["score"]["vote"] > 0.9  # one class is bright
    assert found["parameters"] == sum(p.numel() for p in resnet(20, 2).parameters())
    assert found["ratio_bytes"] == pytest.approx(32, rel=0.03)


@pytest.mark.parametrize(("task", "chance"), [("lstm", 0.15), ("ner", 0.0)])
def test_texts_and_tags_are_learnt_in_two_epochs(task: str, chance: float, tmp_path: Path) -> None:
    options: dict[str, Any] = {"training": {"epochs": 2, "examples": 600, "batch": 20, "lr": (0.005,)}}
    if task == "lstm":  # of whose characters 9 in 44 are blanks
        options["data"] = tmp_path / "text.txt"
        options["data"].write_text("the quick brown fox jumps over the lazy dog; " * 600, encoding="utf-8")
    found = metrics(main(config(tmp_path / "out", task=task, optimisers=("vote",), **options)).folder)
    assert found["replicas_identical"] is True
    assert found["score"]["vote"] > chance
    assert found["ratio_bytes"] > 30


@pytest.mark.parametrize(("task", "count"), [("lstm", 1_000), ("ner", 1_900), ("resnet", 1_400)])
def test_what_is_not_given_is_made_up_or_comes_with_scikit_learn(task: str, count: int) -> None:
    found = load(Config(task=task), torch.device("cpu"))
    assert found.count > count
    network = found.make()
    inputs, truth = found.batch(torch.arange(4))
    assert torch.isfinite(found.loss(network(inputs), truth))


def test_one_worker_is_for_one_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = config(tmp_path, workers=1, device="auto", optimisers=("vote",))
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="--workers is 1, which is for one GPU; give 2 at least, as "):
            main(alone)
        monkeypatch.setattr(pipeline, "_devices", lambda engine, config: (False, "workers: one"))
    found = metrics(main(alone).folder)
    assert (found["workers"], found["bytes_per_step"]["vote"], found["ratio_bytes"]) == (1, 0, None)
    assert found["score"]["vote"] > 0.8


def test_a_gpu_too_few_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    cuda, message = pipeline._devices(Engine("gpu", "test"), Config())
    assert not cuda
    assert message.endswith("on the CPU, as 1 GPUs are too few for 3 of them; --workers 1 takes the GPU")
    assert pipeline._devices(Engine("gpu", "test"), Config(workers=1))[0]


def test_curves_of_few_voters_have_the_usual_numbers_of_liars_that_there_can_be(tmp_path: Path) -> None:
    told = [Config(out=tmp_path, faults=Faults(voters=voters)).liars for voters in (15, 5, 3)]
    assert told == [(0, 1, 4, 7), (0, 1, 4), (0, 1)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"task": "cifar"}, "there is no task 'cifar'; take one of digits"),
        ({"optimisers": ("lion",)}, "there is no optimiser 'lion'; take one of sgd"),
        ({"optimisers": ()}, "--optimisers is empty"),
        ({"transport": "pigeon"}, "--transport is 'pigeon'"),
        ({"workers": 1}, "--workers is 1; it must be 2 at least"),
        ({"workers": 16, "training": {"batch": 15}}, "--batch is 15; it must be 16 at least"),
        ({"training": {"stop": 9}}, "--stop is 9; it must be 0 to --epochs"),
        ({"training": {"lr": (0.1,)}}, "one rate for each optimiser"),
        ({"liars": (6,)}, "--liars is"),
        ({"task": "mnist"}, "--task mnist needs --data"),
        ({"data": Path("x")}, "digits come with scikit-learn"),
        ({"resume": Path("none")}, "none holds no states/sgd.pt"),
    ],
)
def test_what_cannot_be_run_is_refused(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        main(config(tmp_path / "out", **options))
    assert not list((tmp_path / "out").glob("signsgd/*"))


def test_what_a_worker_finds_wrong_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"worker \d of 2 failed: FileNotFoundError: .*train\.npz"):
        main(config(tmp_path / "out", task="mnist", data=tmp_path))
    assert not list((tmp_path / "out" / "signsgd").iterdir())
    assert not multiprocessing.active_children()


TELLING = """
from pathlib import Path
from models.signsgd import trainer
from pipelines import run_story
from pipelines.signsgd import pipeline, worker

def work(config, device):
    step = trainer.train_step

    def telling(*args):
        step(*args)
        Path(config.out, "trains").touch()

    trainer.train_step = telling
    return worker.work(config, device)

if __name__ == "__main__":
    pipeline.work = work
    run_story("signsgd")
"""
"""The command, whose workers leave a file when they have made a step."""


def test_a_worker_that_is_killed_ends_the_run_which_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "telling.py").write_text(TELLING)
    call = [sys.executable, str(tmp_path / "telling.py"), "--out", str(tmp_path)]
    with subprocess.Popen(
        [*call, *"--device cpu --workers 2 --epochs 5000".split()],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        try:
            until(lambda: (tmp_path / "trains").exists() or run.poll() is not None)
            children = psutil.Process(run.pid).children()
            workers = [child for child in children if "spawn_main" in " ".join(child.cmdline())]
            assert len(workers) == 2
            workers[1].send_signal(signal.SIGKILL)
            _, told = run.communicate(timeout=PATIENCE / 2)  # it does not wait as long as workers may
        finally:
            run.kill()
    assert run.returncode == 1
    assert "error: worker 1 of 2 was killed by signal 9" in told
    assert not psutil.wait_procs(workers, timeout=LIMIT)[1]
    assert not list((tmp_path / "signsgd").iterdir())
