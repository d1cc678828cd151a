"""The member card as lines: a pure function of the card, what is picked, what is being saved, width and height.

From top to bottom: who this is · the usual · what is due · what is worth mentioning · past lines. From 100 columns
the usual stands beside what is worth mentioning; nothing else changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from rich.cells import cell_len

from clerk.clock import to_datetime
from clerk.languages.options import spoken
from clerk.model import Due, DueState, Modifier, Notice, Purpose, Suggestion, Usual, UsualLine, UsualState, VisitCard
from clerk.phrases import ago, count, every, money, of_type
from clerk.ui.drawing.lines import (
    EMPTY,
    Line,
    Piece,
    Role,
    beside,
    heading,
    outside,
    say,
    spread,
    width_of,
    window,
    wrapped,
)
from clerk.ui.drawing.view import Picked, mark, place_words

WIDE = 100
"""Columns from which the usual and the suggestions stand side by side."""

SLOTS = 3
"""Places for suggestions; an empty one says why it is empty."""

USUAL_ROWS = 6
"""Lines of the usual that are drawn; a shop may set fewer."""

USUAL_LINE_ROWS = 4
"""Rows that one line of the usual may take: it is read aloud to the last modifier."""

DUE_ROWS = 3
"""Due items that are drawn."""

LEAST_HISTORY_ROWS = 2
"""Rows kept for past lines: their heading and the picked one."""

ANSWERS = {"took": "took it", "not-now": "not now", "never": "never", "has-it": "has it"}
"""What was answered, in words."""

_HIDDEN = "not shown"
"""Beside a heading of which there may be something that the member did not agree to have shown."""

_DUE = {DueState.SOON: "○ soon", DueState.DUE: "◐ due", DueState.OVERDUE: "● overdue"}


class State(NamedTuple):
    """What the screen holds beside the card."""

    picked: int = -1
    """Index into `rows_of(card)`, or -1."""
    saving: Mapping[str, str] = {}
    """SKU or line reference -> what is being written."""
    currency: str = ""
    marking: str = ""
    """The mark that F9 would record now, or empty."""


def rows_of(card: VisitCard) -> list[Picked]:
    """Every row that can be picked, in drawing order."""
    usual, due_items = card.usual.lines[:USUAL_ROWS], card.due[:DUE_ROWS]
    rows = [Picked("usual", line.item.sku, outside(line.item.name), line.item.sku) for line in usual]
    rows += [Picked("due", due.item.sku, outside(due.item.name), due.item.sku) for due in due_items]
    rows += [
        Picked("suggestion", each.item.sku, outside(each.item.name), each.item.sku) for each in card.suggestions[:SLOTS]
    ]
    rows += [Picked("line", line.line, outside(line.item.name), line.item.sku) for line in card.history]
    return rows


def draw(card: VisitCard, state: State, width: int, height: int) -> list[Line]:
    """The whole card in at most `height` rows; what may be left out gives way to the past lines."""
    if card.unread is not None:
        return _unread(card, card.unread, width)[:height]
    lines, first_line = _above_history(card, state, width, height)
    if height - len(lines) < LEAST_HISTORY_ROWS and (card.discovery or card.usual.changed):
        without = replace(card, discovery="", usual=replace(card.usual, changed=""))
        lines, first_line = _above_history(without, state, width, height)
    left, least = height - len(lines), LEAST_HISTORY_ROWS if state.picked >= first_line else 0
    lines += _history(card, state, first_line, width, max(left, least))
    return _with_picked(lines, state.picked, height)


def _unread(card: VisitCard, why: Notice, width: int) -> list[Line]:
    """Who this is; why nothing else is shown, and what to do."""
    lines: list[Line] = [
        say(f" {outside(card.member.name) or 'Member without a name'}", Role.STRONG),
        heading("Cannot be read", width, why.code),
    ]
    for number, note in enumerate(card.notes):
        first, *more = wrapped(outside(note), width - 5, 4)
        role = Role.WARN if number == 0 else Role.TEXT
        lines += [say(f"  {'!' if number == 0 else '–'} {first}", role), *(say(f"    {row}", role) for row in more)]
    return lines


def _with_picked(lines: list[Line], picked: int, height: int) -> list[Line]:
    """The rows that fit, the picked one always among them: keys must never act on what is not seen."""
    own = [number for number, line in enumerate(lines) if any(piece.hit == f"row:{picked}" for piece in line)]
    if not own or own[-1] < height:
        return lines[:height]
    # Who this is, and what must not be overlooked, stay.
    held = max(min(2, height - 3), 0)
    start = min(own[-1] + 1 - (height - held), own[0])
    return (lines[:held] + lines[max(start, held) :])[: max(height, 0)]


def _above_history(card: VisitCard, state: State, width: int, height: int) -> tuple[list[Line], int]:
    """Who this is, the usual, what is due and worth mentioning; and the number of the first past line."""
    top = _who(card, width, rows=1 if height < 26 else 3)
    first_due = len(card.usual.lines[:USUAL_ROWS])
    first_suggestion = first_due + len(card.due[:DUE_ROWS])
    if width >= WIDE:
        left_cells = (width - 3) * 9 // 20
        right_cells = width - 3 - left_cells
        left = _usual(card, state, left_cells, last_time_rows=2) + _due(card, state, first_due, left_cells)
        right = _worth(card, state, first_suggestion, right_cells, reason_rows=2)
        body = beside(left, right, left_cells, right_cells, gap=3)
    else:
        roomy = height >= 30
        body = _usual(card, state, width, last_time_rows=2 if roomy else 1)
        body += _due(card, state, first_due, width)
        body += _worth(card, state, first_suggestion, width, reason_rows=2 if roomy else 1)
    return top + body, first_suggestion + len(card.suggestions[:SLOTS])


def modifier_words(modifiers: tuple[Modifier, ...]) -> str:
    """Modifiers as an associate reads them: `large, oat milk`."""
    return outside(spoken(modifiers))


def line_words(line: UsualLine) -> str:
    """One line as it is read aloud: `2 × Flat white, large, oat milk`; of an item type, what its count counts."""
    if line.level == "kind":
        return of_type(outside(line.kind), outside(line.item.name), line.item_seen, line.seen)
    choices = modifier_words(line.modifiers)
    if line.level == "item" and choices:
        choices = f"mostly {choices} ({line.item_seen})"
    return f"{line.quantity} × {outside(line.item.name)}" + (f", {choices}" if choices else "")


def short_date(at: int, now: int) -> str:
    """`12 Nov`, with the year when it is another one."""
    moment, today = to_datetime(at), to_datetime(now)
    return f"{moment.day} {moment:%b}" if moment.year == today.year else f"{moment.day} {moment:%b %Y}"


def _who(card: VisitCard, width: int, rows: int) -> list[Line]:
    """Name, card, tier and last visit; below, what must not be overlooked."""
    left = [Piece(" " + (outside(card.member.name) or "Member without a name"), Role.STRONG)]
    if card.card_hint:
        left.append(Piece(f"   card {outside(card.card_hint)}", Role.MUTED))
    tier, away = _tier_and_away(card)
    if tier:
        left.append(Piece(f"   {outside(tier)}", Role.MUTED))
    if Purpose.REMEMBER not in card.allowed:
        seen = "not remembered here"
    elif card.last_at is None:
        seen = "no visits on record"
    else:
        seen = f"last visit {ago(card.last_at, card.at)}"
        if card.visits and width_of(left) + len(seen) + 15 <= width:
            seen += f" · {count(card.visits, 'visit')}"
    lines: list[Line] = [spread(left, (Piece(seen + " "),), width)]
    facts = [f"! {outside(note)}" for note in card.notes]
    if away:
        facts.append(f"! {outside(away)}")
    if card.privileges:
        facts.append(f"may have: {'; '.join(outside(privilege) for privilege in card.privileges)}")
    if facts:
        lines += [say(" " + row) for row in wrapped(" · ".join(facts), width - 2, rows)]
    return lines


def _tier_and_away(card: VisitCard) -> tuple[str, str]:
    """The tier, and the sentence about a good member who stays away; both may be empty."""
    before, slipping, after = card.standing.partition("slipping: ")
    tier = card.member.tier or before.removesuffix(", ")
    return tier, f"{slipping}{after}" if slipping else ""


def _usual(card: VisitCard, state: State, cells: int, last_time_rows: int) -> list[Line]:
    """The usual, read aloud; what is missing of it today; what was taken last time when that differs."""
    usual = card.usual
    if usual.state is UsualState.NOT_YET:
        # Who is not remembered here may well have a usual: "none yet" would be wrong.
        hidden = Purpose.REMEMBER not in card.allowed
        lines: list[Line] = [heading("Usual" if hidden else "No usual yet", cells)]
        lines += [say("  " + row) for row in wrapped(outside(usual.why), cells - 2, 2)]
    else:
        title = "Usual" if usual.state is UsualState.USUAL else "Often"
        lines = [heading(title, cells, _usual_counts(usual))]
    for number, line in enumerate(usual.lines[:USUAL_ROWS]):
        picked = state.picked == number
        role = Role.PICKED if picked else Role.STRONG
        often = (Piece(f"{line.seen} of {line.of}", Role.MUTED),)
        first, *more = wrapped(line_words(line), cells - width_of(often) - 3, USUAL_LINE_ROWS)
        left = (Piece(mark(picked), role, f"row:{number}"), Piece(first, role, f"row:{number}"))
        lines.append(spread(left, often, cells))
        lines += [(Piece("      " + row, role, f"row:{number}"),) for row in more]
        for part in line.missing:
            instead = f" → offer {outside(line.instead)}" if line.instead else ""
            lines.append(say(f"    ! {outside(part)}{instead}", Role.WARN))
    if usual.same_as_last and usual.last_at is not None and usual.lines:
        lines.append(say(f"  As last time, on {short_date(usual.last_at, card.at)}.", Role.MUTED))
    elif usual.last_time:
        when = f" ({short_date(usual.last_at, card.at)})" if usual.last_at is not None else ""
        words = "; ".join(line_words(line) for line in usual.last_time)
        lines += [say("  " + row) for row in wrapped(f"As last time{when}: {words}", cells - 2, last_time_rows)]
    if usual.changed:
        words = _changed_words(usual, (cells - 2) * last_time_rows)
        lines += [say("  " + row, Role.MUTED) for row in wrapped(words, cells - 2, last_time_rows)]
    return lines


def _usual_counts(usual: Usual) -> str:
    """What stands in the title: the count of a single line; of several, only what their counts beside them are of."""
    if len(usual.lines) == 1 and usual.lines[0].level != "kind":
        return outside(usual.why)
    windows = {line.of for line in usual.lines}
    return f"in the last {count(windows.pop(), 'visit')}" if len(windows) == 1 else "in the latest visits"


def _changed_words(usual: Usual, cells: int) -> str:
    """What is made differently than before; where it does not fit, the choices that stand above are left out."""
    words = outside(usual.changed)
    what, _, since = words.partition(": ")
    name = next((name for line in usual.lines if what.startswith(name := outside(line.item.name))), "")
    return f"{name}: {since}" if cell_len(words) > cells and name and since else words


def _due(card: VisitCard, state: State, first: int, cells: int) -> list[Line]:
    """What runs out about now."""
    if not card.due:
        agreed = {Purpose.REMEMBER, Purpose.SUGGEST} <= card.allowed
        return [heading("Due", cells, "nothing at the moment" if agreed else _HIDDEN)]
    lines: list[Line] = [heading("Due", cells)]
    for number, due in enumerate(card.due[:DUE_ROWS], first):
        picked = state.picked == number
        role = Role.PICKED if picked else Role.STRONG
        left = [Piece(f"{mark(picked)}{_DUE[due.state]}  ", role if picked else Role.WARN, f"row:{number}")]
        left.append(Piece(outside(due.item.name), role, f"row:{number}"))
        left += _outcome(card, state, due.item.sku)
        lines.append(spread(left, (Piece(_due_words(due, card.at, cells), Role.MUTED),), cells))
        if due.note:
            lines.append(say(f"    ! {outside(due.note)}", Role.WARN))
    return lines


def _due_words(due: Due, now: int, cells: int) -> str:
    """`every 12 days, last 14 days ago`; in a narrow column only the first half."""
    rhythm = every(due.every_days)
    return f"{rhythm}, last {ago(due.last_at, now)}" if cells >= 64 else rhythm


def _worth(card: VisitCard, state: State, first: int, cells: int, reason_rows: int) -> list[Line]:
    """At most three suggestions; an empty place shows its reason."""
    lines: list[Line] = [heading("Worth mentioning", cells)]
    for number, suggestion in enumerate(card.suggestions[:SLOTS], first):
        picked = state.picked == number
        role = Role.PICKED if picked else Role.STRONG
        left = [Piece(f"{mark(picked)}{outside(suggestion.item.name)}", role, f"row:{number}")]
        left += _outcome(card, state, suggestion.item.sku)
        place = place_words(suggestion.item, state.currency, cells - width_of(left) - 2)
        lines.append(spread(left, (Piece(place, Role.MUTED),), cells))
        for row in wrapped(_reason_words(suggestion), cells - 4, reason_rows):
            lines.append((Piece("    " + row, Role.TEXT, f"row:{number}"),))
        price = money(suggestion.item.price_minor, state.currency)
        if price not in place and width_of(lines[-1]) + cell_len(price) + 2 <= cells:
            # Beside the name there was no room for it.
            lines[-1] = spread(lines[-1], (Piece(price, Role.MUTED),), cells)
    for sentence in dict.fromkeys(card.silence[: SLOTS - len(card.suggestions[:SLOTS])]):
        lines += [
            say(("  – " if not row_number else "    ") + row, Role.MUTED)
            for row_number, row in enumerate(wrapped(outside(sentence), cells - 4, reason_rows))
        ]
    if card.discovery:
        lines += [say("  " + row, Role.MUTED) for row in wrapped(outside(card.discovery), cells - 2, reason_rows)]
    return lines


def _reason_words(suggestion: Suggestion) -> str:
    line = outside(suggestion.reason.line)
    labelled = suggestion.source != "house" or line.lower().startswith("house pick")
    return line if labelled else f"house pick: {line}"


def _outcome(card: VisitCard, state: State, key: str) -> list[Piece]:
    """What was answered here, and whether it is written yet."""
    if key in state.saving:
        return [Piece(f"  … {state.saving[key]}, saving", Role.ACCENT)]
    if key in card.answers:
        said = card.answers[key]
        return [Piece(f"  ✓ {ANSWERS.get(said, outside(said))}, recorded", Role.GOOD)]
    return []


def _history(card: VisitCard, state: State, first: int, cells: int, rows: int) -> list[Line]:
    """Past lines, newest first, the picked one always in view."""
    if rows < 2:
        return []
    if not card.history:
        return [heading("Before", cells, "nothing on record" if Purpose.REMEMBER in card.allowed else _HIDDEN)]
    seen = window(len(card.history), max(state.picked - first, 0), rows - 1)
    detail = "newest first"
    if len(seen) < len(card.history):
        whole = (
            f"the latest {len(card.history)}; {card.lines:,} in all"
            if card.lines > len(card.history)
            else len(card.history)
        )
        detail = f"{seen.start + 1}–{seen.stop} of {whole}, newest first"
    lines: list[Line] = [heading("Before", cells, detail)]
    day = ""
    for index in seen:
        line = card.history[index]
        picked = state.picked == first + index
        date = short_date(line.at, card.at)
        role = Role.PICKED if picked else Role.TEXT
        choices = modifier_words(line.modifiers)
        words = f"{line.quantity:g} × {outside(line.item.name)}" + (f", {choices}" if choices else "")
        hit = f"row:{first + index}"
        left = (
            Piece(mark(picked), role, hit),
            Piece(f"{date if date != day or picked else '':<12}", Role.PICKED if picked else Role.MUTED, hit),
            Piece(words, role, hit),
        )
        day = date
        lines.append(spread(left, _mark_words(line.line, line.mark, state, picked), cells))
    return lines


def _mark_words(reference: str, marked: str, state: State, picked: bool) -> Line:
    if reference in state.saving:
        return (Piece(f"… {state.saving[reference]}, saving", Role.ACCENT),)
    if picked and state.marking:
        return (Piece(f"◂ {state.marking} ▸", Role.ACCENT),)
    return (Piece(f"[{outside(marked)}]", Role.WARN),) if marked else EMPTY
