"""Makes `docs/reference.md` from the code: `make docs`, or `python -m docs.make_reference`.

Everything that a shop can type, set, press, deliver or be told stands there once: commands, exit codes, keys, settings,
tables and errors. `tests/docs/test_reference.py` fails when the page is not the one made here.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import MISSING, fields
from functools import cache
from pathlib import Path
from typing import Any

from clerk import cli
from clerk.errors import ClerkError
from clerk.intake.canonical_tables import STORE_FILE, TABLES
from clerk.intake.template import COLUMNS
from clerk.report import Exit, exit_of
from clerk.settings import FILE_NAME, Settings
from clerk.ui.input.actions import ACTIONS
from clerk.ui.kiosk.app import KEYS
from embeddings.errors import EmbeddingsError

PROJECT = Path(__file__).resolve().parents[1]
PAGE = PROJECT / "docs" / "reference.md"

INTRODUCTION = """\
# Reference

<!-- Made from the code by `make docs`. Do not edit: change the code, and run it again. -->

Every [command](#commands), [exit code](#exit-codes), [key](#keys), [setting](#settings),
[table that a shop delivers](#tables) and [error](#errors) of Clerk. This page is made from the code.
"""


def page() -> str:
    """The whole page, as it is written to the file."""
    sections = (
        INTRODUCTION, *command_sections(), exit_codes(), keys(), *settings_sections(), *table_sections(),
        *error_sections(),
    )  # fmt: skip
    return "\n".join(section.strip() + "\n" for section in sections)


def main() -> int:
    """Writes the page."""
    PAGE.write_text(page(), encoding="utf-8")
    return 0


# ---- commands


def commands() -> dict[str, argparse.ArgumentParser]:
    """The parser of every command, in the order of `clerk --help`."""
    # argparse has no public list of what was added to a parser.
    (choices,) = (action.choices for action in cli.parser()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(choices)


def command_sections() -> Iterator[str]:
    """What all commands have in common, then each command with its arguments."""
    known = commands()
    shared = [action for action in next(iter(known.values()))._actions if action.dest in ("home", "at", "json")]
    links = ", ".join(f"[`{name}`](#clerk-{name})" for name in known)
    yield f"""
## Commands

Data goes to stdout, talk to stderr. These options belong to every command; a command that records something also has
`--dry-run`, which says what would happen and changes nothing.

{_table(("option", "meaning"), [_argument_row(action) for action in shared])}

{textwrap.fill(links, 120, break_long_words=False, break_on_hyphens=False)}
"""
    for name, made in known.items():
        own = [action for action in made._actions if action.dest not in ("help", "home", "at", "json")]
        arguments = [action for action in own if action.dest != "dry_run"]
        table = _table(("argument", "meaning"), [_argument_row(one) for one in arguments]) if arguments else ""
        yield f"### clerk {name}\n\n{_sentence(made.description or '')}\n\n```\n{_usage(made, own)}\n```\n\n" + table


def _usage(made: argparse.ArgumentParser, own: Sequence[argparse.Action]) -> str:
    """The usage of a command, with these of its arguments."""
    formatter = argparse.HelpFormatter(made.prog, width=10_000)
    formatter.add_usage(None, own, made._mutually_exclusive_groups, prefix="")
    return "\n    ".join(textwrap.wrap(formatter.format_help().strip(), 110, break_on_hyphens=False))


def _argument_row(action: argparse.Action) -> tuple[str, str]:
    """An argument as it is typed, and what it means."""
    shown = action.metavar if isinstance(action.metavar, str) else action.dest
    if action.option_strings:
        takes = "" if action.nargs == 0 else f" {action.metavar}" if action.metavar else ""
        shown = f"{action.option_strings[-1]}{takes}"
    meaning = _sentence(action.help or "")
    if action.choices:
        meaning = f"{meaning} One of {', '.join(f'`{choice}`' for choice in action.choices)}.".strip()
    is_plain = action.default in (None, "", 0, False, argparse.SUPPRESS) or "default" in meaning
    return f"`{shown}`", meaning if is_plain else f"{meaning} Default: `{action.default}`."


def exit_codes() -> str:
    """Every exit code with its meaning."""
    meanings = attribute_docs(Exit)
    return "## Exit codes\n\n" + _table(
        ("exit code", "meaning"), [(f"`{int(code)}`", meanings[code.name]) for code in Exit]
    )


# ---- keys


def keys() -> str:
    """Every key of the counter and of the kiosk."""
    counter = [
        (f"`{action.shown}`", action.label, action.tooltip, action.where, "yes" if action.writes else "")
        for action in ACTIONS
    ]
    kiosk = [
        (", ".join(f"`{key}`" for key, other in KEYS.items() if other == meaning), meaning)
        for meaning in dict.fromkeys(KEYS.values())
    ]
    return f"""
## Keys

### Keys of the counter

`^` is the Ctrl key. A key means the same on every screen, and a scan is taken on every screen. Letters, digits, arrows
and Enter record nothing, because those are what a scanner types.

{_table(("key", "name", "does", "where", "records"), counter)}

### Keys of the kiosk

Every other key does nothing. A tap on a button is the same as its key.

{_table(("key", "does"), kiosk)}
"""


# ---- settings


def settings_sections() -> Iterator[str]:
    """Every setting with its default, its range and its reason, an area a table."""
    yield f"""
## Settings

`{FILE_NAME}` in the data folder holds what differs from the defaults: one table an area, for example `[usual]` with
`shown_from = 4` below it. Unknown names and values out of range are refused ([E501](#e501)).
"""
    for area in fields(Settings):
        assert area.default_factory is not MISSING
        kind: Any = area.default_factory
        reasons = attribute_docs(kind)
        rows = [(f"`{one.name}`", _shown(one.default), _range(one.metadata), reasons[one.name]) for one in fields(kind)]
        table = _table(("setting", "default", "permitted", "meaning and reason"), rows)
        yield f"### [{area.name}]\n\n{inspect.getdoc(kind)}\n\n{table}"


def _shown(default: object) -> str:
    return "none" if default == "" else f"`{default}`"


def _range(permitted: Any) -> str:
    if "low" in permitted:
        return f"{permitted['low']:g} to {permitted['high']:g}"
    return ", ".join(f"`{choice}`" for choice in permitted["choices"]) or "text"


# ---- tables that a shop delivers


def table_sections() -> Iterator[str]:
    """Every canonical table with its columns."""
    yield f"""
## Tables

What `clerk build --from DIR` and `clerk nightly` read: one CSV or Parquet file a table, named like the table, columns
matched by their header, in any order. Only `items` has to be there. A column that is absent is left out of what Clerk
says; a cell that cannot be used sends its row to the quarantine. `{STORE_FILE}` beside them says what is true of the
store as a whole; `clerk template DIR` writes all of them, empty and with an example.
"""
    for table, shape in TABLES.items():
        rows = [
            (f"`{name}`", needed, COLUMNS[table][name])
            for names, needed in (
                (shape.required, "required"),
                (shape.either, "one of these is required"),
                (shape.optional, ""),
            )
            for name in names
        ]
        yield f"### {table}\n\n" + _table(("column", "required", "meaning or example"), rows)


# ---- errors


def error_kinds() -> list[type[Any]]:
    """Every kind of error that has a code of its own, by code."""
    kinds: list[type[Any]] = [ClerkError, *_below(ClerkError), EmbeddingsError, *_below(EmbeddingsError)]
    return sorted((kind for kind in kinds if "code" in vars(kind)), key=lambda kind: str(kind.code))


def error_sections() -> Iterator[str]:
    """Every error with its meaning, its exit code, and what the program says and advises."""
    yield """
## Errors

An error is shown as its code, what happened, and what to do, on the screen, on stderr and with `--json`. No message
names a member. Below, `…` stands for what differs from case to case: a file, a number, a name.
"""
    messages = messages_by_kind()
    for kind in error_kinds():
        ends = f"A command ends with exit code {int(exit_of(kind('', '')))}." if issubclass(kind, ClerkError) else ""
        known = sorted(messages[kind.__name__])
        table = _table(("it says", "what to do"), known) if known else ""
        yield f"### {kind.code}\n\n{kind.meaning} {ends}".rstrip() + f"\n\n{table}"


Message = tuple[str, str]
"""What happened, and what to do."""


@cache
def messages_by_kind() -> dict[str, set[Message]]:
    """Every message in the code, by the name of the error's class.

    Read from the calls that make the errors. One that is put together elsewhere is not found; none is made up.
    """
    names = {kind.__name__ for root in (ClerkError, EmbeddingsError) for kind in (root, *_below(root))}
    modules = {
        ".".join(path.relative_to(PROJECT).with_suffix("").parts): ast.parse(path.read_text(encoding="utf-8"))
        for package in ("clerk", "embeddings")
        for path in sorted((PROJECT / package).rglob("*.py"))
    }
    own = {name: _named_texts(module.body) for name, module in modules.items()}
    found: dict[str, set[Message]] = defaultdict(set)
    for name, module in modules.items():
        for call, known in _calls(module, {**_imported(module, own), **own[name]}):
            made = call.func
            kind = made.id if isinstance(made, ast.Name) else made.attr if isinstance(made, ast.Attribute) else ""
            if kind in names and len(call.args) == 2:
                what, remedy = (list(_texts(argument, known)) for argument in call.args)
                found[kind].update((one, other) for one in what or ["…"] for other in remedy)
    return found


def _calls(node: ast.AST, known: dict[str, str]) -> Iterator[tuple[ast.Call, dict[str, str]]]:
    """Every call below a node, with the texts that have a name there."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _calls(child, {**known, **_named_texts(ast.walk(child))})
            continue
        if isinstance(child, ast.Call):
            yield child, known
        yield from _calls(child, known)


def _named_texts(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """Texts that are given a name; where a name is given twice, the first."""
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            for text in _texts(node.value, {}):
                found.setdefault(node.targets[0].id, text)
    return found


def _imported(module: ast.Module, own: dict[str, dict[str, str]]) -> dict[str, str]:
    """Texts that a module takes from others."""
    return {
        one.asname or one.name: own[node.module][one.name]
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.module in own
        for one in node.names
        if one.name in own[node.module]
    }


def _texts(node: ast.expr, known: dict[str, str]) -> Iterator[str]:
    """The texts that an expression can be; what is filled in while the program runs stands as `…`."""
    match node:
        case ast.Constant(value=str(text)) if text:
            yield text
        case ast.JoinedStr(values=parts):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts)
            if text.strip("… ."):
                yield text
        case ast.Name(id=name) if name in known:
            yield known[name]
        case ast.IfExp(body=one, orelse=other):
            yield from _texts(one, known)
            yield from _texts(other, known)


# ---- what all of them use


def attribute_docs(kind: type[Any]) -> dict[str, str]:
    """The sentence that stands below each attribute of a class, by the attribute's name."""
    node = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(node, ast.ClassDef)
    found = {}
    for before, after in zip(node.body, node.body[1:], strict=False):
        target: ast.expr | None = before.target if isinstance(before, ast.AnnAssign) else None
        if isinstance(before, ast.Assign):
            target = before.targets[0]
        if isinstance(target, ast.Name) and isinstance(after, ast.Expr):
            found[target.id] = " ".join(str(ast.literal_eval(after.value)).split())
    return found


def _below(root: type[Any]) -> list[type[Any]]:
    """Every class derived from another, at any depth."""
    return [kind for sub in root.__subclasses__() for kind in (sub, *_below(sub))]


def _sentence(text: str) -> str:
    """A help text as a sentence: argparse's begin small and end without a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '…')) else '.'}" if text else ""


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table in Markdown; a `|` in a cell is escaped."""
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
