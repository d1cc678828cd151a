"""What is on the glass and what a key, a scan or an answer from elsewhere does to it. Knows no terminal.

One stack of screens with the start screen at the bottom; at most one open visit. A scan clears the stack first, so
nothing of the member before stays visible whatever the scan turns out to be.
"""

from __future__ import annotations

from collections.abc import Callable

from textual.message import Message

from clerk.errors import ClerkError
from clerk.model import Items, Nobody, Notice, Several, VisitCard
from clerk.ui.actions import BY_ID, BY_KEY
from clerk.ui.asks import DeskAsked
from clerk.ui.codes import is_code_like, looks_whole
from clerk.ui.frame import frame, question, remark
from clerk.ui.lines import EMPTY, Line, Role
from clerk.ui.messages import FoundByMeaning, Recorded
from clerk.ui.prompt import Prompt
from clerk.ui.recording import ANSWER_OF, Recording, notice_of
from clerk.ui.screens.find import LIMIT, FindView
from clerk.ui.screens.help import HelpView
from clerk.ui.screens.home import HomeView, TroubleView
from clerk.ui.screens.item import ItemView
from clerk.ui.screens.member import MemberView
from clerk.ui.screens.view import View
from clerk.ui.screens.why import WhyView

EVERYWHERE = frozenset(
    ("help", "members", "items", "quit", "palette", "theme", "back", "up", "down", "page-up", "page-down")
)
"""Actions that apply on every screen once the store data is open."""

BEFORE_OPEN = frozenset(("help", "quit", "back", "theme", "up", "down", "page-up", "page-down"))
"""Actions that apply while there is no store data."""

PAGE = 12
"""Rows a page key moves."""


