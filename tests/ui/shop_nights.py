"""The nights of the fake desk: a full one, none yet, a failed one."""

from __future__ import annotations

from dataclasses import replace

from clerk.clock import parse_at
from clerk.model import Notice
from clerk.model.nights import (
    AskedFor,
    DeviceAsks,
    DeviceSeen,
    InboxFile,
    NightFile,
    Nights,
    NightSeen,
    NightsMore,
    PackSeen,
    Room,
    SetAside,
    SetAsideRow,
    SetAsideRows,
)
from tests.ui.people import HOSTILE, NOW

OLDER = "20261121T033102-1b2c3d"
LAST = NightSeen(
    name="20261122T033001",
    started=parse_at("2026-11-22T03:30:01"),
    ended=parse_at("2026-11-22T03:30:42"),
    role="device",
    outcome="installed",
    files=(
        NightFile(
            "orders_export.csv",
            "Shopify orders",
            "taken",
            1204,
            1198,
            3,
            3,
            (("no date", 2), ("quantity is no number", 1)),
        ),
        NightFile("customers_export.csv", "Shopify customers", "taken", 412, 412, 0, 0),
        NightFile("stocktake.xlsx", "", "not recognised", reason="Its header is no export that Clerk knows."),
    ),
    conflicts=("Basket 1009 came again with other lines; the later one counts.",),
    quarantine="20261122T033001",
    exchanged=("3 events sent to head office.",),
)

NIGHTS = Nights(
    now=NOW,
    home="/srv/clerk",
    role="device",
    last=LAST,
    inbox=(InboxFile("orders_export.csv", 184_320, "complete"), InboxFile("items.csv", 5_120, "being written")),
    inbox_more=0,
    begins="about 03:30",
    set_aside=(SetAside("20261122T033001", LAST.ended), SetAside("20261103T033005", parse_at("2026-11-03T03:30:05"))),
    devices=(DeviceSeen("bd47e3cefca8", "Till 2", "0412", "9a38db29", True, 41, 3, 38, 38),),
    packs=(
        PackSeen("20261122T033042-efb189", parse_at("2026-11-22T03:30:42"), 412, 18_204, 25_823_123, True),
        PackSeen(OLDER, parse_at("2026-11-21T03:31:02"), 411, 18_102, 25_700_001, False),
    ),
    room=Room(61_300_000_000, True, 51_523_124),
)

MORE = NightsMore(
    inbox=(
        InboxFile("orders_export.csv", 184_320, "complete", "Shopify orders"),
        InboxFile("items.csv", 5_120, "being written", "Square catalog"),
    ),
    set_aside=(
        SetAside("20261122T033001", LAST.ended, 3, (("no date", 2), ("quantity is no number", 1))),
        SetAside("20261103T033005", parse_at("2026-11-03T03:30:05"), 1, (("member_id is empty", 1),)),
    ),
)

NONE_YET = replace(
    NIGHTS, role="alone", last=None, inbox=(), begins="", set_aside=(), packs=NIGHTS.packs[:1],
    devices=(DeviceSeen("bd47e3cefca8", own=True, events=8),),
)  # fmt: skip

FAILED = replace(
    NIGHTS,
    last=replace(
        LAST,
        outcome="kept last night's",
        error=Notice(
            "E210",
            "812 of 1,204 rows of lines are bad, most of them because: no date.",
            "Correct the export, or raise bad_rows_share under [pack] in settings.toml.",
        ),
        files=(
            NightFile(
                "orders_export.csv",
                "Shopify orders",
                "refused",
                1204,
                392,
                0,
                812,
                (("no date", 812),),
                "too many bad rows",
            ),
        ),
        conflicts=(),
        exchanged=("push: The place cannot be reached (E301).",),
    ),
    room=Room(31_000_000, False, 51_523_124),
)

ROWS = SetAsideRows(
    "20261122T033001",
    (
        SetAsideRow("orders_export.csv", 17, "no date", "#1017,ada@example.org,paid,,4.20,EUR,Flat white"),
        SetAsideRow("orders_export.csv", 18, "no date", "#1018,,paid,,3.90,EUR,Filter coffee"),
        SetAsideRow("orders_export.csv", 44, "quantity is no number", "#1044,,paid,2026-11-21,3.90,EUR,Filter,many"),
    ),
)

