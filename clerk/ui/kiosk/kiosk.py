"""What a key, a tap or a scan does at the kiosk. No terminal, no clock.

Everything of the member hangs on one object, `Visit`; the end of a visit drops it, and with it all there was.
Work that waits for the disk is handed out as `Work` and comes back through `came`; what comes back after the visit
has ended is dropped unread.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from clerk.errors import ClerkError
from clerk.model.kiosk import HandedOver, KioskRefused
from clerk.ui.drawing.lines import Role
from clerk.ui.kiosk import pages
from clerk.ui.kiosk.page import Page, Words
from clerk.ui.kiosk.visit import BACK_TO, MENU, NOTHING, PIN_DIGITS, At, Visit, page_of

if TYPE_CHECKING:
    from clerk.desk.kiosk.my_data import MyData
    from clerk.desk.kiosk.session import KioskDesk

PHONE_DIGITS = 15
"""Digits that can be typed as a phone number."""

DIGITS = frozenset("0123456789")
"""Keys that type on a pad."""

NOT_RIGHT = Words(
    "That did not open it. If it stays closed, or you never gave us a phone number, ask at the counter.", Role.WARN
)
"""The same whatever the reason is."""


class Work(NamedTuple):
    """Something that waits for the disk, to be run on another thread."""

    visit_id: str
    run: Callable[[], object]
    then: Callable[[object], None]
    at_fixed_time: bool = False
    """Whether the reply comes after a fixed time, so that its reason cannot be told by a clock."""


class Kiosk:
    """Keys and scans in, pages out."""

    def __init__(self) -> None:
        self.desk: KioskDesk | None = None
        self.is_closed = False
        """There is no usable store data."""
        self._visit: Visit | None = None
        self._refused: KioskRefused | None = None
        self._goodbye = ""
        """`done` or `forgotten` while that page is shown."""
        self.has_opened = False
        """Whether a card opened anything here: then something of its member may be left in this process."""

    @property
    def is_open(self) -> bool:
        """Whether a member is in front."""
        return self._visit is not None

    @property
    def is_idle(self) -> bool:
        """Whether only the welcome page is shown."""
        return self._visit is None and self._refused is None and not self._goodbye

    @property
    def pause_s(self) -> int:
        """Seconds for which nothing is read any more, as of the last scan."""
        return self._refused.pause_s if self._refused is not None else 0

    def page(self, left: int = 0) -> Page:
        """The page that is shown; `left` are the seconds of a pause."""
        if self.desk is None:
            return pages.closed() if self.is_closed else pages.opening()
        if self._goodbye:
            return pages.goodbye(self._goodbye)
        if self._refused is not None:
            return pages.refused(self._refused, left)
        if self._visit is None:
            return pages.idle(self.desk.sample_code)
        return page_of(self._visit)

    # ---- what happens

    def scan(self, text: str) -> None:
        """A scan: the last visit ends at once, whatever comes of it."""
        if self.desk is None:
            return
        self.clear("scan")
        found = self.desk.scan(text)
        if isinstance(found, KioskRefused):
            self._refused = found
        else:
            self._visit = Visit(found)
            self.has_opened = True

    def clear(self, how: str, goodbye: str = "") -> None:
        """Drops everything of the member."""
        visit, self._visit = self._visit, None
        self._refused, self._goodbye = None, goodbye
        if visit is not None and self.desk is not None:
            self.desk.end(how)

    def hand_over(self) -> HandedOver:
        """What the next process goes on with; the desk is closed with it."""
        desk, self.desk = self.desk, None
        assert desk is not None
        desk.close()
        unknown_at, modules = tuple(desk.unknown_at), tuple(sys.modules)
        return HandedOver(self._goodbye, self._refused, unknown_at, desk.paused_until, modules)

    def go_on(self, desk: KioskDesk, before: HandedOver) -> None:
        """Shows the page that the process before this one showed, and counts unknown cards on."""
        self.desk, self._goodbye, self._refused = desk, before.goodbye, before.refused
        desk.unknown_at.extend(before.unknown_at)
        desk.paused_until = before.paused_until

    def press(self, key: str) -> Work | None:
        """A key or a tap of a person; gives back what has to wait for the disk."""
        visit = self._visit
        if visit is None:
            if self.is_idle and key == "1" and self.desk is not None and self.desk.sample_code:
                self.scan(self.desk.sample_code)
            elif self._goodbye:
                self.clear("done")
            return None
        typing = visit.at in (At.UNLOCK, At.PHONE)
        is_sent, visit.is_sent = visit.is_sent, visit.is_sent and visit.busy
        if key == "enter" and is_sent:
            return None
        if key == "done" or (not typing and key in ("0", "enter")):
            self.clear("done", "done")
            return None
        if visit.busy:
            return None
        visit.said = NOTHING
        if key == "escape" or (not typing and key in ("8", "backspace")):
            self._back(visit)
            return None
        return self._type(visit, key) if typing else self._choose(visit, key)

    def came(self, work: Work, result: object, error: Exception | None) -> None:
        """Work is done, or failed; dropped when its visit has ended."""
        visit = self._visit
        if visit is None or visit.card.visit_id != work.visit_id:
            return
        visit.busy = False
        if error is None:
            work.then(result)
        elif isinstance(error, ClerkError):
            visit.said = Words(f"Not recorded: {error.what} Please ask at the counter.", Role.BAD)
        else:
            visit.said = Words("Not recorded. Please ask at the counter.", Role.BAD)

    # ---- keys of the pages

    def _back(self, visit: Visit) -> None:
        visit.typed = ""
        if visit.at is At.GREETING:
            return
        visit.at = BACK_TO.get(visit.at, At.MENU)

    def _type(self, visit: Visit, key: str) -> Work | None:
        """The pads: digits of the phone."""
        most = PIN_DIGITS if visit.at is At.UNLOCK else PHONE_DIGITS
        if key == "backspace":
            visit.typed = visit.typed[:-1]
        elif key in DIGITS and len(visit.typed) < most:
            visit.typed += key
        if visit.at is At.UNLOCK and len(visit.typed) == PIN_DIGITS:
            return self._unlock(visit)
        if visit.at is At.PHONE and key == "enter" and visit.typed:
            number, visit.typed = visit.typed, ""
            return self._change(
                visit, lambda my_data: my_data.correct_phone(number), "Your new number is kept.", At.DETAILS
            )
        return None

    def _choose(self, visit: Visit, key: str) -> Work | None:
        """Every other page."""
        match visit.at:
            case At.GREETING if key == "1":
                visit.at = At.UNLOCK if visit.my_data is None else At.MENU
            case At.MENU if key in MENU:
                visit.at = MENU[key]
                visit.first.clear()
            case At.DETAILS if key == "1":
                visit.at = At.PHONE
            case At.DETAILS if key == "2":
                return self._asked(visit, "correction asked", "The counter sees that. Please tell them the right one.")
            case At.USUAL if key == "1":
                visit.at = At.MONTHS
            case At.MONTHS | At.MONTH | At.STATEMENTS:
                return self._listed(visit, key)
            case At.PURCHASE:
                return self._about_line(visit, key)
            case At.STRIKE_MONTH if key == "1":
                month = visit.month
                return self._change(visit, lambda my_data: my_data.strike(month=month), "Struck out.", At.MONTHS)
            case At.TAKE_BACK if key == "1":
                event_id = visit.event_id
                return self._change(visit, lambda my_data: my_data.take_back(event_id), "Taken back.", At.STATEMENTS)
            case At.PURPOSES | At.PURPOSE:
                return self._switch(visit, key)
            case At.COPY if key == "1":
                return self._asked(visit, "copy asked", "The counter hands you your copy.", At.MENU)
            case At.FORGET if key == "1":
                visit.at = At.FORGET_SURELY
            case At.FORGET_SURELY if key == "1":
                return self._forget(visit)
        return None

    def _listed(self, visit: Visit, key: str) -> Work | None:
        """A list: an entry is chosen, or the page is turned."""
        assert visit.found is not None
        count = {At.MONTHS: len(visit.found.months), At.MONTH: len(visit.lines), At.STATEMENTS: len(visit.found.said)}
        start = visit.first.get(visit.at, 0)
        if key == "7" and start + pages.SHOWN < count[visit.at]:
            visit.first[visit.at] = start + pages.SHOWN
        if key == "6" and visit.at is At.MONTH and visit.lines:
            visit.at = At.STRIKE_MONTH
        place = start + int(key) - 1 if key in frozenset("1234") else -1
        if not 0 <= place < count[visit.at if visit.at in count else At.MONTH]:
            return None
        if visit.at is At.MONTHS:
            chosen = visit.found.months[place]
            visit.month, visit.month_words = chosen.month, chosen.words
            return self._read_month(visit)
        if visit.at is At.MONTH:
            visit.line, visit.at = visit.lines[place], At.PURCHASE
        elif visit.at is At.STATEMENTS:
            said = visit.found.said[place]
            visit.event_id, visit.event_words, visit.at = said.event_id, said.words, At.TAKE_BACK
        return None

    def _about_line(self, visit: Visit, key: str) -> Work | None:
        """What can be done about one purchase."""
        line = visit.line
        assert line is not None
        if key == "1":
            return self._change(visit, lambda my_data: my_data.strike(line=line.line), "Struck out.", At.MONTH)
        if key == "2":
            return self._change(
                visit, lambda my_data: my_data.gift(line.line), "A gift: it is not your taste.", At.MONTH
            )
        if key == "3" and line.category:
            return self._change(
                visit, lambda my_data: my_data.strike(category=line.category), "All of it is struck out.", At.MONTH
            )
        if key == "4" and line.category:
            return self._change(visit, lambda my_data: my_data.never(line.sku), "Never it is.", At.MONTH)
        return None

    def _switch(self, visit: Visit, key: str) -> Work | None:
        """A consent purpose: shows its wording, then one press records yes or no."""
        assert visit.found is not None
        if visit.at is At.PURPOSES:
            place = int(key) - 1 if key in frozenset("123") else -1
            if 0 <= place < len(visit.found.purposes):
                visit.purpose, visit.at = visit.found.purposes[place], At.PURPOSE
            return None
        one = visit.purpose
        if one is None or not (key == "1" or (key == "2" and one.is_open)):
            return None
        yes = key == "1" and not one.allowed
        said = f"{pages.TITLES[one.purpose]}: {'yes' if yes else 'no'}, from now on."
        return self._change(visit, lambda my_data: my_data.agree(one.purpose, yes), said, At.PURPOSES)

    # ---- work

    def _unlock(self, visit: Visit) -> Work:
        desk, digits, visit.typed, visit.is_sent = self.desk, visit.typed, "", True
        assert desk is not None
        visit_id = visit.card.visit_id

        def run() -> object:
            if not desk.unlock(visit_id, digits):
                return None
            my_data = desk.my_data(visit_id)
            return my_data, my_data.remembered()

        def then(result: object) -> None:
            if isinstance(result, tuple):
                visit.my_data, visit.found = result
                visit.at = At.MENU
            else:
                visit.said = NOT_RIGHT

        visit.busy = True
        return Work(visit_id, run, then, at_fixed_time=True)

    def _change(self, visit: Visit, change: Callable[[MyData], None], said: str, at: At) -> Work:
        """Makes the change, reads anew what is remembered, and reports the result."""
        my_data = visit.my_data
        assert my_data is not None

        month = visit.month if at is At.MONTH else ""

        def run() -> object:
            change(my_data)
            return my_data.remembered(), my_data.lines(month) if month else ()

        def then(result: object) -> None:
            assert isinstance(result, tuple)
            visit.found, visit.lines = result
            visit.at, visit.said, visit.line = at, Words(f"✓ {said}", Role.GOOD), None
            visit.first.pop(At.STATEMENTS, None)
            if visit.first.get(At.MONTH, 0) >= len(visit.lines):
                visit.first.pop(At.MONTH, None)

        visit.busy = True
        return Work(visit.card.visit_id, run, then)

    def _asked(self, visit: Visit, what: str, said: str, at: At | None = None) -> Work:
        return self._change(visit, lambda my_data: my_data.ask(what), said, at or visit.at)

    def _read_month(self, visit: Visit) -> Work:
        my_data, month = visit.my_data, visit.month
        assert my_data is not None

        def then(result: object) -> None:
            assert isinstance(result, tuple)
            visit.lines, visit.at = result, At.MONTH
            visit.first.pop(At.MONTH, None)

        visit.busy = True
        return Work(visit.card.visit_id, lambda: my_data.lines(month), then)

    def _forget(self, visit: Visit) -> Work:
        my_data = visit.my_data
        assert my_data is not None

        def then(result: object) -> None:
            self.clear("done", "forgotten")

        visit.busy = True
        return Work(visit.card.visit_id, my_data.forget, then)
