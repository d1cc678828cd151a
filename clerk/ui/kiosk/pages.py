"""Every page of the kiosk, made from what the desk gave. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from clerk.model import AGREED_IN_WORDS, Agreement, Purpose
from clerk.model.kiosk import (
    KioskCard,
    KioskLine,
    KioskMonth,
    KioskPurchase,
    KioskRefused,
    KioskStatement,
    Remembered,
)
from clerk.phrases import count
from clerk.ui.drawing.lines import Role
from clerk.ui.kiosk.page import Button, Page, Words

DONE = Button("0", "I'm done")
BACK = Button("8", "Back")
SHOWN = 4
"""Entries of a list on one page: as many as a small screen holds with buttons of three rows."""

TITLES = {
    Purpose.REMEMBER: "Remember me",
    Purpose.SUGGEST: "Suggest to me",
    Purpose.CONTACT: "Contact me",
}

LEFT_BEHIND = Words("Copies on this shop's other machines go with the coming nights.", Role.MUTED)


def opening() -> Page:
    """Before the store data is open."""
    return Page("Welcome", (Words("One moment, please …", Role.MUTED),), big=True)


def closed() -> Page:
    """There is no usable store data; the reason is nobody's here to read."""
    return Page("Welcome", (Words("This screen is closed. Please ask at the counter.", Role.WARN),), big=True)


def idle(sample: str) -> Page:
    """Nobody is here."""
    words = [
        Words("Scan your card", Role.TITLE),
        Words(""),
        Words("to see your usual, and what is here for you today."),
        Words("It is your screen: it forgets you when you are done.", Role.MUTED),
    ]
    if not sample:
        return Page("Welcome", tuple(words), big=True)
    return Page("Welcome", tuple(words), (Button("1", "Sample store: use the sample card"),), columns=1, big=True)


def refused(found: KioskRefused, left: int) -> Page:
    """A scan that opened nothing."""
    wait = f"{found.remedy} ({left} s)" if found.pause_s else found.remedy
    return Page("Not opened", (Words(found.what, Role.WARN), Words(""), Words(wait)), big=True)


def greeting(card: KioskCard) -> Page:
    """The first screen of a member."""
    words: list[Words] = [Words(card.usual_title, Role.TITLE)]
    for line in card.usual[:4]:
        words += _line(line)
    words.append(Words(card.usual_why, Role.MUTED, 2))
    if card.again:
        words.append(Words("Comes round again", Role.TITLE))
        for line in card.again[:2]:
            words += _line(line)
    words.append(Words("Here for you today", Role.TITLE))
    for line in card.here:
        words += _line(line)
    if card.silence:
        words.append(Words(card.silence, Role.MUTED, 2))
    title = f"Hello {card.greeting}" if card.greeting else "Hello"
    return Page(title, tuple(words), (Button("1", "What we remember about you"), DONE), columns=2)


def digits(title: str, asked: str, shown: str, said: Words, *, ok: bool = False) -> Page:
    """A pad for digits; without OK where the last one goes on by itself."""
    pad = [Button(key, "") for key in "123456789"]
    pad += [Button("backspace", ""), Button("0", ""), *([Button("enter", "OK")] if ok else [])]
    words = (Words(asked), Words(""), Words(shown, Role.TITLE, 2))
    buttons = (*pad, Button("escape", "Back"), Button("done", "I'm done"))
    return Page(title, words, buttons, columns=3, said=said)


def menu(found: Remembered, said: Words) -> Page:
    """What is remembered, and where to go from here."""
    words = (
        Words(f"{found.name}: {count(found.lines, 'purchase')} in {count(found.visits, 'visit')} are used here."),
        *(Words(f"! {note}", Role.WARN) for note in found.notes),
        Words("Whatever you change here counts at once.", Role.MUTED),
    )
    buttons = (
        Button("1", "Who you are"),
        Button("2", "Your usual and why"),
        Button("3", "What you bought"),
        Button("4", "What you told us"),
        Button("5", "What you agreed to"),
        Button("6", "A copy for you"),
        Button("7", "Forget me"),
        BACK,
        DONE,
    )
    return Page("What we remember about you", words, buttons, columns=3, said=said)


def details(found: Remembered, said: Words) -> Page:
    """Name and contact."""
    words = (
        Words(f"Name: {found.name or 'none'}"),
        Words(f"Phone: {found.phone or 'none'}"),
        Words(f"E-mail: {found.email or 'none'}"),
    )
    buttons = (
        Button("1", "New phone number"),
        Button("2", "The name or e-mail is wrong"),
        BACK,
        DONE,
    )
    return Page("Who you are", words, buttons, said=said)


def usual(found: Remembered, said: Words) -> Page:
    """The usual and the rule behind it."""
    words: list[Words] = []
    for line in found.usual:
        words += _line(line)
    if any(one.purpose is Purpose.REMEMBER and not one.allowed for one in found.purposes):
        words.append(Words(found.usual_why))
    else:
        if not found.usual:
            words.append(Words("There is no usual yet.", Role.MUTED))
        words += [Words(""), Words(f"Why: {found.usual_why}")]
        words.append(Words("It is counted from what you bought; strike out what is not yours.", Role.MUTED))
    return Page("Your usual, and why", tuple(words), (Button("1", "What you bought"), BACK, DONE), said=said)


