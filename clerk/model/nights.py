"""What a manager sees of the nights: the last one, the next one, what was set aside, devices, room, packs. Frozen.

Everything here is drawn; texts from outside are cleaned by whoever draws. Times are wall seconds, sizes are bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from clerk.model.shop import Notice


@dataclass(frozen=True, slots=True)
class TableRows:
    """What became of the rows of a file in one of the tables that it feeds. The numbers add up to the file's rows."""

    table: str
    """Canonical name; empty for a file of which no table is made."""
    taken: int = 0
    known: int = 0
    """Already on record as they are."""
    repeated: int = 0
    """With the key of another row of the file, of which the last one counts."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Rule -> rows that it leaves out."""
    set_aside: Mapping[str, int] = field(default_factory=dict)
    """Reason -> rows in quarantine."""

    @property
    def rows(self) -> int:
        """All of them."""
        return self.taken + self.known + self.repeated + sum(self.left_out.values()) + sum(self.set_aside.values())

    @property
    def words(self) -> str:
        """`6 taken, 18 left out`."""
        told = (
            (self.taken, "taken"), (self.known, "already on record"), (self.repeated, "repeated"),
            (sum(self.left_out.values()) - self.left_out.get(OF_ANOTHER_TABLE, 0), "left out"),
            (sum(self.set_aside.values()), "set aside"),
        )  # fmt: skip
        return ", ".join(f"{rows:,} {what}" for rows, what in told if rows) or "none taken"

    @property
    def reasons(self) -> list[tuple[int, str, str]]:
        """Rows, `left out` or `set aside`, and why."""
        rules = [(rows, "left out", rule) for rule, rows in sorted(self.left_out.items()) if rule != OF_ANOTHER_TABLE]
        return [*rules, *((rows, "set aside", why) for why, rows in sorted(self.set_aside.items()))]


GUESTS: Final = "without a member: sold to guests"
"""Rule by which lines that name nobody are left out."""
OF_ANOTHER_TABLE: Final = "say nothing for this table"
"""Rule by which rows do not feed a table that a file only feeds beside another one, which tells of all its rows."""


@dataclass(frozen=True, slots=True)
class NightFile:
    """One file of a night."""

    name: str
    layout: str
    """As which export it was recognised: `Shopify orders`; empty when as none."""
    state: str
    """`taken`, `taken before`, `waiting`, `refused` or `not recognised`."""
    rows: int = 0
    kept: int = 0
    repeated: int = 0
    quarantined: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    """Why rows were set aside, and how many, most first."""
    reason: str = ""
    """Why the file was not taken."""
    tables: tuple[TableRows, ...] = ()
    """Of each table that it feeds; none in reports of older versions."""


@dataclass(frozen=True, slots=True)
class NightSeen:
    """One night, as its report tells it."""

    name: str
    """Of the report's file, without its ending."""
    started: int
    ended: int
    role: str
    outcome: str
    """`installed`, `nothing new`, `kept last night's` or `failed`; a newer Clerk may say more."""
    error: Notice | None = None
    files: tuple[NightFile, ...] = ()
    conflicts: tuple[str, ...] = ()
    quarantine: str = ""
    """Name of the folder with the rows set aside, or empty."""
    exchanged: tuple[str, ...] = ()
    """What left and what came, a sentence each."""
    not_learned: tuple[str, ...] = ()
    """Models that were not learned and why, or whom they were learned without, a sentence each."""
    notices: tuple[Notice, ...] = ()
    verdict: str = ""
    """How it went, in one line; empty in reports of older versions."""
    needs_a_person: bool = False


