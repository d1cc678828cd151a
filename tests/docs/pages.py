"""The pages as a test reads them: blocks of commands, code, links, headings."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from clerk import cli
from docs.sample import AT

PROJECT = Path(__file__).resolve().parents[2]
PAGES = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").glob("*.md"))]

ANYTHING = "…"
"""In an expected output: any text within a line; alone on a line, any number of lines."""

SHELL = frozenset(("cat", "cp", "echo", "head", "ls", "mkdir", "printf", "rm"))
"""What a block may call beside `clerk`: they belong to every machine and touch only the scratch folder."""


@dataclass(frozen=True)
class Command:
    """One `$ ` line with what should follow."""

    line: int
    text: str
    expected: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """The inside of one fence of a page."""

    line: int
    info: str
    rows: tuple[str, ...]

    def commands(self) -> Iterator[Command]:
        """What the block tells to type, with what should be seen then."""
        rows = list(enumerate(self.rows, self.line + 1))
        while rows:
            number, row = rows.pop(0)
            if not row.startswith("$ "):
                continue
            text = row[2:]
            while text.endswith("\\") and rows:
                text = text[:-1] + rows.pop(0)[1].removeprefix("> ")
            expected = []
            while rows and not rows[0][1].startswith("$ "):
                expected.append(rows.pop(0)[1].rstrip())
            while expected and not expected[-1]:
                expected.pop()
            yield Command(number, text, tuple(expected))


def blocks(page: str) -> Iterator[Block]:
    """Every fenced block of a page."""
    begun: tuple[int, str] | None = None
    rows: list[str] = []
    for number, row in enumerate(page.splitlines(), 1):
        if not row.strip().startswith("```"):
            rows.append(row)
        elif begun is None:
            begun, rows = (number, row.strip().removeprefix("```")), []
        else:
            yield Block(*begun, tuple(textwrap.dedent("\n".join(rows)).splitlines()))
            begun = None
    assert begun is None, f"the block that begins at line {begun} has no end"


def prose(page: str) -> str:
    """The page without its fenced blocks and comments, line for line."""
    inside, rows = False, []
    for row in page.splitlines():
        if row.strip().startswith("```"):
            inside = not inside
            row = ""
        rows.append("" if inside else row)
    return re.sub(r"<!--.*?-->", lambda found: "\n" * found.group().count("\n"), "\n".join(rows), flags=re.DOTALL)


def calls_of_clerk(line: str) -> Iterator[list[str]]:
    """The arguments of every `clerk` in a line for a shell."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for token in [*lexer, ";"]:
        if set(token) <= set("();<>|&"):
            while words and re.match(r"\w+=", words[0]):
                words.pop(0)
            if words and Path(words[0]).name == "clerk":
                yield words[1:]
            words = []
        else:
            words.append(token)


def misused(arguments: list[str]) -> str:
    """What the real parser has against a command line; empty when it takes it."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            cli.parser().parse_args(arguments)
    except SystemExit as ended:
        return said.getvalue().strip() if ended.code else ""
    return ""


def run(command: Command) -> str:
    """What a reader would see when they type this; ends with the exit code where it is not 0 and nothing was said.

    `clerk` runs in this process with the time of the pages; whatever needs a shell runs in one, with the same `clerk`.
    """
    words = shlex.split(command.text, comments=True)
    if words[0] == "clerk" and not re.search(r"[|&;<>$*`]", command.text):
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            try:
                code = cli.main(_timed(words[1:]))
            except SystemExit as ended:
                code = int(ended.code or 0)
        return _ended(out.getvalue(), code, command)
    assert words[0] in SHELL | {"clerk"}, f"{words[0]} is not run by the tests: mark the block `console no-test`"
    shell = f'clerk() {{ {shlex.quote(sys.executable)} -m clerk "$@" --at {AT}; }}\n{command.text}'
    done = subprocess.run(
        ["bash", "-c", shell], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        stdin=subprocess.DEVNULL, env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    return _ended(done.stdout, done.returncode, command)


def matches(expected: tuple[str, ...], seen: str) -> bool:
    """Whether an output is the one on the page."""
    pattern = "".join(
        "(?:.*\n)*?" if row == ANYTHING else re.escape(row).replace(ANYTHING, ".*") + "\n" for row in expected
    )
    return re.fullmatch(pattern, "".join(f"{row.rstrip()}\n" for row in seen.rstrip().splitlines())) is not None


def _timed(arguments: list[str]) -> list[str]:
    return arguments if "--at" in arguments else [*arguments, "--at", AT]


def _ended(seen: str, code: int, command: Command) -> str:
    """A command whose output the page does not show has to succeed."""
    return f"{seen}ended with exit code {code}\n" if code and not command.expected else seen


@cache
def options_of(command: str) -> set[str]:
    """Every option that a command of `clerk` has."""
    (known,) = (each for each in cli.parser()._actions if isinstance(each, argparse._SubParsersAction))
    made = known.choices.get(command)
    return {option for action in made._actions for option in action.option_strings} if made else set()
