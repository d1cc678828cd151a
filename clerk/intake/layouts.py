"""What columns are called: in exports of other systems (`systems/*/layout.toml`) and in a shop's own tables."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    prefixed: Mapping[str, str] | None = None
    containing: Mapping[str, tuple[str, ...]] | None = None

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
        for column, words in (self.containing or {}).items():
            hits = (at for at, name in enumerate(header) if any(word in name.lower() for word in words))
            if (hit := next(hits, None)) is not None:
                found.setdefault(column, hit)
        return found

    def repeated(self, header: Sequence[str]) -> dict[str, dict[str, int]]:
        """For columns of `prefixed`: column -> name after the prefix -> position."""
        found: dict[str, dict[str, int]] = {}
        for column, prefix in (self.prefixed or {}).items():
            for position, name in enumerate(header):
                bare = name.strip().strip("\ufeff")
                if bare.lower().startswith(prefix.lower()) and (rest := bare[len(prefix) :].strip()):
                    found.setdefault(column, {}).setdefault(rest, position)
        return found

    def holds_card_data(self, header: Sequence[str]) -> bool:
        """Whether a column of the header must never be read."""
        return any(plainly(name) in self.never for name in header)


def plainly(header: str) -> str:
    """A header name for comparison: lower case, without blanks, hyphens, underscores, BOM."""
    return "".join(letter for letter in header.lower() if letter not in "-_\ufeff" and not letter.isspace())


@cache
def layouts() -> tuple[Layout, ...]:
    """Every layout of another system, by system."""
    systems = sorted(_SYSTEMS.iterdir(), key=lambda folder: folder.name)
    files = [file for folder in systems if (file := folder.joinpath("layout.toml")).is_file()]
    return tuple(_layout(entry) for file in files for entry in _read(file).get("layout", ()))


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
        prefixed=entry.get("prefixed"),
        containing={column: tuple(words) for column, words in entry.get("containing", {}).items()},
    )


@cache
def _aliases() -> dict[str, Any]:
    return _read(resources.files("clerk.intake").joinpath("column_aliases.toml"))


def _read(file: Traversable) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))
