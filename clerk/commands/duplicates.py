"""`clerk duplicates | merge | unmerge | apart`: who may be one person twice, and what a manager decides about it."""

from __future__ import annotations

import argparse
import shlex

from clerk import report
from clerk.commands.cards import record_all
from clerk.commands.member import member_of
from clerk.commands.opening import open_desk
from clerk.desk import Desk
from clerk.model import Duplicate, PairState
from clerk.phrases import count
from clerk.report import Exit

_SAID = {
    "merge": "taken for one person: one card shows both, both cards open it; `clerk unmerge {}` takes it back",
    "apart": "kept apart: this pair is not listed again",
    "unmerge": "each by themselves again, as before",
}


def run(options: argparse.Namespace) -> Exit:
    desk = open_desk(options)
    try:
        return _list(desk, options) if options.command == "duplicates" else _decide(desk, options)
    finally:
        desk.close()


def _list(desk: Desk, options: argparse.Namespace) -> Exit:
    found = desk.pairs.duplicates()
    rows = [*map(_row, found.undecided)]
    head = f"{count(len(rows), 'pair')} of members to look at: `clerk merge ID ID`, or `clerk apart ID ID`"
    one = [*map(_row, found.merged)]
    text = [head if rows else "Nobody seems to be here twice.", *rows]
    text += ["taken for one person (`clerk unmerge ID` takes it back):", *one] if one else []
    report.data(found, as_json=options.json, text="\n".join(text))
    return Exit.OK if rows or one else Exit.NOTHING_FOUND


def _row(pair: Duplicate) -> str:
    named = (
        f"{shlex.quote(member_id)} {name or '(no name)'}" + (f" {hint}" if hint else "")
        for member_id, name, hint in zip(pair.ids, pair.names, pair.hints, strict=True)
    )
    return f"  {' · '.join(named)}: {pair.why}"


def _decide(desk: Desk, options: argparse.Namespace) -> Exit:
    if options.command == "unmerge":
        records = desk.pairs.taken_apart(options.who)
    else:
        # By their exact ids: two spellings of one id, or a card of both, mean both of them.
        ids = [one if desk.pairs.is_id(one) else member_of(desk, one) for one in (options.one, options.other)]
        state = PairState.ONE if options.command == "merge" else PairState.APART
        records = desk.pairs.decided(ids[0], ids[1], state)
    told = {"recorded": options.command, "member_ids": sorted({one.member_id for one in records})}
    words = f"{', '.join(told['member_ids'])}: {_SAID[options.command].format(shlex.quote(told['member_ids'][0]))}"
    if options.dry_run:
        report.data({"would_record": told}, as_json=options.json, text=f"would be {words}")
        return Exit.OK
    record_all(desk, records)
    report.data(told, as_json=options.json, text=words)
    return Exit.OK
