"""The member export: everything the shop holds about one member, as GDPR articles 15 and 20 ask for.

Out: one plain document, which is the JSON; `as_text` writes it for a person and `lines_csv` its line items for a
spreadsheet. Line items that were struck out are in it as well: they are held, though nothing uses them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from clerk.clock import Clock, to_datetime
from clerk.desk.pack_in_use import PackInUse, PackParts
from clerk.model import DERIVED, Event, EventKind, LineFlag, MemberFacts, Purpose
from clerk.privacy.consent import consents_now
from clerk.privacy.copies_left import elsewhere
from clerk.report import plain
from clerk.settings import Settings
from clerk.visit.profile.member_profile import profile, skus_in
from clerk.visit.profile.statements import statements_in_words

_FLAGS = (
    (LineFlag.RETURN, "return"), (LineFlag.GIFT, "gift"), (LineFlag.MISTAKE, "mistake"),
    (LineFlag.OTHER, "for someone else"), (LineFlag.STRUCK, "struck out"), (LineFlag.ELSEWHERE, "another store"),
)  # fmt: skip
_CSV = ("line", "at", "sku", "item", "modifiers", "quantity", "total_minor", "currency", "marks")
_FORMULA = "=+-@\t\r\n"
"""Beginnings that a spreadsheet takes for a formula. Source: OWASP, CSV injection."""


class MemberExport:
    """Gathers it.

    Args:
        pack: the store data in use.
        settings: of the data folder.
        clock: now.
    """

    def __init__(self, pack: PackInUse, settings: Settings, clock: Clock) -> None:
        self._pack = pack
        self._settings = settings
        self._clock = clock

    def of(self, member_id: str) -> dict[str, Any]:
        """The document.

        Raises:
            UnknownMember: the shop does not know the id.
        """
        now = self._clock.now()
        with self._pack.reading() as pack:
            facts = pack.members.corrected(pack.members.facts(member_id))
            events = pack.events.of_member(member_id)
            names = pack.items.names_of(skus_in(events))
            consents = consents_now(facts.consents, events)
            said = statements_in_words(events, names)
            member: Any = plain(facts.member)
            member.pop("member_no")
            return {
                "made_at": _time(now),
                "store": pack.reader.facts.get("store", ""),
                "member": member,
                "member_ids": list(pack.members.ids(member_id)),
                "cards": [
                    {"code": card.code, "status": card.status.value, "issued_on": card.issued_on}
                    for card in facts.cards
                ]
                + [
                    {
                        "code": e.payload.get("code", ""),
                        "status": e.payload.get("status", ""),
                        "issued_on": _time(e.at)[:10],
                    }
                    for e in events
                    if e.kind is EventKind.CARD
                ],
                "consents": {
                    "now": {purpose.value: consents.state(purpose).value for purpose in Purpose},
                    "ask_again": [purpose.value for purpose in consents.ask_again],
                    "history": _consents(facts, events),
                },
                "said": [{"at": _time(one.at), "words": one.words} for one in said],
                "inferred": _inferred(pack, member_id),
                "visits": _of_kind(events, EventKind.VISIT_OPENED, EventKind.VISIT_ENDED),
                "showings": _of_kind(events, EventKind.SHOWN),
                "looked_at": _of_kind(events, EventKind.ACCESS),
                "corrections": _of_kind(events, EventKind.MEMBER),
                "events": [_event(event) for event in events if DERIVED not in event.payload],
                "lines": _lines(pack, facts, now),
                "elsewhere": [{"where": copy.where, "until": copy.until} for copy in elsewhere(self._settings, now)],
            }


def lines_csv(document: Mapping[str, Any]) -> str:
    """The line items for a spreadsheet; no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_CSV)
    for line in document["lines"]:
        writer.writerow([_cell(line[name]) for name in _CSV])
    return out.getvalue()


def _cell(value: object) -> object:
    """Texts that a spreadsheet would run are led by an apostrophe; numbers are numbers."""
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    return f"'{value}" if isinstance(value, str) and value and value[0] in _FORMULA else value


