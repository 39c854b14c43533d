"""Those who score a pool agree where they take one definition, and disagreement is named."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed")

from benchmarks.active import data, run
from benchmarks.active import systems as active_systems
from benchmarks.active.peers import loop
from benchmarks.active.peers import ours as active_ours
from benchmarks.active.peers import pool as active_pool

CASES = [case for case, most in active_systems.CASES["sentences"].items() if "active.loop" in most]


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    return active_pool.load(str(data.pool(tmp_path_factory.mktemp("pool"), 300, "sentences", 1)))


def test_made_outputs_are_those_of_a_tagger(pool: dict[str, np.ndarray]) -> None:
    P, starts = pool["distributions"], pool["starts"]

    assert P.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert pool["log_probs"][7] == pytest.approx(np.log(P.max(axis=1))[starts[7] : starts[8]].sum(), rel=1e-5)
    assert np.diff(starts).min() >= 1
    assert 15 < np.diff(starts).mean() < 27
    drawn = np.stack([(pool["samples"] == tag).mean() for tag in range(data.TAGS)])
    assert drawn == pytest.approx(P.mean(axis=0), abs=0.01)


@pytest.mark.parametrize("case", CASES)
def test_our_scores_are_those_of_a_loop(pool: dict[str, np.ndarray], case: str) -> None:
    (ours, scores), (theirs, expected) = (peer.query(pool, case, 20) for peer in (active_ours, loop))

    assert scores == pytest.approx(expected, rel=1e-5)
    assert scores[ours] == pytest.approx(expected[theirs], rel=1e-5)


@pytest.mark.parametrize("system", active_systems.PEERS)
@pytest.mark.parametrize("kind", active_systems.CASES)
def test_peers_choose_the_same(tmp_path: Path, system: str, kind: str) -> None:
    pytest.importorskip(system.removeprefix("active_"), reason="the peer is not installed")
    path = str(data.pool(tmp_path, 300, kind, 2))
    for case, most in active_systems.CASES[kind].items():
        if system in most:
            request = {"data": path, "threads": 1, "case": case, "count": 10, "turns": 1}
            systems = [active_systems.OURS, system]
            samples = active_systems.compared(systems, request, None)
            assert len(samples[system]["digest"]["chosen"]) == 10


def test_other_choices_are_refused() -> None:
    ours = {"chosen": [1, 2], "sum": 3.0, "mix": 5.0, "best": 2.0}

    with pytest.raises(ValueError, match=r"chose other items by mnlp: 0\.500 are the same"):
        active_systems.agree("mnlp", {"active.ours": ours, "active.alipy": {"chosen": [1, 3]}})
    with pytest.raises(ValueError, match="disagree about mix"):
        active_systems.agree("mnlp", {"active.ours": ours, "active.loop": ours | {"mix": 5.1}})
    with pytest.raises(ValueError, match="active.alipy chose 1 items by random"):
        active_systems.agree("random", {"active.ours": ours, "active.alipy": {"chosen": [1]}})
    active_systems.agree("bald", {"active.ours": ours, "active.alipy": ours | {"mix": 9.0}})


def test_a_run_writes_rows_and_ratios(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    out = tmp_path / "active.json"
    config = run.Config((200,), 1, ("active.loop",), None, epochs=0, data=tmp_path, out=out)

    ratios = run.main(config)

    facts = json.loads(out.read_text())
    cost = {(row["kind"], row["case"], row["system"]): row["cpu_s"] for row in facts["results"]}
    assert {case for kind, case, _ in cost if kind == "sentences"} == set(active_systems.CASES["sentences"])
    assert facts["ratios"] == ratios
    for ratio in ratios:
        ours = cost[ratio["kind"], ratio["case"], "active.ours"]
        assert ratio["cpu"] == pytest.approx(
            cost[ratio["kind"], ratio["case"], ratio["system"]] / ours, rel=0.01
        )
    assert "mnlp" in capsys.readouterr().out


def test_a_tagger_is_trained_and_judged(tmp_path: Path) -> None:
    lines = "In\tO\nNew\tB-location\nYork\tI-location\n\nYes\tO\n\n" * 8
    (tmp_path / "wnut17").mkdir()
    for name in ("wnut17train.conll", "emerging.test.annotated"):
        (tmp_path / "wnut17" / name).write_text(lines)
    config = run.Config(ner=tmp_path, epochs=25, batch=4)

    row = run.tagger_row(config, ("active.tagger", "CNN-CRF, 256 filters"))

    assert row["f1"] == 1
    assert row["train_tokens_s"] > 0
    assert row["parameters"] > 500_000
