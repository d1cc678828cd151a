"""Enrolling a member with ^E and a blank card: opens the screen, takes the card, records, opens the new member."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from textual.message import Message

from clerk.errors import ClerkError
from clerk.ui.counter.front import Front
from clerk.ui.counter.messages import Enrolled
from clerk.ui.drawing.lines import Line, Role, say
from clerk.ui.screens.enrol import EnrolView

if TYPE_CHECKING:
    from clerk.desk.counter.enrolment import CardDesk

SAVING = say("… enrolling: saving", Role.ACCENT)
"""Until the disk has it."""


def enrol(front: Front, cards: CardDesk, post: Callable[[Message], object]) -> Line:
    """What `^E` does: opens the screen; there, records what stands on it.

    Args:
        front: the screens.
        cards: enrols.
        post: takes a message from any thread.
    """
    view = front.view
    if not isinstance(view, EnrolView):
        front.show_enrol()
        return ()
    if view.saving:
        return SAVING
    if not view.member_name:
        view.at = 0
        return say("Type the name first.", Role.WARN)
    try:
        pending = cards.join(view.member_name, view.phone, view.card)
    except ClerkError as error:
        front.fail(error)
        return ()
    view.saving = True

    def came_back(future: Future[str]) -> None:
        error = future.exception()
        post(Enrolled(view, future.result() if error is None else "", error))

    pending.add_done_callback(came_back)
    return SAVING


def takes(front: Front, cards: CardDesk, text: str) -> bool:
    """Whether a scan is the blank card of who is being enrolled; any other scan opens what it means."""
    view = front.view
    if not isinstance(view, EnrolView) or view.saving or not cards.is_blank(text):
        return False
    view.card = text
    front.message_line = say("✓ Card read. ^E enrols.", Role.GOOD)
    return True


def enrolled(front: Front, message: Enrolled) -> None:
    """A new member is on the disk, or is not: opened if the screen still stands there."""
    message.view.saving = False
    if message.error is not None:
        front.fail(message.error)
        return
    if front.view is message.view:
        front.show(message.code, typed=False)
    front.message_line = say("✓ Recorded: enrolled. Ask what they agree to: ^G.", Role.GOOD)
