"""Small shops for tests: canonical folders written by hand and built the whole way."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from clerk.clock import FixedClock, parse_at
from clerk.intake.report import BuildReport
from clerk.pack.open import open_pack
from clerk.pack.read import PackReader
from clerk.pack_build.build import build

NOW = parse_at("2026-02-01")
"""When these shops are built."""

ITEMS = [
    ("FW", "Flat white", "Drinks > Coffee"),
    ("OL", "Oat latte", "Drinks > Coffee"),
    ("CR", "Croissant", "Bakery > Pastry"),
]
LINES = [
    ("b1", "m1", "FW", "2026-01-02T08:00", "1"),
    ("b1", "m1", "CR", "2026-01-02T08:00", "2"),
    ("b2", "m1", "FW", "2026-01-05T08:00", "1"),
    ("b3", "m2", "OL", "2026-01-06T09:00", "1"),
]


def write_table(folder: Path, table: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """One canonical table as CSV. Effect: makes the folder and writes the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{table}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def write_agreed(folder: Path, member_ids: Iterable[str]) -> Path:
    """The members of a shop that asked them, and who agreed to be remembered and to hear suggestions."""
    rows = [(who, purpose, "given", "2020-01-05T08:00") for who in member_ids for purpose in ("remember", "suggest")]
    return write_table(folder, "consents", ("member_id", "purpose", "state", "at"), rows)


def write_shop(
    folder: Path,
    *,
    items: Iterable[Sequence[object]] = ITEMS,
    members: Iterable[Sequence[object]] = (("m1", "Ada Lovelace"), ("m2", "Grace Hopper")),
    lines: Iterable[Sequence[object]] = LINES,
    line_columns: Sequence[str] = (),
) -> Path:
    """Items, members and lines with their required columns, and any further columns of lines."""
    write_table(folder, "items", ("sku", "name", "category"), items)
    write_table(folder, "members", ("member_id", "name"), members)
    required = ("basket_id", "member_id", "sku", "sold_at", "quantity")
    write_table(folder, "lines", (*required, *line_columns), lines)
    return folder


def build_shop(folder: Path, home: Path, **options: Any) -> BuildReport:
    """Builds and installs. Effect: writes below `home`."""
    options.setdefault("clock", FixedClock(NOW))
    return build(folder, home, **options)


def opened(home: Path) -> PackReader:
    """A reader of the pack in use."""
    return PackReader(open_pack(home))


Opener = Callable[[Path], PackReader]
