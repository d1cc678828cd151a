"""The system that CONTRIBUTING.md adds becomes the tables and the card that the page says.

Its `layout.toml` is read as a shop's `mapping.toml`, which is in the same language: no folder has to be put into Clerk.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import PROJECT, blocks
from tests.intake import test_systems as systems

STORE = 'store = "Quill Bar"\nstore_id = "quill"\ncurrency = "GBP"\ncountry = "GB"\ntimezone = "Europe/London"\n'


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """The folder of the page's system."""
    page = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = page.split("## Worked example: add a system")[1].split("\n## ")[0]
    texts = ["\n".join(block.rows) + "\n" for block in blocks(section)]
    folder = tmp_path / "quill"
    names = (
        "example/mapping.toml",
        "example/dishes.csv",
        "expected/lines.csv",
        "expected/usual.txt",
        "example/store.toml",
    )
    for name, text in zip(names, [*texts, STORE], strict=True):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_its_example_becomes_the_tables_that_the_page_expects(system: Path, tmp_path: Path) -> None:
    systems.test_an_example_becomes_the_tables_that_are_expected_of_it(system, tmp_path)


def test_its_night_accounts_for_every_row_and_shows_the_usual(
    system: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    systems.test_the_night_of_an_example_accounts_for_every_row_and_shows_the_usual(system, tmp_path, capsys)