def _time(at: int) -> str:
    return to_datetime(at).isoformat(sep="T")


def _consents(facts: MemberFacts, events: Sequence[Event]) -> list[dict[str, Any]]:
    """Every agreement and withdrawal, oldest first, with wording, channel and who wrote it down."""
    found = [
        {"at": _time(one.at), "purpose": one.purpose.value, "state": one.state.value, "wording": one.wording,
         "channel": one.channel, "by": one.by}
        for one in facts.consents
    ]  # fmt: skip
    for event in events:
        if event.kind is EventKind.CONSENT and DERIVED not in event.payload:
            said = {key: str(event.payload.get(key, "")) for key in ("purpose", "state", "wording", "channel")}
            found.append({"at": _time(event.at), **said, "by": event.actor})
    return sorted(found, key=lambda one: one["at"])


def _inferred(pack: PackParts, member_id: str) -> dict[str, Any]:
    """What Clerk makes of it: usual, due, suggestions, tier, standing, and what the models expect."""
    card = pack.cards.whole_card(member_id, "")
    reading = pack.cards.load(member_id).reading
    value = plain(reading.value) if reading.value is not None else None
    return {
        "usual": {
            "state": plain(card.usual.state), "why": card.usual.why, "changed": card.usual.changed,
            "lines": [_usual(line) for line in card.usual.lines],
            "last_time": [_usual(line) for line in card.usual.last_time],
        },
        "due": [{"sku": due.item.sku, "item": due.item.name, "why": due.why, "every_days": due.every_days}
                for due in card.due],
        "suggestions": [{"sku": one.item.sku, "item": one.item.name, "why": one.reason.line}
                        for one in card.suggestions],
        "withheld": [{"sku": one.item.sku, "item": one.item.name, "why": one.detail} for one in card.withheld],
        "tier": card.member.tier, "standing": card.standing, "privileges": list(card.privileges),
        "house_picks": card.discovery, "visits": card.visits, "value": value,
        "currency": pack.reader.facts.get("currency", ""),
    }  # fmt: skip


def _usual(line: Any) -> dict[str, Any]:
    found: Any = plain(line)
    return {"sku": line.item.sku, "item": line.item.name, **{k: v for k, v in found.items() if k != "item"}}


def _of_kind(events: Sequence[Event], *kinds: EventKind) -> list[dict[str, Any]]:
    return [_event(event) for event in events if event.kind in kinds]


def _event(event: Event) -> dict[str, Any]:
    return {"at": _time(event.at), "kind": event.kind.value, "by": event.actor, **dict(event.payload)}


def _lines(pack: PackParts, facts: MemberFacts, now: int) -> list[dict[str, Any]]:
    """Every line item, oldest first."""
    events = pack.events.of_member(facts.member.member_id)
    named = pack.reader.item_nos(skus_in(events))
    history = profile(facts, events, named, now, pack.reader.columns).history
    items = pack.reader.items(set(history.item.tolist()))
    sets = pack.reader.modifier_sets(set(history.modifier_set.tolist()))
    own, found = pack.reader.facts.get("currency", ""), []
    has_foreign = any(flags & LineFlag.FOREIGN for flags in history.flags.tolist())
    foreign = pack.reader.foreign_amounts(facts.member.member_no) if has_foreign else {}
    for at in range(len(history.item)):
        basket, item = int(history.basket[at]), items.get(int(history.item[at]))
        flags = int(history.flags[at])
        line = f"{history.basket_id[basket]}:{int(history.line_no[at])}"
        currency, total = foreign.get(line, (own, int(history.total_minor[at])))
        found.append({
            "line": line,
            "at": _time(int(history.basket_at[basket])),
            "sku": item.sku if item else "", "item": item.name if item else "",
            "modifiers": [str(one) for one in sets.get(int(history.modifier_set[at]), ())],
            "quantity": float(history.quantity[at]),
            "total_minor": None if flags & LineFlag.NO_AMOUNT else total,
            "currency": currency,
            "marks": [word for flag, word in _FLAGS if flags & int(flag)],
        })  # fmt: skip
    return found
