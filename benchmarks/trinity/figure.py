"""Draws docs/trinity-gains.png, what each stage of the demonstration is right on.

``python -m benchmarks.trinity.figure docs/trinity-gains.png``
"""

import sys
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from pipelines.trinity import Config, main


def draw(picture: Path) -> None:
    """Run the demonstration with one model, and keep the figure of what its stages are right on.

    Parameters
    ----------
    picture : Path
        A .png file, which is written over.
    """
    with TemporaryDirectory() as folder:
        result = main(Config(learners=("logistic",), device="cpu", workers=1, out=Path(folder)))
        copyfile(result.figures["gains"], picture)


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
