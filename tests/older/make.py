"""Makes `homes.tar.xz`, data folders that an older revision of Clerk wrote, and `*.txt`, what it showed of them.

The archive was made by revision 06f63c1. To make it again, from this revision or from another one:

    git worktree add ../clerk-older 06f63c1
    PYTHONPATH=../clerk-older python -P tests/older/make.py tests/older/homes.tar.xz

(`-P` keeps this checkout's own `clerk` out of the way.) It takes about a minute. What comes out:

- `alone/`: one shop on one machine. Every kind of event, cards, people, a night with rows set aside, a member that was
  erased as a whole and three in part before the last night, and another one that no night has seen yet.
- `office/`, `device/`, `place/`, `archive/`: a head office with a ledger of two nights, one of its devices, and the
  exchange location between them, with an event bundle that the office has not read and a pack that the device has not
  fetched.
- `sealed/`: a small shop whose journal and packs are encrypted; the key stands in the environment variable `OLDER_KEY`.
- `alone.txt`, `device.txt`, `sealed.txt`, beside the archive: what reading commands printed at the end. Where a text of
  today's screens is changed on purpose, change it there too.

Commands run in this process, through `clerk.cli.main`; what has no command (a visit at the counter, a correction at the
kiosk) goes through the desk of that revision, whose modules are named in strings, since today's
may be called otherwise.
"""

from __future__ import annotations

import contextlib
import csv
import importlib
import io
import json
import os
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

START = datetime(2025, 3, 4, 9, 0)
"""A Tuesday morning, before the first night; long ago for every machine that reads this."""
SHOWN_AT = START + timedelta(days=2, hours=1)
"""When the reading commands are asked."""
KEY = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
"""Of the encrypted data folder."""

ITEMS = (
    ("FW", "Flat white", "Drinks > Coffee", "3.60", "5000000000017", "milk", ""),
    ("CR", "Butter croissant", "Bakery > Pastry", "2.80", "", "gluten; milk", ""),
    ("BEANS", "House beans 250 g", "Provisions > Beans", "9.50", "5000000000024", "", ""),
    ("SENCHA", "Sencha", "Provisions > Tea", "8.00", "", "", ""),
    ("KETTLE", "Steel kettle", "Homeware > Kettles", "49.00", "", "", "yes"),
    ("TONIC", "Espresso tonic", "Drinks > Cold", "4.20", "", "", ""),
)
MEMBERS = (
    # id, name, given name, phone, e-mail, birthday, joined, tier
    ("m1", "Ada Brandt", "Ada", "+43 664 1234471", "ada@example.org", "1988-02-11", "2024-05-01", "Gold"),
    ("m2", "Ben Okri", "Ben", "+43 664 2222200", "ben@example.org", "", "2024-05-01", ""),
    ("m3", "Cleo Marchetti", "Cleo", "+43 664 3333300", "cleo@example.org", "", "2024-05-01", ""),
    ("m4", "Dan Ferris", "Dan", "+43 664 4444400", "dan@example.org", "", "2024-05-01", ""),
    ("m5", "Eve Lindgren", "Eve", "+43 664 5555500", "eve@example.org", "", "2024-05-01", ""),
    ("m6", "Finn Osei", "Finn", "0664 6666600", "", "", "2024-05-01", ""),
    ("m7", "Gwen Novak", "Gwen", "0664 7777700", "gwen@example.org", "", "2024-05-01", ""),
    ("m8", "Hal Iversen", "Hal", "0664 8888800", "hal@example.org", "", "2024-05-01", ""),
    ("m9", "Ida Petrov", "Ida", "0664 9999900", "ida@example.org", "", "2024-05-01", ""),
)
CARDS = tuple((f"40000000{number:04}", f"m{number}") for number in range(1, 10))
MEMBER_COLUMNS = ("member_id", "name", "given_name", "phone", "email", "birthday", "joined_on", "tier")
STORE = 'store = "Corner"\nstore_id = "s1"\ncurrency = "EUR"\nhouse = ["SENCHA"]\ntiers = ["Gold"]\n'
SETTINGS = "[usual]\nshown_from = 4\n\n[nightly]\nreports_kept = 9\n"

_now = START
_count = 0


def later(**by: float) -> None:
    """Moves the clock of everything that follows."""
    global _now
    _now += timedelta(**by)


def milliseconds() -> int:
    """The time of an event's id: the same clock, a little later each time, so that making it again gives the same."""
    global _count
    _count += 1
    return round((_now - datetime(1970, 1, 1)).total_seconds() * 1000) + _count


importlib.import_module("clerk.clock").utc_ms = milliseconds
# As on a machine without a model package, where words are compared by their spelling: a model has 23 MB.
importlib.import_module("clerk.commands.encoder").find_spec = lambda _name: None
main = importlib.import_module("clerk.cli").main


