import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from etl.conll import read
from etl.labelling.answers import Answer, AnswerLog, export
from etl.records import Rejected, collect, of_kind

ROME = Answer(4, ("In", "Rome"), ((1, 2, "LOC"),), 1.5, "2020-02-02T20:20:20+00:00", 3, 0.25)
ADA = Answer(2, ("Ada", "Byron", "slept"), ((0, 2, "PER"),), 2.0, "2020-02-02T20:20:21+00:00", use="judge")


def filled(folder: Path, *answers: Answer) -> Path:
    with AnswerLog(folder) as log:
        for answer in answers:
            log.append(answer)
    return folder / "answers.jsonl"


def test_answers_come_back_as_they_were(tmp_path: Path) -> None:
    skipped = Answer(9, ("北", "é"), None, 0.0, "")
    filled(tmp_path, ROME, ADA, skipped)

    with AnswerLog(tmp_path) as log:
        assert list(log.latest.items()) == [(4, ROME), (2, ADA), (9, skipped)]
        assert log.quarantined == 0


def test_the_last_answer_counts_in_the_place_of_the_first(tmp_path: Path) -> None:
    mended = Answer(4, ROME.words, (), 1.0, "")
    place = filled(tmp_path, ROME, ADA, mended)

    with AnswerLog(tmp_path) as log:
        assert list(log.latest.items()) == [(4, mended), (2, ADA)]
    assert len(place.read_text().splitlines()) == 3


@pytest.mark.parametrize("lost", [2, 30, 100])
def test_a_half_written_last_line_is_set_aside_and_counted(tmp_path: Path, lost: int) -> None:
    place = filled(tmp_path, ROME, ADA)
    whole = place.read_bytes()
    place.write_bytes(whole[:-lost])
    half = whole[:-lost].split(b"\n")[-1]

    with collect() as entries, AnswerLog(tmp_path) as log:
        assert (log.quarantined, list(log.latest)) == (1, [4])
        log.append(ADA)

    assert [entry.rows for entry in of_kind(entries, Rejected)] == [1]
    assert place.read_bytes() == whole
    assert (tmp_path / "answers.aside").read_bytes() == half + b"\n"


def test_a_line_that_lacks_only_its_end_is_kept(tmp_path: Path) -> None:
    place = filled(tmp_path, ROME, ADA)
    whole = place.read_bytes()
    place.write_bytes(whole[:-1])

    with AnswerLog(tmp_path) as log:
        assert (log.quarantined, list(log.latest)) == (0, [4, 2])
    assert place.read_bytes() == whole


def test_a_block_of_zeros_at_the_end_is_set_aside(tmp_path: Path) -> None:
    place = filled(tmp_path, ROME)
    whole = place.read_bytes()
    place.write_bytes(whole + bytes(50) + b"\n")

    with AnswerLog(tmp_path) as log:
        assert log.quarantined == 1
    assert place.read_bytes() == whole


@pytest.mark.parametrize(
    "line", ["{", "{}", '{"item": 1}', "[1]", '{"item": "x", "words": [], "spans": null}']
)
def test_a_broken_line_before_the_last_is_an_error(tmp_path: Path, line: str) -> None:
    place = filled(tmp_path, ROME, ADA)
    first, second = place.read_text().splitlines()
    place.write_text(f"{first}\n{line}\n{second}\n")

    with pytest.raises(ValueError, match=r"answers.jsonl, line 2, is no answer; restore the file"):
        AnswerLog(tmp_path)


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    """With the size of files limited, in a process of its own."""
    place = filled(tmp_path, ROME)
    before = place.read_bytes()
    code = f"""
import resource, signal
from pathlib import Path
from etl.labelling.answers import Answer, AnswerLog
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
log = AnswerLog(Path({str(tmp_path)!r}))
resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 20}, {resource.RLIM_INFINITY}))
try:
    log.append(Answer(7, ("a",), (), 0.0, ""))
except OSError as error:
    print(error, 7 in log.latest)
resource.setrlimit(resource.RLIMIT_FSIZE, ({resource.RLIM_INFINITY}, {resource.RLIM_INFINITY}))
log.append(Answer(8, ("b",), (), 0.0, ""))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "could not write" in done.stdout
    assert "ulimit -f" in done.stdout
    assert done.stdout.endswith("False\n")
    assert place.read_bytes()[: len(before)] == before
    assert [json.loads(line)["item"] for line in place.read_text().splitlines()] == [4, 8]


def test_exported_columns_are_read_again_in_the_order_of_the_text(tmp_path: Path) -> None:
    place = tmp_path / "labels.conll"
    touching = Answer(7, ("a", "b"), ((0, 1, "LOC"), (1, 2, "LOC")), 0.0, "")
    export(place, [ROME, ADA, Answer(5, ("x",), None, 0.0, ""), touching], ["PER", "LOC"])

    found = read.conll(place)

    assert found.words.to_pylist() == ["Ada", "Byron", "slept", "In", "Rome", "a", "b"]
    assert found.tag_names().to_pylist() == ["B-PER", "I-PER", "O", "O", "B-LOC", "B-LOC", "B-LOC"]
    assert found.starts.tolist() == [0, 3, 5, 7]


def test_nothing_can_be_appended_to_a_closed_log(tmp_path: Path) -> None:
    with AnswerLog(tmp_path) as log:
        pass
    with pytest.raises(OSError, match="could not write"):
        log.append(ROME)
