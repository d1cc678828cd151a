"""One recorded event as a line of the audit: who did what to whom."""

from __future__ import annotations

from collections.abc import Sequence

from clerk.model import AuditLine, Event, EventKind
from clerk.phrases import clock_time, count
from clerk.visit.kiosk_tries import CONFIRMED, TRIED, UNLOCKED

REFUSED = "refused over the network"
"""What an event of kind SIGN says that adds up refused sign-ins."""

_PLAIN = {
    EventKind.VISIT_ENDED: "visit ended, by {how}",
    EventKind.VISIT_OPENED: "opened, by {how}",
    EventKind.ANSWER: "said {answer} to {what}",
    EventKind.MARK: "line {line} marked {mark}",
    EventKind.UNDO: "took back {event_id}",
    EventKind.CONSENT: "{purpose} is {state}, said at {channel}",
    EventKind.FACT: "{fact} written down",
    EventKind.CARD: "card …{tail} {status}",
    EventKind.PAIR: "{told} another member id",
    EventKind.ERASED: "forgotten: {scope}",
}

_PAIR = {"one": "taken for one person with", "apart": "kept apart from", "open": "no more taken for one with"}

_ACCESS = {
    "opened": "looked at",
    "contact": "looked at contact details",
    "contact asked": "listed with contact details for {sku}",
    "exported": "handed out everything held",
    "erased": "forgotten",
    "printed": "printed the card",
    TRIED: "gave the end of the phone number, at the kiosk",
    UNLOCKED: "opened what is remembered, at the kiosk",
    CONFIRMED: "confirmed at the counter; the kiosk opens again",
}


def audit_line(event: Event, here: bool) -> AuditLine:
    """The event in words: what was done; never the text of a note or a PIN.

    Args:
        event: of any kind.
        here: recorded in this counter's journal.
    """
    return AuditLine(event.at, event.actor, event.kind, _words(event), event.member_id, event.event_id, here)


def _words(event: Event) -> str:
    told = {key: _text(value) for key, value in event.payload.items()}
    if event.kind is EventKind.SIGN and told.get("what") == REFUSED:
        return _refused(event)
    if event.kind is EventKind.SIGN:
        about = told.get("associate", "")
        return told.get("what", "") + (f" ({about})" if about and about != event.actor else "")
    if event.kind is EventKind.ACCESS:
        return _ACCESS.get(what := told.get("what", ""), what.replace("{", "{{")).format_map(_Blank(told))
    if event.kind is EventKind.MEMBER:
        return f"set {', '.join(sorted(told)) or 'nothing'}"
    if event.kind is EventKind.STRIKE:
        return f"struck out {told.get('line') or told.get('sku') or told.get('category') or 'a period'}"
    if event.kind is EventKind.SHOWN:
        return f"saw {told.get('skus', '')}"
    told["told"] = _PAIR.get(told.get("state", ""), "compared with")
    told["what"] = f"all of {told.get('category', '')}" if told.get("scope") == "category" else told.get("sku", "")
    told["tail"] = told.get("code", "")[-4:]
    return _PLAIN[event.kind].format_map(_Blank(told))


def refused_words(tried: int, looked_at: int, address: str, since: str, names: Sequence[str]) -> str:
    """`214 sign-ins refused from 192.168.1.40 since 09:12, for Ann, Ben; in 12 of them the PIN was looked at`."""
    whose = f", for {', '.join(names)}" if names else ""
    looked = f"in {looked_at:,} of them the PIN was looked at" if looked_at else "no PIN was looked at"
    return f"{count(tried, 'sign-in')} refused from {address or 'other addresses'} since {since}{whose}; {looked}"


def _refused(event: Event) -> str:
    def number(key: str) -> int:
        value = event.payload.get(key, 0)
        return value if isinstance(value, int) else 0

    names = event.payload.get("names", ())
    told = [str(name) for name in names] if isinstance(names, (list, tuple)) else []
    address = str(event.payload.get("address", ""))
    return refused_words(number("tried"), number("looked_at"), address, clock_time(number("since")), told)


class _Blank(dict[str, str]):
    """Fills gaps in an event written by another version of Clerk with nothing."""

    def __missing__(self, key: str) -> str:
        return "?"


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
