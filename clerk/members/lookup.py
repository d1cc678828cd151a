"""Whom a code, an id, a name or the end of a phone number means, by the pack and what was said since."""

from __future__ import annotations

from collections.abc import Callable

from clerk.cards import code as own_codes
from clerk.errors import ClerkError
from clerk.members.card_loading import Visiting
from clerk.members.finding import Finding
from clerk.model import Event, Nobody, ScanKind, Several
from clerk.pack.read import PackReader
from clerk.settings import Settings
from clerk.visit.identify.member_by_code import identify, identify_found, known_only
from clerk.visit.identify.scan import understand
from clerk.visit.profile.enrolment import is_counter_id

Tell = Callable[[ClerkError], None]


def who(
    text: str, reader: PackReader, finding: Finding, visiting: Visiting, settings: Settings, tell: Tell
) -> str | Several | Nobody:
    """The member id, or why there is not exactly one.

    Args:
        text: scanned or typed.
        reader: the pack.
        finding: searches the same pack.
        visiting: over the same pack.
        settings: the shop's constants.
        tell: takes what went wrong while the journal was read.
    """
    if is_counter_id(wanted := text.strip().upper()) and visiting.knows(wanted):
        # Asked first: without its hyphen it looks like a card that was cut short.
        return wanted
    code = understand(text, own_codes, settings.scan)
    if code.kind in (ScanKind.TEXT, ScanKind.OTHER_CODE):
        if reader.member_no(code.text) is not None and visiting.knows(code.text):
            return code.text
        if code.kind is ScanKind.TEXT:
            return identify_found(code.text, finding.members(code.text, settings.search.rows))
    cards = reader.cards_by_code(code.text)
    member_ids = {card.member_no: reader.member(card.member_no).member_id for card in cards}
    found = identify(code, cards, member_ids, card_events(code.text, visiting, tell))
    return known_only(found, visiting.knows)


def card_events(code: str, visiting: Visiting, tell: Tell) -> tuple[Event, ...]:
    """Cards of this code that were issued or revoked at any counter since the exports."""
    try:
        return visiting.heard.of_card(code)
    except ClerkError as error:
        tell(error)
        return visiting.heard.of_card_without_journal(code)
