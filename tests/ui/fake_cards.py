"""Enrolment of the named fake: one blank card, and a new member whose card turns out to be Ben's."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from clerk.cards.code import encode, is_own, normalise
from clerk.cards.qr import terminal_rows
from clerk.errors import ClerkError
from tests.ui.people import BEN_CODE

BLANK_CODE = encode(b"blank-card")


class FakeCards:
    """Answers like `CardDesk`; `calls` is the desk's own list."""

    is_own_code = staticmethod(is_own)
    qr_rows = staticmethod(terminal_rows)

    def __init__(self, calls: list[tuple[Any, ...]]) -> None:
        self._calls = calls
        self.refuses: ClerkError | None = None
        """Raised before anything is written."""
        self.held: list[Future[str]] | None = None
        """Where writes wait until a test finishes them; None finishes them at once."""

    def is_blank(self, keys: str) -> bool:
        return normalise(keys) == BLANK_CODE

    def join(self, name: str, phone: str, card: str) -> Future[str]:
        self._calls.append(("join", name, phone, card))
        if self.refuses is not None:
            raise self.refuses
        done: Future[str] = Future()
        if self.held is None:
            done.set_result(BEN_CODE)
        else:
            self.held.append(done)
        return done
