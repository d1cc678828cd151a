"""A small shop with several devices whose clocks disagree: events recorded, carried by a night, built into packs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from clerk.clock import DAY_S, FixedClock
from clerk.desk import Desk
from clerk.journal import Journal
from clerk.journal import event_rows as record
from clerk.model import Event, EventKind, VisitCard
from clerk.pack_build.build import build
from tests.promises.corner import NOW, OAT, every, write

PEOPLE = {
    "ada": [*every(2, 20, [("FW", OAT)]), *every(12, 5, ["BEANS"], last=14.3)],
    "cleo": [*every(3, 12, ["FW"]), (300, ["KETTLE"])],
    "lena": [*every(2, 14, ["LATTE"]), (1, ["LATTE", "SCONE"])],
    "mia": [*every(12, 6, ["BEANS"], last=14), *every(12, 1, ["BEANS-1K"], last=3)],
}
"""Who comes to this shop, enough that something is suggested to each."""

Row = tuple[Any, ...]


def tables(folder: Path) -> Path:
    """The exports of the shop."""
    others = {f"c{number:02}": every(7, 3, ["FW", "CROISSANT"], last=3 + number % 5) for number in range(12)}
    return write(folder, {**PEOPLE, **others})


def night(folder: Path, home: Path, rows: Iterable[Row] | None) -> Path:
    """Builds a pack that carries these rows."""
    build(folder, home, clock=FixedClock(NOW), events=rows)
    return home


class Device:
    """One counter: a journal of its own, clocks of its own.

    Args:
        home: its data folder.
        packs: the packs it has.
        skew_s: how far its clocks are off.
    """

    def __init__(self, home: Path, packs: Path, skew_s: int = 0) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home, self.skew_s = home, skew_s
        self.take(packs)

    def take(self, packs: Path) -> None:
        """Another night's packs."""
        (self.home / "packs").unlink(missing_ok=True)
        (self.home / "packs").symlink_to(packs)

    def record(self, told: Sequence[tuple[EventKind, str, Mapping[str, object], int]], floor: int = 0) -> list[Event]:
        """Records (kind, member, payload, true milliseconds since 1970) as this device's clocks see it."""
        with Journal.open(self.home, FixedClock(NOW), hlc_floor=floor) as journal:
            made = []
            for kind, member_id, payload, ms in told:
                text = record.payload_text(payload)
                at = ms // 1000 + self.skew_s
                event_id = f"{self.home.name}-{journal.count():05}-{ms}"
                event = record.event_of(kind, at, member_id, "associate", text, event_id)
                pending = record.Pending(event, text, ms + 1000 * self.skew_s, "")
                journal._writer.submit(pending)
                made.append(pending.future.result(10))
            return made

    def rows(self) -> list[Row]:
        """Everything in the journal, as head office gets it."""
        with Journal.open(self.home, FixedClock(NOW)) as journal:
            return [tuple(row) for epoch in journal.epochs() for row in journal.rows(epoch.epoch)]

    @contextmanager
    def desk(self, days: float = 0.0) -> Any:
        """The desk as of some days after the build."""
        opened = Desk.open(self.home, clock=FixedClock(NOW + round(days * DAY_S)))
        try:
            yield opened
        finally:
            opened.close()

    def cards(self, who: Iterable[str] = tuple(PEOPLE), days: float = 0.0) -> dict[str, VisitCard]:
        """The members' cards without what is of one visit only."""
        with self.desk(days) as desk:
            return {one: replace(desk.visit.open(one, "command"), visit_id="") for one in who}

    def told(self, who: Iterable[str] = tuple(PEOPLE)) -> dict[str, list[tuple[str, str]]]:
        """What each member said that counts, as it is listed."""
        with self.desk() as desk:
            return {one: [(said.event_id, said.words) for said in desk.records.statements(one)] for one in who}