def months(found: Sequence[KioskMonth], at: int, said: Words) -> Page:
    """Purchases by month, newest first."""
    words = (Words("By month; choose one to see it.", Role.MUTED),)
    if not found:
        words = (Words("Nothing you bought is used here."),)
    rows = [(one.words, f"{count(one.visits, 'visit')}, {count(one.lines, 'purchase')}") for one in found]
    return _listed("What you bought", words, rows, at, (), said)


def month(words: str, found: Sequence[KioskPurchase], at: int, said: Words) -> Page:
    """Lines of one month."""
    rows = [(one.name, one.detail) for one in found]
    also = (Button("6", "Strike month"),) if found else ()
    none = () if found else (Words("Nothing of this month is used any more."),)
    return _listed(words, none, rows, at, also, said)


def purchase(found: KioskPurchase, said: Words) -> Page:
    """One line, and what can be done about it."""
    buttons = [Button("1", "Strike it out: do not use it"), Button("2", "It was a gift")]
    if found.category:
        buttons += [
            Button("3", f"Strike out all of {found.category.rpartition(' > ')[2]}"),
            Button("4", "Never suggest it"),
        ]
    words = (Words(found.name, Role.TITLE), Words(found.detail))
    return Page("One purchase", words, (*buttons, BACK, DONE), columns=2, said=said)


def statements(found: Sequence[KioskStatement], at: int, said: Words) -> Page:
    """The page of the member's statements."""
    words = (Words("Choose one to take it back.", Role.MUTED),) if found else (Words("You have told us nothing yet."),)
    return _listed("What you told us", words, [(one.words, one.detail) for one in found], at, (), said)


def purposes(found: Remembered, said: Words) -> Page:
    """What was agreed to, and since when."""
    words: list[Words] = []
    buttons = []
    for number, one in enumerate(found.purposes, 1):
        state = AGREED_IN_WORDS[one.state]
        words.append(Words(f"{TITLES[one.purpose]}: {state}", Role.TITLE))
        words.append(Words(one.since, Role.TEXT, 2))
        buttons.append(Button(str(number), TITLES[one.purpose], state))
    return Page("What you agreed to", tuple(words), (*buttons, BACK, DONE), said=said)


def purpose(one: Agreement) -> Page:
    """The page of one consent purpose in its exact wording; one press records yes or no."""
    words = (
        Words(f"“{one.wording}”", Role.STRONG),
        Words(f"wording {one.version}", Role.MUTED),
        Words(""),
        Words(f"Now: {AGREED_IN_WORDS[one.state]} {one.since}".rstrip()),
    )
    yes = "No, not any more" if one.allowed else "Yes, I agree"
    no = (Button("2", "No"),) if one.is_open else ()
    return Page(TITLES[one.purpose], words, (Button("1", yes), *no, BACK, DONE), columns=1)


def confirm(title: str, words: Sequence[str], yes: str) -> Page:
    """A question before something is done."""
    return Page(title, tuple(Words(one) for one in words), (Button("1", yes), BACK, DONE), columns=1)


def busy() -> Page:
    """The page shown while the disk is written."""
    return Page("One moment, please …", (), (), big=True)


def warning(left: int) -> Page:
    """The screen is about to be cleared: nothing of the member is on it."""
    words = (
        Words("Are you still there?", Role.TITLE),
        Words(""),
        Words(f"This screen is cleared in {left} seconds."),
        Words("Touch it anywhere, or press any key, to stay."),
    )
    return Page("Still there?", words, (Button("1", "I am still here"), DONE), columns=1, big=True)


def goodbye(how: str) -> Page:
    """The visit is over, by `done` or by `forgotten`, and nobody is named."""
    if how == "forgotten":
        words = Words("Done. What was kept about you is deleted here.", Role.GOOD)
        return Page("Goodbye", (words, LEFT_BEHIND), big=True)
    return Page("Goodbye", (Words("Your screen is closed.", Role.GOOD),), big=True)


def _line(line: KioskLine) -> list[Words]:
    """A thing and its detail, on two rows where it has one."""
    named = Words(line.name, Role.STRONG, 2)
    return [named, Words(line.detail, Role.TEXT, 6)] if line.detail else [named]


def _listed(
    title: str,
    words: tuple[Words, ...],
    rows: Sequence[tuple[str, str]],
    at: int,
    also: tuple[Button, ...],
    said: Words,
) -> Page:
    """A list with a button for each entry, a page at a time."""
    shown = rows[at : at + SHOWN]
    entries = tuple(Button(str(number), *row) for number, row in enumerate(shown, 1))
    more = (Button("7", f"More ({len(rows) - at - SHOWN})"),) if len(rows) > at + SHOWN else ()
    return Page(title, words, (*also, *more, BACK, DONE), entries, said=said)
