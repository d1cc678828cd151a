"""What the kiosk's screen asks of its desk."""

from __future__ import annotations

from typing import Protocol

from clerk.model import Purpose
from clerk.model.kiosk import KioskCard, KioskPurchase, KioskRefused, Remembered


class MemoryAsked(Protocol):
    """What is remembered of one member, after the second factor. Every change waits for the disk."""

    def remembered(self) -> Remembered:
        """Everything, in words."""
        ...

    def lines(self, month: str) -> tuple[KioskPurchase, ...]:
        """The lines of a month."""
        ...

    def strike(self, *, line: str = "", category: str = "", month: str = "") -> None:
        """A line, a category or a month is not used any more."""
        ...

    def gift(self, line: str) -> None:
        """A line was a gift."""
        ...

    def never(self, sku: str) -> None:
        """An item is never to be suggested again."""
        ...

    def take_back(self, event_id: str) -> None:
        """A statement no longer counts."""
        ...

    def agree(self, purpose: Purpose, yes: bool) -> None:
        """A purpose is switched on or off."""
        ...

    def correct_phone(self, number: str) -> None:
        """The phone number is another one."""
        ...

    def ask(self, what: str) -> None:
        """Something that a person in the shop has to do."""
        ...

    def forget(self) -> bool:
        """Erases the member; False when only the request was recorded."""
        ...


class KioskAsked(Protocol):
    """The desk of a kiosk."""

    @property
    def store(self) -> str:
        """The shop's name."""
        ...

    @property
    def sample_code(self) -> str:
        """The sample member's card in a sample store, else empty."""
        ...

    @property
    def idle_s(self) -> int:
        """Seconds without a touch before the warning."""
        ...

    @property
    def warn_s(self) -> int:
        """Seconds of warning."""
        ...

    def is_own_code(self, text: str) -> bool:
        """Whether this is one of Clerk's own card codes."""
        ...

    def scan(self, keys: str) -> KioskCard | KioskRefused:
        """Opens the member whose card it is."""
        ...

    def end(self, how: str) -> None:
        """Ends the open visit."""
        ...

    def unlock(self, visit_id: str, digits: str) -> bool:
        """Whether the digits are the end of the member's phone number."""
        ...

    def memory(self, visit_id: str) -> MemoryAsked:
        """What is remembered of the member of an unlocked visit."""
        ...

    def prepare_newer(self) -> None:
        """Looks for newer store data and opens it; takes its time."""
        ...

    def close(self) -> None:
        """Lets go of everything."""
        ...
