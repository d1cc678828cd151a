"""`clerk strike | state | consent | statements`: records a member's statements and lists all that still count."""

from __future__ import annotations

import argparse

from clerk import report
from clerk.clock import DAY_S, parse_at, to_datetime
from clerk.commands.member import member_of, write
from clerk.commands.opening import open_desk
from clerk.desk import Desk
from clerk.errors import SettingsError
from clerk.model import ConsentState, Purpose
from clerk.phrases import count
from clerk.report import Exit

_ID_LETTERS = 13
"""Letters of an event id that are printed: enough to tell one member's events apart, short enough to type."""


def run(options: argparse.Namespace) -> Exit:
    desk = open_desk(options)
    try:
        return {"strike": _strike, "state": _state, "consent": _consent, "statements": _statements}[options.command](
            desk, options
        )
    finally:
        desk.close()


def _strike(desk: Desk, options: argparse.Namespace) -> Exit:
    period = None
    what = options.line or options.item or options.category
    if options.until and not options.since:
        raise SettingsError("--until is given without --since.", "Name the first day too.")
    if options.since:
        first, last = _day(options.since), _day(options.until or options.since)
        if last < first:
            raise SettingsError(
                f"The period ends on {options.until}, before it begins on {options.since}.", "Swap the two days."
            )
        period = (first, last + DAY_S - 1)
        what = f"{options.since} to {options.until or options.since}"
    record = desk.records.strike(
        member_of(desk, options.who), line=options.line, sku=options.item, category=options.category, period=period
    )
    lines = desk.records.lines_struck(record)
    none = f": {'never bought here' if options.item or options.category else 'nothing bought then'}"
    return write(desk, record, f"struck out: {what} ({count(lines, 'line')}{'' if lines else none})", options)


def _state(desk: Desk, options: argparse.Namespace) -> Exit:
    record = desk.records.fact(member_of(desk, options.who), options.fact, options.text)
    return write(desk, record, f"{options.fact}: {record.payload['text']}", options)


def _consent(desk: Desk, options: argparse.Namespace) -> Exit:
    purpose, state = Purpose(options.purpose), ConsentState(options.state)
    member_id = member_of(desk, options.who)
    record = desk.records.consent(member_id, purpose, state)
    words = desk.records.words(member_id)[purpose]
    return write(desk, record, f'{purpose} is {state}, wording {record.payload["wording"]}: "{words}"', options)


def _statements(desk: Desk, options: argparse.Namespace) -> Exit:
    said = desk.records.statements(member_of(desk, options.who))
    rows = [f"{to_datetime(one.at):%Y-%m-%d}  {one.event_id[:_ID_LETTERS]}  {one.words}" for one in said]
    report.data({"said": said}, as_json=options.json, text="\n".join(rows) or "nothing on record")
    return Exit.OK if said else Exit.NOTHING_FOUND


def _day(text: str) -> int:
    """The first second of a day."""
    return parse_at(text) // DAY_S * DAY_S
