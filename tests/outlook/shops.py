"""Shops for looking ahead, written as canonical folders: people with habits one can check by hand."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from clerk.clock import FixedClock, from_datetime
from clerk.pack_build.build import build

MONDAY = date(2026, 3, 2)
"""Day 0 of every shop here."""
DAYS = 112
NOON = from_datetime(datetime(2026, 3, 2, 12)) + DAYS * 86_400
"""Noon of the Monday after the last day."""

Row = Mapping[str, object]


def write(folder: Path, **tables: Sequence[Row]) -> Path:
    """CSV files of a canonical folder; the header is that of the first row. Everybody agreed to hear suggestions."""
    folder.mkdir(parents=True, exist_ok=True)
    agreed = [
        {"member_id": row["member_id"], "purpose": "suggest", "state": "given", "at": "2020-01-05T08:00"}
        for row in tables.get("members", ())
    ]
    tables.setdefault("consents", agreed)
    for name, rows in tables.items():
        if not rows:
            continue
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def installed(folder: Path, home: Path, at: int = NOON) -> Path:
    """The data folder with a pack of these tables."""
    build(folder, home, clock=FixedClock(at))
    return home


def line(basket: str, member: str, sku: str, at: str, quantity: float = 1, **more: object) -> Row:
    """A line item with only the columns that are required, and what is added."""
    return {"basket_id": basket, "member_id": member, "sku": sku, "sold_at": at, "quantity": quantity, **more}


def cafe_lines(*, times: bool = True, days: int = DAYS) -> list[Row]:
    """A café of twelve people: daily ones at eight, weekly ones on their own weekday at five past three.

    `D0` to `D3` come every day but Sunday for a flat white; `W0` to `W7` come on weekday 0 to 5 for tea and a scone.
    """
    rows: list[Row] = []
    for number in range(days):
        day = MONDAY + timedelta(number)
        if day.weekday() == 6:
            continue

        def at(hour: str, day: date = day) -> str:
            return f"{day}T{hour}:00" if times else str(day)

        for who in range(4):
            milk = "Milk=Oat" if who < 2 else "Milk=Whole"
            # Everybody stays away now and then.
            if (number * 7 + who * 5) % 11:
                rows.append(line(f"d{number}-{who}", f"D{who}", "FW", at("08:00"), modifiers=milk))
        for who in range(8):
            if day.weekday() == who % 6 and (number // 7 + who) % 9:
                rows.append(line(f"w{number}-{who}", f"W{who}", "TEA", at("15:05"), modifiers=""))
                rows.append(line(f"w{number}-{who}", f"W{who}", "SCONE", at("15:05"), 2, modifiers=""))
    return rows


ITEMS = [
    {"sku": sku, "name": name}
    for sku, name in (("FW", "Flat white"), ("TEA", "Tea"), ("SCONE", "Scone"), ("KETTLE", "Kettle"))
]


def members(*ids: str) -> list[Row]:
    """Members by id alone."""
    return [{"member_id": one} for one in ids]


CAFE_MEMBERS = members(*(f"D{n}" for n in range(4)), *(f"W{n}" for n in range(8)), "NEW")


def cafe(folder: Path, lines: Iterable[Row] | None = None, **more: Sequence[Row]) -> Path:
    """The café's tables; `NEW` is a member who never came."""
    return write(folder, items=ITEMS, members=CAFE_MEMBERS, lines=list(lines or cafe_lines()), **more)
