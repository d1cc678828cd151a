"""What is kept about forgetting itself: the key that tombstones are made with, and receipts of what was deleted.

A receipt names nobody. It says what went, where copies remain and until when, and it carries the tombstones, so that
whoever puts an old copy of a disk back keeps everybody forgotten by putting the folder of receipts back as well.
Nothing heavy is imported here: the counter reads both at its start.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from clerk.clock import to_datetime
from clerk.durable import Disk, disk_errors
from clerk.errors import DiskFailed
from clerk.home import make_private
from clerk.phrases import clock_time, count, date
from clerk.privacy.erasure import Erasure, Erasures, Scope, erasure_of

FOLDER: Final = "receipts"
"""Folder in the data folder."""
KEY: Final = "books/erasure.key"
"""File in the data folder with the shop's keys, one a line; new tombstones are made with the first."""
KEY_FACT: Final = "erasure_key"
"""Fact of a pack: the same, so that every device of the shop makes and knows the same tombstones."""
ERASURES_FACT: Final = "erasures"
"""Fact of a pack: everything that members asked to be forgotten, as JSON."""
EXPIRIES_FACT: Final = "expiries"
"""Fact of a pack: when members were deleted because they were not seen for so long, as JSON."""
_EXPIRIES_AT_MOST: Final = 100
"""Nights of which a pack tells: older packs are gone long before."""
_ONE: Final = {
    "members": "member", "things said": "thing said", "things said elsewhere": "thing said elsewhere",
    "line items": "line item", "cards": "card",
}  # fmt: skip
"""What receipts count -> one of it."""
OUT_OF_USE: Final = "out of use at once"
"""After the comma of what is counted: nothing reads it any more, and the copies say when it goes."""
_KEY_BYTES = 32
_KEY_LETTERS = 2 * _KEY_BYTES
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Copy:
    """Where something may still lie, and until when."""

    where: str
    until: str
    """For a person: a day, or what has to happen."""
    files: tuple[str, ...] = ()
    """Patterns `MACHINE:PATH` of the files, `**` for all below a folder; the machine is `here`, `office`, `device`,
    `location`, `archive`, or `people` who keep them. None where it is another program's."""
    gone_by: int = 0
    """Wall second after which nothing of it is left where each machine had its nights; 0: a person deletes it."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one act of forgetting deleted. No personal data."""

    at: int
    by: str
    """`command`, `kiosk`, an associate, or `night`."""
    scope: str
    deleted: Mapping[str, int]
    """What, and how many of it."""
    copies: tuple[Copy, ...] = ()
    erasures: tuple[Erasure, ...] = field(default=())

    def text(self) -> str:
        """Who was forgotten, what was deleted, and which copies remain, a line each."""
        lines = [f"Forgotten ({self.scope}) on {date(self.at)} at {clock_time(self.at)}, by {self.by}"]
        lines += [f"  {_counted(many, what)}" for what, many in self.deleted.items() if many]
        if not any(self.deleted.values()):
            lines.append("  deleted: nothing was held here beyond what the store data carries")
        going = sorted((copy for copy in self.copies if copy.gone_by), key=lambda copy: copy.gone_by)
        if going:
            lines.append("  copies that go by themselves, each with the last day on which there may be any:")
            lines += [f"    {date(copy.gone_by)}  {copy.where}: {copy.until}" for copy in going]
        staying = [copy for copy in self.copies if not copy.gone_by]
        if staying:
            lines.append("  copies that stay until somebody deletes them:")
            lines += [f"    {copy.where}: {copy.until}" for copy in staying]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "format": _FORMAT, "at": self.at, "by": self.by, "scope": self.scope, "deleted": dict(self.deleted),
            "copies": [{"where": copy.where, "until": copy.until, "files": list(copy.files), "gone_by": copy.gone_by}
                       for copy in self.copies],
            "erasures": [one.as_json() for one in self.erasures],
        }  # fmt: skip


def _counted(many: int, what: str) -> str:
    """`deleted: 1 member`, `out of use at once: 3 line items`: what is counted is in the plural, up to its first comma.

    What is only out of use lies in the store data until that is made anew, and is not called deleted.
    """
    things, _, more = what.partition(", ")
    counted = count(many, _ONE.get(things, things), things)
    if more == OUT_OF_USE:
        return f"{more}: {counted}"
    return f"deleted: {counted}{', ' if more else ''}{more}"


def save(home: Path, receipt: Receipt, disk: Disk | None = None, *, name: str = "") -> Path:
    """Effect: writes the receipt, durably, as JSON and beside it as text. Gives the path of the JSON.

    Args:
        home: the data folder.
        receipt: to be kept.
        disk: what syncs and renames.
        name: of its files, where it takes the place of one that said less, see `name_of`; by default a new one.
    """
    disk = disk or Disk()
    folder = home / FOLDER
    name = name or f"{to_datetime(receipt.at):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    with disk_errors("writing the receipt"):
        make_private(folder)
        text = json.dumps(receipt.as_json(), indent=1, ensure_ascii=True) + "\n"
        _put(folder / f"{name}.txt", receipt.text() + "\n", disk)
        _put(folder / f"{name}.json", text, disk)
    return folder / f"{name}.json"


