"""An empty canonical folder to fill in: a CSV a table, what each column means, and a small example that builds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from clerk.durable import disk_errors
from clerk.intake.canonical_tables import STORE_FILE, TABLES

EXAMPLE = "example"
"""Folder with the example."""

COLUMNS: dict[str, dict[str, str]] = {
    "items": {
        "sku": "your id of the item", "name": "what people call it", "gtin": "number of the barcode",
        "description": "a sentence or a paragraph; search reads it", "category": "Drinks > Coffee, the widest first",
        "brand": "", "price": "12.50", "currency": "EUR; once in store.toml is enough",
        "durable": "yes for what is bought once: a teapot", "sensitive": "yes for what is never said aloud",
        "age_restricted": "yes for what is sold to adults only", "allergens": "milk; nuts, or none; empty is not known",
        "variant_of": "an id that sizes and colours of one thing share", "image": "a path or address",
        "audience": "children; pets: for whom alone it is, or everybody",
        "diets": "vegan; gluten-free; decaf: what it is stated to be",
        "mention": "no for what is never suggested: a deposit, a bag", "goes_with": "ids that go well with it: CR; TP",
        "language": "de, where its texts are in another language than the store's",
    },
    "members": {
        "member_id": "your id of the member", "name": "", "given_name": "what the member is called at the counter",
        "phone": "+44 7700 900123", "email": "", "birthday": "1988-02-11, or --02-11 without the year",
        "joined_on": "2024-05-01", "locale": "en-GB", "home_store": "id of the store", "tier": "as in privileges",
    },
    "cards": {
        "code": "what is scanned; without this table the member id is", "member_id": "as in members",
        "status": "active, or revoked, lost, blocked", "issued_at": "2024-05-01",
    },
    "stock": {
        "sku": "as in items", "on_hand": "how many lie in this store", "store_id": "needed when several stores are in",
        "shelf": "where it lies", "counted_at": "2026-11-20T06:00",
    },
    "modifiers": {
        "sku": "as in items, or", "category": "everything in this category", "group": "Milk", "option": "Oat",
        "price": "0.40", "available": "no when it is out today",
    },
    "consents": {
        "member_id": "as in members", "purpose": "remember, suggest or contact", "state": "given or withdrawn",
        "at": "2026-03-02T09:15", "channel": "counter, web …", "wording": "version of the words agreed to", "by": "",
    },
    "privileges": {"tier": "as in members", "text": "what the tier may ask for", "until": "2026-12-31"},
    "lines": {
        "basket_id": "number of the receipt", "member_id": "as in members; empty for a guest", "sku": "as in items",
        "sold_at": "2026-11-20T08:15", "quantity": "1; a negative one is a return", "unit_price": "3.60",
        "line_total": "3.60", "modifiers": "Milk=Oat; Size=Large", "gift": "yes for a gift",
        "kind": "sale or return; none for what was not, or is no more, bought",
        "store_id": "where it was sold", "channel": "counter, web …", "line_no": "1, 2 … within the receipt",
        "currency": "EUR, USD …; empty is the store's own",
        "item_name": "as on the receipt; tells what is no item, such as a tip",
        "item_category": "as item_name, for what only its category tells",
    },
}  # fmt: skip
"""Table -> column -> what stands there."""

_MOST_FIRST = ("items", "members", "lines", "stock", "cards", "modifiers", "consents", "privileges")

_EXAMPLE: dict[str, list[str]] = {
    "items": [
        "FW,Flat white,,Two short shots under steamed milk.,Drinks > Coffee,,3.60,,,,,milk,,,,,,CR,",
        "CR,Croissant,,Baked here every morning.,Bakery,,2.80,,,,,gluten; milk,,,,vegetarian,,FW,",
        "TP,Glass teapot,4006381333931,Holds 0.6 litres.,Teaware,Pier,34.00,,yes,,,none,,,,,,,",
    ],
    "members": [
        "M1,Ada Brandt,Ada,+44 7700 900101,ada@mail.example,--02-11,2024-05-01,en-GB,,Gold",
        "M2,Bo Castell,,,,,,,,",
    ],
    "cards": ["1000001,M1,active,2024-05-01", "1000002,M2,active,"],
    "stock": ["FW,20,,,2026-11-20T06:00", "CR,6,,By the till,2026-11-20T06:00", "TP,2,,Window,2026-11-20T06:00"],
    "modifiers": [",Drinks > Coffee,Milk,Whole,0.00,yes", ",Drinks > Coffee,Milk,Oat,0.40,yes"],
    "consents": ["M1,remember,given,2024-05-01T09:15,counter,2024-1,", "M1,suggest,given,2024-05-01T09:15,counter,,"],
    "privileges": ["Gold,A second shot is free,"],
    "lines": [
        *(f"R{day:02d},M1,FW,2026-11-{day:02d}T08:1{day % 10},1,4.00,4.00,Milk=Oat,sale,,,counter,1,,," for day in
          (3, 5, 7, 10, 12, 14, 17, 19)),
        "R19,M1,CR,2026-11-19T08:19,1,2.80,2.80,,sale,,,counter,2,,,",
        "R20,M2,TP,2026-11-20T11:02,1,34.00,34.00,,sale,,,counter,1,,,",
        "R21,M2,TP,2026-11-20T16:40,1,34.00,34.00,,return,,,counter,1,,,",
    ],
}  # fmt: skip

_STORE = """# What is true of the store as a whole. Every line is optional; take the # away from those you fill in.
# store = "Harbour Lane Coffee"
# store_id = "0412"
# currency = "GBP"
# timezone = "Europe/London"
# Two letters; says how amounts, dates and phone numbers are written:
# country = "GB"
# The language of items and questions, two letters; several in order of importance: "de, en"
# language = "en"
# The member whose card is ready to scan on the first screen:
# demo_member = "M1"
# This store's name in exports that have a column for each location:
# location = "Harbour Lane"
"""

_STORE_EXAMPLE = """store = "Example"
store_id = "1"
currency = "GBP"
timezone = "Europe/London"
demo_member = "M1"
"""


@dataclass(slots=True)
class Template:
    """What was written."""

    folder: str
    written: list[str] = field(default_factory=list)
    """Names of files below the folder, in order."""
    kept: list[str] = field(default_factory=list)
    """Files that were there already; they are never touched."""
    dry_run: bool = False

    def text(self) -> str:
        """For a person."""
        verb = "would write" if self.dry_run else "wrote"
        lines = [f"{verb} {len(self.written)} files into {self.folder}"]
        lines += [f"  {name}" for name in self.written]
        if self.kept:
            lines.append(f"  kept as they are: {', '.join(self.kept)}")
        lines.append(f"Fill the tables in and run `clerk build --from {self.folder}`, or put them into the inbox.")
        lines.append(f"To see it work: `clerk build --from {self.folder}/{EXAMPLE}`.")
        lines.append("README.txt says what each column means.")
        return "\n".join(lines)


def write_template(folder: Path, *, dry_run: bool = False) -> Template:
    """The empty folder and its example.

    Raises:
        DiskFull, DiskFailed: the disk.

    Effect: writes what is not there yet; nothing with `dry_run`.
    """
    made = Template(str(folder), dry_run=dry_run)
    with disk_errors("writing the template"):
        for name, text in _files():
            path = folder / name
            if path.exists() or path.is_symlink():
                made.kept.append(name)
                continue
            made.written.append(name)
            if not dry_run:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", newline="\n")
    return made


def _files() -> Iterable[tuple[str, str]]:
    yield "README.txt", _readme()
    yield STORE_FILE, _STORE
    for table in _MOST_FIRST:
        yield f"{table}.csv", _header(table)
    yield f"{EXAMPLE}/{STORE_FILE}", _STORE_EXAMPLE
    for table in _MOST_FIRST:
        yield f"{EXAMPLE}/{table}.csv", _header(table) + "\n".join(_EXAMPLE[table]) + "\n"


def _header(table: str) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(COLUMNS[table])
    return text.getvalue()


def _readme() -> str:
    """Every table and column in words."""
    lines = [
        "A shop's tables for Clerk. One CSV (UTF-8) or Parquet file a table, columns matched by name in any order.",
        "Only items.csv is indispensable; every other table may be absent or empty. Columns marked * must be there.",
        f"The folder {EXAMPLE}/ holds the same tables with a few rows. Dates best are ISO 8601.",
        "",
    ]
    for table in _MOST_FIRST:
        shape = TABLES[table]
        lines.append(f"{table}.csv")
        for column, meaning in COLUMNS[table].items():
            mark = "*" if column in shape.required else " "
            lines.append(f"  {mark} {column:<15}{meaning}".rstrip())
        if shape.either:
            lines.append(f"    One of {' and '.join(shape.either)} must be there.")
        lines.append("")
    return "\n".join(lines)
