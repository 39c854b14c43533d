"""Stories: load, label, shape, train, judge, report; ``python -m pipelines.NAME``, or ``trinity NAME``."""

import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from etl.engine import Device

PROGRAM = "trinity"
OPTIONAL = {"torch": "PyTorch", "pycrfsuite": "python-crfsuite"}
"""What a story may need and this installation may lack: both come with the extra ``torch``."""
VERBS = {
    "apply": "A run's model on new data: apply RUN --data NEW --out FILE.",
    "runs": "Runs that are found again: runs list, runs show RUN, runs compare RUN RUN.",
}
"""What is done with runs of any story: modules with ``Config`` and ``main``, and what they do."""


def exported(package: str) -> Callable[[str], Any]:
    """A package's ``__getattr__``: its ``Config`` and ``main`` are imported when they are first asked for.

    Examples
    --------
    >>> exported("pipelines.doctor")("Config").__name__
    'Config'
    """

    def get(name: str) -> Any:
        if name not in ("Config", "main"):
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{package}.pipeline"), name)

    return get


def stories() -> dict[str, str]:
    """Every story's name, and what it answers in a line."""
    mains = Path(__file__).parent.glob("*/__main__.py")
    names = sorted({path.parent.name for path in mains} - VERBS.keys())
    return {name: (importlib.import_module(f"pipelines.{name}").__doc__ or "").strip() for name in names}


def parse(
    kind: type[Any],
    description: str | None = None,
    args: Sequence[str] | None = None,
    word: str = "",
    default: object = None,
) -> Any:
    """Settings from the command line; the usage line shows the command as it was typed, and its ``word``."""
    import tyro

    from pipelines import provenance

    program = f"{provenance.program()} {word}".strip()
    given: dict[str, Any] = {} if default is None else {"default": default}
    return tyro.cli(kind, prog=program, description=description, args=args, **given)


def run_story(name: str) -> None:
    """Run a story as ``sys.argv`` says; whatever fails is told on one line, see `pipelines.endings`.

    A story's ``pipeline`` may have ``COMMANDS``: further functions by their first word, with their settings.
    """
    _told(lambda: _run(name, sys.argv[1:]), name)


def _told(work: Callable[[], Any], name: str) -> None:
    from pipelines import endings

    with endings.told(), _readers_may_leave():
        try:
            result = work()
        except ModuleNotFoundError as error:
            if error.name not in OPTIONAL:
                raise
            raise SystemExit(
                f"error: {name} needs {OPTIONAL[error.name]}, which is not installed; "
                "pip install -e '.[torch]' brings it"
            ) from error
    if isinstance(result, int):
        raise SystemExit(result)


@contextmanager
def _readers_may_leave() -> Iterator[None]:
    """End quietly where whoever reads the output has seen enough, as ``head`` does."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None


def _run(name: str, words: Sequence[str]) -> Any:
    from pipelines import endings

    pipeline = importlib.import_module(f"pipelines.{name}.pipeline")
    commands: dict[str, tuple[Callable[[Any], Any], type]] = getattr(pipeline, "COMMANDS", {})
    if words and words[0] == _own_word(name):
        words = words[1:]
    if words and words[0] in commands:
        main, kind = commands[words[0]]
        config = parse(kind, args=words[1:], word=words[0])
    else:
        leaves_runs = hasattr(pipeline.Config, "out")
        main, kind, about = pipeline.main, pipeline.Config, _described(pipeline.Config, commands)
        config = settings(name, kind, words, about) if leaves_runs else parse(kind, about, words)
    with endings.placed(config):
        return main(config)


def _own_word(name: str) -> str:
    """The word for what a story does without one, such as ``train``; empty where there is none."""
    pipeline = importlib.import_module(f"pipelines.{name}.pipeline")
    commands = getattr(pipeline, "COMMANDS", {})
    return next((word for word, (main, _) in commands.items() if main is pipeline.main), "")


def settings(name: str, kind: type, words: Sequence[str], about: str | None = None) -> Any:
    """Settings of a story that leaves runs; the command line wins over those of ``--config``."""
    from pipelines.runs import stored

    extended, path = stored.extended(kind), stored.given(words)
    if path is None:
        return stored.plain(kind, parse(extended, about, words))
    old = stored.read(path, name, kind, _own_word(name))
    config = stored.plain(kind, parse(extended, about, words, default=stored.again(extended, old, path)))
    stored.tell(old, config, path)
    return config


def _described(kind: type, commands: Mapping[str, tuple[Any, type]]) -> str | None:
    """What a story does, and its further commands; None leaves the first as it is."""
    if not commands:
        return None
    from pipelines import provenance

    about = {name: (own.__doc__ or "").split("\n")[0] for name, (_, own) in commands.items()}
    lines = [f"{provenance.program()} {name}: {text}" for name, text in about.items()]
    return "\n\n".join([kind.__doc__ or "", "Further commands, each with --help:", *lines])


def run_verb(name: str) -> None:
    """Do to runs what ``sys.argv`` says, see `VERBS`."""
    verb = importlib.import_module(f"pipelines.{name}")
    _told(lambda: verb.main(parse(verb.Config)), name)


def load(run: "str | os.PathLike[str]", device: str = "auto") -> Any:
    """What a run learnt, to predict with: see `pipelines.saved.load`, and `find` for ``latest``."""
    from pipelines import saved

    return saved.load(find(run, has_model=True), cast("Device", device))


def find(
    run: "str | os.PathLike[str]", story: str = "", home: Path = Path("runs"), has_model: bool = False
) -> Path:
    """Folder of a run, which may be ``latest``: see `pipelines.runs.catalogue.find`."""
    from pipelines.runs import catalogue

    return catalogue.find(run, story, home, has_model)


def command() -> None:
    """List the stories, or run the one that is named, or apply a run to new data."""
    known = stories()
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in known or name in VERBS:
        sys.argv = [f"{PROGRAM} {name}", *sys.argv[2:]]
        if name in known:
            run_story(name)
        else:
            run_verb(name)
        return
    wide = max(map(len, (*known, *VERBS)))
    lines = [f"  {PROGRAM} {each:<{wide}}  {text}" for each, text in (known | VERBS).items()]
    with _readers_may_leave():
        print("\n".join([f"usage: {PROGRAM} NAME [options]; {PROGRAM} NAME --help lists them", "", *lines]))
    if name not in ("", "-h", "--help"):
        raise SystemExit(f"error: there is no story {name!r}; take one of {', '.join(known)}")
