"""New sentences tagged by a run: ``trinity ner tag RUN --data NEW --out FILE``."""

from pathlib import Path
from typing import Annotated

import tyro

from etl.engine import Device
from pipelines import apply, find
from pipelines.run import Tables, settings


@settings
class Tag(Tables):
    """Tag new sentences by what a run of trinity ner, or of trinity ner train, learnt."""

    run: Annotated[Path, tyro.conf.Positional]
    """Folder of the run; latest takes the newest of trinity ner."""
    data: Path
    """Text with a sentence a line (.txt), words in columns (.conll, .iob2) whose tags are ignored, or a table
    with a text a row (.csv, .jsonl, .parquet, .xlsx)."""
    out: Path
    """File to write: .conll, .jsonl (a sentence a line), or .csv and .parquet with a row a word."""
    text: str = "text"
    """Column of the texts, in a table."""
    word: int | None = None
    """Position of the word in CoNLL columns; -1 is the last. None takes that of the run."""
    device: Device = "auto"
    """Where to work."""


def tag(config: Tag) -> Path:
    """Load the tagger, tag, write; returns the file that was written.

    Raises
    ------
    FileNotFoundError, ValueError
        The run holds no tagger, or the data cannot be read.
    """
    given = {name: getattr(config, name) for name in ("data", "out", "device", "encoding", "bad_share")}
    run = find(config.run, "ner")
    return apply.main(apply.Config(run=run, **given), "ner", {"text": config.text, "word": config.word})
