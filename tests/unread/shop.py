"""A shop where four members said something that has to be respected, and the words by which each would be recognised.

Rosa no longer wants to be remembered, Suse wants no suggestions, Fred was forgotten, Alma must not have sesame. All of
it was said at this counter since the last night, so that only the journal, and a receipt, know of it.
"""

from __future__ import annotations

from pathlib import Path

from clerk.clock import FixedClock
from clerk.desk import Desk
from clerk.model import ConsentState, Purpose
from tests.kiosk.fake_kiosk import code_of
from tests.pack_build.shop import write_table
from tests.promises import corner

AT = ["--at", "2026-03-10T09:00"]
"""The moment of every command, `corner.NOW`."""

MEMBERS = {
    # id: (name, phone, e-mail, item that nobody else buys, its name, note)
    "rosa": ("Rosa Rudolf", "+43 664 5551001", "rosa@example.org", "QUINCE", "Quince cordial", "Rosa sits by the door"),
    "suse": ("Suse Sommer", "+43 664 5552002", "suse@example.org", "MEDLAR", "Medlar tart", "Suse reads the papers"),
    "fred": ("Fred Fennel", "+43 664 5553003", "fred@example.org", "SORREL", "Sorrel scone", "Fred brings his dog"),
    "alma": ("Alma Adler", "+43 664 5554004", "alma@example.org", "DAMSON", "Damson bun", "Alma pays in coins"),
}
CARD = {who: code_of(number) for number, who in enumerate(MEMBERS, 1)}
FORGOTTEN = "fred"
ALLERGEN = "sesame"
EVERYBODYS = "Flat white"
"""What all of them take as well."""


def markers() -> list[str]:
    """Words that no output may hold while the journal cannot be read, whoever is asked about."""
    found = [EVERYBODYS, ALLERGEN, MEMBERS[FORGOTTEN][0]]
    for _, phone, email, _, item, note in MEMBERS.values():
        found += [phone, phone[-4:], email, item, note]
    return found


def told(text: str) -> list[str]:
    """The markers that a text holds, however its lines are broken."""
    plain = " ".join(text.split()).casefold()
    return [one for one in markers() if one.casefold() in plain]


def build(folder: Path) -> Path:
    """The shop's data folder, after what was said in it; closed."""
    items = [*corner.ITEMS, *((one[3], one[4], f"Of {one[3]}", "4.00", "", "", "", "", "") for one in MEMBERS.values())]
    coffee = corner.every(2, 20, [("FW", corner.OAT)])
    people = {who: [*coffee, *corner.every(3, 14, [one[3]])] for who, one in MEMBERS.items()}
    everybody = {**people, **corner.crowd()}
    days = [(who, purpose.value, "given", "2025-01-01") for who in everybody for purpose in Purpose]
    tables = corner.write(folder / "tables", everybody, items=items, consents=days, tiers=dict.fromkeys(people, "Gold"))
    columns = ("member_id", "name", "phone", "email", "tier")
    rows = [(who, one[0], one[1], one[2], "Gold") for who, one in MEMBERS.items()]
    write_table(tables, "members", columns, [*rows, *((who, who, "", "", "") for who in corner.crowd())])
    write_table(tables, "cards", ("code", "member_id", "status"), [(CARD[who], who, "active") for who in MEMBERS])
    home = corner.built(tables, folder / "home")
    said(home)
    return home


def said(home: Path) -> None:
    """Effect: what the four said, in the journal and the receipts of a data folder."""
    desk = Desk.open(home, clock=FixedClock(corner.NOW), actor="command")
    records = desk.records
    for who, one in MEMBERS.items():
        records.append(records.fact(who, "note", one[5])).result(10)
    records.append(records.fact("alma", "allergen", ALLERGEN)).result(10)
    records.append(records.consent("rosa", Purpose.REMEMBER, ConsentState.WITHDRAWN)).result(10)
    records.append(records.consent("suse", Purpose.SUGGEST, ConsentState.WITHDRAWN)).result(10)
    desk.erasure.forget(FORGOTTEN)
    desk.close()
