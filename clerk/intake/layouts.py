"""What columns are called: in exports of other systems (`systems/*/layout.toml`) and in a shop's own tables."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from clerk.intake.canonical_tables import TABLES

_SYSTEMS = resources.files("clerk.intake").joinpath("systems")


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of export."""

    name: str
    module: str
    """Module below `clerk.intake.systems` that converts it; `canonical` and `mapping` are our own."""
    tables: tuple[str, ...]
    """Canonical tables it feeds."""
    required: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    """Column -> plain names it goes by, the best first."""
    never: frozenset[str] = frozenset()
    """Plain names of columns with payment card data."""
    never_containing: tuple[str, ...] = ()
    """Words of headings that this file does not know, and that may hold payment card data in some language."""
    prefixed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    containing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What cells say in the languages of the export, lower case."""

    def places(self, header: Sequence[str]) -> dict[str, int] | None:
        """Column -> position in the header; None when a required one is missing. The first of equal names counts."""
        plain: dict[str, int] = {}
        for position, name in enumerate(header):
            plain.setdefault(plainly(name), position)
        found = {
            column: next(plain[name] for name in names if name in plain)
            for column, names in self.names.items()
            if any(name in plain for name in names)
        }
        if any(column not in found for column in self.required):
            return None
        for column, words in self.containing.items():
            hits = (at for at, name in enumerate(header) if any(word in name.lower() for word in words))
            if (hit := next(hits, None)) is not None:
                found.setdefault(column, hit)
        return found

    def repeated(self, header: Sequence[str]) -> dict[str, dict[str, int]]:
        """For columns of `prefixed`: column -> name after the prefix -> position."""
        found: dict[str, dict[str, int]] = {}
        for column, prefixes in self.prefixed.items():
            for position, name in enumerate(header):
                bare = _composed(name).strip()
                for prefix in prefixes:
                    if bare.lower().startswith(prefix.lower()) and (rest := bare[len(prefix) :].strip()):
                        found.setdefault(column, {}).setdefault(rest, position)
        return found

    def holds_card_data(self, header: Sequence[str]) -> bool:
        """Whether a column of the header must never be read, or may be such a one in a language not known here."""
        known = {name for names in self.names.values() for name in names}
        plain = [plainly(name) for name in header]
        return any(
            name in self.never or (name not in known and any(word in name for word in self.never_containing))
            for name in plain
        )


def plainly(header: str) -> str:
    """A header name for comparison: lower case, without blanks, hyphens, underscores, BOM; one form of each letter."""
    return "".join(letter for letter in _composed(header).lower() if letter not in "-_" and not letter.isspace())


@cache
def layouts() -> tuple[Layout, ...]:
    """Every layout of another system, by system."""
    systems = sorted(_SYSTEMS.iterdir(), key=lambda folder: folder.name)
    files = [file for folder in systems if (file := folder.joinpath("layout.toml")).is_file()]
    return tuple(_layout(entry) for file in files for entry in _read(file).get("layout", ()))


@cache
def words_of(module: str) -> Mapping[str, frozenset[str]]:
    """What the cells of an export say in its languages, lower case, by what they mean.

    Args:
        module: as in `Layout.module`.
    """
    return next(layout.words for layout in layouts() if layout.module == module)


@cache
def canonical_layout(table: str) -> Layout:
    """A table of our own, under its own names and their aliases."""
    shape = TABLES[table]
    aliases = _aliases()["canonical"][table]
    columns = dict.fromkeys((*shape.required, *shape.either, *shape.optional))
    names = {
        column: tuple(dict.fromkeys(plainly(name) for name in (column, *aliases.get(column, ())))) for column in columns
    }
    return Layout(f"Clerk {table}", "canonical", (table,), shape.required, names)


@cache
def zones() -> Mapping[str, str]:
    """Name of a time zone as exports write it -> IANA name."""
    return dict(_read(_SYSTEMS.joinpath("zones.toml"))["zones"])


@cache
def groups() -> Mapping[str, str]:
    """Word of a modifier, lower case -> its group."""
    return {word: group for group, words in _aliases()["groups"].items() for word in words}


def _layout(entry: Mapping[str, Any]) -> Layout:
    return Layout(
        name=entry["name"],
        module=entry["module"],
        tables=tuple(entry["tables"]),
        required=tuple(entry["required"]),
        names={column: tuple(plainly(name) for name in names) for column, names in entry["columns"].items()},
        never=frozenset(plainly(name) for name in entry.get("never", ())),
        never_containing=tuple(plainly(word) for word in entry.get("never_containing", ())),
        prefixed={column: tuple(prefixes) for column, prefixes in entry.get("prefixed", {}).items()},
        containing={column: tuple(words) for column, words in entry.get("containing", {}).items()},
        words={what: frozenset(word.lower() for word in words) for what, words in entry.get("words", {}).items()},
    )


def _composed(header: str) -> str:
    """One form of each letter, blank and apostrophe, without the BOM."""
    return unicodedata.normalize("NFKC", header).replace("\u2019", "'").replace("\ufeff", "")


@cache
def _aliases() -> dict[str, Any]:
    return _read(resources.files("clerk.intake").joinpath("column_aliases.toml"))


def _read(file: Traversable) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))
