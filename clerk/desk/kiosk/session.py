"""The kiosk's desk: a scanned card opens the member's own, masked screen; four digits of the phone open the rest.

Only cards open anything: a name, a phone number, a member id or an item number never does. Whatever is refused reads
the same, also a card that opens nothing any more after too many wrong tries; so does every failed second factor:
unknown, wrong, blocked, or no phone on record. Tries are written to the journal before they are looked at, so that
nobody gets more of them by pulling the plug, and count by the time that the kiosk was running, so that nobody gets
more of them by setting its clock. While the journal cannot be read, nothing is opened.
"""

from __future__ import annotations

import hmac
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from time import monotonic

from clerk.cards import code as own_codes
from clerk.clock import Clock, ShopClock
from clerk.desk.counter.records import Records
from clerk.desk.kiosk.my_data import KioskVisit, MyData
from clerk.desk.kiosk.running_time import RunningTime
from clerk.desk.kiosk.wording import kiosk_card
from clerk.desk.member_data.erase import ErasureDesk
from clerk.desk.notices import Notices
from clerk.desk.pack_in_use import PackInUse, PackParts, parts_over
from clerk.desk.pack_refresh import PackRefresh
from clerk.errors import ClerkError, Forgotten, SecondFactorRefused, UnknownMember
from clerk.identifiers.card_codes import card_form
from clerk.members.journal_in_use import JournalInUse
from clerk.model import Acting, Event, EventKind, Record, ScanKind
from clerk.model.kiosk import KioskCard, KioskRefused
from clerk.pack.open import Pack, open_pack
from clerk.phone import digits_of
from clerk.settings import Settings, load
from clerk.visit import feedback
from clerk.visit.identify.scan import understand
from clerk.visit.kiosk_tries import TRIED, UNLOCKED, wrong_in_a_row, wrong_lately
from clerk.visit.profile.enrolment import as_of_now

ACTOR = "kiosk"
"""Who records here."""

DIGITS = 4
"""Digits of the second factor: the end of the phone number."""

_MINUTE_S = 60.0
_NOT_READ = KioskRefused("The card was only half read.", "Scan it again.")
_NOT_NOW = KioskRefused("This cannot be shown now.", "Ask at the counter.")
_REFUSED = KioskRefused("This code opens nothing here.", "Scan your own card, or ask at the counter.")


