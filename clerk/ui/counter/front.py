"""The screens of the counter: a stack over the start screen, at most one open visit, and the message line below.

Asks the desk and puts its answers on screens; knows no keys. A `ClerkError` becomes a message that stays until it is
dismissed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from clerk.errors import ClerkError
from clerk.model import ItemCard, Items, Nobody, Notice, Several, VisitCard
from clerk.ui.counter.messages import FoundByMeaning, NewerOpened, Recorded, ShopScreenAsked, ShopScreenReady
from clerk.ui.counter.recording import NOTE, notice_of
from clerk.ui.drawing.lines import EMPTY, Line, Role, say
from clerk.ui.drawing.view import View
from clerk.ui.screens.agreements import AgreementsView
from clerk.ui.screens.audit import AuditView
from clerk.ui.screens.contact import ContactView
from clerk.ui.screens.duplicates import DuplicatesView
from clerk.ui.screens.enrol import EnrolView
from clerk.ui.screens.find import FindView
from clerk.ui.screens.help import HelpView
from clerk.ui.screens.home import HomeView, TroubleView
from clerk.ui.screens.item import ItemView
from clerk.ui.screens.lists import PrepView, ScorecardView, ShopScreen
from clerk.ui.screens.member import MemberView
from clerk.ui.screens.night_detail import detail_of
from clerk.ui.screens.nights import NightsView
from clerk.ui.screens.note import NoteView
from clerk.ui.screens.statements import StatementsView
from clerk.ui.screens.why import WhyView

if TYPE_CHECKING:
    from clerk.desk import Desk
    from clerk.desk.counter.finding import CounterFinding

ROWS = 50
"""Members asked for: more than fit on a counter screen, few enough for one repaint."""

ITEM_ROWS = 20
"""Items asked for: what is nearest in meaning beyond these is not near."""

SHOP_SCREENS: dict[str, type[ShopScreen]] = {
    "prep": PrepView,
    "scorecard": ScorecardView,
    "nights": NightsView,
    "duplicates": DuplicatesView,
}
"""The shop's own screens by the id of their action."""

UNFORESEEN = Notice(
    ClerkError.code, "It could not be worked out.", "Try again; if it happens again, run `clerk check`."
)
"""What a person is told when a screen of the shop fails in a way nobody foresaw."""


