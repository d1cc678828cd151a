"""`clerk join`: enrols a member at this counter, without a network; every device knows them after the next night."""

from __future__ import annotations

import argparse
import shlex

from clerk import report
from clerk.commands.cards import record_all, show_code, shown
from clerk.commands.opening import open_desk
from clerk.report import Exit
from clerk.visit.profile.enrolment import Details


def run(options: argparse.Namespace) -> Exit:
    desk = open_desk(options)
    try:
        joined, card = desk.cards.enrol(
            Details(options.name, options.phone, options.email), options.card, anyway=options.anyway
        )
        if options.dry_run:
            told = {"would_record": {"kind": joined.kind, "payload": joined.payload}, "card": options.card or "(new)"}
            report.data(told, as_json=options.json, text=f"would enrol: {joined.payload['name']}")
            return Exit.OK
        recorded = record_all(desk, [joined, card])
        code = str(card.payload["code"])
        with desk.pack.reading() as pack:
            read_out, wording = pack.wordings.of(), pack.wordings.recorded()
        document = {
            "member_id": joined.member_id,
            "code": code,
            "recorded": recorded,
            "read_out": {str(purpose): words for purpose, words in read_out.items()},
            "wording": wording,
        }
        lines = [f"enrolled: {joined.payload['name']}, {joined.member_id}", f"card: {shown(code)}"]
        lines.append("Ask one by one, and record each answer; of a no with `withdrawn` in place of `given`:")
        lines += [
            f"  “{words}”  clerk consent {shlex.quote(joined.member_id)} {purpose} given"
            for purpose, words in read_out.items()
        ]
        report.data(document, as_json=options.json, text="\n".join(lines))
        if not options.card:
            show_code(desk.cards.qr_rows(code), as_json=options.json)
        return Exit.OK
    finally:
        desk.close()
