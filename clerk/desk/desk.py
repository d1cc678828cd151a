"""Makes the parts of one counter's desk and closes them; screens and commands hold the part that they use."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from clerk.clock import Clock, ShopClock
from clerk.desk.counter.enrolment import CardDesk
from clerk.desk.counter.finding import CounterFinding
from clerk.desk.counter.records import Records
from clerk.desk.counter.signing import Signing
from clerk.desk.counter.visit import CounterVisit
from clerk.desk.manager.audit import AuditTrail
from clerk.desk.manager.lists import ListsProcess
from clerk.desk.manager.nights import NightsDesk
from clerk.desk.manager.pairs import PairDesk
from clerk.desk.manager.status import Status
from clerk.desk.member_data.erase import ErasureDesk
from clerk.desk.member_data.export import MemberExport
from clerk.desk.member_data.interest_list import InterestList
from clerk.desk.notices import Notices
from clerk.desk.pack_in_use import PackInUse, parts_over
from clerk.desk.pack_refresh import PackRefresh
from clerk.members.journal_in_use import JournalInUse
from clerk.model import Acting
from clerk.pack.open import Pack, open_pack
from clerk.settings import Settings, load


class Desk:
    """One counter's desk; made by `Desk.open`, ended by `close`."""

    def __init__(
        self,
        home: Path,
        pack: Pack,
        journal: JournalInUse,
        settings: Settings,
        clock: Clock,
        notices: Notices,
        acting: Acting,
    ) -> None:
        over = partial(parts_over, home, journal, settings, clock)
        self.journal = journal
        """Of this device."""
        self.pack = PackInUse(over(pack))
        """The store data in use."""
        self.refresh = PackRefresh(home, pack, self.pack, over, notices.tell)
        """Whether a night put new data into use, and opening it; `visit.take_newer` takes it."""
        self.records = Records(self.pack, journal)
        """Makes and writes records, in a visit or outside of one."""
        self.visit = CounterVisit(self.pack, self.refresh, self.records, clock, notices.tell, journal.look_again)
        """The open visit: scan, answer, undo, end."""
        self.finding = CounterFinding(self.pack, clock)
        """Members, items, and why an item is suggested."""
        self.cards = CardDesk(self.pack, self.records, settings.scan)
        """Cards and enrolment."""
        self.signing = Signing(home, clock, settings, journal, notices.tell, self.pack, self.visit, acting)
        """Who acts, what they may do, and who may see the contact details."""
        self.lists = ListsProcess(home, clock)
        """What to prepare tomorrow, and the scorecard."""
        self.pairs = PairDesk(self.pack, self.lists, self.signing)
        """Two member ids that may be one person."""
        self.nights = NightsDesk(home, clock, settings, journal, self.lists, self.signing.must_manage)
        """The nights, for the manager."""
        self.status = Status(self.pack, journal, notices, self.nights, clock)
        """Where we are, how fresh the data is."""
        self.audit = AuditTrail(self.pack, journal, self.signing, clock)
        """Who did what."""
        self.erasure = ErasureDesk(home, self.pack, journal, settings, clock)
        """Forgetting members."""
        self.export = MemberExport(self.pack, settings, clock)
        """The member export: everything the shop holds about one member."""
        self.interest = InterestList(self.pack, settings, self.signing)
        """Who would want an item."""

    @classmethod
    def open(cls, home: Path, *, clock: Clock | None = None, actor: str = "associate") -> Desk:
        """Opens the pack and the journal of a data folder.

        A journal that cannot be read does not stop the counter: cards show the name alone and say why, items are
        found, and everything else is refused with the journal's own code.

        Raises:
            NoPack, PackDamaged, PackForeign: there is no store data to show.
            SettingsError: a setting cannot be used.
        """
        clock = clock or ShopClock()
        settings = load(home)
        pack = open_pack(home)
        acting = Acting(actor)
        told = Notices(pack.notices)
        journal = JournalInUse(home, clock, acting, told.tell)
        return cls(home, pack, journal, settings, clock, told, acting)

    def close(self) -> None:
        """Ends the visit, writes what waits, lets go of everything."""
        self.visit.end("closed")
        self.lists.close()
        self.journal.close()
        self.refresh.close()
        self.pack.close()
