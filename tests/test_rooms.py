"""The room plan at run time: what the static contracts cannot see, proven in fresh interpreters."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

LONGEST_FILE = 600
"""Lines; a file beyond this holds two ideas."""
FULLEST_FOLDER = 15
"""Modules of one folder; more are not taken in at a glance. Screens and commands are lists of their own kind."""


def modules_after(code: str, environment: dict[str, str]) -> set[str]:
    """Names of all modules loaded after running `code` in a fresh interpreter."""
    tail = "\nimport sys, json; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-c", code + tail], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(ran.stdout.splitlines()[-1]))


HEAVY = {"numpy", "sqlmodel", "sqlalchemy", "polars", "faiss", "onnxruntime", "tokenizers", "torch", "transformers"}


@pytest.mark.parametrize("module", ["clerk.cli", "clerk.ui.counter.app", "clerk.model", "clerk.ui.counter.launch"])
def test_nothing_heavy_stands_before_the_first_frame(module: str, clean_environment: dict[str, str]) -> None:
    assert not HEAVY & modules_after(f"import {module}", clean_environment)


def test_the_counter_opens_its_desk_without_the_builders_libraries(clean_environment: dict[str, str]) -> None:
    loaded = modules_after("import clerk.desk", clean_environment)
    assert not (HEAVY - {"numpy"}) & loaded


def test_embeddings_load_neither_torch_nor_anything_of_clerk(clean_environment: dict[str, str]) -> None:
    loaded = modules_after("import embeddings", clean_environment)
    assert not {name for name in loaded if name.split(".")[0] in {"clerk", "torch", "transformers"}}


def test_help_is_shown_without_loading_anything_heavy(clean_environment: dict[str, str]) -> None:
    code = "import clerk.cli\ntry:\n    clerk.cli.main(['--help'])\nexcept SystemExit:\n    pass"
    assert not (HEAVY | {"textual"}) & modules_after(code, clean_environment)


def test_no_file_is_longer_than_a_few_screens(project: Path) -> None:
    files = [*project.glob("clerk/**/*.py"), *project.glob("embeddings/**/*.py"), *project.glob("tests/**/*.py")]
    long = {str(f.relative_to(project)): n for f in files if (n := len(f.read_text().splitlines())) > LONGEST_FILE}
    assert not long


def test_no_folder_holds_more_than_can_be_taken_in_at_a_glance(project: Path) -> None:
    modules: dict[str, int] = {}
    for file in project.glob("clerk/**/*.py"):
        if file.name not in ("__init__.py", "__main__.py"):
            folder = str(file.parent.relative_to(project))
            modules[folder] = modules.get(folder, 0) + 1
    lists = ("clerk/commands", "clerk/ui/screens")
    assert not {folder: n for folder, n in modules.items() if n > FULLEST_FOLDER and folder not in lists}


def test_every_module_says_what_it_is_for(project: Path) -> None:
    mute = [
        str(f.relative_to(project))
        for f in [*project.glob("clerk/**/*.py"), *project.glob("embeddings/**/*.py")]
        if not f.read_text().lstrip().startswith('"""')
    ]
    assert not mute
