"""Networks get smaller, are saved without pickles, and predict elsewhere what they predict here."""

import json
import re
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch import nn

from etl.engine import choose
from models.signsgd.networks import convnet, resnet
from models.tensors.tuning import Examples, tune
from pipelines import apply, load, saved
from pipelines.compress import networks
from pipelines.compress.inputs import Inputs
from pipelines.compress.networks import TRUSTED, made, unwrapped
from pipelines.compress.pipeline import Config, main
from pipelines.signsgd.apply import VotedModel
from pipelines.signsgd.forms import Images, plain

pytestmark = pytest.mark.usefixtures("no_pictures")

NETWORK = "models.signsgd.networks:convnet"
QUICK = {"slower": 1000.0, "others": (), "epochs": 1, "device": "cpu"}
WORDS = ("side=8", "classes=2")


def bright(count: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Grey images, bright on the left (0) or on the right (1)."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, count)
    x = rng.integers(0, 90, (count, 8, 8))
    x[y == 0, :, :4] += 100
    x[y == 1, :, 4:] += 100
    return x.astype("uint8"), y


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with net.pt of a trained network, and data.npz."""
    folder = tmp_path_factory.mktemp("given")
    x, y = bright()
    np.savez(folder / "data.npz", x=x, y=y)
    torch.manual_seed(0)
    network = convnet(8, 2)
    rows = torch.tensor(x[:, None] / 255, dtype=torch.float32)
    tune(network, Examples(rows, torch.tensor(y), rows, torch.tensor(y)), 3, 1e-2, 32, 0)
    torch.save(network.state_dict(), folder / "net.pt")
    return folder


@pytest.fixture(scope="module")
def run(given: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    return main(config(given, out)).folder


def config(given: Path, out: Path, **more: object) -> Config:
    told = {"network": NETWORK, "keywords": WORDS, "weights": given / "net.pt", "data": given / "data.npz"}
    return Config(out=out, **{**told, **QUICK, **more})  # type: ignore[arg-type]


def test_a_network_gets_smaller_and_a_row_a_layer_says_how(run: Path) -> None:
    found = json.loads((run / "metrics.json").read_text())
    whole = sum(each.numel() for each in convnet(8, 2).parameters())
    assert found["parameters"]["before"] == whole
    assert found["parameters"]["after"] <= 0.33 * whole
    assert found["met"]
    assert found["accuracy"]["tuned"] > 0.95
    assert [row["name"] for row in found["layers"]] == ["0", "2", "6"]
    biases = 16 + 32 + 2
    assert sum(row["parameters"]["after"] for row in found["layers"]) + biases == found["parameters"]["after"]
    assert {path.stem for path in (run / "figures").iterdir()} >= {"latency", "layers"}


def test_a_saved_network_predicts_elsewhere_what_it_predicts_here(run: Path, tmp_path: Path) -> None:
    x, y = bright(80, seed=1)
    np.savez(tmp_path / "new.npz", x=x)
    own = load(run, "cpu")
    found = own.predict(tmp_path / "new.npz")
    told = apply.Config(run=run, data=tmp_path / "new.npz", out=tmp_path / "out.csv", device="cpu")
    there = pd.read_csv(apply.main(told))
    assert (found["class"].astype(int) == y).mean() > 0.95
    np.testing.assert_allclose(there["p:1"], found["p:1"], rtol=1e-5)
    dense = nn.Sequential(*(getattr(each, "dense", lambda each=each: each)() for each in own.model.network()))
    scores = dense(torch.tensor(x[:, None] / 255, dtype=torch.float32)).softmax(1).detach().numpy()
    np.testing.assert_allclose(scores[:, 1], found["p:1"], atol=1e-5)


def test_folders_of_images_are_classes_and_new_ones_keep_their_names(given: Path, tmp_path: Path) -> None:
    x, y = bright(60)
    for name in ("dark", "light"):
        (tmp_path / "images" / name).mkdir(parents=True)
    for place, (image, code) in enumerate(zip(x, y, strict=True)):
        Image.fromarray(image).save(tmp_path / "images" / ("dark", "light")[code] / f"{place:02}.png")
    (tmp_path / "images" / "dark" / "broken.png").write_bytes(b"none")
    folder = main(config(given, tmp_path, data=tmp_path / "images")).folder
    assert json.loads((folder / "metrics.json").read_text())["quarantined"] == 1
    found = load(folder, "cpu").predict(tmp_path / "images")
    assert len(found) == 60
    assert (found["class"] == found["file"].str.split("/").str[0]).mean() > 0.95


def test_the_network_of_a_run_of_votes_is_taken(tmp_path: Path) -> None:
    torch.manual_seed(0)
    form = plain(Images([str(code) for code in range(10)], 8, True, (16.0, 16.0), [0.0] * 3, [1.0] * 3))
    weights = {name: held.numpy() for name, held in resnet(8, 10).state_dict().items()}
    written(tmp_path / "votes", "signsgd", VotedModel(form, {"vote": weights}, {"vote": 0.1}, choose("cpu")))
    (tmp_path / "votes" / "config.json").write_text('{"config": {"seed": 0}}')
    folder = main(Config(run=tmp_path / "votes", out=tmp_path, **{**QUICK, "epochs": 0})).folder  # type: ignore[arg-type]
    found = json.loads((folder / "metrics.json").read_text())
    assert (found["network"], found["classes"]) == ("models.signsgd.networks:resnet", 10)
    assert found["parameters"]["before"] == sum(each.size for each in weights.values())


def written(folder: Path, story: str, model: object) -> None:
    folder.mkdir()
    saved.write(folder, story, model, choose("cpu"))  # type: ignore[arg-type]


def test_a_strangers_network_is_not_imported(given: Path, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "strange.py").write_text("from models.signsgd.networks import convnet\n")
    monkeypatch.syspath_prepend(tmp_path)
    folder = main(config(given, tmp_path, network="strange:convnet")).folder
    sys.modules.pop("strange")
    with pytest.raises(ValueError, match="strange:convnet is not Trinity's, and is not imported unasked"):
        load(folder, "cpu")
    assert "strange" not in sys.modules
    monkeypatch.setenv(TRUSTED, "other,strange")
    assert len(load(folder, "cpu").predict(given / "data.npz")) == 300


@pytest.mark.parametrize(
    "name", ["os:system", "models.signsgd.processes:os", "models.signsgd.networks:nn", "pipelines:load", "x"]
)
def test_only_networks_are_made_of_what_a_file_names(name: str) -> None:
    with pytest.raises(ValueError, match=r"not imported unasked|makes no network|no module:name"):
        made(name, {}, asked=False)


def test_inputs_are_normalised_alike_in_tuning_and_later(given: Path, tmp_path: Path) -> None:
    """A network of inputs that had a mean taken off, beside the same with the mean in its first layer."""
    x, _ = bright(120, seed=2)
    inner = convnet(8, 2)
    inner.load_state_dict(torch.load(given / "net.pt"))
    folded = convnet(8, 2)
    folded.load_state_dict(inner.state_dict())
    with torch.no_grad():
        folded[0].weight.mul_(0.25)  # reads inputs four times as large
    torch.save(folded.state_dict(), tmp_path / "folded.pt")
    quick = {"epochs": 0, "budget": 0.9, "slower": 1e9}
    told = {"weights": tmp_path / "folded.pt", "std": (0.25,), **quick}
    own = main(config(given, tmp_path / "own", **told)).folder
    plain = main(config(given, tmp_path / "plain", **quick)).folder
    accuracy = [json.loads((run / "metrics.json").read_text())["accuracy"]["before"] for run in (own, plain)]
    assert accuracy[0] == accuracy[1] > 0.95
    np.savez(tmp_path / "new.npz", x=x)
    probabilities = [load(run, "cpu").predict(tmp_path / "new.npz")["p:1"] for run in (own, plain)]
    np.testing.assert_allclose(*probabilities, atol=0.02)
    frame = pd.DataFrame(x.reshape(120, -1))
    np.testing.assert_allclose(load(own, "cpu").predict(frame)["p:1"], probabilities[0], rtol=1e-5)


@pytest.mark.parametrize("shape", [(2, 3, 4), (3,)])
def test_numbers_are_taken_off_by_channel_or_feature(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).random((5, *shape)).astype("float32")
    mean, std = np.arange(1.0, shape[0] + 1), 2.0 + np.arange(shape[0])
    found = Inputs(shape, mean=tuple(mean), std=tuple(std)).normalised(x)
    by_hand = np.stack([(x[:, at] - mean[at]) / std[at] for at in range(shape[0])], axis=1)
    np.testing.assert_allclose(found, by_hand, rtol=1e-6)
    with pytest.raises(
        ValueError, match=rf"--mean has {shape[0] + 1} numbers, and the network reads {shape[0]} "
    ):
        Inputs(shape, mean=(0.0,) * (shape[0] + 1))


def test_a_network_that_is_right_by_chance_is_warned_of(given: Path, tmp_path: Path) -> None:
    constant = convnet(8, 2)
    for held in constant.parameters():
        held.data.zero_()
    torch.save(constant.state_dict(), tmp_path / "zero.pt")
    found = main(config(given, tmp_path, weights=tmp_path / "zero.pt", epochs=0))
    assert re.match(r"the network itself is right on \d+\.\d% .*--mean", found.warning)


def test_weights_of_a_wrapped_network_are_taken_and_told(given: Path, tmp_path: Path, capsys) -> None:
    held = torch.load(given / "net.pt")
    torch.save({f"module._orig_mod.{name}": each for name, each in held.items()}, tmp_path / "ddp.pt")
    plain, wrapped = (
        main(config(given, tmp_path / name, weights=path, epochs=0)).metrics["accuracy"]["before"]
        for name, path in {"a": given / "net.pt", "b": tmp_path / "ddp.pt"}.items()
    )
    assert plain == wrapped
    assert "weights: module., a wrapper's, was taken off their names" in capsys.readouterr().out
    network = nn.Sequential()
    network.module = convnet(8, 2)
    assert unwrapped(network.state_dict(), network).keys() == network.state_dict().keys()


class Evil:
    """What runs when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("ran",)


ODD = """
import torch
COUNT = 3
def fails():
    raise RuntimeError("one\\ntwo")
def Lazy():
    return torch.nn.LazyLinear(3)
"""


def test_what_cannot_be_compressed_is_refused_in_one_line(
    given: Path, tmp_path: Path, capsys, monkeypatch
) -> None:
    x, y = bright(40)
    torch.save(Evil(), tmp_path / "evil.pt")
    (tmp_path / "cut.pt").write_bytes((given / "net.pt").read_bytes()[:999])
    torch.save(convnet(8, 3).state_dict(), tmp_path / "three.pt")
    for name, arrays in {"wide": (x[:, :, :7], y), "odd": (x, y + 5), "few": (x[:5], y[:5])}.items():
        np.savez(tmp_path / f"{name}.npz", x=arrays[0], y=arrays[1])
    with zipfile.ZipFile(tmp_path / "program.pt", "w") as program:  # as torch.jit.save names its parts
        program.writestr("program/constants.pkl", b"")
    lost = torch.load(given / "net.pt")
    lost["0.weight"][0] = np.nan
    torch.save(lost, tmp_path / "lost.pt")
    (tmp_path / "odd_networks.py").write_text(ODD)
    (tmp_path / "no_python.py").write_text("def")
    monkeypatch.syspath_prepend(tmp_path)
    np.savez(tmp_path / "last.npz", x=np.repeat(x[..., None], 1, 3), y=y)
    cases = {
        r"program.pt is a program of TorchScript": {"weights": tmp_path / "program.pt"},
        r"lost.pt: 0.weight holds NaN": {"weights": tmp_path / "lost.pt"},
        r"fails .*\(RuntimeError: one two\); mend it": {"network": "odd_networks:fails", "keywords": ()},
        r"COUNT is a int, which makes no network; name a class or function": {
            "network": "odd_networks:COUNT",
            "keywords": (),
        },
        r"the size of weight is not known": {"network": "odd_networks:Lazy", "keywords": ()},
        r"no_python fails when it is imported \(SyntaxError": {"network": "no_python:Net"},
        r"channels seem to come last": {"data": tmp_path / "last.npz"},
        r"--std is 0.0; each is more than 0": {"std": (0.0,)},
        r"evil.pt holds more than tensors": {"weights": tmp_path / "evil.pt"},
        r"cut.pt is damaged": {"weights": tmp_path / "cut.pt"},
        r"6.weight is of shape \(3, 512\), and \(2, 512\)": {"weights": tmp_path / "three.pt"},
        r"does not take the keywords": {"keywords": ("side=8",)},
        r"there is no network nowhere:Net": {"network": "nowhere:Net"},
        r"does not run on rows of shape": {"data": tmp_path / "wide.npz"},
        r"has 7 classes, and the network scores 2": {"data": tmp_path / "odd.npz"},
        r"holds 5 examples; give 10 at least": {"data": tmp_path / "few.npz"},
        r"none.npz does not exist": {"data": tmp_path / "none.npz"},
        r"--network needs --weights": {"weights": None},
    }
    for message, change in cases.items():
        with pytest.raises((ValueError, OSError), match=message) as caught:
            main(config(given, tmp_path / "out", **change))
        assert "\n" not in str(caught.value)
    assert "ran" not in capsys.readouterr().out.split()
    assert networks.keywords(["a=[1, 2]"]) == {"a": [1, 2]}
