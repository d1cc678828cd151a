"""What a person should know about this desk: each thing that went wrong, once."""

from __future__ import annotations

from collections.abc import Iterable

from clerk.errors import ClerkError
from clerk.model import Notice


class Notices:
    """Collects notices from any thread.

    Args:
        first: what is known when the desk opens.
    """

    def __init__(self, first: Iterable[Notice] = ()) -> None:
        self._notices = list(first)

    def tell(self, error: ClerkError) -> None:
        """Adds an error, unless the same one is among them already."""
        notice = Notice(error.code, error.what, error.remedy)
        if notice not in self._notices:
            self._notices.append(notice)

    def all(self) -> tuple[Notice, ...]:
        """Everything so far, oldest first."""
        return tuple(self._notices)
