"""Forgetting a member, wholly or in part: recorded, out of sight at once, deleted from what this machine may change.

What happens here and now: an event with a tombstone, which names nobody and travels to every device; from then on no
screen, command or list of this machine shows the member; and the journal's own rows about them are emptied. What lies
in packs, books and at head office goes with the next night. The receipt says what is gone, and where copies remain.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clerk.clock import Clock
from clerk.desk.member_data.copies_left import copies_left
from clerk.desk.pack_refresh import Opened
from clerk.errors import Forgotten, JournalDamaged, UnknownMember
from clerk.journal import Journal, acknowledged
from clerk.journal.event_rows import HLC_AT_MOST
from clerk.journal.redact import Redacted
from clerk.model import EventKind, MemberFacts, StaffRole
from clerk.phone import country_in
from clerk.phone import same as same_phone
from clerk.privacy import receipts
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
from clerk.privacy.receipts import Receipt
from clerk.privacy.which_events import EventRule, enrolments, event_rule
from clerk.role import is_device
from clerk.settings import Settings

if TYPE_CHECKING:
    from clerk.desk.member_data.interest_list import Wants

WAIT_S = 10.0
"""How long a durable commit may take; the journal itself gives up on a busy file after 5 s."""


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of somebody, counted before anything is deleted."""

    member_id: str
    said: int
    """Events of the journal here."""
    carried: int
    """Events that the pack carries."""
    lines: int
    cards: int


