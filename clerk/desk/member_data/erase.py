"""Forgetting a member, wholly or in part: recorded, out of sight at once, deleted from what this machine may change.

What happens here and now: an event with a tombstone, which names nobody and travels to every device; from then on no
screen, command or list of this machine shows the member; and the journal's own rows about them are emptied. What lies
in packs, books and at head office goes with the next night. The receipt says what is gone, and where copies remain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from clerk.clock import Clock
from clerk.desk.pack_in_use import PackInUse, PackParts
from clerk.errors import Forgotten, UnknownMember
from clerk.journal import Journal, acknowledged
from clerk.journal.event_rows import HLC_AT_MOST
from clerk.journal.redact import Redacted
from clerk.members.journal_in_use import JournalInUse
from clerk.model import Event, EventKind, MemberFacts
from clerk.phone import country_in
from clerk.phone import same as same_phone
from clerk.privacy import receipts
from clerk.privacy.copies_left import copies_left
from clerk.privacy.erasure import (
    WHOLE,
    Erasure,
    Erasures,
    Scope,
    erasure_of,
    expires_before,
    kept_forms,
    tombstone_of,
)
from clerk.privacy.readable import last_activity
from clerk.privacy.receipts import OUT_OF_USE, Receipt
from clerk.privacy.which_events import EventRule, enrolments, event_rule
from clerk.role import is_device
from clerk.settings import Settings

WAIT_S = 10.0
"""How long a durable commit may take; the journal itself gives up on a busy file after 5 s."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is held of a member, counted before anything is deleted."""

    member_id: str
    said: int
    """Events of the journal here."""
    carried: int
    """Events that the pack carries."""
    lines: int
    cards: int