class Front:
    """The screens as they stand now.

    Args:
        post: takes a message from any thread; it comes back to `recorded` or `found_by_meaning`.
    """

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._desk: Desk | None = None
        self.home: View = HomeView()
        self.visit: MemberView | None = None
        self.failures: list[Notice] = []
        self.message_line: Line = EMPTY
        self.undrawn = False
        """Whether the card has not been reported as drawn yet."""
        self._post = post
        self._stack: list[View] = []
        self._sample_rows: tuple[str, ...] = ()

    @property
    def view(self) -> View:
        """The screen in front."""
        return self._stack[-1] if self._stack else self.home

    @property
    def can_go_back(self) -> bool:
        """Whether a screen lies behind this one that may be shown."""
        return bool(self._stack) and self.view is not self.visit

    @property
    def currency(self) -> str:
        """For prices."""
        return self.home.status.currency if isinstance(self.home, HomeView) and self.home.status else ""

    def fail(self, error: BaseException) -> None:
        """Shows an error until it is dismissed."""
        self.failures.append(notice_of(error))

    # The start screen

    def opened(self, desk: Desk) -> None:
        """The store data is open."""
        self._desk = desk
        self.renew_home()

    def renew_home(self) -> None:
        """The start screen as of now."""
        if self._desk is None:
            return
        status = self._desk.status.now()
        if status.demo_code and not self._sample_rows:
            self._sample_rows = tuple(self._desk.cards.qr_rows(status.demo_code))
        before = self.home.picked()
        self.home = HomeView(status, self._sample_rows)
        if before is not None:
            self.home.pick_kind(before.kind)

    def close_home(self, error: ClerkError) -> None:
        """There is no usable store data."""
        self.home = TroubleView(notice_of(error))

    # Visits

    def show(self, text: str, typed: bool) -> None:
        """Looks a scanned code up and shows the member or item; an open visit ends, unless it is an item's code."""
        desk = self._desk
        if desk is None:
            return
        try:
            result = desk.visit.scan(text)
            if isinstance(result, VisitCard):
                self.open_visit(result)
            elif isinstance(result, (Nobody, Several)):
                self._show_no_single_member(text, typed, result)
            else:
                self._stack = [self.visit] if self.visit else []
                self._show_item_card(desk.finding, result)
        except ClerkError as error:
            self.end_visit("scan")
            self.fail(error)

    def open_visit(self, card: VisitCard) -> None:
        """Shows a member; nothing of the one before stays."""
        self._renew_if_newer()
        self.visit = MemberView(card, self.currency)
        self._stack = [self.visit]
        self.undrawn = True

    def end_visit(self, how: str) -> None:
        """Ends the visit; nothing of the member stays on the screen."""
        visit, self.visit = self.visit, None
        self._stack.clear()
        if visit is not None and self._desk is not None:
            try:
                self._desk.visit.end(how)
                self.take_newer()
            except ClerkError as error:
                self.fail(error)

    # Newer store data

    def take_newer(self) -> bool:
        """Between two visits: goes over to newer data when it has been opened; whether it did."""
        taken = self._desk is not None and self._desk.visit.take_newer()
        if taken:
            self._renew_if_newer()
        return taken

    def newer_opened(self, message: NewerOpened) -> None:
        """Other data was opened beside the one in use; with a visit open it waits for its end."""
        desk = self._desk
        if message.error is not None:
            self.fail(message.error)
        if desk is None:
            return
        taken = self.visit is None and self.take_newer()
        for view in self._stack:
            if isinstance(view, NightsView):
                view.renew(desk.nights.now())
                self._post(ShopScreenAsked(view))
        if message.change and message.error is None:
            done = f"✓ Done: {message.change}"
            self.message_line = say(done if taken else f"{done}; from the next visit on", Role.GOOD)
        elif taken:
            self.message_line = say("Newer store data came and is in use.", Role.MUTED)

    def _renew_if_newer(self) -> None:
        """The start screen and the header, when other data is in use now."""
        status = self.home.status if isinstance(self.home, HomeView) else None
        if status is not None and self._desk is not None and self._desk.pack.generation != status.generation:
            self._sample_rows = ()
            self.renew_home()

    def mark_drawn(self) -> None:
        """Tells the desk that the card was painted, so that its suggestions count as shown."""
        if self.undrawn and self._desk is not None and self.visit is not None and self.view is self.visit:
            self.undrawn = False
            try:
                self._desk.visit.drawn(self.visit.card.visit_id)
            except ClerkError as error:
                self.fail(error)

    def recorded(self, message: Recorded) -> None:
        """A write finished: shown only if its visit is still open; a failure is always shown."""
        if message.error is not None:
            self.fail(message.error)
        visit = self.visit
        if visit is None or visit.card.visit_id != message.visit_id:
            return
        visit.saving.pop(message.key, None)
        if message.error is None:
            if message.card is not None:
                visit.renew(message.card)
                self.undrawn = True
                self._renew_statements(visit)
            if message.key == NOTE and isinstance(self.view, NoteView):
                self._stack.pop()
            self.message_line = say(message.what, Role.GOOD)
        elif self.message_line and not visit.saving:
            self.message_line = EMPTY

    # Other screens

    def back(self) -> None:
        """The screen before this one."""
        if self.can_go_back:
            self._stack.pop()

    def show_help(self) -> None:
        """Help about the screen in front."""
        if not isinstance(self.view, HelpView):
            self._stack.append(HelpView(self.view.name))

    def show_item(self, sku: str) -> None:
        """The item screen; with a visit open also why or why not."""
        if self._desk is not None:
            self._show_item_card(self._desk.finding, self._desk.finding.item(sku))

    def find(self, what: str, text: str) -> None:
        """Find, with something to begin with."""
        if isinstance(self.view, FindView):
            self._stack.pop()
        view = FindView(what, self.currency, text)
        self._stack.append(view)
        self.search(view)

    def show_statements(self) -> None:
        """Opens the statements of the member of the open visit."""
        if self._desk is None or self.visit is None:
            return
        member = self.visit.card.member
        try:
            self._stack.append(StatementsView(member.name, self._desk.records.statements(member.member_id)))
        except ClerkError as error:
            self.fail(error)

    def show_agreements(self) -> None:
        """Opens the agreements of the member of the open visit."""
        if self._desk is not None and self.visit is not None:
            member = self.visit.card.member
            try:
                self._stack.append(AgreementsView(member.name, self._desk.records.agreements(member.member_id)))
            except ClerkError as error:
                self.fail(error)

    def show_contact(self) -> None:
        """Contact details of the member of the open visit, for who may see them."""
        if self._desk is not None and self.visit is not None and not isinstance(self.view, ContactView):
            try:
                self._stack.append(ContactView(self._desk.signing.contact(self.visit.card.member.member_id)))
            except ClerkError as error:
                self.fail(error)

    def show_note(self) -> None:
        """Opens a line to write a note in."""
        if self.visit is not None:
            self._stack.append(NoteView(self.visit.card.member.name))

    def show_enrol(self) -> None:
        """Opens the lines to enrol a new member in."""
        self._stack.append(EnrolView())

    def show_shop_screen(self, kind: str) -> None:
        """Opens a screen of the shop; another thread works out its content, which comes later."""
        # The list of members is a part of the nights, and goes back to them.
        while isinstance(self.view, ShopScreen) and kind != DuplicatesView.kind:
            self._stack.pop()
        view = SHOP_SCREENS[kind]()
        if isinstance(view, NightsView) and self._desk is not None:
            view.renew(self._desk.nights.now())
        self._stack.append(view)
        self._post(ShopScreenAsked(view))

    def shop_screen_is_slow(self, view: ShopScreen) -> None:
        """The content takes long: the screen says that it is being worked out."""
        view.slow = True

    def shop_screen_ready(self, message: ShopScreenReady) -> None:
        """The content of a screen of the shop; one that was left meanwhile is not drawn any more."""
        if message.view not in self._stack:
            return
        if message.result is not None:
            message.view.failure = None
            message.view.came(message.result)
        elif isinstance(message.error, ClerkError):
            message.view.failure = notice_of(message.error)
        else:
            message.view.failure = UNFORESEEN

    def open_picked(self) -> None:
        """The picked row in full, or the evidence behind it."""
        row, desk = self.view.picked(), self._desk
        if row is None or desk is None:
            return
        try:
            if row.kind == "member":
                self.open_visit(desk.visit.open(row.key))
            elif row.kind == "audit":
                self._stack.append(AuditView(desk.audit.lines()))
            elif row.kind in SHOP_SCREENS:
                self.show_shop_screen(row.kind)
            elif isinstance(self.view, NightsView) and self.view.found is not None:
                if (detail := detail_of(self.view.found, row, desk.nights)) is not None:
                    self._stack.append(detail)
            elif self.visit is not None and row.kind in ("suggestion", "due", "this"):
                self._show_why(desk.finding, self.visit, row.sku)
            elif row.kind != "this":
                self.show_item(row.sku)
        except ClerkError as error:
            self.fail(error)

    def search(self, view: FindView) -> None:
        """Rows for what is typed now: words at once, meaning when it comes."""
        text, desk = view.prompt.text, self._desk
        if desk is None:
            return
        try:
            if view.what == "members":
                view.found_members(desk.finding.members(text, ROWS))
                return
            view.found_items(desk.finding.items(text, ITEM_ROWS))
            follows = desk.finding.items_by_meaning(text, ITEM_ROWS, self._meaning_came)
            view.by_meaning = "" if not text else "by words, meaning follows" if follows else "by words only"
        except ClerkError as error:
            view.failed(error.code, error.what, error.remedy)

    def found_by_meaning(self, message: FoundByMeaning) -> None:
        """Meaning merged in, if its text is still the one being searched for."""
        view = self.view
        if isinstance(view, FindView) and view.what == "items" and view.prompt.text == message.text:
            view.found_items(message.items)
            view.by_meaning = "by words and meaning" if message.items.meaning else "by words only"

    def _show_item_card(self, finding: CounterFinding, card: ItemCard) -> None:
        member = self.visit.card.member if self.visit is not None else None
        why = None
        try:
            why = finding.why(member.member_id, card.item.sku) if member is not None else None
        except ClerkError as error:
            # The item can be shown all the same.
            self.fail(error)
        self._stack.append(ItemView(card, why))

    def _show_no_single_member(self, text: str, typed: bool, result: Nobody | Several) -> None:
        self.end_visit("scan")
        if isinstance(result, Several):
            self._offer(result, text if typed else "")
            return
        if typed:
            self.find("members", text)
        self.message_line = say(f"! {result.code} {result.what} {result.remedy}", Role.WARN)

    def _offer(self, several: Several, typed: str) -> None:
        """The members of whom a person has to choose: a card of two, or two of one name."""
        self.find("members", typed)
        view, desk = self.view, self._desk
        if desk is None or not isinstance(view, FindView):
            return
        if not view.offers_all(several.member_ids):
            try:
                view.found_members(desk.finding.choice(several.member_ids))
            except ClerkError as error:
                view.failed(error.code, error.what, error.remedy)
        self.message_line = say("Several members match; pick one.")

    def _show_why(self, finding: CounterFinding, visit: MemberView, sku: str) -> None:
        reasons = [each.reason.evidence for each in visit.card.suggestions if each.item.sku == sku]
        why, card = finding.why(visit.card.member.member_id, sku), visit.card
        self._stack.append(WhyView(why, reasons[0] if reasons else (), card.history, card.at))

    def _renew_statements(self, visit: MemberView) -> None:
        """Reads statements and agreements anew on open screens, after a write."""
        member_id = visit.card.member.member_id
        for view in self._stack:
            if isinstance(view, (StatementsView, AgreementsView)) and self._desk is not None:
                try:
                    if isinstance(view, StatementsView):
                        view.renew(self._desk.records.statements(member_id))
                    else:
                        view.renew(self._desk.records.agreements(member_id))
                except ClerkError as error:
                    self.fail(error)

    def _meaning_came(self, text: str, items: Items) -> None:
        self._post(FoundByMeaning(text, items))
