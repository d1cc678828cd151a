"""Messages that other threads and the clock post to the app. None is changed after it was posted."""

from __future__ import annotations

from collections.abc import Iterator

from textual.message import Message

from clerk.model import Duplicate, Items, Signed, VisitCard
from clerk.ui.screens.duplicates import DuplicatesView
from clerk.ui.screens.enrol import EnrolView
from clerk.ui.screens.lists import Found, ShopScreen


class WentQuiet(Message):
    """No key came for a moment: the key reader decides whether what it holds was a scan or typing."""

    def can_replace(self, message: Message) -> bool:
        """One look is enough."""
        return isinstance(message, WentQuiet)


class Recorded(Message):
    """A write to the journal finished or failed.

    Args:
        visit_id: the visit it was made in.
        what: what was recorded, in words (`took it · Teapot`).
        key: the SKU or line reference that was shown as being saved.
        card: the member's card after it, or None when there is none.
        error: why it failed, or None.
    """

    def __init__(self, visit_id: str, what: str, key: str, card: VisitCard | None, error: BaseException | None) -> None:
        super().__init__()
        self.visit_id = visit_id
        self.what = what
        self.key = key
        self.card = card
        self.error = error


class FoundByMeaning(Message):
    """The search by meaning answered."""

    def __init__(self, text: str, items: Items) -> None:
        super().__init__()
        self.text = text
        self.items = items


class ActionChosen(Message):
    """An entry of the palette was chosen; `name` is the action's id."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class PinTyped(Message):
    """Somebody typed a PIN, which another thread checks."""

    def __init__(self, name: str, pin: str) -> None:
        super().__init__()
        self.name = name
        self.pin = pin

    def __rich_repr__(self) -> Iterator[str]:
        """Nothing: a PIN stands in no log and no crash screen."""
        yield from ()


class PinChecked(Message):
    """A PIN was checked: who signed in, or why nobody did."""

    def __init__(self, signed: Signed | None, error: BaseException | None = None) -> None:
        super().__init__()
        self.signed = signed
        self.error = error


class ShopScreenAsked(Message):
    """A screen of the shop was opened; another thread works out its content."""

    def __init__(self, view: ShopScreen) -> None:
        super().__init__()
        self.view = view


class ShopScreenReady(Message):
    """The content of a screen of the shop is ready, or could not be worked out."""

    def __init__(self, view: ShopScreen, result: Found | None, error: BaseException | None = None) -> None:
        super().__init__()
        self.view = view
        self.result = result
        self.error = error


class OtherDataAsked(Message):
    """A manager asked for other store data; `change` names it in words (`go back to the data of 3 May 04:10`)."""

    def __init__(self, generation: str, change: str) -> None:
        super().__init__()
        self.generation = generation
        self.change = change


class NewerOpened(Message):
    """Other store data is open beside the one in use, or could not be.

    Args:
        change: what a person did to bring it about; empty when a night did.
        error: why it failed, or None.
    """

    def __init__(self, change: str = "", error: BaseException | None = None) -> None:
        super().__init__()
        self.change = change
        self.error = error


class PairRecorded(Message):
    """A decision about two members was written to the journal, or could not be.

    Args:
        view: the list that it was made on.
        pair: the two.
        taken_back: whether an earlier decision was taken back.
        what: what was recorded, in words.
        error: why it failed, or None.
    """

    def __init__(
        self, view: DuplicatesView, pair: Duplicate, taken_back: bool, what: str, error: BaseException | None
    ) -> None:
        super().__init__()
        self.view = view
        self.pair = pair
        self.taken_back = taken_back
        self.what = what
        self.error = error


class Enrolled(Message):
    """A new member was written to the journal with this card, or could not be."""

    def __init__(self, view: EnrolView, code: str, error: BaseException | None = None) -> None:
        super().__init__()
        self.view = view
        self.code = code
        self.error = error
