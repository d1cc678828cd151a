"""The kiosk's desk: a scanned card opens the member's own, masked screen; four digits of the phone open the rest.

Only cards open anything: a name, a phone number, a member id or an item number never does. Whatever is refused reads
the same, and so does every failed second factor: unknown, wrong, blocked, or no phone on record. Tries are written to
the journal before they are looked at, so that nobody gets more of them by pulling the plug.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from time import monotonic

from clerk.cards import code as own_codes
from clerk.cards.qr import terminal_rows
from clerk.clock import DAY_S, Clock, ShopClock
from clerk.desk.kiosk.my_data import KioskVisit, Memory
from clerk.desk.kiosk.wording import kiosk_card
from clerk.desk.pack_refresh import Renewal, opened
from clerk.errors import ClerkError, Forgotten, SecondFactorRefused, UnknownMember
from clerk.journal import Journal
from clerk.members.lookup import card_events
from clerk.model import Event, EventKind, Notice, Record, ScanKind
from clerk.model.kiosk import KioskCard, KioskRefused
from clerk.pack.open import Pack, open_pack
from clerk.phone import digits_of
from clerk.settings import Settings, load
from clerk.visit import feedback
from clerk.visit.identify.member_by_code import identify
from clerk.visit.identify.scan import understand
from clerk.visit.profile.enrolment import as_of_now

ACTOR = "kiosk"
"""Who records here."""

DIGITS = 4
"""Digits of the second factor: the end of the phone number."""

_TRIED, _UNLOCKED = "unlock tried", "unlocked"
_MINUTE_S = 60.0
_NOT_READ = KioskRefused("The card was only half read.", "Scan it again.")
_REFUSED = KioskRefused("This code opens nothing here.", "Scan your own card, or ask at the counter.")


class KioskDesk:
    """One kiosk's desk; made by `open`, ended by `close`. Holds one visit at a time.

    Args:
        home: the data folder.
        pack: opened.
        journal: of this device.
        settings: the shop's constants.
        clock: wall seconds.
        tick: seconds that never go back, for the pause after unknown cards.
    """

    def __init__(
        self,
        home: Path,
        pack: Pack,
        journal: Journal,
        settings: Settings,
        clock: Clock,
        tick: Callable[[], float] = monotonic,
    ) -> None:
        self._home = home
        self._journal = journal
        self._settings = settings
        self._clock = clock
        self._tick = tick
        self._reading = threading.RLock()
        self._notices: list[Notice] = []
        over = partial(opened, home, journal, settings, clock, self._reading, self._tell)
        self._opened = over(pack)
        self.renewal = Renewal(home, pack, over, self._tell)
        """Whether a night put new data into use; taken between visits."""
        self._visit: KioskVisit | None = None
        self._unknown: deque[float] = deque()
        self._paused_until = float("-inf")

    @classmethod
    def open(cls, home: Path, *, clock: Clock | None = None, tick: Callable[[], float] = monotonic) -> KioskDesk:
        """Opens the pack and the journal of a data folder.

        Raises:
            NoPack, PackDamaged, PackForeign: there is no store data to show.
            JournalDamaged: what was said cannot be read, and a kiosk that cannot record must not open.
            SettingsError: a setting cannot be used.
        """
        clock = clock or ShopClock()
        settings = load(home)
        return cls(home, open_pack(home), Journal.open(home, clock, actor=ACTOR), settings, clock, tick)

    @property
    def store(self) -> str:
        """The shop's name."""
        return self._opened.reader.facts.get("store", "")

    @property
    def sample_code(self) -> str:
        """The sample member's card in a sample store, else empty."""
        return self._opened.reader.facts.get("demo_code", "")

    @property
    def idle_s(self) -> int:
        """Seconds without a touch before the warning."""
        return self._settings.kiosk.idle_s

    @property
    def warn_s(self) -> int:
        """Seconds of warning."""
        return self._settings.kiosk.warn_s

    def is_own_code(self, text: str) -> bool:
        """Whether this is one of Clerk's own card codes, its check letters right."""
        return own_codes.is_own(text)

    def qr_rows(self, code: str) -> list[str]:
        """A code as rows of half blocks."""
        return terminal_rows(code)

    # ---- the visit

    def scan(self, keys: str) -> KioskCard | KioskRefused:
        """Opens the member whose card it is, masked; ends the open visit whatever comes of it."""
        with self._reading:
            self.end("scan")
            self.take_newer()
            left = self._paused_until - self._tick()
            if left > 0:
                return self._pause(left)
            found = self._who(keys)
            if isinstance(found, KioskRefused):
                return self._count_unknown(found)
            visit_id = secrets.token_hex(8)
            try:
                card = self._opened.visiting.card(found[0], visit_id)
            except (UnknownMember, Forgotten):
                return self._count_unknown(_REFUSED)
            except ClerkError as error:
                self._tell(error)
                return KioskRefused("This cannot be shown now.", "Ask at the counter.")
            self._visit = KioskVisit(visit_id, found[0], card, found[1])
            self._note(Record(EventKind.VISIT_OPENED, found[0], {"visit_id": visit_id, "how": "kiosk"}))
            return kiosk_card(card, given=self._settings.kiosk.greeting == "given name")

    def end(self, how: str) -> None:
        """Ends the open visit; its suggestions count as shown when the member ended it on purpose."""
        with self._reading:
            visit, self._visit = self._visit, None
            if visit is None:
                return
            visit.ended = True
            if visit.is_forgotten:
                return
            if how == "done" and (shown := feedback.shown_event(visit.card)) is not None:
                if house := shown.payload.get("house"):
                    self._opened.visiting.heard.was_shown(str(house))
                self._note(shown)
            self._note(Record(EventKind.VISIT_ENDED, visit.member_id, {"visit_id": visit.visit_id, "how": how}))

    def prepare_newer(self) -> None:
        """Opens newer data beside what is in use, when a night put some there; call it from another thread."""
        if self.renewal.waiting() and self.renewal.prepare():
            self.take_newer()

    def take_newer(self) -> bool:
        """Goes over to newer data that `renewal` has opened, unless a visit is open."""
        with self._reading:
            newer = self.renewal.take() if self._visit is None else None
            if newer is None:
                return False
            before, self._opened = self._opened, newer
        before.close()
        return True

    # ---- the second factor

    def unlock(self, visit_id: str, digits: str) -> bool:
        """Whether the digits are the end of the member's phone number; a try counts before it is looked at.

        The reply is the same for wrong digits, for a card that has no tries left today, for a member without a phone
        and for a visit that has ended. Cost: one durable write; the screen waits a fixed time before it answers.
        """
        visit = self._visit
        if visit is None or visit.visit_id != visit_id:
            return False
        try:
            with self._reading:
                events = self._opened.visiting.heard.of_member(visit.member_id)
                stored = self._opened.visiting.history(visit.member_id).member
                member = as_of_now(stored, visit.member_id, events) or stored
            is_open = self._tries(events, visit.card_hash) < self._settings.kiosk.tries
            if is_open:
                self._access(visit, _TRIED).result()
            phone = digits_of(member.phone)
            known = phone[-DIGITS:] if len(phone) >= DIGITS else secrets.token_hex(DIGITS)
            fits = hmac.compare_digest(known.encode(), digits.encode())
            if not (is_open and fits) or self._visit is not visit:
                return False
            self._access(visit, _UNLOCKED).result()
        except ClerkError as error:
            # A try that cannot be counted opens nothing.
            self._tell(error)
            return False
        visit.unlocked = True
        return True

    def memory(self, visit_id: str) -> Memory:
        """What is remembered of the member, and what they may do about it.

        Raises:
            SecondFactorRefused: this visit has ended, or its second factor was not given.
        """
        visit = self._visit
        if visit is None or visit.visit_id != visit_id or not visit.unlocked:
            raise SecondFactorRefused("This visit has ended.", "Scan your card again.")
        return Memory(visit, self._opened, self._clock, self._reading, self._home, self._journal, self._settings)

    def _tries(self, events: tuple[Event, ...], card_hash: str) -> int:
        """Failed tries of this card today."""
        today = self._clock.now() // DAY_S
        said = [
            event.payload.get("what")
            for event in events
            if event.kind is EventKind.ACCESS and event.payload.get("card") == card_hash and event.at // DAY_S == today
        ]
        return said.count(_TRIED) - said.count(_UNLOCKED)

    # ---- helpers

    def _who(self, keys: str) -> tuple[str, str] | KioskRefused:
        """Member id and hash of the card, or why there is none."""
        code = understand(keys, own_codes, self._settings.scan)
        if code.kind is ScanKind.PARTIAL:
            return _NOT_READ
        if code.kind is ScanKind.TEXT:
            return _REFUSED
        reader = self._opened.reader
        cards = reader.cards_by_code(code.text)
        ids = {card.member_no: reader.member(card.member_no).member_id for card in cards}
        found = identify(code, cards, ids, card_events(code.text, self._opened.visiting, self._tell))
        if not isinstance(found, str):
            return _REFUSED
        return found, hashlib.sha256(code.text.encode()).hexdigest()[:16]

    def _count_unknown(self, refused: KioskRefused) -> KioskRefused:
        """Counts a code that opens nothing; too many in a minute, and the kiosk pauses."""
        now, rule = self._tick(), self._settings.kiosk
        while self._unknown and now - self._unknown[0] > _MINUTE_S:
            self._unknown.popleft()
        self._unknown.append(now)
        if len(self._unknown) < rule.bad_scans:
            return refused
        self._unknown.clear()
        self._paused_until = now + rule.pause_s
        return self._pause(rule.pause_s)

    def _pause(self, left: float) -> KioskRefused:
        return KioskRefused("Too many codes that open nothing.", "Reading goes on soon.", max(int(left + 0.999), 1))

    def _access(self, visit: KioskVisit, what: str) -> Future[Event]:
        payload = {"what": what, "visit_id": visit.visit_id, "card": visit.card_hash}
        return self._opened.records.append(Record(EventKind.ACCESS, visit.member_id, payload))

    def _note(self, record: Record) -> None:
        """Records something nobody waits for."""
        self._opened.records.append(record)

    def _tell(self, error: ClerkError) -> None:
        notice = Notice(error.code, error.what, error.remedy)
        if notice not in self._notices:
            self._notices.append(notice)

    def close(self) -> None:
        """Ends the visit, writes what waits, lets go of everything."""
        self.end("closed")
        self._journal.close()
        self.renewal.close()
        self._opened.close()