OFFICE = NightsMore(
    MORE.inbox,
    MORE.set_aside,
    (
        DeviceSeen("bd47e3cefca8", "Till 2", "0412", "9a38db29", True, 41, None, 38, 38, NOW - 3600),
        DeviceSeen("0011aabbccdd", "Till 3", "0412", "77aa11bb", False, 1204, None, 1204, 1200, NOW - 90_000),
        DeviceSeen("5566eeff0011", "", "0413", "11bb77aa", False, 7, None, 7, None, NOW - 900_000, True),
    ),
    asked=(AskedFor("M-0002", "copy", NOW - 90_000), AskedFor("M-0007", "correction", NOW - 3600)),
)

ASKING = replace(
    OFFICE,
    waiting=(
        DeviceAsks("77ff66ee55dd", "Till 4", "0412", "3f1c 88a0 17de 0b52 9c4d e6a1 2277 5b10", NOW - 90_000, False),
        DeviceAsks("0011aabbccdd", "Till 3", "0412", "aa10 90c2 4411 7fe3 5d0e 2b6b 9a31 c0de", NOW - 3600, True),
    ),
)
"""An office that two tills ask: a new one, and one that comes with another key."""

HOSTILE_NIGHTS = replace(
    NIGHTS,
    home=HOSTILE,
    last=replace(
        LAST,
        outcome=HOSTILE,
        files=(NightFile(HOSTILE, HOSTILE, HOSTILE, reason=HOSTILE),),
        conflicts=(HOSTILE,),
        exchanged=(HOSTILE,),
        error=Notice(HOSTILE, HOSTILE, HOSTILE),
        notices=(Notice(HOSTILE, HOSTILE, HOSTILE),),
    ),
    inbox=(InboxFile(HOSTILE, 1, HOSTILE, HOSTILE),),
    set_aside=(SetAside(HOSTILE, NOW, 1, ((HOSTILE, 1),)),),
    devices=(DeviceSeen(HOSTILE, HOSTILE, HOSTILE, HOSTILE, True, 1, 1, 1, 1, NOW, True),),
    packs=(PackSeen(HOSTILE, 0, 0, 0, 0, False),),
    problems=(Notice(HOSTILE, HOSTILE, HOSTILE),),
    asked=(AskedFor(HOSTILE, "copy", NOW), AskedFor(HOSTILE, HOSTILE, NOW)),
    waiting=(DeviceAsks(HOSTILE, HOSTILE, HOSTILE, HOSTILE, NOW, True),),
)

HOSTILE_ROWS = SetAsideRows(HOSTILE, (SetAsideRow(HOSTILE, 1, HOSTILE, HOSTILE),), True)


class FakeNights:
    """The nights of the fake desk."""

    def __init__(self) -> None:
        self.found, self.rest, self.kept = NIGHTS, MORE, ROWS
        self.calls: list[tuple[str, ...]] = []
        self.fails: BaseException | None = None
        self.more_fails: BaseException | None = None

    def now(self) -> Nights:
        return self.found

    def more(self) -> NightsMore:
        if self.more_fails is not None:
            raise self.more_fails
        return self.rest

    def rows(self, folder: str) -> SetAsideRows:
        self.calls.append(("rows", folder))
        return self.kept

    def go_to(self, generation: str) -> None:
        self.calls.append(("go_to", generation))
        if self.fails is not None:
            raise self.fails
        packs = tuple(replace(one, current=one.name == generation) for one in self.found.packs)
        self.found = replace(self.found, packs=packs)


class FakeRefresh:
    """New store data under the fake desk, when a test says so."""

    def __init__(self) -> None:
        self.newer = ""
        self.prepared = ""

    def waiting(self) -> bool:
        return bool(self.newer)

    def prepare(self) -> bool:
        self.prepared, self.newer = self.newer or self.prepared, ""
        return bool(self.prepared)
