"""Pages hold what the committed results say."""

import pytest

from benchmarks import tables


@pytest.mark.parametrize(("page", "block"), tables.BLOCKS)
def test_pages_hold_the_committed_figures(page: str, block: str) -> None:
    assert tables.filled(page, block) == (tables.ROOT / page).read_text()


def test_a_page_without_its_block_is_refused() -> None:
    with pytest.raises(ValueError, match="no block between '<!-- speed:"):
        tables.fill("", "speed", "text")
