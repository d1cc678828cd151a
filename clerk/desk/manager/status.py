"""Where we are, how fresh the data is, and what a person should know, as the start screen draws it."""

from __future__ import annotations

from clerk.clock import Clock
from clerk.desk.manager.nights import NightsDesk
from clerk.desk.notices import Notices
from clerk.desk.pack_in_use import PackInUse
from clerk.errors import ClerkError
from clerk.members.journal_in_use import JournalInUse
from clerk.model import Notice, ShopStatus


class Status:
    """Gathers it.

    Args:
        pack: the store data in use.
        journal: of this device.
        notices: what went wrong since the desk was opened.
        nights: how the last night went.
        clock: now.
    """

    def __init__(
        self, pack: PackInUse, journal: JournalInUse, notices: Notices, nights: NightsDesk, clock: Clock
    ) -> None:
        self._pack = pack
        self._journal = journal
        self._notices = notices
        self._nights = nights
        self._clock = clock

    def now(self) -> ShopStatus:
        """The shop as of now."""
        notices, device = self._notices.all(), ""
        events: int | None = None
        try:
            with self._journal.reading() as journal:
                device, events = journal.device[:8], journal.count()
            notices += journal.notices
        except ClerkError as error:
            # A journal that cannot be read must not keep the counter from its start screen.
            unread = Notice(error.code, error.what, error.remedy)
            notices += () if unread in notices else (unread,)
        with self._pack.reading() as pack:
            facts, generation, encoder = pack.reader.facts, pack.pack.generation, pack.finding.encoder
        built_at = int(facts.get("built_at", 0))
        night = self._nights.words(built_at)
        return ShopStatus(
            store=facts.get("store", ""),
            device=device,
            generation=generation,
            built_at=built_at,
            data_until=int(facts.get("data_until", 0)),
            now=self._clock.now(),
            members=int(facts.get("members", 0)),
            items=int(facts.get("items", 0)),
            lines=int(facts.get("lines", 0)),
            currency=facts.get("currency", ""),
            events=events,
            encoder=encoder,
            demo_code=facts.get("demo_code", ""),
            demo_name=facts.get("demo_name", ""),
            warnings=notices,
            stale=night.stale,
            night=night.failed,
        )
