"""The whole screen as lines: store, content, messages, and the keys that work now. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from clerk.clock import DAY_S
from clerk.model import Notice, ShopStatus
from clerk.phrases import ago, clock_time, date
from clerk.ui.drawing.lines import EMPTY, Line, Piece, Role, cut, fit, outside, say, spread, width_of, wrapped
from clerk.ui.drawing.prompt import Prompt
from clerk.ui.drawing.view import View
from clerk.ui.input.actions import BY_ID, FOOTER, FOOTER_GIVES_WAY

MESSAGE_ROWS = 3
"""Rows a message may take; a code and its remedy fit into two at 80 columns."""


def frame(
    view: View,
    status: ShopStatus | None,
    failures: Sequence[Notice],
    message: Line,
    prompt: Prompt,
    applies: frozenset[str],
    width: int,
    height: int,
    who: str = "",
) -> list[Line]:
    """Every row of the screen.

    Args:
        view: the screen in front.
        status: None until the store data is open.
        failures: what went wrong and was not dismissed yet, oldest first.
        message: the latest remark, or nothing.
        prompt: text typed outside Find.
        applies: ids of the actions that apply now.
        width: columns.
        height: rows.
        who: is signed in, or nobody.
    """
    messages = message_lines(failures, message, prompt, view.hint, width)
    room = max(height - 2 - len(messages), 1)
    body = list(view.draw(width, room)[:room])
    body += [EMPTY] * (room - len(body))
    return [status_line(status, width, who), *body, *messages, footer_line(applies, open_label(view, prompt), width)]


def status_line(status: ShopStatus | None, width: int, who: str = "") -> Line:
    """`Store 0412 · offline · data from 04:10 today`, and who is signed in."""
    name = f" {cut(outside(who), max(width // 4, 6))} " if who else " Clerk "
    if status is None:
        return (Piece(f"{' Clerk':<{width}}"[:width], Role.BAR),)
    store, device = outside(status.store) or "Store", outside(status.device)
    tail = f" · offline · {data_words(status)}"
    room = max(width - 1 - cell_len(name) - cell_len(tail), 1)
    named = f"{store} · {device}" if device and cell_len(store) + cell_len(device) + 3 <= room else cut(store, room)
    left = f" {named}{tail}"
    gap = " " * max(width - cell_len(name) - cell_len(left), 0)
    return (Piece(left + gap, Role.BAR), Piece(name, Role.BAR_KEY))


def data_words(status: ShopStatus) -> str:
    """How old the data is: `data from 04:10 today`, `! data from 2 days ago`; on a chosen day in the past, that day."""
    if status.built_at > status.now + DAY_S:
        return f"as of {date(status.now)}"
    if status.stale:
        return f"! data from {ago(status.built_at, status.now)}"
    return f"data from {clock_time(status.built_at)} {ago(status.built_at, status.now)}"


def message_lines(failures: Sequence[Notice], message: Line, prompt: Prompt, hint: str, width: int) -> list[Line]:
    """What needs a person comes first; then what is being typed; then the latest remark; then what to do next."""
    lines: list[Line] = []
    if failures:
        first = failures[0]
        more = f" ({len(failures) - 1} more)" if len(failures) > 1 else ""
        words = f"! {outside(first.code)} {outside(first.what)} {outside(first.remedy)}{more} Esc dismisses this."
        lines += [say(" " + row, Role.BAD) for row in wrapped(words, width - 2, MESSAGE_ROWS)]
    if prompt:
        label = " Look up: "
        keys = "   Enter looks it up · Esc clears"
        room = width - len(label) - len(keys) if width >= 70 else width - len(label)
        tail = (Piece(keys, Role.MUTED),) if width >= 70 else EMPTY
        lines.append((Piece(label, Role.ACCENT), *prompt.draw(max(room, 8)), *tail))
    elif len(message) == 1:
        lines += [say(" " + row, message[0].role) for row in wrapped(message[0].text, width - 2, MESSAGE_ROWS)]
    elif message:
        lines.append(fit((Piece(" "), *message), width))
    elif not failures:
        lines.append(say(" " + hint, Role.MUTED))
    return lines


def footer_line(applies: frozenset[str], open_label: str, width: int) -> Line:
    """The keys that apply, as many as fit."""
    named = [name for name in FOOTER if name in applies]
    gives_way = [name for name in FOOTER_GIVES_WAY if name in named]
    line = _keys(named, open_label)
    while width_of(line) > width and gives_way:
        named.remove(gives_way.pop(0))
        line = _keys(named, open_label)
    return (*line, Piece(" " * max(width - width_of(line), 0), Role.BAR))


def question(text: str, yes: str) -> Line:
    """A question whose answer is a key; everything else means no."""
    return spread((Piece(text, Role.WARN),), (Piece(yes, Role.ACCENT),), len(text) + len(yes) + 3)


def open_label(view: View, prompt: Prompt) -> str:
    """What Enter does here, in a word."""
    if prompt:
        return "Look up"
    row = view.picked()
    if row is not None and row.kind == "associate":
        return "Sign in"
    return "Why" if row is not None and row.kind in ("suggestion", "due", "this") else "Open"


def _keys(names: Sequence[str], open_label: str) -> Line:
    pieces: list[Piece] = []
    for name in names:
        action = BY_ID[name]
        label = open_label if name == "open" else action.label
        shown = "⏎" if name == "open" else action.shown
        pieces.append(Piece(f" {shown}", Role.BAR_KEY, f"do:{name}"))
        pieces.append(Piece(f" {label} ", Role.BAR, f"do:{name}"))
    return tuple(pieces)
