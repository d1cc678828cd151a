"""Events of all counters read as one history: those that came with the pack and those of this counter's journal.

The only place where a desk learns what a member stated, which cards were issued or revoked, and which house picks were
shown; so a card is the same before and after a night took the journal to head office and brought it back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping

from clerk.clock import DAY_S
from clerk.errors import ClerkError
from clerk.identifiers.card_codes import card_form
from clerk.members.journal_in_use import JournalInUse
from clerk.members.pairs import Pairs, pairs_of, with_stricter
from clerk.model import Consent, Event, EventKind
from clerk.pack.read import PackReader
from clerk.privacy import receipts
from clerk.privacy.consent import stands_after
from clerk.privacy.erasure import Erasures, erasure_of
from clerk.privacy.which_events import readable_events
from clerk.visit.profile.event_overlay import laid_over, merged, standing

_LEARNED_FROM = (EventKind.CARD, EventKind.SHOWN, EventKind.MEMBER, EventKind.ERASED, EventKind.PAIR)


class EventsEverywhere:
    """Reads events for one pack. One thread at a time; the desk sees to that.

    Where the journal cannot be read, nothing of a member is given: each method raises the journal's own error.

    Args:
        reader: the pack.
        journal: what happened here since; None where nothing ever did.
    """

    def __init__(self, reader: PackReader, journal: JournalInUse | None) -> None:
        self._reader = reader
        self._readers = (reader,) if reader.newer is None else (reader, reader.newer)
        """Of the pack in use and, where a manager went back to an older one, of the newest too: a no stays said."""
        self._journal = journal
        self._read_to = 0
        self._cards: dict[str, dict[str, Event]] = {}
        """Code, in the form in which codes are compared -> event id -> event of this journal."""
        self._house: dict[str, tuple[int, str]] = {}
        """Event id -> when, and SKU, of house picks shown."""
        self._shown: Counter[str] = Counter()
        self._shown_since = 0
        self._named: dict[str, str] | None = None
        """Members whom MEMBER events of the pack name; None before anybody searched for a member."""
        self._named_here: dict[str, str] = {}
        """The same of this journal, with the id of the newest such event."""
        self._coming: Counter[str] = Counter()
        """SKU -> showings counted already whose events were not read back yet."""
        self._pair_events: list[Event] = []
        """What was decided about two member ids, at any counter."""
        self._pairs: Pairs | None = None
        self._home = journal.home if journal is not None else reader.pack.folder.parents[1]
        known = receipts.erasures_in_receipts(self._home)
        keys: list[bytes] = []
        for one in self._readers:
            self._house |= one.events.house()
            self._pair_events += one.events.pairs()
            known += receipts.erasures_in_facts(one.facts)
            keys += receipts.shop_keys(self._home, one.facts)
            hlc_until = one.facts.get("hlc_until", "0")
            if journal is not None and hlc_until.isascii() and hlc_until.isdigit():
                journal.raise_floor(int(hlc_until))
        self.erasures = Erasures(dict.fromkeys(keys), known)
        """Who was forgotten, wholly or in part: by the pack, the receipts here and this journal."""

    def of_member(self, member_id: str) -> tuple[Event, ...]:
        """The member's events that count, of every counter, oldest first.

        Of ids that are one person those of all of them, with a no wherever one of them had not agreed by then.

        Raises:
            ClerkError: this counter's part cannot be read.

        Cost: one range read each in pack and journal, about 4 µs an event.
        """
        self.catch_up()
        group = self.pairs.groups.get(member_id)
        if group is None:
            return self._alone(member_id)
        return standing(with_stricter(group, {one: self._told(one) for one in group.ids}, self.consents_of))

    def of_member_alone(self, member_id: str) -> tuple[Event, ...]:
        """The same of this id alone, whoever else is the same person."""
        self.catch_up()
        return self._alone(member_id)

    def _alone(self, member_id: str) -> tuple[Event, ...]:
        return readable_events(self.erasures, member_id, self.of_member_with_erased(member_id))

    def pairs_now(self) -> Pairs:
        """Which ids are one person, with what was recorded since, as far as that can be read."""
        try:
            self.catch_up()
        except ClerkError as error:
            if not self.is_why_unread(error):
                raise
        return self.pairs

    @property
    def pairs(self) -> Pairs:
        """Which ids are one person, of what was read by now; nobody who was forgotten is one with anybody."""
        if self._pairs is None:
            told: dict[str, list[Event]] = defaultdict(list)
            for event in self._pair_events:
                told[event.member_id].append(event)
            self._pairs = pairs_of(
                event
                for member_id, events in told.items()
                for event in (self._told(member_id) if self.erasures.of(member_id) else events)
            )
        return self._pairs

    def _told(self, member_id: str) -> tuple[Event, ...]:
        """Events of one id that may be read, undone ones and undoings included."""
        here: tuple[Event, ...] = ()
        if self._journal is not None:
            with self._journal.reading() as journal:
                here = tuple(journal.events_of(member_id))
        return readable_events(self.erasures, member_id, merged(self._of_pack(member_id), here))

    def consents_of(self, member_id: str) -> tuple[Consent, ...]:
        """What the shop's own exports say that an id agreed to, as far as it may be read."""
        member_no = self._reader.member_no(member_id)
        consents = () if member_no is None else self._reader.consents(member_no)
        whole = self.erasures.whole(member_id)
        return consents if whole is None else stands_after(consents, whole.at)

    def of_member_with_erased(self, member_id: str) -> tuple[Event, ...]:
        """The same with erased events that the packs still hold: only to decide what of a member may be read."""
        if self._journal is None:
            return laid_over(self._of_pack(member_id), ())
        with self._journal.reading() as journal:
            here = journal.events_of(member_id)
        return laid_over(self._of_pack(member_id), here)

    def is_why_unread(self, error: ClerkError) -> bool:
        """Whether an error says that this counter's part cannot be read."""
        return self._journal is not None and self._journal.is_why(error)

    def may_be_named(self, member_id: str) -> bool:
        """Whether a member may be called by name although the journal cannot be read: nobody who was forgotten.

        Raises:
            DiskFailed: not even the receipts can be read, which say who was forgotten here.
        """
        # Read anew: another process may have forgotten somebody since.
        told = receipts.erasures_for_certain(self._home, self._reader.facts)
        self.erasures = Erasures((*told.keys, *self.erasures.keys), [*told.everything(), *self.erasures.everything()])
        return not self.erasures.of(member_id)

    def since(self, at: int, kinds: Collection[EventKind]) -> list[Event]:
        """Events of some kinds that count, from about a wall second on, of all members at all counters, in no order.

        Raises:
            ClerkError: this counter's part cannot be read.

        Cost: reads the whole journal, and the pack's events from then on: not for a visit.
        """
        self.catch_up()
        pack = self._reader.events.since(at, {*kinds, EventKind.UNDO})
        for newer in self._readers[1:]:
            for member_id, told in newer.events.since(at, {*kinds, EventKind.UNDO}).items():
                pack[member_id] = merged(pack.get(member_id, ()), told)
        here: dict[str, list[Event]] = defaultdict(list)
        if self._journal is not None:
            with self._journal.reading() as journal:
                for event in journal.events():
                    if event.member_id:
                        here[event.member_id].append(event)
        found: list[Event] = []
        for member_id in pack.keys() | here.keys():
            events = laid_over(pack.get(member_id, ()), here.get(member_id, ()))
            found += [event for event in readable_events(self.erasures, member_id, events) if event.kind in kinds]
        return found

    def of_card(self, code: str) -> tuple[Event, ...]:
        """Every event about a card code, however it is spelt, oldest first: issued, revoked.

        Raises:
            ClerkError: this counter's part cannot be read.
        """
        self.catch_up()
        return self.of_card_as_known(code)

    def of_card_as_known(self, code: str) -> tuple[Event, ...]:
        """The same without looking for what was recorded since."""
        told = self._in_packs(lambda one: one.events.of_card(code))
        return merged(told, tuple(self._cards.get(card_form(code), {}).values()))

    def named_at_counters(self) -> Mapping[str, str]:
        """Members enrolled or corrected at any counter: id, and what changes with every further event about them here.

        Raises:
            ClerkError: this counter's part cannot be read.

        Cost: reads the pack's events once, when first asked.
        """
        self.catch_up()
        if self._named is None:
            self._named = {member_id: "" for one in self._readers for member_id in one.events.named()}
        return {**self._named, **self._named_here}

    def house_shown(self, since: int) -> Mapping[str, int]:
        """SKU -> showings as a house pick at the shop's counters since a wall second, within a day of it."""
        if not 0 <= since - self._shown_since < DAY_S:
            self._shown_since = since
            self._shown = Counter(sku for at, sku in self._house.values() if at >= since) + self._coming
        return self._shown

    def count_showing(self, sku: str) -> None:
        """Counts a showing of a house pick that is on its way into the journal."""
        self._coming[sku] += 1
        self._shown[sku] += 1

    def catch_up(self) -> None:
        """Reads what this or another process has recorded since: cards, enrolments, house picks shown, erasures.

        Raises:
            ClerkError: the journal cannot be read.
        """
        if self._journal is None:
            return
        with self._journal.reading() as journal:
            # Asked first: what is recorded meanwhile is read again next time, and counted once by its id.
            until = journal.count()
            if until == self._read_to:
                return
            for event in journal.events(self._read_to, _LEARNED_FROM):
                self._learn(event)
        self._read_to = until

    def _learn(self, event: Event) -> None:
        """Takes note of one event of the journal."""
        if event.kind is EventKind.ERASED:
            self._forget(event)
            self._pairs = None
        elif event.kind is EventKind.PAIR:
            self._pair_events.append(event)
            self._pairs = None
        elif event.kind is EventKind.CARD:
            self._cards.setdefault(card_form(str(event.payload.get("code", ""))), {})[event.event_id] = event
        elif event.kind is EventKind.MEMBER:
            self._named_here[event.member_id] = event.event_id
        elif event.payload.get("house") and event.event_id not in self._house:
            sku = str(event.payload["house"])
            self._house[event.event_id] = event.at, sku
            if self._coming[sku]:
                self._coming[sku] -= 1
            else:
                self._shown[sku] += event.at >= self._shown_since

    def _forget(self, event: Event) -> None:
        """Somebody was forgotten at this machine, by this process or another: from now on."""
        found = erasure_of(event.payload, event.at, event.hlc)
        if found is not None:
            known = [*receipts.shop_keys(self._home, self._reader.facts), *self.erasures.keys]
            self.erasures = Erasures(known, [*self.erasures.everything(), found])

    def _of_pack(self, member_id: str) -> tuple[Event, ...]:
        return self._in_packs(lambda one: one.events.of_member(one.member_no(member_id) or 0, member_id))

    def _in_packs(self, read: Callable[[PackReader], tuple[Event, ...]]) -> tuple[Event, ...]:
        """What the packs say, each event once."""
        found = read(self._reader)
        return merged(found, read(self._readers[1])) if len(self._readers) > 1 else found
