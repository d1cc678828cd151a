"""From the counter's card to the member's own: masked, in words for the member, without what only the shop may see.

The second factor has not been given here: whoever holds the card may be anybody, and others stand behind them.
"""

from __future__ import annotations

from clerk.languages.options import spoken
from clerk.model import (
    AgreementState,
    Due,
    Member,
    Purpose,
    Suggestion,
    Usual,
    UsualLine,
    UsualState,
    VisitCard,
)
from clerk.model.kiosk import KioskCard, KioskLine
from clerk.phone import digits_of
from clerk.phrases import of_type

HERE_AT_MOST = 3
"""Suggestions on the screen: what a slate holds."""

AGAIN_AT_MOST = 3
"""Things that come back on the screen."""

_TITLES = {
    UsualState.USUAL: "Your usual",
    UsualState.OFTEN: "What you often take",
    UsualState.NOT_YET: "Your usual",
}

_ASK = "ask at the counter before you take it"
"""In place of a stated allergen: it is about the member's health, and the second factor was not given."""


def masked_name(member: Member, *, given: bool = False) -> str:
    """`A*** L.`, or `Ada L.` where the shop greets by the given name; empty for a member without a name."""
    words = member.name.split()
    first = (member.given_name or (words[0] if words else "")).strip()
    if not first:
        return ""
    last = words[-1] if len(words) > 1 else ""
    tail = f" {last[0].upper()}." if last and last.casefold() != first.casefold() else ""
    return (first if given else f"{first[0].upper()}***") + tail


def masked_phone(phone: str) -> str:
    """`ends in 71`: the member knows the rest; two digits do not help at the second factor."""
    digits = digits_of(phone)
    return f"ends in {digits[-2:]}" if len(digits) >= 4 else "kept, but too short to check" if digits else ""


def masked_email(email: str) -> str:
    """`a***@e***.org`."""
    name, _, domain = email.strip().partition("@")
    if not name or not domain:
        return "kept" if email.strip() else ""
    host, dot, top = domain.rpartition(".")
    return f"{name[0]}***@{host[:1]}***{dot}{top}" if dot else f"{name[0]}***@{domain[:1]}***"


def kiosk_card(card: VisitCard, *, given: bool = False) -> KioskCard:
    """The member's own screen.

    Args:
        card: of this visit, as the counter has it.
        given: whether the shop greets by the given name.
    """
    usual = card.usual
    here = tuple(_suggested(one) for one in card.suggestions[:HERE_AT_MOST] if one.item.is_here)
    named = {one.item.sku for one in card.suggestions[:HERE_AT_MOST]}
    return KioskCard(
        visit_id=card.visit_id,
        greeting=masked_name(card.member, given=given),
        usual_title=_TITLES[usual.state],
        usual=usual_lines(usual),
        usual_why=yours(usual.why),
        again=tuple(_again(one) for one in card.due if one.item.sku not in named)[:AGAIN_AT_MOST],
        here=here,
        silence="" if here else _silence(card),
    )


def usual_lines(usual: Usual) -> tuple[KioskLine, ...]:
    """The usual, or what was taken last time where there is none yet, with what is here today."""
    lines = usual.lines or usual.last_time
    return tuple(KioskLine(_named(one), _state(one)) for one in lines)


def _named(line: UsualLine) -> str:
    """`1 × Flat white, oat milk`."""
    if line.level == "kind" and line.kind:
        return of_type(line.kind, line.item.name, line.item_seen, line.seen)
    choices = spoken(line.modifiers)
    mostly = "mostly " if line.level == "item" and choices else ""
    return f"{line.quantity} × {line.item.name}{', ' if choices else ''}{mostly}{choices}"


def _state(line: UsualLine) -> str:
    """What is in the way today and what stands in for it, else where it is."""
    told = list(dict.fromkeys(one if one.endswith((" is out", " any more")) else _ASK for one in line.missing))
    if told:
        return f"{', '.join(told)}{f' → instead: {line.instead}' if line.instead else ''}"
    shelf = f" · shelf {line.item.shelf}" if line.item.shelf else ""
    return f"here today{shelf}" if line.item.on_hand is not None else ""


def _again(due: Due) -> KioskLine:
    """A thing that comes back."""
    shelf = f" · shelf {due.item.shelf}" if due.item.shelf and due.item.is_here else ""
    return KioskLine(due.item.name, due.note.replace("→ offer", "→ instead:") or f"{yours(due.why)}{shelf}")


def _suggested(one: Suggestion) -> KioskLine:
    """What is here for the member, where, and why, in words for them."""
    shelf = f"shelf {one.item.shelf}" if one.item.shelf else "here today" if one.item.on_hand is not None else ""
    why = "new for you, picked by the shop" if one.source == "house" else yours(one.reason.line)
    return KioskLine(one.item.name, " · ".join(part for part in (shelf, why) if part))


def _silence(card: VisitCard) -> str:
    """Why nothing is named: the member's own choice, that nobody asked, or that nothing is good enough."""
    if card.consents.state(Purpose.SUGGEST) is AgreementState.NOT_ASKED:
        return "You were not asked about suggestions, so none are made."
    if Purpose.SUGGEST not in card.allowed:
        return "You have not agreed to suggestions, so none are made."
    if Purpose.REMEMBER not in card.allowed:
        return "You have not agreed to be remembered, so nothing is suggested."
    return "Nothing today that is good enough to name."


def yours(line: str) -> str:
    """A line of the counter in words for the member."""
    for theirs, yours in (
        ("has not agreed", "you have not agreed"), ("Buys it", "You take it"),
        ("something they buy", "something you buy"), ("they ", "you "),
    ):  # fmt: skip
        line = line.replace(theirs, yours)
    return line