class KioskDesk:
    """One kiosk's desk; made by `open`, ended by `close`. Holds one visit at a time.

    Args:
        home: the data folder.
        pack: opened.
        journal: of this device.
        settings: the shop's constants.
        clock: wall seconds.
        tick: seconds since the system was started, which nobody can set: for tries, and the pause after unknown cards.
    """

    is_own_code = staticmethod(own_codes.is_own)
    """Whether a text is one of our card codes, whole and unharmed."""

    def __init__(
        self,
        home: Path,
        pack: Pack,
        journal: JournalInUse,
        settings: Settings,
        clock: Clock,
        tick: Callable[[], float] = monotonic,
    ) -> None:
        self._journal = journal
        self._running = RunningTime(journal.now(), tick)
        self._settings = settings
        self._clock = clock
        self._tick = tick
        self._notices = Notices()
        over = partial(parts_over, home, journal, settings, clock)
        self._pack = PackInUse(over(pack))
        self._refresh = PackRefresh(home, pack, self._pack, over, self._notices.tell)
        self._records = Records(self._pack, journal)
        self._erasure = ErasureDesk(home, self._pack, journal, settings, clock)
        self._visit: KioskVisit | None = None
        self.unknown_at: deque[float] = deque()
        """When codes opened nothing, by `tick`, as far back as a minute."""
        self.paused_until = 0.0
        """No code is read before, by `tick`."""

    @classmethod
    def open(cls, home: Path, *, clock: Clock | None = None, tick: Callable[[], float] = monotonic) -> KioskDesk:
        """Opens the pack and the journal of a data folder.

        Raises:
            NoPack, PackDamaged, PackForeign: there is no store data to show.
            ClerkError: the journal cannot be read, and a kiosk that cannot record must not open.
            SettingsError: a setting cannot be used.
        """
        clock = clock or ShopClock()
        settings = load(home)
        pack, journal = open_pack(home), JournalInUse(home, clock, Acting(ACTOR))
        journal.now()
        return cls(home, pack, journal, settings, clock, tick)

    @property
    def store(self) -> str:
        """The shop's name."""
        with self._pack.reading() as pack:
            return pack.reader.facts.get("store", "")

    @property
    def sample_code(self) -> str:
        """The sample member's card in a sample store, else empty."""
        with self._pack.reading() as pack:
            return pack.reader.facts.get("demo_code", "")

    @property
    def idle_s(self) -> int:
        """Seconds without a touch before the warning."""
        return self._settings.kiosk.idle_s

    @property
    def warn_s(self) -> int:
        """Seconds of warning."""
        return self._settings.kiosk.warn_s

    # ---- the visit

    def scan(self, keys: str) -> KioskCard | KioskRefused:
        """Opens the member whose card it is, masked; ends the open visit whatever comes of it."""
        self.end("scan")
        self.take_newer()
        self._journal.look_again()
        with self._pack.reading() as pack:
            left = self.paused_until - self._tick()
            if left > 0:
                return self._pause(left)
            visit_id = secrets.token_hex(8)
            try:
                found = self._who(pack, keys)
                if isinstance(found, KioskRefused):
                    return self._count_unknown(found)
                # Asked first, because it says so where the journal cannot be read.
                if wrong_in_a_row(pack.events.of_member(found)) >= self._settings.kiosk.tries_in_all:
                    return self._count_unknown(_REFUSED)
                card = pack.cards.card(found, visit_id)
            except (UnknownMember, Forgotten):
                return self._count_unknown(_REFUSED)
            except ClerkError as error:
                self._notices.tell(error)
                return _NOT_NOW
            if card.unread is not None:
                return _NOT_NOW
            self._visit = KioskVisit(visit_id, found, card)
            opened = {"visit_id": visit_id, "how": "kiosk", **self._running.stamp()}
            self._note(Record(EventKind.VISIT_OPENED, found, opened))
            return kiosk_card(card, given=self._settings.kiosk.greeting == "given name")

    def end(self, how: str) -> None:
        """Ends the open visit; its suggestions count as shown when the member ended it on purpose."""
        with self._pack.reading() as pack:
            visit, self._visit = self._visit, None
            if visit is None:
                return
            visit.ended = True
            if visit.is_forgotten:
                return
            if how == "done" and (shown := feedback.shown_event(visit.card)) is not None:
                if house := shown.payload.get("house"):
                    pack.events.count_showing(str(house))
                self._note(shown)
            ended = {"visit_id": visit.visit_id, "how": how, **self._running.stamp()}
            self._note(Record(EventKind.VISIT_ENDED, visit.member_id, ended))

    def prepare_newer(self) -> None:
        """Opens newer data beside what is in use, when a night put some there; call it from another thread."""
        if self._refresh.waiting() and self._refresh.prepare():
            self.take_newer()

    def take_newer(self) -> bool:
        """Goes over to newer store data that was prepared, unless a visit is open; whether it did."""
        with self._pack.reading():
            return self._visit is None and self._refresh.take()

    # ---- the second factor

    def unlock(self, visit_id: str, digits: str) -> bool:
        """Whether the digits are the end of the member's phone number; a try counts before it is looked at.

        The reply is the same for wrong digits, for a member who has no tries left, for a member without a phone and
        for a visit that has ended. Cost: one durable write; the screen waits a fixed time before it answers.

        Raises:
            JournalDamaged, StoreLocked, DiskFull, DiskFailed: the try could not be counted, and opens nothing.
        """
        visit = self._visit
        if visit is None or visit.visit_id != visit_id:
            return False
        try:
            with self._pack.reading() as pack:
                events = pack.events.of_member(visit.member_id)
                stored = pack.members.facts(visit.member_id).member
                member = as_of_now(stored, visit.member_id, events) or stored
            is_open = self._may_try(events)
            if is_open:
                mine = self._access(visit, TRIED).result()
                with self._pack.reading() as pack:
                    events = pack.events.of_member(visit.member_id)
                # Another kiosk on the same data may have written a try meanwhile: what stands before this one counts.
                is_open = self._may_try(events[: [event.event_id for event in events].index(mine.event_id)])
            phone = digits_of(member.phone)
            known = phone[-DIGITS:] if len(phone) >= DIGITS else secrets.token_hex(DIGITS)
            fits = hmac.compare_digest(known.encode(), digits.encode())
            if not (is_open and fits) or self._visit is not visit:
                return False
            self._access(visit, UNLOCKED).result()
        except ClerkError as error:
            # A try that cannot be counted opens nothing.
            self._notices.tell(error)
            raise
        visit.unlocked = True
        return True

    def my_data(self, visit_id: str) -> MyData:
        """What is remembered of the member, and what they may do about it.

        Raises:
            SecondFactorRefused: this visit has ended, or its second factor was not given.
        """
        visit = self._visit
        if visit is None or visit.visit_id != visit_id or not visit.unlocked:
            raise SecondFactorRefused("This visit has ended.", "Scan your card again.")
        return MyData(visit, self._pack, self._records, self._erasure, self._clock)

    def _may_try(self, events: Sequence[Event]) -> bool:
        """Whether a member of these events has a try left."""
        rule = self._settings.kiosk
        lately = wrong_lately(events, self._journal.now().device, self._running.now_s())
        return lately < rule.tries and wrong_in_a_row(events) < rule.tries_in_all

    # ---- helpers

    def _who(self, pack: PackParts, keys: str) -> str | KioskRefused:
        """The id of the member whose card it is, or why there is none."""
        code = understand(keys, own_codes, self._settings.scan)
        if code.kind is ScanKind.PARTIAL:
            return _NOT_READ
        form = card_form(code.text)
        is_typed = len(form) < self._settings.scan.code_length or not any(one.isdecimal() for one in form)
        if code.kind is ScanKind.TEXT and is_typed:
            return _REFUSED
        found = pack.lookup.by_card(code)
        return found if isinstance(found, str) else _REFUSED

    def _count_unknown(self, refused: KioskRefused) -> KioskRefused:
        """Counts a code that opens nothing; too many in a minute, and the kiosk pauses."""
        now, rule = self._tick(), self._settings.kiosk
        while self.unknown_at and now - self.unknown_at[0] > _MINUTE_S:
            self.unknown_at.popleft()
        self.unknown_at.append(now)
        if len(self.unknown_at) < rule.bad_scans:
            return refused
        self.unknown_at.clear()
        self.paused_until = now + rule.pause_s
        return self._pause(rule.pause_s)

    def _pause(self, left: float) -> KioskRefused:
        return KioskRefused("Too many codes that open nothing.", "Reading goes on soon.", max(int(left + 0.999), 1))

    def _access(self, visit: KioskVisit, what: str) -> Future[Event]:
        payload = {"what": what, "visit_id": visit.visit_id, **self._running.stamp()}
        return self._records.append(Record(EventKind.ACCESS, visit.member_id, payload))

    def _note(self, record: Record) -> None:
        """Records something nobody waits for."""
        self._records.append(record)

    def close(self) -> None:
        """Ends the visit, writes what waits, lets go of everything."""
        self.end("closed")
        self._journal.close()
        self._refresh.close()
        self._pack.close()
