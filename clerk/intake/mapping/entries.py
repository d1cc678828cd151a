"""Reads and checks a description of files: a shop's `mapping.toml`, or the `layout.toml` of a system without code."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from clerk.errors import SourceUnreadable
from clerk.intake.canonical_tables import TABLES
from clerk.intake.checks.written import Order
from clerk.intake.layouts import plainly
from clerk.intake.mapping import cells, filters
from clerk.intake.mapping.cells import Cell
from clerk.intake.mapping.filters import Entry
from clerk.intake.mapping.modifiers import Modifiers
from clerk.intake.mapping.modifiers import read as read_modifiers
from clerk.intake.mapping.wording import Wrong, instead, only

FILE_NAME = "mapping.toml"
_MATCH = re.compile(r"""^\s*match\s*=\s*["']([^"'\n]+)""", re.MULTILINE)
_BYTES_AT_MOST = 1_000_000

BASKETS, LINE_MODIFIERS = "baskets", "line_modifiers"
"""Tables that only help to read others of the same delivery."""

EXTRA: dict[str, tuple[str, ...]] = {
    "lines": (
        "email", "phone", "card", "member_name", "item_name", "item_category", "location", "currency", "line_key",
        "line_order",
    ),
    "members": ("card",),
    "stock": ("item_name", "location"),
}  # fmt: skip
"""Columns beyond the canonical ones, by which members, items, stores and modifiers are found."""
_AUXILIARY = {
    BASKETS: (
        "basket_id", "sold_at", "member_id", "email", "phone", "card", "member_name", "kind", "store_id", "location",
        "channel", "currency",
    ),
    LINE_MODIFIERS: ("line_key", "option", "group", "quantity", "line_order", "own_key"),
}  # fmt: skip
_UNREAD = ("ignore", "refuse")
_WHO = ("member_id", "email", "phone", "card", "member_name")
_KEYS = (
    "name", "match", "has", "table", "never", "date", "zone", "decimal_comma", "money", "keep_where", "skip_where",
    "none_where", "return_where", "skip_empty", "fill_down", "split_rows", "optional", "names", "columns",
    "constants", "values", "modifiers", "ignore", "refuse",
)  # fmt: skip
ORDERS: dict[str, Order] = {"day first": "dmy", "month first": "mdy", "year first": "ymd"}
"""How a description says the order of a date's parts -> how `moments` calls it."""
_DATES = ("sold_at", "at", "joined_on", "birthday", "issued_at", "counted_at", "until")
_KINDS = ("sale", "return", "none")
_STRICT_IDS = ("basket_id", "line_key", "own_key")
"""Ids of which every part is needed: with one missing, rows of different receipts would fall together."""


@dataclass(frozen=True, slots=True)
class FillDown:
    """Columns of which only the first row of a group says something."""

    by: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileMapping:
    """How one kind of file becomes one table."""

    table: str
    columns: Mapping[str, Cell]
    """Canonical column -> how it is made."""
    name: str = ""
    system: str = ""
    """Folder in `systems` that it comes from; empty for the shop's own."""
    match: str = ""
    """Of the file's name, with `*` and `?`; empty for any."""
    has: tuple[str, ...] = ()
    """Columns by which the file is known."""
    never: tuple[str, ...] = ()
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Plain name of a column -> plain names it goes by elsewhere."""
    optional: frozenset[str] = frozenset()
    """Plain names of columns that a file need not have."""
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Canonical column -> value of the file in lower case -> ours."""
    dates: Mapping[str, str] = field(default_factory=dict)
    """Canonical column -> form or order as it is written in the description."""
    zone: str = ""
    decimal_comma: bool | None = None
    minor: bool = False
    """Whether amounts are in minor units: cents."""
    keep_where: tuple[Entry, ...] = ()
    skip_where: tuple[Entry, ...] = ()
    none_where: tuple[Entry, ...] = ()
    """Rows that say that their line is not, or no more, a purchase."""
    return_where: tuple[Entry, ...] = ()
    skip_empty: str = ""
    fill_down: FillDown | None = None
    split_rows: tuple[str, str] | None = None
    """Column with several items in one cell, and the mark between them."""
    modifiers: Modifiers | None = None
    ignore: str = ""
    """Why the file is not read at all; empty for one that is."""
    digest: str = ""
    """Hash of the entry as it is written, and of those that it is read together with."""
    refuse: str = ""
    """What to export instead of it; the file waits for a person."""

    def needs(self) -> list[str]:
        """Every column of the file that it uses, as the description names it."""
        found = cells.names_of(list(self.columns.values()))
        for entry in (*self.keep_where, *self.skip_where, *self.none_where, *self.return_where):
            found += entry.needs()
        if self.fill_down is not None:
            found += (*self.fill_down.by, *self.fill_down.columns)
        if self.split_rows is not None:
            found.append(self.split_rows[0])
        if self.modifiers is not None:
            found += self.modifiers.needs()
        return list(dict.fromkeys([*found, *self.has]))

    def called(self) -> str:
        """Name for people."""
        if self.system:
            return self.name
        return f"{self.name} by {FILE_NAME}" if self.name else f"{self.table} by {FILE_NAME}"

    def tables(self) -> tuple[str, ...]:
        """Canonical tables that it feeds; none when it only helps to read others."""
        return (self.table,) if self.table in TABLES else ()


def read_mappings(*folders: Path) -> tuple[FileMapping, ...]:
    """The mappings of the first folder that has a `mapping.toml`; none without.

    Raises:
        SourceUnreadable: it is no TOML, or says what cannot be meant.
    """
    for folder in folders:
        path = folder / FILE_NAME
        if not path.is_file() or path.is_symlink():
            continue
        try:
            with path.open("rb") as file:
                text = file.read(_BYTES_AT_MOST).decode("utf-8-sig")
            return from_toml(text)
        except (OSError, ValueError, RecursionError) as problem:
            what = str(problem).rstrip(".")
            raise SourceUnreadable(f"{FILE_NAME} cannot be used: {what}.", "Correct the file.") from None
    return ()


def patterns_of(*folders: Path) -> list[str]:
    """Names of files that a `mapping.toml` means which cannot be used, as far as its text tells."""
    for folder in folders:
        path = folder / FILE_NAME
        if path.is_file():
            text = path.read_bytes()[:_BYTES_AT_MOST].decode("utf-8", "replace")
            return _MATCH.findall(text)
    return []


@cache
def of_systems() -> tuple[FileMapping, ...]:
    """The descriptions of every system that is data only."""
    folders = resources.files("clerk.intake").joinpath("systems").iterdir()
    made: list[FileMapping] = []
    for folder in sorted(folders, key=lambda one: one.name):
        if (file := folder.joinpath("layout.toml")).is_file():
            made += from_toml(file.read_text(encoding="utf-8"), system=folder.name)
    return tuple(made)


def lists_items(system: str) -> bool:
    """Whether a system has an export of its items; of a till that nobody has described it may.

    Args:
        system: its folder; empty for a shop's own mapping.
    """
    return not system or any(one.table == "items" for one in of_systems() if one.system == system)


def from_toml(text: str, *, system: str = "") -> tuple[FileMapping, ...]:
    """The descriptions in a text.

    Args:
        text: TOML.
        system: the system that it describes; empty for a shop's own mapping.

    Raises:
        ValueError: it is no TOML, or says what cannot be meant; the text names the entry.
    """
    written = tomllib.loads(text)
    if not system:
        only(written, ("file",), "it")
    entries = written.get("file", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Wrong("each file begins with a line [[file]], in two brackets")
    helped = any(entry.get("table") == BASKETS for entry in entries)
    together = any(entry.get("table") in _AUXILIARY for entry in entries)
    made = (_entry(entry, at, system, helped=helped) for at, entry in enumerate(entries, 1))
    return tuple(
        replace(one, digest=_digest(entries if together else entry)) for one, entry in zip(made, entries, strict=True)
    )


def _digest(written: Any) -> str:
    return sha256(json.dumps(written, default=str).encode()).hexdigest()[:16]


def _entry(written: dict[str, Any], at: int, system: str, *, helped: bool) -> FileMapping:
    """One `[[file]]`.

    Raises:
        Wrong: names the entry.
    """
    named = written.get("name") or written.get("match") or written.get("table") or ""
    try:
        return _mapping(written, system, helped=helped)
    except Wrong as problem:
        raise Wrong(f"[[file]] number {at} ({named}): {problem}") from None
    except (TypeError, AttributeError, LookupError, ValueError) as problem:
        raise Wrong(f"[[file]] number {at} ({named}): it is not written as expected ({problem})") from None


def _mapping(written: dict[str, Any], system: str, *, helped: bool) -> FileMapping:
    only(written, _KEYS, "[[file]]")
    for key in _UNREAD:
        if key in written:
            return _unread(written, key, system)
    table = _text(written, "table")
    tables = (*TABLES, *_AUXILIARY)
    if table not in tables:
        raise Wrong(f"there is no table {table}. {instead(table, tables)}" if table else "table is missing")
    has, match = _names(written, "has"), _text(written, "match")
    if system and not has:
        raise Wrong("has is missing: the columns by which the file is known")
    if not has and not match:
        raise Wrong("match is missing: the name of the file, with * for any text")
    known = known_columns(table)
    columns = {_known(column, known, table): _cell(column, made) for column, made in _table(written, "columns").items()}
    constants = {_known(column, known, table): str(value) for column, value in _table(written, "constants").items()}
    if twice := next((name for name in constants if name in columns), ""):
        raise Wrong(f"{twice} is in [file.columns] and in [file.constants]: write it in one of them")
    _complete(table, {*columns, *constants}, helped=helped)
    skip_empty = _text(written, "skip_empty")
    if skip_empty and skip_empty not in columns:
        raise Wrong(f"skip_empty names {skip_empty}, which is not in [file.columns]")
    never = _names(written, "never")
    comma = written.get("decimal_comma")
    if comma is not None and not isinstance(comma, bool):
        raise Wrong("decimal_comma is true or false, without quotes")
    money = written.get("money", "major")
    if money not in ("major", "minor"):
        raise Wrong('money is "major" (12.50) or "minor" (1250 for 12.50)')
    modifiers = None
    if "modifiers" in written:
        if table != "lines":
            raise Wrong("[file.modifiers] belongs to the table lines")
        modifiers = read_modifiers(_table(written, "modifiers"))
    made = FileMapping(
        table=table,
        columns=columns,
        name=_text(written, "name"),
        system=system,
        match=match,
        has=has,
        never=never,
        names=_other_names(written),
        optional=frozenset(plainly(name) for name in _names(written, "optional")),
        constants=constants,
        values=_values(_table(written, "values"), {*columns, *constants}, known, table),
        dates=_dates(written.get("date"), columns),
        zone=_zone(_text(written, "zone")),
        decimal_comma=comma,
        minor=money == "minor",
        keep_where=filters.read(written["keep_where"], "keep_where") if "keep_where" in written else (),
        skip_where=filters.read(written["skip_where"], "skip_where") if "skip_where" in written else (),
        none_where=_about_lines(written, "none_where", table),
        return_where=_about_lines(written, "return_where", table),
        skip_empty=skip_empty,
        fill_down=_fill_down(written["fill_down"]) if "fill_down" in written else None,
        split_rows=_split_rows(written["split_rows"]) if "split_rows" in written else None,
        modifiers=modifiers,
    )
    withheld = {plainly(name) for name in never}
    if secret := next((name for name in made.needs() if plainly(name) in withheld), ""):
        raise Wrong(f"{secret} is used, and never says that it is not read")
    return made


def _unread(written: dict[str, Any], key: str, system: str) -> FileMapping:
    """A kind of file that is known and not read: it is of no use, or another one is to be exported instead."""
    only(written, ("name", "match", "has", "never", "names", key), f"a file with {key}")
    if key == "refuse" and not _text(written, key):
        raise Wrong("refuse is empty: what is to be exported instead?")
    has, match = _names(written, "has"), _text(written, "match")
    if not has and not match:
        raise Wrong("has or match is missing: how the file is known")
    return FileMapping(
        table="", columns={}, name=_text(written, "name"), system=system, match=match, has=has,
        never=_names(written, "never"), names=_other_names(written),
        ignore=(_text(written, key) or "not needed") if key == "ignore" else "",
        refuse=_text(written, key) if key == "refuse" else "",
    )  # fmt: skip


def _other_names(written: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """`[file.names]`, plain."""
    return {
        plainly(name): tuple(plainly(one) for one in _names({name: others}, name))
        for name, others in _table(written, "names").items()
    }


def _about_lines(written: Mapping[str, Any], key: str, table: str) -> tuple[Entry, ...]:
    if key not in written:
        return ()
    if table != "lines":
        raise Wrong(f"{key} belongs to the table lines")
    return filters.read(written[key], key)


def known_columns(table: str) -> tuple[str, ...]:
    """Every column that a mapping may give to a table."""
    if table in _AUXILIARY:
        return _AUXILIARY[table]
    shape = TABLES[table]
    return tuple(dict.fromkeys((*shape.required, *shape.either, *shape.optional, *EXTRA.get(table, ()))))


def _complete(table: str, given: set[str], *, helped: bool) -> None:
    """Refuses a table without what it cannot do without."""
    if table in _AUXILIARY:
        required = _AUXILIARY[table][: 1 if table == BASKETS else 2]
        absent = [name for name in required if name not in given]
    else:
        shape = TABLES[table]
        absent = [name for name in shape.required if name not in given]
        if shape.either and not given.intersection(shape.either):
            absent.append(" or ".join(shape.either))
    if table in ("items", "stock") and "sku" in absent and given.intersection(("name", "item_name")):
        absent.remove("sku")
    if table == "lines":
        stand_ins = {"member_id": _WHO, "sku": ("item_name",), "quantity": ("quantity",), "sold_at": ("sold_at",)}
        by_basket = ("member_id", "sold_at") if helped else ()
        absent = [
            name for name in absent
            if name not in by_basket and not given.intersection(stand_ins.get(name, ()))
        ]  # fmt: skip
    if table == "members" and given.intersection(("email", "phone", "card")):
        absent = [name for name in absent if name != "member_id"]
    if absent:
        hint = " (or email, phone or card)" if "member_id" in absent and table in ("lines", "members") else ""
        raise Wrong(f"{table} needs {', '.join(absent)}{hint}")


def _cell(column: str, written: Any) -> Cell:
    try:
        return cells.read(written, every=column in _STRICT_IDS)
    except Wrong as problem:
        raise Wrong(f"{column}: {problem}") from None


def _known(column: str, known: Sequence[str], table: str) -> str:
    if column not in known:
        raise Wrong(f"{table} has no column {column}. {instead(column, known)}")
    return column


def _values(
    written: Mapping[str, Any], given: Iterable[str], known: Sequence[str], table: str
) -> dict[str, dict[str, str]]:
    """Value maps by canonical column."""
    made = {}
    for column, pairs in written.items():
        if _known(column, known, table) not in given:
            raise Wrong(f"[file.values.{column}] is given, and {column} is not in [file.columns]")
        if not isinstance(pairs, dict):
            raise Wrong(f'[file.values.{column}] is written "their value" = "ours"')
        made[column] = {filters.folded(str(theirs)): str(ours) for theirs, ours in pairs.items()}
        if column == "kind":
            for ours in made[column].values():
                if ours not in _KINDS:
                    raise Wrong(f"there is no kind {ours}. {instead(ours, _KINDS)}")
    return made


def _dates(written: Any, columns: Iterable[str]) -> dict[str, str]:
    """How each date of the table is written."""
    if written is None:
        return {}
    dated = [name for name in _DATES if name in columns]
    if isinstance(written, str):
        return dict.fromkeys(dated, _form(written))
    if not isinstance(written, dict):
        raise Wrong('date is written "%d/%m/%Y %H:%M" or "day first"')
    for name in written:
        if name not in dated:
            raise Wrong(f"date names {name}. {instead(name, dated) if dated else 'the table has no date'}")
    return {name: _form(form) for name, form in written.items()}


def _form(written: Any) -> str:
    form = str(written).strip()
    if "%" not in form and form not in ORDERS:
        raise Wrong(f'date = "{form}": write {", ".join(ORDERS)}, or a form such as %d/%m/%Y %H:%M')
    return form


def _zone(name: str) -> str:
    if name:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise Wrong(f"there is no time zone {name}: write it as Europe/Vienna") from None
    return name


def _fill_down(written: Any) -> FillDown:
    if not isinstance(written, dict):
        raise Wrong('fill_down is written { by = ["Order"], columns = ["Email"] }')
    only(written, ("by", "columns"), "fill_down")
    columns = _names(written, "columns")
    if not columns:
        raise Wrong("fill_down needs columns")
    return FillDown(_names(written, "by"), columns)


def _split_rows(written: Any) -> tuple[str, str]:
    if not isinstance(written, dict) or not written.get("column") or not written.get("between"):
        raise Wrong('split_rows is written { column = "Items", between = ", " }')
    only(written, ("column", "between"), "split_rows")
    return str(written["column"]), str(written["between"])


def _text(written: Mapping[str, Any], key: str) -> str:
    value = written.get(key, "")
    if not isinstance(value, str):
        raise Wrong(f"{key} is a text: write it in quotes")
    return value.strip()


def _names(written: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """A list of names; one name may stand without brackets."""
    value = written.get(key, [])
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(one, str) and one.strip() for one in listed):
        raise Wrong(f'{key} is a list of names: ["…", "…"]')
    return tuple(listed)


def _table(written: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = written.get(key, {})
    if not isinstance(value, dict):
        raise Wrong(f"{key} is a table: it begins with a line [file.{key}]")
    return value


def needed_first(mappings: Iterable[FileMapping]) -> Iterator[FileMapping]:
    """Tables that help to read others before those."""
    return iter(sorted(mappings, key=lambda one: one.table not in _AUXILIARY))
