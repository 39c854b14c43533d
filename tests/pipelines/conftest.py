"""What tests of several stories share."""

from pathlib import Path

import pytest

from pipelines import figures


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are made and not drawn; runs of a module's own fixtures, which come before, draw theirs."""
    monkeypatch.setattr(figures, "save", lambda figure, path: Path(path).touch())
