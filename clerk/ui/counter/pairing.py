"""Decides about two members on the manager's list: asks once, writes, and says so when the disk has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from clerk.model import PairState
from clerk.ui.counter.messages import PairRecorded
from clerk.ui.drawing.lines import EMPTY, Line, Role, outside, say
from clerk.ui.screens.duplicates import DuplicatesView

if TYPE_CHECKING:
    from clerk.desk import Desk
    from clerk.ui.counter.front import Front

_WORDS = {"took": "one person", "never": "two persons", "undo": "not decided"}
_STATES = {"took": PairState.ONE, "never": PairState.APART}
_KEYS = {"took": "F5", "never": "F7"}


def decide(view: DuplicatesView, name: str, desk: Desk, post: Callable[[Message], object]) -> Line:
    """One key on the list: the first time it asks, the second time it records; ^Z takes the last back at once.

    Args:
        view: the list.
        name: of the action.
        desk: writes.
        post: takes a message from any thread.
    """
    pair = view.last if name == "undo" else view.pair
    if pair is None or view.saving:
        return EMPTY
    names = " and ".join(outside(one) or member_id for one, member_id in zip(pair.names, pair.ids, strict=True))
    if name != "undo" and view.asked != name:
        view.asked = name
        return say(f"{_KEYS[name]} again records: {names}: {_WORDS[name]}", Role.ACCENT)
    one, other = pair.ids
    records = desk.pairs.opened(one, other) if name == "undo" else desk.pairs.decided(one, other, _STATES[name])
    first, second = (desk.records.append(record) for record in records)
    view.saving = True

    def written(_: object) -> None:
        # The journal writes in order: when the second half is there, or failed, so did the first.
        error = (first.exception() if first.done() else None) or second.exception()
        post(PairRecorded(view, pair, name == "undo", f"✓ Recorded: {names}: {_WORDS[name]}", error))

    second.add_done_callback(written)
    return EMPTY


def recorded(front: Front, message: PairRecorded) -> None:
    """The decision is on the disk, or is not."""
    view = message.view
    view.saving = False
    if message.error is not None:
        front.fail(message.error)
    elif message.taken_back:
        view.open_again(message.pair)
        front.message_line = say(message.what, Role.GOOD)
    else:
        view.decided(message.pair)
        front.message_line = say(f"{message.what}   (^Z takes it back)", Role.GOOD)
