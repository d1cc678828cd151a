"""`clerk show | why | answer | mark | undo`: a visit without a screen, also for screen readers and programs."""

from __future__ import annotations

import argparse

from clerk import report
from clerk.commands.opening import open_desk
from clerk.desk import Desk
from clerk.errors import CardRevoked, ClerkError, Forgotten, PartialScan, StoreLocked, UnknownMember
from clerk.languages.options import spoken
from clerk.model import AnswerKind, EventKind, LineMark, Nobody, Record, VisitCard, Why
from clerk.phrases import date
from clerk.privacy.receipts import FOLDER
from clerk.report import Exit
from clerk.visit.feedback import undo_event

WAIT_S = 10.0
"""How long a command waits for a durable commit; the journal itself gives up on a busy file after 5 s."""


_COLUMNS, _ROWS = 80, 40
"""Size of a member screen as text: any terminal's width, and room for two dozen past lines."""


def run(options: argparse.Namespace) -> Exit:
    desk = open_desk(options)
    try:
        return {"show": _show, "why": _why, "answer": _answer, "mark": _mark, "undo": _undo}[options.command](
            desk, options
        )
    finally:
        desk.close()


def member_of(desk: Desk, who: str) -> str:
    """The member meant by a card code or a member id.

    Raises:
        Forgotten: this exact id is of somebody who was forgotten.
        UnknownMember, PartialScan, CardRevoked: the same answers a scan gives, as errors with an exit code.
    """
    meant = desk.finding.who(who)
    if isinstance(meant, Nobody):
        with desk.pack.reading() as pack:
            is_forgotten = pack.members.is_forgotten(who.strip())
        if is_forgotten:
            raise Forgotten(
                "This member was forgotten.",
                f"Nothing is shown any more; the receipt in the folder {FOLDER} says where copies remain.",
            )
        kinds: dict[str, type[ClerkError]] = {"E223": PartialScan, "E224": CardRevoked}
        raise kinds.get(meant.code, UnknownMember)(meant.what, meant.remedy)
    if isinstance(meant, str):
        return meant
    if who.strip() in meant.member_ids:
        # Somebody's id, which is another one's card too: a command can say it in no other way.
        return who.strip()
    raise UnknownMember(
        f"{len(meant.member_ids)} members match: {', '.join(meant.member_ids[:8])}.", "Name one by member id."
    )


def _show(desk: Desk, options: argparse.Namespace) -> Exit:
    """The screen as text; that it was looked at is on record, where the disk takes it."""
    member_id = member_of(desk, options.who)
    card = desk.visit.open(member_id, "command")
    if card.unread is not None:
        return told_unread(desk, card, options)
    try:
        desk.records.append(Record(EventKind.ACCESS, member_id, {"what": "opened"})).result(WAIT_S)
    except (ClerkError, TimeoutError) as error:
        report.say(report.not_kept("shown", error))
    text = "" if options.json else card_text(card, desk.status.now().currency)
    if options.lines and not options.json:
        text = f"{text}\n\n{lines_text(card)}"
    report.data(card, as_json=options.json, text=text)
    return Exit.OK


def told_unread(desk: Desk, card: VisitCard, options: argparse.Namespace) -> Exit:
    """The screen of a member of whom it cannot be read what was said here: printed, and no success."""
    report.data(card, as_json=options.json, text="" if options.json else card_text(card, desk.status.now().currency))
    assert card.unread is not None
    report.say(f"{card.unread.code} {card.unread.what} {card.unread.remedy}")
    return Exit.STORE_DATA


def card_text(card: VisitCard, currency: str) -> str:
    """The member screen as plain text, 80 columns wide: the same lines that the counter draws."""
    # Imported here: with --json no screen code is needed.
    from clerk.ui.screens.member_lines import State, draw

    lines = draw(card, State(currency=currency), _COLUMNS, _ROWS)
    return "\n".join("".join(piece.text for piece in line).rstrip() for line in lines)


def lines_text(card: VisitCard) -> str:
    """The latest lines with the references that `clerk mark` and `clerk strike --line` take, newest first."""
    width = max((len(one.line) for one in card.history), default=0)
    rows = [
        f"{one.line:<{width}}  {date(one.at):<12} {_quantity(one.quantity)}{one.item.name} ({one.item.sku})"
        + (f", {spoken(one.modifiers)}" if one.modifiers else "")
        + (f"  [{one.mark}]" if one.mark else "")
        for one in card.history
    ]
    return "\n".join(["Latest lines, by reference:", *rows]) if rows else "No past lines."


def _quantity(quantity: float) -> str:
    return "" if quantity == 1 else f"{quantity:g} × "


def _why(desk: Desk, options: argparse.Namespace) -> Exit:
    why = desk.finding.why(member_of(desk, options.who), options.sku)
    report.data(why, as_json=options.json, text=why_text(why))
    return Exit.OK


def why_text(why: Why) -> str:
    """The answer, every gate with its state, and the evidence."""
    gates = [
        f"  passes  {detail}" if through else f"  STOPS   {gate.value}: {detail}" for gate, through, detail in why.gates
    ]
    evidence = [f"  · {fact}" for fact in why.evidence]
    return "\n".join(
        [f"{why.item.name} ({why.item.sku})", why.line, *gates, *(["Evidence:", *evidence] * bool(evidence))]
    )


def _answer(desk: Desk, options: argparse.Namespace) -> Exit:
    kind = AnswerKind(options.answer)
    record = desk.records.answer(member_of(desk, options.who), options.sku, kind, category=options.category)
    return write(desk, record, f"said {kind} to {record.payload.get('category') or options.sku}", options)


def _mark(desk: Desk, options: argparse.Namespace) -> Exit:
    record = desk.records.mark(member_of(desk, options.who), options.line, LineMark(options.mark))
    return write(desk, record, f"line {options.line} is marked {options.mark}", options)


def _undo(desk: Desk, options: argparse.Namespace) -> Exit:
    member_id = member_of(desk, options.who)
    last = desk.records.last_undoable(member_id, options.event)
    if last is None:
        report.data({"recorded": None}, as_json=options.json, text="nothing to take back")
        return Exit.NOTHING_FOUND
    words = next(
        (one.words for one in desk.records.statements(member_id) if one.event_id == last.event_id), str(last.kind)
    )
    return write(desk, undo_event(member_id, last), f"taken back: {words}", options)


def write(desk: Desk, record: Record, what: str, options: argparse.Namespace) -> Exit:
    """Records it and prints so, or with `--dry-run` prints what would be recorded.

    Raises:
        StoreLocked: it took so long that nobody knows whether it was recorded.
    """
    if options.dry_run:
        document = {"kind": record.kind, "member_id": record.member_id, "payload": record.payload}
        report.data({"would_record": document}, as_json=options.json, text=f"would record: {what}")
        return Exit.OK
    try:
        event = desk.records.append(record).result(WAIT_S)
    except TimeoutError:
        raise StoreLocked(
            "The disk did not answer in time; it is not known whether this was recorded.",
            "Look with `clerk statements MEMBER` before you say it again.",
        ) from None
    report.data({"recorded": event}, as_json=options.json, text=f"recorded: {what}")
    return Exit.OK