class ErasureDesk:
    """Forgets members, wholly or in part.

    Args:
        home: the data folder.
        pack: the store data in use.
        journal: of this device.
        settings: of the data folder.
        clock: now.
    """

    def __init__(
        self,
        home: Path,
        pack: PackInUse,
        journal: JournalInUse,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._home = home
        self._pack = pack
        self._journal = journal
        self._settings = settings
        self._clock = clock

    def found(self, member_id: str, scope: Scope = Scope.ALL) -> Found:
        """What would go of this id alone; see `ids`.

        Raises:
            UnknownMember: the shop does not know the id.
            Forgotten: the member was forgotten before.
        """
        with self._pack.reading() as pack:
            facts = self._facts(pack, member_id)
            events = pack.events.of_member_alone(member_id)
            rule = EventRule([Erasure("", scope, self._clock.now(), HLC_AT_MOST)])
            here = {e.event_id for e in self._journal.now().events_of(member_id)}
            counted = [one for one in events if rule.redacts(one.kind, one.hlc)]
            whole = scope in WHOLE
            return Found(
                member_id,
                said=sum(1 for one in counted if one.event_id in here),
                carried=sum(1 for one in counted if one.event_id not in here),
                lines=len(facts.history.item) if whole or scope is Scope.PURCHASES else 0,
                cards=len(facts.cards) if whole else 0,
            )

    def ids(self, member_id: str) -> tuple[str, ...]:
        """Every id of the person: whoever is forgotten is forgotten under all of them."""
        with self._pack.reading() as pack:
            pack.events.catch_up()
            return pack.members.ids(member_id)

    def forget(self, member_id: str, scope: Scope = Scope.ALL, *, by: str = "command") -> Receipt:
        """Forgets a member, or a part of their data, under every id that is the same person.

        Args:
            member_id: whom.
            scope: everything, or a part.
            by: who asked Clerk to: `command`, `kiosk`, or an associate's name.

        Returns:
            The receipt, kept in `receipts/` of the data folder; it names nobody.

        Raises:
            UnknownMember: the shop does not know the id.
            Forgotten: the member was forgotten before, and everything that goes here has gone.
            JournalDamaged, StoreLocked, DiskFull, DiskFailed: nothing was forgotten, or, after the event is on the
                disk, not everything was deleted yet: saying it again goes on.
        """
        ids = self.ids(member_id)
        try:
            found = [self.found(one, scope) for one in ids]
        except Forgotten:
            if (receipt := self._gone_on(member_id, by)) is None:
                raise
            return receipt
        with self._pack.reading() as pack:
            facts = [self._facts(pack, one) for one in ids]
            addresses = {
                one.member.member_id: self._addresses(pack, one, ids) if scope is Scope.ALL else {} for one in facts
            }
        # Who is named goes last: cut off in between, saying it again still finds the others.
        last = sorted(ids, key=lambda one: one == member_id)
        return self._forget(last, scope, addresses, found, by)

    def expired(self) -> list[Found]:
        """Everybody whose last purchase, event or enrolment is older than data is stored (`privacy.keep_months`).

        Raises:
            ClerkError: the journal cannot be read, so nobody's last event is known.
        """
        with self._pack.reading() as pack:
            pack.events.catch_up()
            now = self._clock.now()
            until = pack.reader.facts.get("data_until", "0")
            before = expires_before(now, int(until) if until.isdigit() else 0, self._settings.privacy.keep_months)
            gone = []
            for member_id in pack.reader.quiet_since(before):
                try:
                    facts = pack.members.facts_alone(member_id)
                    events = pack.events.of_member_alone(member_id)
                except UnknownMember:
                    continue
                last = last_activity(facts.history, events, facts.member.joined_on)
                if last is not None and last < before:
                    gone.append(self.found(member_id, Scope.EXPIRED))
            return gone

    def forget_expired(self, *, by: str = "command") -> Receipt:
        """Forgets everybody of `expired`; whoever comes back is known from then on.

        Raises:
            JournalDamaged, StoreLocked, DiskFull, DiskFailed: see `forget`.
        """
        found = self.expired()
        return self._forget([one.member_id for one in found], Scope.EXPIRED, {}, found, by)

    def _forget(
        self,
        member_ids: Sequence[str],
        scope: Scope,
        addresses: dict[str, dict[str, str]],
        found: Iterable[Found],
        by: str,
    ) -> Receipt:
        journal, now = self._journal.now(), self._clock.now()
        written = [self._record(journal, who, scope, addresses.get(who, {})) for who in member_ids]
        erasures = [self._durable(one) for one in written]
        with self._pack.reading() as pack:
            pack.events.catch_up()
        # Of whom a part is forgotten, that one stays a member.
        counts = {"members": len(member_ids)} if scope in WHOLE else {}
        for one in found:
            for name, many in (("line items", one.lines), ("things said elsewhere", one.carried), ("cards", one.cards)):
                what = f"{name}, {OUT_OF_USE}"
                counts[what] = counts.get(what, 0) + many
        return self._emptied(journal, Receipt(now, by, scope.value, counts, erasures=tuple(erasures)), member_ids)

    def _gone_on(self, member_id: str, by: str) -> Receipt | None:
        """Goes on with forgetting somebody that was cut off; None where nothing was left to be done."""
        journal = self._journal.now()
        with self._pack.reading() as pack:
            pack.events.catch_up()
            erasures = pack.events.erasures
        whole = erasures.whole(member_id)
        assert whole is not None
        told = {(one.tombstone, one.scope, one.at) for one in receipts.erasures_in_receipts(self._home)}
        is_told = (whole.tombstone, whole.scope, whole.at) in told
        if is_told and not redact_here(self._home, journal, erasures, [member_id], dry_run=True).events:
            return None
        receipt = Receipt(whole.at, by, whole.scope.value, {"members": 1}, erasures=(whole,))
        return self._emptied(journal, receipt, [member_id])

    def _emptied(self, journal: Journal, receipt: Receipt, member_ids: Sequence[str]) -> Receipt:
        """Empties the journal, and keeps the receipt: before and after.

        Before, because until then nothing but the journal says who was forgotten, and it may be damaged meanwhile.
        """
        if not receipt.erasures:
            return receipt
        name = receipts.name_of(receipt.erasures[0])
        left = partial(copies_left, self._home, self._settings, receipt.at)
        receipts.save(self._home, replace(receipt, copies=left(begun=True)), name=name)
        redacted = redact_here(self._home, journal, Erasures(self._keys(), receipt.erasures), member_ids)
        counts = {**receipt.deleted, "things said, emptied in the journal": redacted.events}
        copies = left(waiting=redacted.waiting, log_cut=redacted.log_cut)
        done = replace(receipt, deleted=counts, copies=copies)
        receipts.save(self._home, done, name=name)
        return done

    def _record(self, journal: Journal, member_id: str, scope: Scope, addresses: dict[str, str]) -> Future[Event]:
        """The event, on its way to the disk."""
        with self._pack.reading() as pack:
            of_shop = receipts.shop_keys(Path("/nowhere"), pack.reader.facts)
        keys = self._keys()
        key = keys[0] if keys else receipts.make_key(self._home)
        payload: dict[str, object] = {
            "tombstone": tombstone_of(key, "member", member_id),
            "scope": scope.value,
            "addresses": [tombstone_of(key, kind, value) for value, kind in addresses.items()],
        }
        if key not in of_shop:
            # Made here, before the shop had one: head office and every other device learn it with the event.
            payload["key"] = key.hex()
        return journal.append(EventKind.ERASED, "", payload)

    @staticmethod
    def _durable(written: Future[Event]) -> Erasure:
        event = written.result(WAIT_S)
        found = erasure_of(event.payload, event.at, event.hlc)
        assert found is not None
        return found

    def _keys(self) -> tuple[bytes, ...]:
        with self._pack.reading() as pack:
            return receipts.shop_keys(self._home, pack.reader.facts)

    def _addresses(self, pack: PackParts, facts: MemberFacts, ids: Sequence[str]) -> dict[str, str]:
        """Address -> kind; without those that another member has too: whoever lives there stays a member."""
        member, country = facts.member, country_in(pack.reader.facts)
        email, number = kept_forms("email", member.email, country), kept_forms("phone", member.phone, country)
        for other_id, other_email, other_phone in pack.reader.addresses():
            if other_id in ids:
                continue
            if email and kept_forms("email", other_email, country) == email:
                email = ()
            if number and same_phone(member.phone, other_phone, country):
                number = ()
        return dict.fromkeys(email, "email") | dict.fromkeys(number, "phone") | {
            card.code: "card" for card in facts.cards if card.code
        }  # fmt: skip

    def _facts(self, pack: PackParts, member_id: str) -> MemberFacts:
        """What may be read of a member, with corrections made at counters.

        Raises:
            UnknownMember: the shop does not know the id.
            Forgotten: it does not any more.
        """
        try:
            facts = pack.members.facts_alone(member_id)
        except UnknownMember:
            if pack.events.erasures.whole(member_id) is not None:
                raise Forgotten("This member was forgotten already.", "Nothing more is held here.") from None
            raise
        return pack.members.corrected(facts)


def redact_here(
    home: Path, journal: Journal, erasures: Erasures, member_ids: Iterable[str], *, dry_run: bool = False
) -> Redacted:
    """Empties what a journal holds of members, as far as head office has it already where there is one.

    Effect: one transaction on the journal.
    """
    known = acknowledged.known_until(journal, acknowledged.read(home)) if is_device(home) else None
    rules = {who: event_rule(erasures, who, enrolments(journal.events_of(who))) for who in member_ids}
    return journal.redact(rules, known, dry_run=dry_run)
