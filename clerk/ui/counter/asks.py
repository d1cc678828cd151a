"""What the screens ask of the desk; `clerk.desk.Desk` answers it, and so does the named fake of the tests."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from clerk.model import (
    Agreement,
    AnswerKind,
    Associate,
    AuditLine,
    ConsentState,
    ItemCard,
    Items,
    LineMark,
    Member,
    Members,
    Nobody,
    PrepList,
    Purpose,
    Said,
    Scorecard,
    Several,
    ShopStatus,
    Signed,
    VisitCard,
    Why,
)
from clerk.model.nights import Nights, NightsMore, SetAsideRows


class NightsAsked(Protocol):
    """The nights, for the manager's screen."""

    def now(self) -> Nights:
        """What can be told at once."""

    def more(self) -> NightsMore:
        """What takes a moment; called from another thread."""

    def rows(self, folder: str) -> SetAsideRows:
        """Rows of one folder that were set aside."""

    def go_to(self, generation: str) -> None:
        """Puts other store data into use, checked first; called from another thread."""


class RenewalAsked(Protocol):
    """New store data under a running counter."""

    @property
    def in_use(self) -> str:
        """The generation that cards are made from."""

    def waiting(self) -> bool:
        """Whether a night put other data into use."""

    def prepare(self) -> bool:
        """Opens it beside the one in use; called from another thread."""


class SigningAsked(Protocol):
    """Who acts, and what they may do."""

    @property
    def signed(self) -> Signed | None:
        """Who is signed in."""

    @property
    def is_locked(self) -> bool:
        """Whether somebody has to sign in before anything is shown."""

    @property
    def may_manage(self) -> bool:
        """Whether a manager's deeds may be done."""

    @property
    def lock_s(self) -> int:
        """Seconds without a key after which the counter locks."""

    def still_holds(self) -> bool:
        """Whether who is signed in still works here, in the same role."""

    def colleagues(self) -> tuple[Associate, ...]:
        """Everybody who can sign in."""

    def check(self, name: str, pin: str) -> Signed:
        """Who this is, if the PIN is right; called from another thread."""


class CardsAsked(Protocol):
    """Cards and enrolment."""

    def is_blank(self, keys: str) -> bool:
        """Whether a scan is a card that can be handed out."""

    def join(self, name: str, phone: str, card: str) -> Future[str]:
        """Enrols a member; the code of their card, done after the durable commit."""


class DeskAsked(Protocol):
    """Everything behind the screens."""

    @property
    def cards(self) -> CardsAsked:
        """Cards and enrolment."""

    @property
    def search_state(self) -> str:
        """`ready`, `starting` or `words only`."""

    @property
    def nights(self) -> NightsAsked:
        """The nights, for the manager."""

    @property
    def renewal(self) -> RenewalAsked:
        """New store data under a running counter."""

    @property
    def signing(self) -> SigningAsked:
        """Who acts."""

    def sign(self, signed: Signed | None) -> None:
        """Who acts from now on, or nobody."""

    def contact(self, member_id: str) -> Member:
        """A member with contact details in full, for who may see them."""

    def audit(self) -> tuple[AuditLine, ...]:
        """Who did what lately, newest first."""

    def note(self, member_id: str, text: str) -> Future[VisitCard]:
        """Records a note about the member; done after the durable commit."""

    def agreements(self, member_id: str) -> tuple[Agreement, ...]:
        """Where the purposes stand, and the words that are read out."""

    def consent(self, member_id: str, purpose: Purpose, state: ConsentState) -> Future[VisitCard]:
        """Records what the member agrees to, or no longer does; done after the durable commit."""

    def take_newer(self) -> bool:
        """Goes over to data that `renewal` has opened, unless a visit is open; whether it did."""

    def status(self) -> ShopStatus:
        """Where we are and how fresh it is."""

    def is_own_code(self, text: str) -> bool:
        """Whether the text is one of our card codes, whole and unharmed."""

    def qr_rows(self, code: str) -> list[str]:
        """The code as rows of half blocks, black on white."""

    def scan(self, keys: str) -> VisitCard | Several | Nobody | ItemCard:
        """What a scan means; a member's card opens a visit and ends the one before."""

    def open_member(self, member_id: str, how: str = "find") -> VisitCard:
        """Opens a visit without a card."""

    def answer(self, visit_id: str, sku: str, answer: AnswerKind, *, category: bool = False) -> Future[VisitCard]:
        """Records an answer, of a never also to the item's category; done after the durable commit."""

    def mark(self, member_id: str, line: str, mark: LineMark) -> Future[VisitCard]:
        """Records a mark on a past line; done after the durable commit."""

    def strike(self, member_id: str, *, line: str = "", sku: str = "") -> Future[VisitCard]:
        """Strikes out a past line, or every purchase of an item; done after the durable commit."""

    def undo(self, member_id: str) -> Future[VisitCard | None]:
        """Takes back the last answer or mark of this visit; done after the durable commit."""

    def said(self, member_id: str) -> tuple[Said, ...]:
        """Everything the member said here that still counts, newest first."""

    def take_back(self, member_id: str, event_id: str) -> Future[VisitCard | None]:
        """Takes back one thing that was said; done after the durable commit."""

    def drawn(self, visit_id: str) -> None:
        """The card is on the glass."""

    def end_visit(self, how: str) -> None:
        """The visit is over: `next`, `scan` or `timeout`."""

    def find_members(self, text: str, limit: int = 20) -> Members:
        """Members, as typed so far."""

    def find_items(self, text: str, limit: int = 20) -> Items:
        """Items by words, at once."""

    def find_items_by_meaning(self, text: str, limit: int, done: Callable[[str, Items], None]) -> None:
        """Items by words and meaning; `done` is called later, from another thread."""

    def item(self, sku: str) -> ItemCard:
        """One item in full."""

    def why(self, member_id: str, sku: str) -> Why:
        """Why an item is, or is not, suggested to a member."""

    def prep(self) -> PrepList:
        """What to have ready tomorrow; takes seconds, so it is called from another thread."""

    def scorecard(self) -> Scorecard:
        """How well the shop does in the long run; takes seconds, so it is called from another thread."""

    def close(self) -> None:
        """Closes files and helpers."""
