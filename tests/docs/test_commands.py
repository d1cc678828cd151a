"""What the pages tell a reader to type does what they say.

Blocks marked `console` are run in order in a copy of the sample store of the page's own, at the time of `docs.sample`;
what a page shows below a `$ ` line has to come out, word for word. `…` in a line stands for any text, alone on a line
for any lines. Blocks marked `console no-test` are not run, but whatever they say to `clerk` has to be understood by it.
`CLERK_PAGES=update pytest tests/docs/test_commands.py` writes the outputs that differ into the pages; read the diff.
"""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path

import pytest

from clerk import cli
from tests.docs.pages import PAGES, PROJECT, Command, blocks, calls_of_clerk, matches, misused, options_of, prose, run

UPDATE = os.environ.get("CLERK_PAGES") == "update"

WITH_COMMANDS = [page for page in PAGES if "```console\n" in page.read_text(encoding="utf-8")]


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.name)
def test_every_command_of_a_page_does_what_the_page_shows(page: Path, scratch: Path) -> None:
    wrong: list[tuple[Command, str]] = []
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.info == "console":
            commands = list(block.commands())
            assert commands, f"{page.name}:{block.line}: a console block without a `$ ` line"
            for command in commands:
                seen = run(command)
                shows = bool(command.expected)
                if (shows and not matches(command.expected, seen)) or (not shows and "ended with exit code" in seen):
                    wrong.append((command, seen))
    if UPDATE:
        renew(page, wrong)
    assert not wrong, "\n\n".join(difference(page, command, seen) for command, seen in wrong)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_names_a_command_or_an_option_that_does_not_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    wrong = []
    for block in blocks(text):
        if block.info in ("console", "console no-test"):
            for command in block.commands():
                wrong += [f"{command.line}: {said}" for call in calls_of_clerk(command.text) if (said := misused(call))]
        else:
            rows = [row.removeprefix("$ ") for row in block.rows]
            wrong += [f"{block.line}: {row}" for row in rows if row.startswith("clerk ") and not exists(row[6:])]
    wrong += [found for found in re.findall(r"`clerk ([^`]+)`", prose(text)) if not exists(found)]
    assert not wrong, "\n".join(f"{page.name}: {each}" for each in wrong)


def exists(rest: str) -> bool:
    """Whether what stands behind `clerk` is a command with options of its own; values are not judged."""
    name = re.match(r"[a-z-]+", rest)
    if name is None or name.group().startswith("-"):
        return True
    options = options_of(name.group())
    return bool(options) and not set(re.findall(r"(?<![\w-])--[a-z-]+", rest)) - options


def difference(page: Path, command: Command, seen: str) -> str:
    """What was expected, and what came."""
    lines = difflib.unified_diff(command.expected, seen.rstrip().splitlines(), "on the page", "seen", lineterm="", n=99)
    return f"{page.relative_to(PROJECT)}:{command.line}: $ {command.text}\n" + "\n".join(lines)


def renew(page: Path, wrong: list[tuple[Command, str]]) -> None:
    """Writes what was seen in place of what was expected, from the end of the page so that line numbers hold."""
    rows = page.read_text(encoding="utf-8").splitlines()
    for command, seen in reversed(wrong):
        if command.expected:
            begin = next(i for i in range(command.line, len(rows)) if rows[i].strip() == command.expected[0].strip())
            indent = re.match(r"\s*", rows[command.line - 1])
            assert indent is not None
            new = [(indent.group() + row).rstrip() for row in seen.rstrip().splitlines()]
            rows[begin : begin + len(command.expected)] = new
    page.write_text("\n".join(rows) + "\n", encoding="utf-8")


# ---- the machinery itself


PAGE = """\
Open the counter:

```console
$ clerk why M0001 D-FLATWHITE
…
$ echo one \\
>   two | cat
one two
```

1. And so:

   ```console no-test
   $ sudo -u clerk CLERK_HOME=/srv clerk check && clerk nightly --now > night.log
   ```
"""


def test_a_block_is_read_with_its_continued_lines_and_indents() -> None:
    first, second = blocks(PAGE)
    assert list(first.commands()) == [
        Command(4, "clerk why M0001 D-FLATWHITE", ("…",)),
        Command(6, "echo one   two | cat", ("one two",)),
    ]
    assert second.info == "console no-test"
    assert [command.text[:4] for command in second.commands()] == ["sudo"]


def test_a_command_line_that_clerk_does_not_understand_is_found() -> None:
    assert list(calls_of_clerk("A=1 .venv/bin/clerk check && clerk nightly --now > night.log  # at night")) == [
        ["check"],
        ["nightly", "--now"],
    ]
    assert "invalid choice" in misused(["nihgtly"])
    assert "unrecognized arguments" in misused(["check", "--now"])
    assert not misused(["--help"])
    assert exists("forget MEMBER [--notes|--purchases]")
    assert not exists("forgive M0001")
    assert not exists("check --now")


def test_an_output_is_compared_word_for_word_but_for_the_gaps() -> None:
    seen = "one\n  two  \nthree\n\n"
    assert matches(("one", "  two", "three"), seen)
    assert matches(("…", "three"), seen)
    assert matches(("o…e", "…"), seen)
    assert not matches(("one", "three"), seen)
    assert not matches(("one", "  two"), seen)
    assert not matches(("one", "two", "three"), seen)


def test_a_command_runs_at_the_time_of_the_pages_in_the_data_folder_of_its_own(scratch: Path) -> None:
    assert "Ada Lindqvist" in run(Command(1, "clerk show M0001", ("…",)))
    assert run(Command(1, "clerk show M0001 | head -1", ("…",))) in run(Command(1, "clerk show M0001", ("…",)))
    assert "ended with exit code 1" in run(Command(1, "clerk show M9999", ()))
    assert cli.main(["consent", "M0010", "suggest", "given", "--at", "2026-03-10T09:00"]) == 0
    assert (scratch / "home" / "journal.db").exists()