def clerk(home: str, *words: str, code: int = 0, typed: str = "") -> str:
    """Runs one command and gives what it printed.

    Args:
        home: the data folder, below the current folder.
        words: the command line, without `--home` and `--at`.
        code: the exit code that it must have.
        typed: what is sent on stdin.
    """
    out = io.StringIO()
    before, sys.stdin = sys.stdin, io.StringIO(typed)
    try:
        with contextlib.redirect_stdout(out):
            found = main([words[0], "--home", home, "--at", _now.isoformat(), *words[1:]])
    finally:
        sys.stdin = before
    assert found == code, f"clerk {' '.join(words)} in {home}: exit {found}, not {code}\n{out.getvalue()}"
    return out.getvalue()


def table(folder: Path, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Writes one canonical table as CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def exports(inbox: Path, *, until: datetime, whole: bool) -> None:
    """What the shop's till exports: a visit every other day for everybody, in the weeks before `until`.

    Args:
        inbox: where to.
        until: the day after the last visit.
        whole: with items, members, cards and stock; else only the latest lines.
    """
    if whole:
        columns = ("sku", "name", "category", "price", "gtin", "allergens", "durable")
        table(inbox, "items", columns, ITEMS)
        table(inbox, "members", MEMBER_COLUMNS, MEMBERS)
        table(inbox, "cards", ("code", "member_id"), CARDS)
        table(inbox, "stock", ("sku", "on_hand", "shelf"), [(item[0], 9, "A1") for item in ITEMS])
        table(inbox, "privileges", ("tier", "text"), [("Gold", "Any drink one size up")])
        consents = [
            ("m2", "contact", "given", "2024-05-01", "counter"),
            ("m5", "suggest", "given", "2024-05-01", "web"),
        ]
        table(inbox, "consents", ("member_id", "purpose", "state", "at", "channel"), consents)
        options = [("Drinks > Coffee", "Milk", "Oat", "yes"), ("Drinks > Coffee", "Milk", "Whole", "yes")]
        table(inbox, "modifiers", ("category", "group", "option", "available"), options)
        (inbox / "store.toml").write_text(STORE, encoding="utf-8")
    rows = []
    for number in range(16 if whole else 1):
        for place, member in enumerate(MEMBERS):
            at = until - timedelta(days=1 + 2 * number, minutes=20 * place)
            basket = f"{member[0]}-{at:%y%m%d}"
            rows.append((basket, member[0], "FW", at.isoformat(), "1", "Milk=Oat"))
            if (number + place) % 3 == 0:
                rows.append((basket, member[0], "CR", at.isoformat(), "1", ""))
            if number % 5 == place % 5:
                rows.append((basket, member[0], ("BEANS", "TONIC")[place % 2], at.isoformat(), "1", ""))
            if (number, place) == (9, 0):
                rows.append((basket, member[0], "KETTLE", at.isoformat(), "1", ""))
    if whole:
        rows += [("bad-1", "m1", "FW", "no day at all", "1", ""), ("bad-2", "m1", "NOSUCH", until.isoformat(), "x", "")]
    columns = ("basket_id", "member_id", "sku", "sold_at", "quantity", "modifiers")
    table(inbox, f"lines-{until:%y%m%d}", columns, rows)


def at_the_counter(home: str, member: str, how: str) -> None:
    """A visit with a screen: what was shown counts, and the visit ends by the key for the next person."""
    fixed = importlib.import_module("clerk.clock")
    answers = importlib.import_module("clerk.model.events").AnswerKind
    clock = fixed.FixedClock(fixed.from_datetime(_now))
    desk = importlib.import_module("clerk.desk").Desk.open(Path(home), clock=clock)
    card = desk.open_member(member, how)
    desk.drawn(card.visit_id)
    if card.suggestions:
        desk.answer(card.visit_id, card.suggestions[0].item.sku, answers.NOT_NOW).result(10)
    desk.end_visit("next")
    desk.close()


def at_the_kiosk(home: str, code: str, digits: str, deed: str) -> None:
    """A member at the kiosk: one try with wrong digits, then the right ones and a deed."""
    fixed = importlib.import_module("clerk.clock")
    clock = fixed.FixedClock(fixed.from_datetime(_now))
    desk = importlib.import_module("clerk.desk.kiosk").KioskDesk.open(Path(home), clock=clock)
    card = desk.scan(code + "\r")
    assert not desk.unlock(card.visit_id, "0001")
    assert desk.unlock(card.visit_id, digits)
    memory = desk.memory(card.visit_id)
    if deed == "correct":
        memory.correct_phone("+43 664 7070707")
        memory.never("SENCHA")
        memory.ask("copy")
        memory.strike(month="2025-02")
    else:
        memory.forget()
    desk.end("done")
    desk.close()


def line_of(home: str, member: str, number: int) -> str:
    """The reference of one of a member's latest lines."""
    found = [word for word in clerk(home, "show", member, "--lines").split() if word.startswith(f"{member}-25")]
    return found[number]


def alone() -> None:
    """One shop on one machine: a night, a day at the counter, a night, and a morning after it."""
    home = "alone"
    exports(Path(home, "inbox"), until=_now, whole=True)
    Path(home, "settings.toml").write_text(SETTINGS, encoding="utf-8")
    Path(home, "inbox", "holiday-rota.csv").write_text("monday,tuesday\nNoor,Sam\n", encoding="utf-8")
    later(hours=-5)
    clerk(home, "nightly", "--now")
    later(hours=5)
    clerk(home, "people", "add", "Noor", typed="7093\n")
    clerk(home, "people", "add", "Sam", typed="8162\n")

    clerk(home, "answer", "m1", "SENCHA", "not-now")
    clerk(home, "answer", "m1", "TONIC", "never")
    clerk(home, "answer", "m1", "BEANS", "has-it")
    clerk(home, "answer", "m2", "CR", "took")
    clerk(home, "answer", "m2", "SENCHA", "never", "--category")
    clerk(home, "answer", "m2", "BEANS", "never")
    clerk(home, "undo", "m2")
    clerk(home, "mark", "m1", line_of(home, "m1", 0), "gift")
    clerk(home, "mark", "m1", line_of(home, "m1", 2), "mistake")
    clerk(home, "mark", "m2", line_of(home, "m2", 1), "other")
    clerk(home, "strike", "m1", "--item", "KETTLE")
    clerk(home, "strike", "m2", "--line", line_of(home, "m2", 3))
    clerk(home, "strike", "m2", "--category", "Bakery")
    clerk(home, "strike", "m8", "--since", "2025-02-10", "--until", "2025-02-12")
    clerk(home, "state", "m1", "allergen", "almond")
    clerk(home, "state", "m1", "dislike", "cinnamon")
    clerk(home, "state", "m1", "note", "sits by the window")
    clerk(home, "consent", "m1", "contact", "given")
    clerk(home, "consent", "m1", "suggest", "given")
    clerk(home, "consent", "m2", "contact", "withdrawn")
    clerk(home, "consent", "m9", "suggest", "withdrawn")
    for member in ("m3", "m4", "m5", "m6", "m8"):
        clerk(home, "state", member, "note", f"a note about {member}")
        clerk(home, "answer", member, "TONIC", "never")
        clerk(home, "consent", member, "contact", "given")
    later(minutes=5)
    for member in ("m1", "m2", "m3", "m8"):
        at_the_counter(home, member, "scan")
        later(minutes=3)
    at_the_kiosk(home, CARDS[6][0], "7700", "correct")
    clerk(home, "cards", "issue", "m2", "--new")
    clerk(home, "cards", "replace", "m1")
    clerk(home, "cards", "revoke", CARDS[8][0])
    clerk(home, "join", "Nora Ünal", "--phone", "0660 123 98 76", "--email", "nora@example.org")
    clerk(home, "export", "m1", "--out", "copy")
    clerk(home, "people", "role", "Sam", "--role", "manager")
    later(hours=2)
    clerk(home, "forget", "m3")
    clerk(home, "forget", "m4", "--purchases")
    clerk(home, "forget", "m5", "--contact")
    clerk(home, "forget", "m6", "--notes")

    later(hours=14)
    exports(Path(home, "inbox"), until=_now, whole=False)
    clerk(home, "nightly", "--now")
    later(hours=8)
    clerk(home, "answer", "m1", "CR", "not-now")
    clerk(home, "state", "m4", "dislike", "oat milk")
    clerk(home, "join", "Otto Said", "--phone", "0660 555 44 33")
    at_the_counter(home, "m9", "find")
    clerk(home, "forget", "m9", "--purchases")
    # Last, since a command that forgets somebody builds anew at once and the kiosk leaves it to the night.
    at_the_kiosk(home, CARDS[7][0], "8800", "forget")


def chain() -> None:
    """An office and a device of it, two nights long, left in the middle of a third."""
    settings = '[exchange]\nrole = "office"\nplace = "place"\nstore = "s1"\narchive = "archive"\n'
    Path("office").mkdir()
    Path("office", "settings.toml").write_text(settings, encoding="utf-8")
    Path("archive").mkdir()
    clerk("office", "office", "init", "--out", "office.json")
    exports(Path("office", "inbox"), until=_now, whole=True)
    clerk("office", "nightly", "--now")
    clerk("device", "enrol", "office.json", "--place", "place", "--store", "s1", "--name", "Till 1")
    settings = Path("device", "settings.toml").read_text(encoding="utf-8")
    Path("device", "settings.toml").write_text(settings.replace(str(Path.cwd()) + os.sep, ""), encoding="utf-8")
    clerk("office", "office", "accept", "Till 1")
    clerk("device", "nightly")
    clerk("device", "answer", "m1", "TONIC", "never")
    clerk("device", "state", "m2", "note", "a note about m2")
    clerk("device", "state", "m3", "note", "a note about m3")
    clerk("device", "consent", "m2", "suggest", "withdrawn")
    clerk("device", "join", "Nora Ünal", "--phone", "0660 123 98 76")
    later(hours=4)
    clerk("device", "forget", "m3")
    for _ in range(2):
        later(hours=8)
        clerk("device", "push")
        later(hours=8)
        clerk("office", "nightly")
        clerk("device", "nightly")
    clerk("device", "answer", "m1", "CR", "not-now")
    clerk("device", "strike", "m2", "--item", "BEANS")
    clerk("device", "consent", "m5", "contact", "given")
    clerk("device", "forget", "m4", "--purchases")
    later(hours=6)
    exports(Path("office", "inbox"), until=_now, whole=False)
    clerk("office", "nightly", "--now")
    clerk("device", "push")


def sealed() -> None:
    """A shop of the smallest size under a key."""
    table(Path("tables"), "items", ("sku", "name", "category"), [item[:3] for item in ITEMS[:3]])
    table(Path("tables"), "members", ("member_id", "name", "phone"), [(one[0], one[1], one[3]) for one in MEMBERS[:2]])
    rows = [(f"b{day}", "m1", "FW", (_now - timedelta(days=day)).isoformat(), "1") for day in range(1, 9)]
    table(Path("tables"), "lines", ("basket_id", "member_id", "sku", "sold_at", "quantity"), rows)
    clerk("sealed", "build", "--from", "tables")
    clerk("sealed", "key", "set", "--to", "env:OLDER_KEY")
    clerk("sealed", "answer", "m1", "CR", "never")
    clerk("sealed", "state", "m2", "note", "a note about m2")


def shown(home: str, members: Sequence[str]) -> str:
    """What the reading commands say now: each as `$ command line = exit code`, then its text on stdout."""
    code, text = read(home, "find", "N-", "--json")
    joined = [hit["member_id"] for hit in json.loads(text)["hits"]] if code == 0 else []
    # The audit first: what follows is kept there.
    lines: list[tuple[str, ...]] = [("audit", "--member", "m1"), ("audit", "--member", "m7")]
    lines += [("show", "m1", "--lines"), ("why", "m1", "TONIC"), ("who", "BEANS")]
    lines += [("find", name) for name in ("Ada", "Cleo", "Eve", "Nora", "nobody")] + [("find", "--items", "beans")]
    for member in [*members, *joined]:
        lines += [("show", member), ("said", member)]
    parts = []
    for words in lines:
        code, text = read(home, *words)
        parts.append(f"$ {' '.join(words)} = {code}\n{text}")
    return "".join(parts)


def read(home: str, *words: str) -> tuple[int, str]:
    """The exit code of a command, and what it printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = int(main([words[0], "--home", home, "--at", SHOWN_AT.isoformat(), *words[1:]]))
    return code, out.getvalue()


def every_kind_is_there(home: str) -> None:
    """No kind of event is missing, so that all of them are read by whoever opens the archive."""
    fixed, kinds = importlib.import_module("clerk.clock"), importlib.import_module("clerk.model.events").EventKind
    with importlib.import_module("clerk.journal").Journal.open(Path(home), fixed.FixedClock(0)) as journal:
        missing = set(kinds) - {event.kind for event in journal.events()}
    assert not missing, missing


def make(out: Path) -> None:
    """Makes everything in a folder of its own and packs it."""
    global _now
    os.environ.update(TZ="UTC", OLDER_KEY=KEY)
    time.tzset()
    members = [member[0] for member in MEMBERS]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for part in (alone, chain, sealed):
            _now = START
            part()
        every_kind_is_there("alone")
        # The reserve of the journal is 4 MB of random bytes, and made again where it is missing.
        with tarfile.open(out, "w:xz", preset=9) as archive:
            for name in ("alone", "office", "device", "place", "archive", "sealed"):
                archive.add(name, filter=lambda one: None if one.name.endswith("/ballast") else one)
        # Last, since it is kept who looked at whom.
        for home, ids in (("alone", members), ("device", members), ("sealed", members[:2])):
            out.with_name(f"{home}.txt").write_text(shown(home, ids), encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]).resolve())
