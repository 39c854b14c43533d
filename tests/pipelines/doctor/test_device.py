"""The doctor's table of what has run on a GPU says what ``auto`` will take."""

import pytest

from etl.engine.device_runs import DeviceRun, may_run
from pipelines import stories
from pipelines.doctor.device import look_at_runs

PASSED = DeviceRun("crowd", "NVIDIA H100", "26.10.2", "2026-11-28", True)
FAILED = DeviceRun("topics", "NVIDIA H100", "26.10.2", "2026-11-28", False)


@pytest.mark.parametrize("runs", [[], [PASSED, FAILED]])
def test_there_is_a_line_for_each_story(runs):
    found = look_at_runs(runs)
    assert [one.what.split()[0] for one in found] == [
        "engine",
        *(name for name in stories() if name != "doctor"),
    ]
    for one in found:
        story = one.what.split()[0]
        assert (one.state == "ok") == may_run(story, runs)[0]
        assert ("auto takes the CPU" in one.remedy) == (one.state != "ok")


def test_a_run_is_told_with_card_version_and_day():
    said = {one.what.split()[0]: one for one in look_at_runs([PASSED, FAILED])}
    assert said["crowd"].what == "crowd passed on NVIDIA H100 with RAPIDS 26.10.2 (2026-11-28)"
    assert said["topics"].what == "topics failed on NVIDIA H100 with RAPIDS 26.10.2 (2026-11-28)"
    assert (said["topics"].state, said["graph"].state) == ("warning", "absent")