class PrivacyDesk:
    """Forgets; made by the desk, which holds the pack and the journal.

    Args:
        home: the data folder.
        opened: gives what is open over the pack in use.
        journal: of this device, or None where it cannot be read.
        settings: of the data folder.
        clock: now.
        reading: held while the pack is read.
        role: of who acts.
    """

    def __init__(
        self,
        home: Path,
        opened: Callable[[], Opened],
        journal: Journal | None,
        settings: Settings,
        clock: Clock,
        reading: threading.RLock,
        role: Callable[[], StaffRole] = lambda: StaffRole.ASSOCIATE,
    ) -> None:
        self._home = home
        self._opened = opened
        self._journal = journal
        self._settings = settings
        self._clock = clock
        self._reading = reading
        self._role = role

    def found(self, member_id: str, scope: Scope = Scope.ALL) -> Found:
        """What would go.

        Raises:
            UnknownMember: the shop does not know the id.
            Forgotten: the member was forgotten before.
        """
        with self._reading:
            facts = self._facts(member_id)
            visiting = self._opened().visiting
            events = visiting.heard.of_member(member_id)
            rule = EventRule([Erasure("", scope, self._clock.now(), HLC_AT_MOST)])
            here = {e.event_id for e in self._open_journal().events_of(member_id)}
            counted = [one for one in events if rule.redacts(one.kind, one.hlc)]
            whole = scope in WHOLE
            return Found(
                member_id,
                said=sum(1 for one in counted if one.event_id in here),
                carried=sum(1 for one in counted if one.event_id not in here),
                lines=len(facts.history.item) if whole or scope is Scope.PURCHASES else 0,
                cards=len(facts.cards) if whole else 0,
            )

    def forget(self, member_id: str, scope: Scope = Scope.ALL, *, by: str = "command") -> Receipt:
        """Forgets a member, or a part of what is held.

        Args:
            member_id: whom.
            scope: everything, or a part.
            by: who asked Clerk to: `command`, `kiosk`, or an associate's name.

        Returns:
            The receipt, kept in `receipts/` of the data folder; it names nobody.

        Raises:
            UnknownMember: the shop does not know the id.
            Forgotten: the member was forgotten before.
            JournalDamaged, StoreLocked, DiskFull, DiskFailed: nothing was forgotten, or, after the event is on the
                disk, not everything was deleted yet: saying it again goes on.
        """
        found = self.found(member_id, scope)
        with self._reading:
            facts = self._facts(member_id)
            addresses = self._addresses(facts) if scope is Scope.ALL else {}
        return self._forget([member_id], scope, {member_id: addresses}, [found], by)

    def is_forgotten(self, member_id: str) -> bool:
        """Whether this exact id is of somebody wholly forgotten; that tells they were a member, so: managers only."""
        if self._role() is not StaffRole.MANAGER:
            return False
        with self._reading:
            visiting = self._opened().visiting
            exact = member_id.strip()
            return visiting.heard.erasures.whole(exact) is not None and not visiting.knows(exact)

    def held(self, member_id: str) -> dict[str, Any]:
        """Everything held about a member, as one document; see `clerk.desk.member_data.export`.

        Raises:
            UnknownMember: the shop does not know the id.
        """
        from clerk.desk.member_data.export import held

        with self._reading:
            return held(self._opened(), member_id, self._settings, self._clock.now())

    def held_text(self, document: Mapping[str, Any]) -> str:
        """The document for a person."""
        from clerk.desk.member_data.export_text import held_text

        return held_text(document)

    def lines_csv(self, document: Mapping[str, Any]) -> str:
        """The document's line items for a spreadsheet."""
        from clerk.desk.member_data.export import lines_csv

        return lines_csv(document)

    def who_wants(self, sku: str, step: Callable[[int, int], None]) -> tuple[tuple[Wants, ...], int]:
        """Who of those who agreed to contact would want an item, best first, and how many were looked at.

        Raises:
            UnknownItem: this shop has no such item.
        """
        from clerk.desk.member_data.interest_list import who_wants

        with self._reading:
            return who_wants(self._opened(), sku, self._role(), self._settings, step)

    def expired(self) -> list[Found]:
        """Everybody whose last purchase, word or enrolment is older than anything is kept (`privacy.keep_months`)."""
        with self._reading:
            opened, now = self._opened(), self._clock.now()
            until = opened.reader.facts.get("data_until", "0")
            before = expires_before(now, int(until) if until.isdigit() else 0, self._settings.privacy.keep_months)
            gone = []
            for member_id in opened.reader.quiet_since(before):
                try:
                    facts = opened.visiting.history(member_id)
                    events = opened.visiting.heard.of_member(member_id)
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
        journal, now = self._open_journal(), self._clock.now()
        erasures = [self._record(journal, who, scope, addresses.get(who, {})) for who in member_ids]
        with self._reading:
            self._opened().visiting.heard.note()
        redacted = redact_here(self._home, journal, Erasures(self._keys(), erasures), member_ids)
        # Of whom a part is forgotten, that one stays a member.
        counts = {"members": len(member_ids)} if scope in WHOLE else {}
        counts["things said, emptied in the journal"] = redacted.events
        for one in found:
            for name, many in (("line items", one.lines), ("things said elsewhere", one.carried), ("cards", one.cards)):
                what = f"{name}, out of use at once"
                counts[what] = counts.get(what, 0) + many
        copies = copies_left(self._home, self._settings, redacted, now)
        receipt = Receipt(now, by, scope.value, counts, copies, tuple(erasures))
        receipts.save(self._home, receipt)
        return receipt

    def _record(self, journal: Journal, member_id: str, scope: Scope, addresses: dict[str, str]) -> Erasure:
        """The event, durable."""
        of_shop = receipts.shop_keys(Path("/nowhere"), self._opened().reader.facts)
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
        event = journal.append(EventKind.ERASED, "", payload).result(WAIT_S)
        found = erasure_of(event.payload, event.at, event.hlc)
        assert found is not None
        return found

    def _keys(self) -> tuple[bytes, ...]:
        return receipts.shop_keys(self._home, self._opened().reader.facts)

    def _addresses(self, facts: MemberFacts) -> dict[str, str]:
        """Address -> kind; without those that another member has too: whoever lives there stays a member."""
        member, reader = facts.member, self._opened().reader
        country = country_in(reader.facts)
        email, number = kept_forms("email", member.email, country), kept_forms("phone", member.phone, country)
        for other_id, other_email, other_phone in reader.addresses():
            if other_id == member.member_id:
                continue
            if email and kept_forms("email", other_email, country) == email:
                email = ()
            if number and same_phone(member.phone, other_phone, country):
                number = ()
        return dict.fromkeys(email, "email") | dict.fromkeys(number, "phone") | {
            card.code: "card" for card in facts.cards if card.code
        }  # fmt: skip

    def _facts(self, member_id: str) -> MemberFacts:
        """What may be read of a member, with corrections made at counters.

        Raises:
            UnknownMember: the shop does not know the id.
            Forgotten: it does not any more.
        """
        visiting = self._opened().visiting
        try:
            facts = visiting.history(member_id)
        except UnknownMember:
            if visiting.heard.erasures.whole(member_id) is not None:
                raise Forgotten("This member was forgotten already.", "Nothing more is held here.") from None
            raise
        return visiting.kept.corrected(facts)

    def _open_journal(self) -> Journal:
        if self._journal is None:
            raise JournalDamaged("Nothing can be recorded here now.", "Run `clerk check` and call support.")
        return self._journal


def redact_here(home: Path, journal: Journal, erasures: Erasures, member_ids: Iterable[str]) -> Redacted:
    """Empties what a journal holds of members, as far as head office has it already where there is one.

    Effect: one transaction on the journal.
    """
    known = acknowledged.known_until(journal, acknowledged.read(home)) if is_device(home) else None
    rules = {who: event_rule(erasures, who, enrolments(journal.events_of(who))) for who in member_ids}
    return journal.redact(rules, known)
