"""Agreements as keys bring them about: ^G opens the screen, asks about the picked purpose, and then records it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clerk.ui.counter.front import Front
from clerk.ui.counter.recording import Recording
from clerk.ui.drawing.lines import EMPTY, Line, Role, say
from clerk.ui.screens.agreements import TITLES, AgreementsView
from clerk.ui.screens.member import MemberView

if TYPE_CHECKING:
    from clerk.desk import Desk


def agree(front: Front, desk: Desk, visit: MemberView, recording: Recording) -> Line:
    """What `^G` does.

    Args:
        front: the screens.
        desk: records.
        visit: the open one.
        recording: starts the write.
    """
    view = front.view
    if not isinstance(view, AgreementsView):
        front.show_agreements()
        return EMPTY
    one = view.one
    if one is None or one.purpose.value in visit.saving:
        return EMPTY
    if view.recorded:
        return say("Said just now. To change it again, pick it anew with ↑ ↓.", Role.MUTED)
    if not view.asked:
        view.asked = True
        what = "no longer agreed" if one.allowed else "agreed, in the words above"
        return say(f"^G again records: {TITLES[one.purpose]} · {what}", Role.ACCENT)
    view.asked, view.recorded = False, True
    return recording.agree(desk, visit, one.purpose, not one.allowed)
