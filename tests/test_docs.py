"""What the README promises exists: commands, error codes, settings, exit codes, files named."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

import pytest

from clerk import errors
from clerk.cli import parser
from clerk.report import Exit
from embeddings.errors import EmbeddingsError
from tests import readme_tables


@pytest.fixture
def readme(project: Path) -> str:
    return (project / "README.md").read_text(encoding="utf-8")


def commands() -> dict[str, argparse.ArgumentParser]:
    action = next(a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    return dict(action.choices)


def test_every_command_is_in_the_readme(readme: str) -> None:
    assert not [name for name in commands() if f"clerk {name}" not in readme]


def test_every_command_has_help() -> None:
    assert not [name for name, made in commands().items() if not made.description]


@pytest.mark.parametrize("name", list(readme_tables.TABLES))
def test_the_readmes_tables_are_the_ones_made_from_the_code(readme: str, name: str) -> None:
    """Renew them with `python -m tests.readme_tables`."""
    assert f"<!-- {name} -->\n{readme_tables.TABLES[name]()}\n<!-- /{name} -->" in readme


def all_errors() -> list[type[Any]]:
    below = readme_tables.below
    return [*below(errors.ClerkError), EmbeddingsError, *below(EmbeddingsError)]


def test_error_codes_are_unique() -> None:
    codes = [kind.code for kind in all_errors() if "code" in vars(kind)]
    assert len(codes) == len(set(codes))


def test_every_exit_code_is_in_the_readme(readme: str) -> None:
    assert not [int(code) for code in Exit if not re.search(rf"^\| `{int(code)}` \|", readme, re.MULTILINE)]


def test_every_make_target_named_in_the_readme_exists(readme: str, project: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (project / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)`", readme)) <= targets


def test_every_file_named_in_the_readme_exists(readme: str, project: Path) -> None:
    named = re.findall(r"`((?:clerk|embeddings|tests|benchmarks|store_data)/[\w/.-]+)`", readme)
    assert not [name for name in named if not (project / name).exists()]
