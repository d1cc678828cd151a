"""Exports written by hand for tests: a header of the field notes and rows by column name."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from clerk.errors import ClerkError, SourceUnknown
from clerk.intake.canonical_tables import Source
from clerk.intake.convert import Converted, convert, recognised
from clerk.intake.customer_matching import KnownMembers
from clerk.intake.files.recognition import BYTES_AT_MOST
from clerk.intake.mapping import FileMapping
from tests.intake.export_headers import HEADERS


def write_export(path: Path, layout: str, *rows: Mapping[str, object], without: Sequence[str] = ()) -> Path:
    """A file in the layout with these rows. Effect: writes it."""
    header = [name for name in HEADERS[layout].split(",") if name not in without]
    extra = [name for row in rows for name in row if name not in header and name not in without]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*header, *dict.fromkeys(extra)], restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def converted(
    *paths: Path, store: Mapping[str, Any] | None = None, known: KnownMembers | None = None
) -> Converted:  # fmt: skip
    """The files together."""
    return convert([found for path in paths for found in recognised(path)], store, known)


def column(source: Source, name: str) -> list[Any]:
    """The values of one column."""
    return source.frame[name].to_list()


def everything(made: Mapping[str, Source]) -> str:
    """All text that came out, torn rows too."""
    parts = [str(made.notices), str(made.conflicts)] if isinstance(made, Converted) else []
    for source in made.values():
        parts += [str(source.frame.cast(pl.String).rows()), str(source.broken)]
    return "\n".join(parts)


def read_any(
    path: Path,
    store: Mapping[str, Any] | None = None,
    mappings: Iterable[FileMapping] = (),
    *,
    bytes_at_most: int = BYTES_AT_MOST,
) -> dict[str, Source] | ClerkError:
    """One file by itself, or why it is none of ours. Never raises for anything that a file can hold."""
    try:
        files = recognised(path, tuple(mappings), bytes_at_most=bytes_at_most)
    except ClerkError as problem:
        return problem
    if not files:
        return SourceUnknown(f"{path.name} is no export that Clerk knows.", "Describe it in mapping.toml.")
    made = convert(files, store)
    return made.problems.get(path.name, made)