class Counter:
    """The state of the counter.

    Args:
        post: takes a message from any thread and brings it back to `recorded` or `found_by_meaning` here.
    """

    def __init__(self, post: Callable[[Message], object]) -> None:
        self.desk: DeskAsked | None = None
        self.home: View = HomeView()
        self.failures: list[Notice] = []
        self.prompt = Prompt()
        self.undrawn = False
        self._post = post
        self._stack: list[View] = []
        self._visit: MemberView | None = None
        self._said: Line = EMPTY
        self._asking = ""
        self._waiting: list[str] = []
        self._recording = Recording(post)

    # What is seen

    @property
    def view(self) -> View:
        """The screen in front."""
        return self._stack[-1] if self._stack else self.home

    @property
    def visit(self) -> MemberView | None:
        """The open visit, or None."""
        return self._visit

    @property
    def applies(self) -> frozenset[str]:
        """Actions that apply now."""
        if self.desk is None:
            return BEFORE_OPEN
        offers = self.view.offers()
        if self.prompt:
            offers |= {"open"}
        return EVERYWHERE | offers

    def draw(self, width: int, height: int) -> list[Line]:
        """Every row of the glass."""
        status = self.home.status if isinstance(self.home, HomeView) else None
        applies = self.applies - ({"back"} if not self._stack or self.view is self._visit else frozenset())
        return frame(
            self.view, status, self.failures, self._said, self.prompt, applies, self._open_label(), width, height
        )

    # The store data

    def opened(self, desk: DeskAsked) -> None:
        """The desk is open: the start screen is filled, and a card that was scanned meanwhile is answered."""
        self.desk = desk
        self.refresh_home()
        waiting, self._waiting = self._waiting, []
        for text in waiting:
            self.look_up(text)

    def not_opened(self, error: ClerkError) -> None:
        """There is no usable store data."""
        self.home = TroubleView(notice_of(error))
        self._waiting.clear()

    def refresh_home(self) -> None:
        """Takes the shop's status again."""
        if self.desk is not None:
            status = self.desk.status()
            self.home = HomeView(status, self.desk.qr_rows(status.demo_code) if status.demo_code else ())

    def is_own_code(self, text: str) -> bool:
        """Whether a text is one of our codes; before the desk is open its shape decides."""
        return self.desk.is_own_code(text) if self.desk is not None else looks_whole(text)

    def is_code(self, text: str) -> bool:
        """Whether a text is scanned rather than searched for."""
        return is_code_like(text) or self.is_own_code(text)

    # Keys

    def burst(self, text: str, leaked: int = 0) -> None:
        """A scan, or text that came at machine speed.

        Args:
            text: what it typed.
            leaked: letters of it that were typed into a line before it was known for a scan.
        """
        typed_into = self.view.prompt if isinstance(self.view, FindView) else self.prompt
        typed_into.take_back(leaked)
        if isinstance(self.view, FindView) and not self.is_code(text):
            self.type(text)
        else:
            self.look_up(text)

    def type(self, text: str) -> None:
        """Letters of a person."""
        self._asking, self._said = "", EMPTY
        if isinstance(self.view, FindView):
            if self.view.prompt.insert(text):
                self._search(self.view)
        elif self.desk is not None or self._waiting:
            self.prompt.insert(text)

    def press(self, key: str) -> str:
        """Any other key of a person; returns the id of an action that the app itself has to do, or nothing."""
        find = self.view if isinstance(self.view, FindView) else None
        prompt = find.prompt if find else self.prompt
        if self._visit is not None and self.view is self._visit and self._visit.marking and key in ("left", "right"):
            self._visit.choose_mark(-1 if key == "left" else 1)
            return ""
        if (find or self.prompt) and prompt.press(key):
            if find and key not in ("left", "right", "home", "end"):
                self._search(find)
            return ""
        action = BY_KEY.get(key)
        return self.do(action.id) if action else ""

    def do(self, name: str) -> str:
        """One action by its id; returns the id when the app itself has to do it."""
        asked, self._asking = self._asking, ""
        if asked or name in BY_ID:
            self._said = EMPTY
        if name == "quit" and asked != "quit":
            self._asking = "quit"
            self._said = question("Close the counter?", "F12 closes it · Esc stays")
            return ""
        if name in ("quit", "theme", "palette"):
            return name
        if name not in self.applies:
            self._said = remark(f"{BY_ID[name].shown} {BY_ID[name].label}: only where {BY_ID[name].where}.", Role.MUTED)
        elif name in ANSWER_OF and self._visit and self.desk:
            self._try(lambda visit, desk: self._recording.answer(desk, visit, ANSWER_OF[name]))
        elif name == "mark":
            self._try(self._mark)
        elif name == "undo":
            self._try(lambda visit, desk: self._recording.undo(desk, visit))
        elif name in ("up", "down", "page-up", "page-down"):
            self.view.move({"up": -1, "down": 1, "page-up": -PAGE, "page-down": PAGE}[name])
        else:
            self._go(name)
        return ""

    def tap(self, hit: str) -> str:
        """A tap on a key of the bottom line or on a row; a tap on the picked row opens it."""
        kind, _, what = hit.partition(":")
        if kind == "do":
            return self.do(what)
        before = self.view.picked()
        self.view.pick(int(what))
        return self.do("open") if before == self.view.picked() else ""

    # Going somewhere

    def look_up(self, text: str, typed: bool = False) -> None:
        """A code is scanned; anything else is searched among the members."""
        if self.is_code(text):
            self.scan(text, typed)
        elif self.desk is None:
            self._waiting.append(text)
        else:
            self.prompt.clear()
            self._find("members", text)

    def scan(self, text: str, typed: bool = False) -> None:
        """A card or an item code, from any screen.

        Effect: whatever was on the glass before is gone, unless the code is an item's.
        """
        if self.desk is None:
            self._waiting = [text]
            self._said = remark("Card read; it is answered as soon as the store data is open.")
            return
        self.prompt.clear()
        self._said, self._asking = EMPTY, ""
        try:
            result = self.desk.scan(text)
            if isinstance(result, VisitCard):
                self._open_visit(result)
            elif isinstance(result, (Nobody, Several)):
                self._nobody_or_several(self.desk, text, typed, result)
            else:
                self._stack = [self._visit] if self._visit else []
                self._show_item(result.item.sku)
        except ClerkError as error:
            self.end_visit("scan")
            self.failures.append(notice_of(error))

    def end_visit(self, how: str) -> None:
        """Clears the glass; nothing personal stays."""
        visit, self._visit = self._visit, None
        self._stack.clear()
        self.prompt.clear()
        if visit is not None and self.desk is not None:
            try:
                self.desk.end_visit(how)
            except ClerkError as error:
                self.failures.append(notice_of(error))

    # Answers from elsewhere

    def recorded(self, message: Recorded) -> None:
        """A write came back: drawn only if its visit is still the open one; a failure is always shown."""
        if message.error is not None:
            self.failures.append(notice_of(message.error))
        visit = self._visit
        if visit is None or visit.card.visit_id != message.visit_id:
            return
        visit.saving.pop(message.key, None)
        if message.error is None:
            if message.card is not None:
                visit.renew(message.card)
                self.undrawn = True
            self._said = remark(message.what, Role.GOOD)

    def found_by_meaning(self, message: FoundByMeaning) -> None:
        """Meaning merged in, if its text is still the one being searched for."""
        view = self.view
        if isinstance(view, FindView) and view.what == "items" and view.prompt.text == message.text:
            view.found_items(message.items)
            view.by_meaning = "words and meaning" if message.items.meaning else "words only"

    def mark_drawn(self) -> None:
        """The card is on the glass: its suggestions were really shown."""
        if self.undrawn and self.desk is not None and self._visit is not None and self.view is self._visit:
            self.undrawn = False
            try:
                self.desk.drawn(self._visit.card.visit_id)
            except ClerkError as error:
                self.failures.append(notice_of(error))

    # Inside

    def _open_visit(self, card: VisitCard) -> None:
        self._visit = MemberView(card, self._currency())
        self._stack = [self._visit]
        self.prompt.clear()
        self.undrawn = True

    def _nobody_or_several(self, desk: DeskAsked, text: str, typed: bool, result: Nobody | Several) -> None:
        self.end_visit("scan")
        if isinstance(result, Several):
            self._find("members", text)
            self._said = remark("Several members match; pick one.")
            return
        if typed:
            self._find("members", text)
        self._said = remark(f"! {result.code} {result.what} {result.remedy}", Role.WARN)

    def _go(self, name: str) -> None:
        """Actions that only change what is in front."""
        if name == "help":
            if not isinstance(self.view, HelpView):
                self._stack.append(HelpView(self.view.name))
        elif name in ("members", "items"):
            text = self.view.prompt.text if isinstance(self.view, FindView) else ""
            self._find(name, text)
        elif name == "sample" and isinstance(self.home, HomeView) and self.home.status:
            self.scan(self.home.status.demo_code)
        elif name == "next":
            self.end_visit("next")
        elif name == "open":
            self._open()
        elif name == "back":
            self._back()

    def _back(self) -> None:
        if self.prompt:
            self.prompt.clear()
        elif self.failures:
            self.failures.pop(0)
        elif self._visit is not None and self._visit.marking:
            self._visit.marking = None
        elif self._stack and self.view is not self._visit:
            self._stack.pop()
        elif self._visit is not None:
            self._said = remark("F10 closes this visit.", Role.MUTED)

    def _open(self) -> None:
        if self.prompt and not isinstance(self.view, FindView):
            self.look_up(self.prompt.text, typed=True)
            return
        row, desk = self.view.picked(), self.desk
        if row is None or desk is None:
            return
        try:
            if row.kind == "member":
                self._open_visit(desk.open_member(row.key))
            elif self._visit is not None and row.kind in ("suggestion", "due", "this"):
                self._show_why(desk, self._visit, row.sku)
            elif row.kind != "this":
                self._show_item(row.sku)
        except ClerkError as error:
            self.failures.append(notice_of(error))

    def _show_item(self, sku: str) -> None:
        if self.desk is not None:
            why = self.desk.why(self._visit.card.member.member_id, sku) if self._visit is not None else None
            self._stack.append(ItemView(self.desk.item(sku), why))

    def _show_why(self, desk: DeskAsked, visit: MemberView, sku: str) -> None:
        reasons = [each.reason.evidence for each in visit.card.suggestions if each.item.sku == sku]
        self._stack.append(WhyView(desk.why(visit.card.member.member_id, sku), reasons[0] if reasons else ()))

    def _find(self, what: str, text: str) -> None:
        if isinstance(self.view, FindView):
            self._stack.pop()
        view = FindView(what, self._currency(), text)
        self._stack.append(view)
        self._search(view)

    def _search(self, view: FindView) -> None:
        text, desk = view.prompt.text, self.desk
        if desk is None:
            return
        try:
            if view.what == "members":
                view.found_members(desk.find_members(text, LIMIT))
            else:
                view.found_items(desk.find_items(text, LIMIT))
                state = desk.search_state
                view.by_meaning = "" if not text else "words only" if state == "words only" else "meaning follows"
                if text and state != "words only":
                    desk.find_items_by_meaning(text, LIMIT, self._meaning_came)
        except ClerkError as error:
            view.failed(error.code, error.what, error.remedy)

    def _meaning_came(self, text: str, items: Items) -> None:
        self._post(FoundByMeaning(text, items))

    def _mark(self, visit: MemberView, desk: DeskAsked) -> Line:
        if visit.marking is None:
            visit.choose_mark(1)
            return remark("← → choose · F9 records it · Esc cancels", Role.ACCENT)
        return self._recording.mark(desk, visit)

    def _try(self, write: Callable[[MemberView, DeskAsked], Line]) -> None:
        if self._visit is None or self.desk is None:
            return
        try:
            self._said = write(self._visit, self.desk)
        except ClerkError as error:
            self.failures.append(notice_of(error))

    def _currency(self) -> str:
        return self.home.status.currency if isinstance(self.home, HomeView) and self.home.status else ""

    def _open_label(self) -> str:
        if self.prompt:
            return "Look up"
        row = self.view.picked()
        return "Why" if row is not None and row.kind in ("suggestion", "due", "this") else "Open"