def name_of(one: Erasure) -> str:
    """The name of the receipt of an erasure that is made here: the same before and after everything was deleted."""
    return f"{to_datetime(one.at):%Y%m%dT%H%M%S}-{one.tombstone[:12]}"


def erasures_in_receipts(home: Path) -> list[Erasure]:
    """Every erasure that a receipt here tells of; a receipt that cannot be read tells of none."""
    found: list[Erasure] = []
    for path in sorted((home / FOLDER).glob("*.json")):
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            found += [one for each in said["erasures"] if (one := erasure_of(each)) is not None]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return found


def expiries(home: Path) -> list[int]:
    """Wall seconds at which receipts say that members went because they were not here for so long."""
    found: list[int] = []
    for path in sorted((home / FOLDER).glob("*.json")):
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            if said["scope"] == Scope.EXPIRED and not said["erasures"]:
                found.append(int(said["at"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def expiries_in_facts(facts: Mapping[str, str]) -> list[int]:
    """The same, as a pack tells of them."""
    try:
        return [at for at in json.loads(facts.get(EXPIRIES_FACT, "[]")) if type(at) is int]
    except (ValueError, TypeError):
        return []


def erasures_for_certain(home: Path, facts: Mapping[str, str]) -> Erasures:
    """Everybody whom receipts here or a pack tell to be forgotten, for whoever has nothing else to go by.

    Args:
        home: the data folder.
        facts: of the pack.

    Raises:
        DiskFailed: a receipt, or the key that its tombstones were made with, cannot be read.
    """
    found = erasures_in_facts(facts)
    try:
        names = sorted(name for name in os.listdir(home / FOLDER) if name.endswith(".json"))
    except FileNotFoundError:
        names = []
    except OSError as error:
        raise _uncertain() from error
    for name in names:
        try:
            said = json.loads((home / FOLDER / name).read_text(encoding="utf-8"))
            told = [erasure_of(each) for each in said["erasures"]]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise _uncertain() from error
        if None in told:
            raise _uncertain()
        found += [one for one in told if one is not None]
    keys = shop_keys(home, facts)
    if found and not keys:
        raise _uncertain()
    return Erasures(keys, found)


def _uncertain() -> DiskFailed:
    return DiskFailed(
        "It cannot be read who was forgotten here, so nobody is shown.",
        f"Look after the folders {FOLDER} and books of the data folder, or put them back from a copy.",
    )


def erasures_in_facts(facts: Mapping[str, str]) -> list[Erasure]:
    """Every erasure that a pack tells of."""
    try:
        said = json.loads(facts.get(ERASURES_FACT, "[]"))
        return [one for each in said if (one := erasure_of(each)) is not None]
    except (ValueError, TypeError, AttributeError):
        return []


def facts_about(erasures: Erasures, expiries: Iterable[int] = ()) -> dict[str, str]:
    """What a pack says of erasures: the other side of `erasures_in_facts`, `expiries_in_facts` and `shop_keys`."""
    nights = sorted(expiries)[-_EXPIRIES_AT_MOST:]
    facts = {EXPIRIES_FACT: json.dumps(nights)} if nights else {}
    if not erasures.keys:
        return facts
    told = json.dumps([one.as_json() for one in erasures.everything()], separators=(",", ":"))
    return {**facts, KEY_FACT: " ".join(key.hex() for key in erasures.keys), ERASURES_FACT: told}


def shop_keys(home: Path, facts: Mapping[str, str]) -> tuple[bytes, ...]:
    """The shop's keys: from head office's pack first, so that all devices use one, then this machine's own file."""
    text = facts.get(KEY_FACT, "")
    with suppress(OSError, UnicodeDecodeError):
        text += "\n" + (home / KEY).read_text(encoding="ascii")
    return tuple(dict.fromkeys(_keys(text.split())))


def make_key(home: Path, disk: Disk | None = None) -> bytes:
    """A new random key. Effect: writes it, readable by the owner alone."""
    key = secrets.token_bytes(_KEY_BYTES)
    keep_keys(home, [key], disk)
    return key


def keep_keys(home: Path, keys: Iterable[bytes], disk: Disk | None = None) -> None:
    """Effect: adds keys to this machine's file, durably; those that are there stay where they are."""
    disk = disk or Disk()
    known = shop_keys(home, {})
    wanted = tuple(dict.fromkeys([*known, *keys]))
    if wanted == known:
        return
    with disk_errors("keeping the key of tombstones"):
        path = home / KEY
        make_private(path.parent)
        _put(path, "".join(key.hex() + "\n" for key in wanted), disk, mode=0o600)


def _keys(texts: Iterable[str]) -> Iterable[bytes]:
    for text in texts:
        if len(text) == _KEY_LETTERS:
            try:
                yield bytes.fromhex(text)
            except ValueError:
                continue


def _put(path: Path, text: str, disk: Disk, mode: int = 0o644) -> None:
    """A small file, whole and durable or not at all."""
    beside = path.with_name(f".{path.name}.part")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    disk.sync_file(beside)
    disk.rename(beside, path)
    disk.sync_folder(path.parent)
