"""The counter's lock: until somebody signs in, and after a time without a key, nothing of a member is shown.

A scan while it is locked opens nobody; a PIN is checked on another thread and comes back. On a tablet the counter
closes instead, and the server's own page asks for the PIN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from clerk.errors import ClerkError
from clerk.ui.counter.front import Front
from clerk.ui.counter.messages import PinChecked, PinTyped
from clerk.ui.drawing.lines import EMPTY, Role, say
from clerk.ui.screens.sign_in import SignInView

if TYPE_CHECKING:
    from clerk.desk.counter.signing import Signing

APPLIES = frozenset(("quit", "back", "theme", "up", "down", "page-up", "page-down", "open"))
"""Actions that apply while nobody is signed in."""

FIRST = "Sign in first: the scan opened nobody."
"""What a scan gets while the counter is locked."""


class Lock:
    """Whether the counter is locked, and what is typed into its sign-in screen.

    Args:
        front: what stands behind it.
        post: takes a message from any thread.
    """

    def __init__(self, front: Front, post: Callable[[Message], object]) -> None:
        self.view: SignInView | None = None
        """The sign-in screen, or None while somebody is signed in or nobody has to."""
        self._front = front
        self._post = post
        self._signing: Signing | None = None
        self._last = ""

    @property
    def lock_s(self) -> int:
        """Seconds without a key after which the counter locks; 0 where it does not."""
        signing = self._signing
        return signing.lock_s if signing is not None and signing.signed is not None else 0

    @property
    def closes(self) -> bool:
        """Whether the counter closes now, because it is locked and drawn on a tablet."""
        return self.view is not None and self._signing is not None and self._signing.at_tablet

    @property
    def who(self) -> str:
        """Who is signed in, or nobody."""
        signing = self._signing
        return signing.signed.name if signing is not None and signing.signed is not None else ""

    def opened(self, signing: Signing) -> None:
        """The desk is open: from now on whoever has to sign in is asked for a PIN."""
        self._signing = signing
        self.look()

    def look(self) -> None:
        """Locks if nobody is signed in who has to be, or if whoever is signed in may no longer work here."""
        signing = self._signing
        if self.view is not None or signing is None:
            return
        if signing.is_locked or not signing.still_holds():
            self.close()

    def close(self) -> None:
        """Locks: the visit ends, and every screen that may hold something of a member is gone."""
        front, signing = self._front, self._signing
        if signing is None:
            return
        self._last = self.who or self._last
        front.end_visit("timeout")
        front.message_line = EMPTY
        signing.sign(None)
        try:
            colleagues = signing.colleagues()
        except ClerkError as error:
            # Nobody is let in: an unreadable list must not open the counter.
            colleagues = ()
            front.fail(error)
        self.view = SignInView(colleagues, self._last)

    def enter(self) -> None:
        """Enter: on to the PIN, or to its check."""
        typed = self.view.entered() if self.view is not None else None
        if typed is not None:
            self._post(PinTyped(*typed))

    def burst(self, leaked: int) -> None:
        """A scan or a paste while locked."""
        if self.view is not None:
            self.view.take_back(leaked)
            self._front.message_line = say(FIRST, Role.WARN)

    def checked(self, message: PinChecked) -> None:
        """A PIN was checked: unlocks, or says why not."""
        view, signing = self.view, self._signing
        if view is None or signing is None:
            return
        if message.signed is None:
            if isinstance(message.error, ClerkError):
                view.refused(f"{message.error.code} {message.error.what} {message.error.remedy}")
            else:
                view.refused("The PIN could not be checked. Try again; if it happens again, run `clerk check`.")
            return
        signing.sign(message.signed)
        self.view = None
        self._front.renew_home()
        self._front.message_line = say(f"✓ {message.signed.name} is signed in.   (^K locks and changes)", Role.GOOD)