@dataclass(frozen=True, slots=True)
class InboxFile:
    """A file that waits for the night."""

    name: str
    size: int
    state: str
    """`complete`, `being written`, `not recognised` or `refused`."""
    layout: str = ""
    """Empty until its header was read."""
    reason: str = ""
    """Why it is not taken, where it is not."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """One folder of rows that were set aside."""

    name: str
    at: int
    """When it was written."""
    rows: int | None = None
    """None until it was counted."""
    reasons: tuple[tuple[str, int], ...] = ()
    """Reason and rows, most first."""


@dataclass(frozen=True, slots=True)
class SetAsideRow:
    """One row that was set aside."""

    file: str
    row: int
    reason: str
    original: str


@dataclass(frozen=True, slots=True)
class SetAsideRows:
    """Rows of one folder, in their order."""

    name: str
    rows: tuple[SetAsideRow, ...]
    more: bool = False
    """Whether there are more than these."""


@dataclass(frozen=True, slots=True)
class DeviceSeen:
    """One device, as this machine knows it."""

    device: str
    name: str = ""
    store: str = ""
    epoch: str = ""
    own: bool = False
    events: int | None = None
    """In its journal, or in the ledger; None where that is not known."""
    unsent: int | None = None
    """Events after the last received acknowledgement; None where nothing is sent or it is not known."""
    received: int | None = None
    """Highest number in the epoch that head office has."""
    durable: int | None = None
    """Highest number of which a second copy was read back."""
    last_seen: int | None = None
    forked: bool = False
    """Whether its history was found to have two continuations: a cloned or restored disk."""


@dataclass(frozen=True, slots=True)
class DeviceAsks:
    """A device that asks to be accepted by this office; until it is, it opens no store data."""

    device: str
    name: str
    store: str
    fingerprint: str
    """To be compared with the device's own screen."""
    since: int
    other_key: bool
    """Whether one of this id was accepted before, with another key."""


@dataclass(frozen=True, slots=True)
class PackSeen:
    """One installed generation."""

    name: str
    built_at: int
    """0 where its manifest cannot be read."""
    members: int
    lines: int
    size: int
    current: bool


@dataclass(frozen=True, slots=True)
class Room:
    """Room on the disk."""

    free: int | None
    """None where the system does not say."""
    ballast: bool
    """Whether the reserve for a full disk is there; False means that it is in use."""
    packs: int
    """Bytes of all packs."""


@dataclass(frozen=True, slots=True)
class AskedFor:
    """Something a member asked for at the kiosk that nobody has done yet."""

    member_id: str
    what: str
    """`copy` or `correction`."""
    at: int


@dataclass(frozen=True, slots=True)
class NightsMore:
    """What takes a moment to find out."""

    inbox: tuple[InboxFile, ...]
    set_aside: tuple[SetAside, ...]
    devices: tuple[DeviceSeen, ...] = ()
    """Of an office: all devices of its ledger."""
    problems: tuple[Notice, ...] = ()
    asked: tuple[AskedFor, ...] = ()
    """Oldest first."""
    sign_ins: tuple[str, ...] = ()
    """Who cannot sign in, and what was refused over the network: a sentence each."""
    waiting: tuple[DeviceAsks, ...] = ()
    """Of an office: devices that nobody accepted yet."""


@dataclass(frozen=True, slots=True)
class Nights:
    """Everything the manager's screen draws."""

    now: int
    home: str
    """The data folder as a person finds it."""
    role: str
    """`alone`, `device` or `office`."""
    last: NightSeen | None
    inbox: tuple[InboxFile, ...]
    inbox_more: int
    """Files in the inbox beyond those listed."""
    begins: str
    """When the nights usually begin, `about 03:30`; empty where too few nights tell."""
    set_aside: tuple[SetAside, ...]
    devices: tuple[DeviceSeen, ...]
    packs: tuple[PackSeen, ...]
    """Newest first."""
    room: Room
    problems: tuple[Notice, ...] = ()
    """What could not be read."""
    whole: bool = False
    """Whether what takes a moment has come."""
    asked: tuple[AskedFor, ...] = ()
    """What members asked for at the kiosk and nobody has done yet."""
    sign_ins: tuple[str, ...] = ()
    """Who cannot sign in, and what was refused over the network: a sentence each."""
    waiting: tuple[DeviceAsks, ...] = ()
    """Of an office: devices that nobody accepted yet."""

    def with_more(self, more: NightsMore) -> Nights:
        """These nights, with what took a moment."""
        own = {one.device: one for one in self.devices if one.own}
        seen = {one.device for one in more.devices}
        devices = tuple(_merged(one, own.get(one.device)) for one in more.devices)
        return replace(
            self,
            inbox=more.inbox,
            set_aside=more.set_aside,
            devices=(*(one for name, one in own.items() if name not in seen), *devices),
            problems=tuple(dict.fromkeys((*self.problems, *more.problems))),
            whole=True,
            asked=more.asked,
            sign_ins=more.sign_ins,
            waiting=more.waiting,
        )


def _merged(seen: DeviceSeen, own: DeviceSeen | None) -> DeviceSeen:
    """A device of the ledger; of this machine's own, its journal knows more."""
    if own is None:
        return seen
    return replace(seen, own=True, name=own.name or seen.name, epoch=own.epoch, events=own.events, unsent=own.unsent)
