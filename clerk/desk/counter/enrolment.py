"""Cards and enrolment at the counter: records are made here, checked against everything known about a code.

Gives records that are not yet written, so that a command can say what would happen. A code is bound once and for
ever: a lost card is revoked, and the member gets a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from typing import NamedTuple

from clerk.cards import code as own_codes
from clerk.cards.qr import terminal_rows
from clerk.desk.counter.records import Records
from clerk.desk.pack_in_use import PackInUse
from clerk.errors import AlreadyHere, CardRevoked, ClerkError, NotKept, PartialScan, UnknownMember
from clerk.model import CardStatus, Event, EventKind, Record, ScanKind
from clerk.phone import country_in
from clerk.phone import same as same_phone
from clerk.settings import ScanSettings
from clerk.visit.identify.member_by_code import card_standing
from clerk.visit.identify.scan import item_codes, understand
from clerk.visit.profile.enrolment import Details, enrol_event, new_member_id

_ALIKE = 200
"""Members of one name that are looked at for the same person."""


class MemberCard(NamedTuple):
    """One card of a member."""

    code: str
    status: CardStatus


class CardDesk:
    """Makes records about cards.

    Args:
        pack: the store data in use.
        records: writes.
        scan: how scans are read.
    """

    is_own_code = staticmethod(own_codes.is_own)
    """Whether a text is one of our card codes, whole and unharmed."""

    qr_rows = staticmethod(terminal_rows)
    """A code as rows of half blocks, to be drawn black on white."""

    def __init__(self, pack: PackInUse, records: Records, scan: ScanSettings) -> None:
        self._pack = pack
        self._records = records
        self._scan = scan

    def of(self, member_id: str) -> tuple[MemberCard, ...]:
        """Every card the member has or had, oldest first.

        Raises:
            UnknownMember: the shop does not know the id.
            JournalDamaged: this counter's events cannot be read.
        """
        with self._pack.reading() as pack:
            ids = pack.members.ids(member_id)
            facts = pack.members.facts(member_id)
            standing = card_standing(facts.cards, pack.events.of_member(member_id))
        # A shop without a table of cards has every member's id as a code: that is no card to be lost.
        return tuple(
            MemberCard(code, CardStatus.ACTIVE if on else CardStatus.REVOKED)
            for code, on in standing.items()
            if code not in ids
        )

    def given_name(self, member_id: str) -> str:
        """What the member is called, for a card on which they want it."""
        with self._pack.reading() as pack:
            member = pack.members.member(member_id)
        return "" if member is None else member.given_name or member.name

    def holders(self, code: str) -> dict[str, bool]:
        """Member id -> whether the code opens them now, of everybody it was ever bound to."""
        with self._pack.reading() as pack:
            found = {
                pack.reader.member(card.member_no).member_id: card.status is CardStatus.ACTIVE
                for card in pack.reader.cards_by_code(code)
            }
            for event in pack.events.of_card(code):
                if event.member_id:
                    found[event.member_id] = event.payload.get("status") == CardStatus.ACTIVE
            return found

    def issue(self, member_id: str, code: str = "") -> tuple[Record, ...]:
        """A card for a member: a new code, or a blank card that is handed out.

        Args:
            member_id: who gets it.
            code: as scanned from the blank card; empty makes a new one.

        Raises:
            UnknownMember: the shop does not know the id.
            PartialScan: the card was only half read.
            CardRevoked: the code was bound before; a code is never given twice.
            NotKept: this is no code of a card.
        """
        with self._pack.reading() as pack:
            pack.members.must_know(member_id)
        return (_card(member_id, self._free(code) if code else own_codes.new_code(), CardStatus.ACTIVE),)

    def revoke(self, who: str) -> tuple[Record, ...]:
        """Takes a card, or every active card of a member, out of use.

        Args:
            who: a code, or a member id.

        Raises:
            UnknownMember: nobody has this card or id, or nothing of it opens anybody.
        """
        code = self._read(who)
        with self._pack.reading() as pack:
            is_member = pack.members.knows(who)
        holders = {} if is_member else self.holders(code)
        if holders:
            open_now = [(member_id, code) for member_id, stands in holders.items() if stands]
        else:
            codes = [card.code for card in self.of(who) if card.status is CardStatus.ACTIVE]
            open_now = [one for card in codes for one in self._holders_among(who, card)]
        if not open_now:
            raise UnknownMember("There is no card in use to revoke.", "See `clerk cards list MEMBER`.")
        return tuple(_card(member_id, one, CardStatus.REVOKED) for member_id, one in open_now)

    def _holders_among(self, member_id: str, code: str) -> list[tuple[str, str]]:
        """The ids of this person that a code opens, each with the code."""
        with self._pack.reading() as pack:
            ids = pack.members.ids(member_id)
        return [(holder, code) for holder, stands in self.holders(code).items() if stands and holder in ids]

    def replace(self, member_id: str, code: str = "", lost: str = "") -> tuple[Record, ...]:
        """A lost card: the old ones out of use first, then a new one.

        Args:
            member_id: whose.
            code: of a blank card that is handed out; empty makes a new one.
            lost: the code of the lost card; without it every card of the member is taken for lost.

        Raises:
            UnknownMember, PartialScan, CardRevoked, NotKept: as `issue`.
        """
        issued = self.issue(member_id, code)
        old = [card.code for card in self.of(member_id) if card.status is CardStatus.ACTIVE]
        if (named := self._read(lost)) in old:
            old = [named]
        gone = [one for card in old for one in self._holders_among(member_id, card)]
        return (*(_card(holder, one, CardStatus.REVOKED) for holder, one in gone), *issued)

    def enrol(self, details: Details, code: str = "", *, anyway: bool = False) -> tuple[Record, ...]:
        """A new member with a card.

        Args:
            details: name, phone, e-mail.
            code: of a blank card that is handed out; empty makes a new one.
            anyway: also when somebody of this name and phone number or e-mail address is here.

        Raises:
            NotKept: there is no name, or a detail is none.
            AlreadyHere: the same person was enrolled before, as it seems.
            PartialScan, CardRevoked: as `issue`.
        """
        member_id = new_member_id()
        joined = enrol_event(member_id, details)
        if not anyway and (same := self._same_as(joined.payload)):
            raise AlreadyHere(
                f"A member of this name with this phone or e-mail is here already: {same}.",
                "Open that member; `clerk join --anyway` enrols another one all the same.",
            )
        return joined, _card(member_id, self._free(code) if code else own_codes.new_code(), CardStatus.ACTIVE)

    def is_blank(self, keys: str) -> bool:
        """Whether a scan is a card that can be handed out."""
        try:
            return bool(self._free(keys))
        except ClerkError:
            return False

    def join(self, name: str, phone: str, card: str) -> Future[str]:
        """Enrols a member; the code of their card, done after the disk has both.

        Raises:
            AlreadyHere, NotKept, PartialScan, CardRevoked: as `enrol`.
        """
        done: Future[str] = Future()
        joined, bound = (self._records.append(record) for record in self.enrol(Details(name, phone), card))

        def written(future: Future[Event]) -> None:
            # The journal writes in order: when the card is there, or failed, so did the enrolment before it.
            error = (joined.exception() if joined.done() else None) or future.exception()
            if error is not None:
                done.set_exception(error)
            else:
                done.set_result(str(future.result().payload["code"]))

        bound.add_done_callback(written)
        return done

    def _same_as(self, details: Mapping[str, object]) -> str:
        """Id of a member with this name and this phone number or e-mail address, or empty.

        A family shares a number, and two of one name are two people: only both together are taken for the same person.
        """
        name = str(details["name"]).casefold()
        email, phone = str(details.get("email", "")).casefold(), str(details.get("phone", ""))
        if not (email or phone):
            return ""
        with self._pack.reading() as pack:
            country = country_in(pack.reader.facts)
            for hit in pack.finding.members(str(details["name"]), _ALIKE).hits:
                member = pack.members.member(hit.member_id)
                if member is None or member.name.casefold() != name:
                    continue
                same_email = email and member.email.strip().casefold() == email
                if same_email or same_phone(phone, member.phone, country):
                    return member.member_id
        return ""

    def _free(self, keys: str) -> str:
        """The code of a blank card.

        Raises:
            PartialScan, CardRevoked, NotKept: it cannot be handed out.
        """
        scanned = understand(keys, own_codes, self._scan)
        if scanned.kind is ScanKind.PARTIAL:
            raise PartialScan("The card was only half read.", "Scan it again.")
        if scanned.kind is ScanKind.TEXT:
            raise NotKept("This is no code of a card.", "Scan the blank card, or leave it out for a new code.")
        if self.holders(scanned.text):
            raise CardRevoked("This card was handed out before.", "Take another blank card: a code is given once.")
        with self._pack.reading() as pack:
            is_item = any(pack.reader.item_nos_by_code(one) for one in item_codes(scanned.text))
            is_id = pack.members.knows(scanned.text)
        if scanned.kind is ScanKind.OTHER_CODE and (is_item or is_id):
            raise NotKept("This is the code of an item or a member id.", "Scan the blank card.")
        return scanned.text

    def _read(self, text: str) -> str:
        return understand(text, own_codes, self._scan).text


def printed_event(member_id: str) -> Record:
    """For the audit: a card of this member, or blank cards, were printed."""
    return Record(EventKind.ACCESS, member_id, {"what": "printed"})


def _card(member_id: str, code: str, status: CardStatus) -> Record:
    return Record(EventKind.CARD, member_id, {"code": code, "status": str(status)})
