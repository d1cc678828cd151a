"""What screens and commands ask for: scan, open, answer, mark, undo, find, explain. Wires the rooms together.

A desk holds one open visit. Reads are answered at once, on the caller's thread; what is recorded is a future that is
done only after the disk has it. Cards are frozen: an answer makes a new one.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path

from clerk.cards import code as own_codes
from clerk.cards.qr import terminal_rows
from clerk.clock import Clock, ShopClock
from clerk.desk.counter.answers import Answers
from clerk.desk.counter.enrolment import CardDesk
from clerk.desk.counter.open_visit import OpenVisit
from clerk.desk.counter.signing import Signing
from clerk.desk.manager.audit import LATEST, LOOKED_BACK_S, audit
from clerk.desk.manager.lists import Ahead
from clerk.desk.manager.nights import NightsDesk
from clerk.desk.manager.status import status
from clerk.desk.member_data.erase import PrivacyDesk
from clerk.desk.pack_refresh import Opened, Renewal, opened
from clerk.errors import ClerkError
from clerk.journal import ChainReport, Journal
from clerk.members.item_card import item_card
from clerk.members.lookup import card_events, who
from clerk.model import (
    AuditLine,
    Event,
    EventKind,
    ItemCard,
    Items,
    Member,
    Members,
    Nobody,
    Notice,
    PrepList,
    Record,
    ScanKind,
    Scorecard,
    Several,
    ShopStatus,
    Signed,
    VisitCard,
    Why,
)
from clerk.pack.open import Pack, open_pack
from clerk.settings import Settings, load
from clerk.visit import feedback
from clerk.visit.identify.scan import item_codes, understand


class Desk(Answers):
    """One counter's desk; made by `Desk.open`, ended by `close`."""

    def __init__(
        self,
        home: Path,
        pack: Pack,
        journal: Journal | None,
        settings: Settings,
        clock: Clock,
        notices: list[Notice],
        actor: str = "associate",
    ) -> None:
        self._home = home
        self._journal = journal
        self._settings = settings
        self._clock = clock
        self._notices = notices
        # Cards are made on the screen's thread and, after a commit, on the journal's: one at a time.
        self._reading = threading.RLock()
        self._visit: OpenVisit | None = None
        over = partial(opened, home, journal, settings, clock, self._reading, self._tell)
        self._use(over(pack))
        self._ahead = Ahead(home, clock)
        self.nights = NightsDesk(home, clock, settings, journal, self._ahead)
        """The nights, for the manager."""
        self.signing = Signing(home, clock, settings, journal, self._tell, actor)
        """Who acts, and what they may do."""
        self.nights.permit = self.signing.must_manage
        who = (self._reading, lambda: self.signing.role)
        self.privacy = PrivacyDesk(home, lambda: self._opened, journal, settings, clock, *who)
        """Forgetting."""
        self.renewal = Renewal(home, pack, over, self._tell)
        """Whether a night put new data into use, and opening it; `take_newer` takes it."""

    @classmethod
    def open(cls, home: Path, *, clock: Clock | None = None, actor: str = "associate") -> Desk:
        """Opens the pack and the journal of a data folder.

        A damaged journal does not stop the counter: cards are shown, answers are refused with its code.

        Raises:
            NoPack, PackDamaged, PackForeign: there is no store data to show.
            SettingsError: a setting cannot be used.
        """
        clock = clock or ShopClock()
        settings = load(home)
        pack = open_pack(home)
        notices = list(pack.notices)
        try:
            journal: Journal | None = Journal.open(home, clock, actor=actor)
        except ClerkError as error:
            journal = None
            notices.append(Notice(error.code, error.what, error.remedy))
        return cls(home, pack, journal, settings, clock, notices, actor)

    def _use(self, chosen: Opened) -> None:
        self._opened, self._reader, self._visiting = chosen, chosen.reader, chosen.visiting
        self._finding = chosen.finding
        self.records = chosen.records
        """Recording outside a visit, for commands."""
        self.cards = CardDesk(chosen, self._reading, self._settings.scan)
        """Cards and enrolment."""

    def take_newer(self) -> bool:
        """Goes over to newer data that `renewal` has opened, unless a visit is open; whether it did."""
        with self._reading:
            newer = self.renewal.take() if self._visit is None else None
            if newer is None:
                return False
            before = self._opened
            self._use(newer)
        before.close()
        return True

    def sign(self, signed: Signed | None) -> None:
        """Who acts from now on: somebody whose PIN was right, or nobody; a visit of somebody else's ends."""
        if signed != self.signing.signed:
            self.end_visit("timeout")
        self.signing.sign(signed)

    @property
    def role(self) -> str:
        """`associate`, `manager` or `kiosk`: what who acts may do."""
        return self.signing.role.value

    def contact(self, member_id: str) -> Member:
        """A member with phone, e-mail and birthday in full, for who may see them; that it was looked at is kept.

        Raises:
            NotSignedIn: the role does not permit it.
            UnknownMember: the shop does not know the id.
        """
        with self._reading:
            return self.signing.contact(self._visiting.member(member_id), self._visit.visit_id if self._visit else "")

    def audit(self, *, member_id: str = "", associate: str = "", limit: int = LATEST) -> tuple[AuditLine, ...]:
        """Who opened whom and changed what, newest first; see `clerk.desk.manager.audit`.

        Raises:
            NotSignedIn: who acts is no manager.
            JournalDamaged, DiskFailed: the journal cannot be read.
        """
        self.signing.must_manage()
        with self._reading:
            filtered = bool(member_id or associate) or limit > LATEST
            since = 0 if filtered else self._clock.now() - LOOKED_BACK_S
            told = audit(
                self._journal, self._reader, member_id=member_id, associate=associate, limit=limit, since=since
            )
            # What was done stays on record; about whom does not, once they are forgotten.
            whole, knows = self._visiting.heard.erasures.whole, self._visiting.knows
            shown = {line.member_id for line in told if whole(line.member_id) is None or knows(line.member_id)}
            return tuple(
                line if line.member_id in shown else replace(line, member_id="", words="of a member who is forgotten")
                for line in told
            )

    # ---- the visit

    def scan(self, keys: str) -> VisitCard | Several | Nobody | ItemCard:
        """What a scan or a typed line opens: a member's card, a choice of several, an item, or nobody and why."""
        with self._reading:
            code = understand(keys, own_codes, self._settings.scan)
            is_other = code.kind is ScanKind.OTHER_CODE
            heard = partial(card_events, code.text, self._visiting, self._tell)
            if is_other and not self._reader.cards_by_code(code.text) and not heard():
                for spelling in item_codes(code.text):
                    if found := self._reader.item_nos_by_code(spelling):
                        return self._item_card(found[0])
            found_who = self.who(keys)
            return self.open_member(found_who, "scan") if isinstance(found_who, str) else found_who

    def who(self, text: str) -> str | Several | Nobody:
        """The member id that a code, a member id, a name or the end of a phone number means."""
        with self._reading:
            return who(text, self._reader, self._finding, self._visiting, self._settings, self._tell)

    def open_member(self, member_id: str, how: str = "find") -> VisitCard:
        """Opens a visit for a member; an open one ends first.

        Raises:
            UnknownMember: the shop does not know the id.
        """
        with self._reading:
            visit_id = secrets.token_hex(8)
            if self.renewal.is_ready:
                self.end_visit("scan")
                self.take_newer()
            card = self._visiting.card(member_id, visit_id)
            if self._visit is not None:
                self.end_visit("scan")
            self._visit = OpenVisit(visit_id, member_id, card, card)
            # A command looks; only a visit at the counter is a visit.
            if how != "command":
                self._note(Record(EventKind.VISIT_OPENED, member_id, {"visit_id": visit_id, "how": how}))
            return card

    def drawn(self, visit_id: str) -> None:
        """The card is on the glass: from now on its suggestions can count as shown."""
        if self._visit is not None and self._visit.visit_id == visit_id:
            self._visit.drawn = True

    def end_visit(self, how: str) -> None:
        """Ends the open visit; its suggestions count as shown if they were drawn and it was ended on purpose."""
        visit, self._visit = self._visit, None
        if visit is None or not visit.drawn or not self.records.remembers(visit.member_id):
            return
        if visit.recorded or how == "next":
            shown = feedback.shown_event(visit.first)
            if shown is not None:
                if house := shown.payload.get("house"):
                    self._visiting.heard.was_shown(str(house))
                self._note(shown)
        self._note(Record(EventKind.VISIT_ENDED, visit.member_id, {"visit_id": visit.visit_id, "how": how}))

    def why(self, member_id: str, sku: str) -> Why:
        """Why an item is, or is not, suggested to a member: every gate, and the evidence."""
        with self._reading:
            return self._visiting.why(member_id, sku)

    # ---- finding

    def find_members(self, text: str, limit: int = 20) -> Members:
        """Members by fragments of name, phone or id, over the whole database, most recently seen first."""
        with self._reading:
            return self._finding.members(text, limit)

    def find_items(self, text: str, limit: int = 20) -> Items:
        """Items by words, at once, as one types."""
        with self._reading:
            return self._finding.items_by_words(text, limit)

    def find_items_by_meaning(self, text: str, limit: int, done: Callable[[str, Items], None]) -> None:
        """Items by words and meaning, when the search process has them; `done` is called from another thread."""
        self._finding.ask(text, limit, done)

    def search_items(self, text: str, limit: int = 10, *, here_only: bool = False) -> Items:
        """Items by words and meaning, in this process; for commands, which may wait for the encoder to load."""
        return self._finding.items(text, limit, here_only)

    @property
    def search_state(self) -> str:
        """`ready`, `starting` or `words only`."""
        return self._finding.state

    def item(self, sku: str) -> ItemCard:
        """Everything the item screen draws.

        Raises:
            UnknownItem: this shop has no such item.
        """
        with self._reading:
            return self._item_card(self._visiting.item_no(sku))

    def _item_card(self, item_no: int) -> ItemCard:
        return item_card(self._reader, self._visiting, item_no, self._clock.now())

    # ---- the shop

    def status(self) -> ShopStatus:
        """Where we are, how fresh the data is, and what a person should know."""
        pack, facts = self._opened.pack, self._reader.facts
        found = status(facts, pack.generation, self._finding.encoder, self._journal, self._notices, self._clock.now())
        words = self.nights.words(found.built_at)
        return replace(found, stale=words.stale, night=words.failed)

    def prep(self) -> PrepList:
        """What to have ready tomorrow. Takes seconds, in a process of its own: call it from another thread."""
        found = self._ahead.ask("prep")
        assert isinstance(found, PrepList)
        return found

    def scorecard(self) -> Scorecard:
        """How well the shop does by its members in the long run. Takes seconds, like `prep`."""
        found = self._ahead.ask("scorecard")
        assert isinstance(found, Scorecard)
        return found

    def models_in_use(self) -> dict[str, str]:
        """What was learned at night, by name, or which fallback stands in for it."""
        return self._visiting.models_in_use()

    def is_own_code(self, text: str) -> bool:
        """Whether this is one of Clerk's own card codes, its check letters right."""
        return own_codes.is_own(text)

    def qr_rows(self, code: str) -> list[str]:
        """A code as rows of half blocks, to be drawn black on white."""
        return terminal_rows(code)

    def verify_journal(self) -> ChainReport:
        """Checks every event of this device against the hash chain."""
        if self._journal is None:
            return ChainReport(0, "The journal cannot be read.", "")
        return self._journal.verify()

    def close(self) -> None:
        """Ends the visit, writes what waits, lets go of everything."""
        self.end_visit("closed")
        self._ahead.close()
        if self._journal is not None:
            self._journal.close()
        self.renewal.close()
        self._opened.close()

    # ---- recording

    def _note(self, record: Record) -> None:
        """Records something nobody waits for; a failure is told in `status`, once."""
        self.records.append(record).add_done_callback(self._noted)

    def _noted(self, future: Future[Event]) -> None:
        error = future.exception()
        if isinstance(error, ClerkError):
            self._tell(error)

    def _tell(self, error: ClerkError) -> None:
        """Adds an error to what a person should know, once."""
        notice = Notice(error.code, error.what, error.remedy)
        if notice not in self._notices:
            self._notices.append(notice)
