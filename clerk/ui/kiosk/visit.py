"""One member in front of the kiosk: all that is known of them hangs here, and which page it makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from clerk.model import Agreement
from clerk.model.kiosk import KioskCard, KioskPurchase, Remembered
from clerk.ui.kiosk import pages
from clerk.ui.kiosk.page import Page, Words

if TYPE_CHECKING:
    from clerk.desk.kiosk.my_data import MyData

PIN_DIGITS = 4
"""Digits of the second factor."""

NOTHING = Words("")


class At(StrEnum):
    """Which page is in front."""

    GREETING = "greeting"
    UNLOCK = "unlock"
    MENU = "menu"
    DETAILS = "details"
    PHONE = "phone"
    USUAL = "usual"
    MONTHS = "months"
    MONTH = "month"
    PURCHASE = "purchase"
    STRIKE_MONTH = "strike-month"
    STATEMENTS = "statements"
    TAKE_BACK = "take-back"
    PURPOSES = "purposes"
    PURPOSE = "purpose"
    COPY = "copy"
    FORGET = "forget"
    FORGET_SURELY = "forget-surely"


@dataclass(slots=True)
class Visit:
    """All that is known of the member in front."""

    card: KioskCard
    at: At = At.GREETING
    typed: str = ""
    is_sent: bool = False
    """Whether the last digit went on by itself: the Enter after it belongs to it, and ends nothing."""
    said: Words = NOTHING
    busy: bool = False
    my_data: MyData | None = None
    found: Remembered | None = None
    month: str = ""
    month_words: str = ""
    lines: tuple[KioskPurchase, ...] = ()
    line: KioskPurchase | None = None
    purpose: Agreement | None = None
    event_id: str = ""
    event_words: str = ""
    first: dict[At, int] = field(default_factory=dict)
    """Where a list begins."""


BACK_TO = {
    At.UNLOCK: At.GREETING,
    At.MENU: At.GREETING,
    At.PHONE: At.DETAILS,
    At.MONTH: At.MONTHS,
    At.PURCHASE: At.MONTH,
    At.STRIKE_MONTH: At.MONTH,
    At.TAKE_BACK: At.STATEMENTS,
    At.PURPOSE: At.PURPOSES,
    At.FORGET_SURELY: At.FORGET,
}
"""Where Back leads; from everywhere else to the menu."""

MENU = {
    "1": At.DETAILS,
    "2": At.USUAL,
    "3": At.MONTHS,
    "4": At.STATEMENTS,
    "5": At.PURPOSES,
    "6": At.COPY,
    "7": At.FORGET,
}
"""What the menu's keys open."""


def page_of(visit: Visit) -> Page:
    """The page of an open visit."""
    if visit.busy:
        return pages.busy()
    found, said = visit.found, visit.said
    first = visit.first.get(visit.at, 0)
    if visit.at is At.GREETING or (found is None and visit.at is not At.UNLOCK):
        return pages.greeting(visit.card)
    if visit.at is At.UNLOCK or found is None:
        dots = " ".join("●" * len(visit.typed) + "○" * (PIN_DIGITS - len(visit.typed)))
        return pages.digits("Is it you?", "The last four digits of your phone number:", dots, said)
    match visit.at:
        case At.DETAILS:
            return pages.details(found, said)
        case At.PHONE:
            return pages.digits(
                "New phone number", "Digits, 00 in front for another country:", visit.typed or "–", said, ok=True
            )
        case At.USUAL:
            return pages.usual(found, said)
        case At.MONTHS:
            return pages.months(found.months, first, said)
        case At.MONTH:
            return pages.month(visit.month_words, visit.lines, first, said)
        case At.PURCHASE if visit.line is not None:
            return pages.purchase(visit.line, said)
        case At.STRIKE_MONTH:
            asked = f"Everything of {visit.month_words} is not used and not shown any more."
            return pages.confirm("Strike out a month", [asked], "Yes, strike it out")
        case At.STATEMENTS:
            return pages.statements(found.said, first, said)
        case At.TAKE_BACK:
            return pages.confirm("Take it back?", [visit.event_words], "Yes, take it back")
        case At.PURPOSES:
            return pages.purposes(found, said)
        case At.PURPOSE if visit.purpose is not None:
            return pages.purpose(visit.purpose)
        case At.COPY:
            asked = "Everything we keep about you, on paper and as a file. The counter hands it to you."
            return pages.confirm("A copy for you", [asked], "Ask for my copy")
        case At.FORGET:
            asked = "We would forget who you are, what you bought and what you told us. Your card opens nothing then."
            return pages.confirm("Forget me", [asked], "Go on")
        case At.FORGET_SURELY:
            return pages.confirm("Forget me: are you sure?", ["This cannot be taken back."], "Yes, forget me for good")
    return pages.menu(found, said)
