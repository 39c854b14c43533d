"""A verdict a line, in the order of the file, on the standard output and nothing else beside."""

import csv
import gzip
import io
import json
import subprocess
import sys
from pathlib import Path

import mpmath
import pytest

from pipelines import run_story
from pipelines.programs.pipeline import COMMANDS
from pipelines.programs.verify import Verify, verify

pytestmark = pytest.mark.usefixtures("no_pictures")
ROOT = Path(__file__).parents[3]
FILE = r"""# identities, and others
sin(x)**2 + cos(x)**2 = 1
sqrt(x**2) = x
1 + foo(x) = 1

x/0 = x/0
2 = 3
\sin^2 x + \cos^2 x = 1
"""
WANTED = [
    "identity\tsin(x)**2 + cos(x)**2 = 1",
    "conditional\tsqrt(x**2) = x",
    "error\t1 + foo(x) = 1",
    "undefined\tx/0 = x/0",
    "false\t2 = 3",
    "identity\t\\sin^2 x + \\cos^2 x = 1",
]


def typed(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", ["trinity programs", *words])
    run_story("programs")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "equations.txt"
    path.write_text(FILE)
    return path


def test_a_line_an_equation_and_nothing_else(file, tmp_path, monkeypatch, capsys) -> None:
    typed(monkeypatch, "verify", str(file), "--out", str(tmp_path), "--device", "cpu")
    said = capsys.readouterr()
    assert said.out.splitlines() == WANTED
    assert "line 4, column 5: unknown function 'foo'" in said.err
    (folder,) = (tmp_path / "programs").iterdir()
    found = json.loads((folder / "metrics.json").read_text())
    wanted = {"identity": 2, "conditional": 1, "undefined": 1, "false": 1, "proved": 0, "undecided": 0}
    assert found["counts"] == wanted
    assert [found[name] for name in ("equations", "unreadable")] == [5, 1]
    assert {"read", "certify"} <= set(found["seconds"])


BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            raise ModuleNotFoundError("no torch", name=name)
sys.meta_path.insert(0, Blocked())
from pipelines import command
command()
"""


def test_digits_that_doubles_lose_are_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    equations = ("1 + exp(-50) = 1", "2 = 3")
    found = verify(Verify(equation=equations, out=tmp_path, device="cpu"))
    assert capsys.readouterr().out == "false\t1 + exp(-50) = 1\nfalse\t2 = 3\n"
    assert found.metrics["escalated"] == 1


def test_without_pytorch(file: Path, tmp_path: Path) -> None:
    words = ["programs", "verify", str(file), "--out", str(tmp_path), "--device", "cpu"]
    done = subprocess.run([sys.executable, "-c", BLOCKED, *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == WANTED


def test_a_certificate_has_points_and_values_of_both_sides(file: Path, tmp_path: Path) -> None:
    table, document = tmp_path / "certificates.csv", tmp_path / "certificates.json"
    for place in (table, document):
        verify(Verify(file=file, certificates=place, out=tmp_path / "runs", device="cpu"))
    told = json.loads(document.read_text())
    assert [each["verdict"] for each in told] == ["identity", "conditional", "undefined", "false", "identity"]
    for point in told[1]["points"]:
        x = point["variables"]["x"]
        assert point["left"] == pytest.approx(float(mpmath.sqrt(mpmath.mpf(x) ** 2)))
        assert point["right"] == x
    assert told[2]["points"][0]["left"] is None
    rows = list(csv.DictReader(io.StringIO(table.read_text())))
    assert len(rows) == sum(len(each["points"]) for each in told)
    assert rows[12]["verdict"] == "conditional"
    assert "x > 0" in rows[12]["branch"]


def test_labels_of_the_file_that_a_verdict_contradicts_are_counted(tmp_path: Path, capsys) -> None:
    (tmp_path / "a.txt").write_text("x = x\tfalse\nx = x + 1\t1\nx*x = x**2\ttrue  # holds\n")
    found = verify(Verify(file=tmp_path / "a.txt", out=tmp_path, device="cpu"))
    assert found.metrics["contradicted"] == 2
    assert "labels say otherwise of 2" in found.story["summary"]
    assert capsys.readouterr().out == "identity\tx = x\nfalse\tx = x + 1\nidentity\tx*x = x**2\n"


def test_what_sympy_simplifies_is_proved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verify(Verify(equation=("sin(x)**2 + cos(x)**2 = 1", "x = 2"), prove=True, out=tmp_path, device="cpu"))
    assert capsys.readouterr().out.splitlines() == ["proved\tsin(x)**2 + cos(x)**2 = 1", "false\tx = 2"]


def test_the_standard_input(tmp_path, monkeypatch, capsys) -> None:
    typed_in = io.TextIOWrapper(io.BytesIO(b"x = x\ny = (\n"))
    monkeypatch.setattr(sys, "stdin", typed_in)
    verify(Verify(file=Path("-"), out=tmp_path, device="cpu"))
    said = capsys.readouterr()
    assert said.out == "identity\tx = x\nerror\ty = (\n"
    assert "standard input" in said.err


XX = {"vars": ",x,#,#,x,#,#", "func": "Equality,Symbol,#,#,Symbol,#,#"}
CORPUS = [[{"equation": XX, "label": "1"}], [{"equation": 3}]]


@pytest.mark.parametrize("name", ["corpus.json", "corpus.json.gz"])
def test_a_corpus_in_json(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = json.dumps(CORPUS).encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    result = verify(Verify(file=tmp_path / name, out=tmp_path, device="cpu"))
    said = capsys.readouterr()
    assert said.out.splitlines()[0] == "identity\tx = x"
    assert result.metrics["unreadable"] == 1


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "holds no equation"),
        (b"# nothing\n\n", "holds no equation"),
        (bytes(range(256)) * 40, "holds no equation"),
        (b"x +\ny\n", "line 1, column"),
        (b"__import__('os').system('touch pwned') = 1\n", "line 1, column"),
        (b"x.__class__ = 1\n", "line 1, column"),
        (b"lambda: 1 = 1\n", "line 1, column"),
        (b"x = " + b"1+" * 100_000 + b"1\n", "line 1, "),
    ],
)
def test_where_nothing_can_be_read_one_line_says_why(
    data: bytes, told: str, tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd.txt").write_bytes(data)
    with pytest.raises(SystemExit) as end:
        typed(monkeypatch, "verify", "odd.txt", "--device", "cpu")
    assert str(end.value).startswith("error: odd.txt ")
    assert told in str(end.value)
    assert len(str(end.value)) < 1000
    assert capsys.readouterr().out == ""
    assert {path.name for path in tmp_path.iterdir()} <= {"odd.txt", "runs"}


def test_missing_files_and_folders(tmp_path, monkeypatch) -> None:
    for place, told in ((tmp_path / "none.txt", "does not exist"), (tmp_path, "is a folder")):
        with pytest.raises(SystemExit, match=told):
            typed(monkeypatch, "verify", str(place), "--out", str(tmp_path / "runs"), "--device", "cpu")


def test_what_is_asked_for_is_checked_before_any_work() -> None:
    with pytest.raises(ValueError, match="name a file of equations"):
        Verify()
    with pytest.raises(ValueError, match="name a file of equations"):
        Verify(file=Path("a"), equation=("x = x",))
    with pytest.raises(ValueError, match=r"--certificates a.txt ends neither in .json nor .csv"):
        Verify(file=Path("a"), certificates=Path("a.txt"))


def test_deep_equations_and_many_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deep = "sin(" * 50 + "x" + ")" * 50
    (tmp_path / "deep.txt").write_text(f"{deep} = {deep}\n" + "x + y = y + x\n" * 2000)
    verify(Verify(file=tmp_path / "deep.txt", out=tmp_path, device="cpu"))
    said = capsys.readouterr()
    assert said.out.splitlines() == [f"identity\t{deep} = {deep}", *["identity\tx + y = y + x"] * 2000]


def test_every_command_has_its_settings_and_a_line_of_help() -> None:
    assert list(COMMANDS) == ["train", "verify", "complete", "evaluate"]
    assert all(kind.__doc__ for _, kind in COMMANDS.values())
