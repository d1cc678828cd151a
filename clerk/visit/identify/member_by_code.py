"""Who is this? A code and the cards that match it give one member, several, or nobody and why.

Cards issued or revoked at any counter since the exports count at once: the newest event about a code is the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from clerk.errors import CardRevoked, PartialScan, UnknownMember
from clerk.identifiers.card_codes import card_form
from clerk.model import Card, CardStatus, Event, EventKind, Members, Nobody, ScanKind, ScannedCode, Several

_UNKNOWN_CARD = Nobody(
    UnknownMember.code,
    "This card is not known here.",
    "Find the member by name or phone, or try again tomorrow if the card is new.",
)
_NEW_MEMBER = Nobody(
    UnknownMember.code, "This card is new: the member's data is not here yet.", "Serve them as usual; try tomorrow."
)
_HALF_READ = Nobody(PartialScan.code, "The card was only half read.", "Scan it again.")
_REVOKED = Nobody(
    CardRevoked.code, "This card is no longer valid.", "Find the member by name and ask for the new card."
)


def identify(
    code: ScannedCode,
    cards: Sequence[Card],
    member_ids: Mapping[int, str],
    events: Sequence[Event] = (),
) -> str | Several | Nobody:
    """The member id that a scanned code opens, or several to choose from, or nobody.

    Args:
        code: as understood by `scan`.
        cards: every card of the pack with this code.
        member_ids: member id by the member_no of those cards.
        events: events of kind CARD from pack and journal, in order; those about other codes are passed over.
    """
    if code.kind is ScanKind.PARTIAL:
        return _HALF_READ
    form = card_form(code.text)
    standing = {
        member_ids[card.member_no]: card.status is CardStatus.ACTIVE for card in cards if card.member_no in member_ids
    }
    # One member may have the same code twice, revoked and issued again: an active one is enough.
    for card in cards:
        if card.status is CardStatus.ACTIVE and card.member_no in member_ids:
            standing[member_ids[card.member_no]] = True
    for event in events:
        if event.kind is EventKind.CARD and event.member_id and _is_about(event, form):
            standing[event.member_id] = event.payload.get("status") == CardStatus.ACTIVE
    active = tuple(member_id for member_id, stands in standing.items() if stands)
    if len(active) == 1:
        return active[0]
    if active:
        return Several(active)
    return _REVOKED if standing else _UNKNOWN_CARD


def _is_about(event: Event, form: str) -> bool:
    code = event.payload.get("code")
    return isinstance(code, str) and card_form(code) == form


def known_only(who: str | Several | Nobody, is_known: Callable[[str], bool]) -> str | Several | Nobody:
    """The same, of members whose data is here; a card may be issued before the member's data comes."""
    if isinstance(who, Nobody):
        return who
    found = tuple(one for one in ((who,) if isinstance(who, str) else who.member_ids) if is_known(one))
    return Several(found) if len(found) > 1 else found[0] if found else _NEW_MEMBER


def active_codes(cards: Sequence[Card], events: Sequence[Event]) -> tuple[str, ...]:
    """Codes that open a member now, those of the pack first.

    Args:
        cards: of the member, from the pack.
        events: of the member, in order; those of kind CARD are read.
    """
    return tuple(code for code, stands in card_standing(cards, events).items() if stands)


def card_standing(cards: Sequence[Card], events: Sequence[Event]) -> dict[str, bool]:
    """Every code of a member as it was first written, and whether it opens them now; arguments as of `active_codes`."""
    written: dict[str, str] = {}
    standing: dict[str, bool] = {}
    for card in cards:
        code = written.setdefault(card_form(card.code), card.code)
        standing[code] = standing.get(code, False) or card.status is CardStatus.ACTIVE
    for event in events:
        named = event.payload.get("code")
        if event.kind is EventKind.CARD and isinstance(named, str) and named:
            code = written.setdefault(card_form(named), named)
            standing[code] = event.payload.get("status") == CardStatus.ACTIVE
    return standing


def identify_found(text: str, found: Members) -> str | Several | Nobody:
    """The member that typed words mean: the only one found, or several to choose from, or nobody."""
    if found.total == 1 and len(found.hits) == 1:
        return found.hits[0].member_id
    if found.hits:
        return Several(tuple(hit.member_id for hit in found.hits))
    if not text.strip():
        return Nobody(UnknownMember.code, "Nothing was scanned.", "Scan the card again, or type a name.")
    return Nobody(UnknownMember.code, "Nobody here matches what was typed.", "Try fewer letters, or another spelling.")
