"""What reaches the screens from elsewhere: other threads and the clock. Past tense; frozen in spirit."""

from __future__ import annotations

from collections.abc import Iterator

from textual.message import Message

from clerk.model import Items, Signed, VisitCard
from clerk.ui.screens.enrol import EnrolView
from clerk.ui.screens.lists import Ahead, Found


class WentQuiet(Message):
    """No key for a moment; what the key reader holds may be looked at."""

    def can_replace(self, message: Message) -> bool:
        """One look is enough."""
        return isinstance(message, WentQuiet)


class Recorded(Message):
    """A durable write came back.

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
    """The search process answered."""

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
    """Somebody typed a PIN; it is checked on another thread."""

    def __init__(self, name: str, pin: str) -> None:
        super().__init__()
        self.name = name
        self.pin = pin

    def __rich_repr__(self) -> Iterator[str]:
        """Nothing: a PIN stands in no log and no crash screen."""
        yield from ()


class PinChecked(Message):
    """A PIN was looked at: who this is, or why not."""

    def __init__(self, signed: Signed | None, error: BaseException | None = None) -> None:
        super().__init__()
        self.signed = signed
        self.error = error


class AheadAsked(Message):
    """A screen of the shop was opened and wants its content."""

    def __init__(self, view: Ahead) -> None:
        super().__init__()
        self.view = view


class AheadCame(Message):
    """The content of a screen of the shop, or why there is none."""

    def __init__(self, view: Ahead, result: Found | None, error: BaseException | None = None) -> None:
        super().__init__()
        self.view = view
        self.result = result
        self.error = error


class OtherDataAsked(Message):
    """A manager puts other store data into use; `deed` says it in words."""

    def __init__(self, generation: str, deed: str) -> None:
        super().__init__()
        self.generation = generation
        self.deed = deed


class NewerOpened(Message):
    """Other store data is open beside the one in use, or could not be.

    Args:
        deed: what a person did to bring it about; empty when a night did.
        error: why it failed, or None.
    """

    def __init__(self, deed: str = "", error: BaseException | None = None) -> None:
        super().__init__()
        self.deed = deed
        self.error = error


class Enrolled(Message):
    """Who was enrolled on a screen is on the disk under this card, or is not."""

    def __init__(self, view: EnrolView, code: str, error: BaseException | None = None) -> None:
        super().__init__()
        self.view = view
        self.code = code
        self.error = error
