"""`clerk cards issue | revoke | replace | list | sheet | test`: cards handed out, taken back and printed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple

from clerk import report
from clerk.cards.code import grouped, is_own, new_code
from clerk.cards.qr import terminal_rows
from clerk.cards.scanner_check import TEST_CODE, judge
from clerk.clock import parse_at
from clerk.commands.member import WAIT_S, member_of
from clerk.commands.opening import chosen_clock, open_desk
from clerk.desk import Desk
from clerk.desk.counter.enrolment import printed_event
from clerk.errors import SettingsError, SourceMissing, StoreLocked, UnknownMember
from clerk.model import CardStatus, Event, EventKind, Record
from clerk.phrases import count
from clerk.report import Exit, ProgressBar

MOST_BLANK = 100_000
"""Blank cards of one command: more than any printer takes in a day, and a slip of the finger is caught."""


class Made(NamedTuple):
    """A card that goes to the printer."""

    code: str
    member_id: str = ""
    """Empty for a blank card."""


def run(options: argparse.Namespace) -> Exit:
    if options.action == "test":
        return _test_scanner(options)
    _check(options)
    desk = open_desk(options)
    try:
        actions: dict[str, Callable[[Desk, argparse.Namespace], Exit]] = {
            "issue": _issue, "revoke": _revoke, "replace": _issue, "list": _list, "sheet": _sheet,
        }  # fmt: skip
        return actions[options.action](desk, options)
    finally:
        desk.close()


def _check(options: argparse.Namespace) -> None:
    """Refuses what makes no sense before anything is recorded.

    Raises:
        SettingsError: the command line is incomplete.
    """
    if options.count and options.action not in ("issue", "sheet"):
        raise SettingsError("--count makes blank cards.", "Use it with issue or sheet.")
    if not 0 <= options.count <= MOST_BLANK:
        raise SettingsError(f"--count is {options.count}.", f"It has to be 0 to {MOST_BLANK:,}.")
    if not options.who and not options.count:
        raise SettingsError("Nobody is named.", "Name members, or with issue and sheet say --count N for blank cards.")
    if options.card and (options.action not in ("issue", "replace") or len(options.who) != 1):
        raise SettingsError(
            "--card hands one blank card to one member.", "Use it with issue or replace, for one member."
        )
    if options.action == "sheet" and options.out is None:
        raise SettingsError("A sheet needs a file.", "Name it: --out cards.pdf.")
    check_out(options.out)
    if options.font is not None and not options.font.is_file():
        raise SettingsError(f"There is no file {options.font.name}.", "Name a TrueType font file.")


def check_out(out: Path | None) -> None:
    """Looks whether a file can be written there, before a card is issued that then cannot be printed.

    Raises:
        SettingsError: its kind is unknown, or its folder is not there.
    """
    if out is None:
        return
    if out.suffix.lower() not in ("", ".pdf", ".png", ".svg", ".json"):
        raise SettingsError(f"{out.name} is of no kind that Clerk writes.", "Use .pdf, .png, .svg, .json or a folder.")
    if not out.absolute().parent.is_dir():
        raise SettingsError(f"There is no folder {out.absolute().parent.name}.", "Make it, or name another one.")


def _test_scanner(options: argparse.Namespace) -> Exit:
    """The set-up page; without a terminal, one verdict a line of stdin. OK when the last scan was fine."""
    if sys.stdin.isatty() and sys.stdout.isatty() and not options.json:
        from clerk.ui.counter.scanner_setup import open_page

        fine = open_page(terminal_rows(TEST_CODE), grouped(TEST_CODE), _judged)
        return Exit.OK if fine else Exit.NOTHING_FOUND
    verdicts = []
    for line in sys.stdin.read(100_000).splitlines(keepends=True):
        text = line.rstrip("\r\n")
        suffix = "tab" if text.endswith("\t") else "enter" if line != text else ""
        verdicts.append(judge(text.removesuffix("\t"), suffix))
    document = {
        "card": TEST_CODE,
        "scans": [
            {"finding": one.finding, "fine": one.is_fine, "says": one.says, "remedy": one.remedy} for one in verdicts
        ],
    }
    lines = [f"{'ok ' if one.is_fine else 'NO '} {one.finding}: {one.says} {one.remedy}" for one in verdicts]
    if not verdicts:
        lines = [*terminal_rows(TEST_CODE), "", grouped(TEST_CODE), "Scan this card into the command's input."]
    report.data(document, as_json=options.json, text="\n".join(lines))
    return Exit.OK if verdicts and verdicts[-1].is_fine else Exit.NOTHING_FOUND


def _judged(arrived: str, suffix: str, gaps_ms: list[float]) -> tuple[bool, str, str]:
    """Fine or not, what it is, and what to do."""
    verdict = judge(arrived, suffix, gaps_ms)
    return verdict.is_fine, verdict.says, verdict.remedy


def _issue(desk: Desk, options: argparse.Namespace) -> Exit:
    """Also `replace`, which revokes what the member had."""
    records: list[Record] = []
    made: list[Made] = []
    for who in options.who:
        member_id = member_of(desk, who)
        if code := _in_use(desk, member_id, options):
            made.append(Made(code, member_id))
            continue
        if options.action == "replace":
            records += desk.cards.replace(member_id, options.card, lost=who)
        else:
            records += desk.cards.issue(member_id, options.card)
    again = [one.member_id for one in made]
    made += [
        Made(str(one.payload["code"]), one.member_id) for one in records if one.payload["status"] == CardStatus.ACTIVE
    ]
    revoked = [one for one in records if one.payload["status"] == CardStatus.REVOKED]
    if options.dry_run:
        return _would(records, options, again)
    written = record_all(desk, records)
    made += [Made(new_code()) for _ in range(options.count)]
    _print(desk, made, options)
    document = {
        "issued": [{"member_id": one.member_id, "code": one.code} for one in made if one.member_id not in ("", *again)],
        "printed_again": again,
        "blank": [one.code for one in made if not one.member_id],
        "revoked": [str(one.payload["code"]) for one in revoked],
        "recorded": written,
        "out": options.out,
    }
    lines = [f"revoked: {shown(str(one.payload['code']))}" for one in revoked]
    if options.out is None:
        lines += [f"{one.member_id or 'blank':<16} {grouped(one.code)}" for one in made]
    else:
        lines.append(f"{count(len(made), 'card')} written to {options.out}")
        lines += [f"{member_id}: the card in use; --new issues another" for member_id in again]
    report.data(document, as_json=options.json, text="\n".join(lines))
    if options.out is None and len(made) == 1:
        show_code(desk.cards.qr_rows(made[0].code), as_json=options.json)
    return Exit.OK


def _in_use(desk: Desk, member_id: str, options: argparse.Namespace) -> str:
    """The code that is printed again: the newest of the member's own cards; empty where a new one is to be issued."""
    if options.action != "issue" or options.out is None or options.card or options.new:
        return ""
    own = [card.code for card in desk.cards.of(member_id) if card.status is CardStatus.ACTIVE and is_own(card.code)]
    return own[-1] if own else ""


def shown(code: str) -> str:
    """A code as it is printed: our own in groups of four."""
    return grouped(code) if is_own(code) else code


def show_code(rows: Sequence[str], *, as_json: bool) -> None:
    """A code on a terminal, black on white whatever its colours; elsewhere the letters have to do."""
    if not as_json and sys.stdout.isatty():
        for row in rows:
            report.line(f"\033[30;107m{row}\033[0m")


def _revoke(desk: Desk, options: argparse.Namespace) -> Exit:
    records = [record for who in options.who for record in desk.cards.revoke(who)]
    if options.dry_run:
        return _would(records, options)
    written = record_all(desk, records)
    codes = [str(one.payload["code"]) for one in records]
    text = "\n".join(f"revoked: {shown(code)}" for code in codes)
    report.data({"revoked": codes, "recorded": written}, as_json=options.json, text=text)
    return Exit.OK


def _list(desk: Desk, options: argparse.Namespace) -> Exit:
    rows = [
        (member_id, *held)
        for who in options.who
        for member_id in [member_of(desk, who)]
        for held in desk.cards.of(member_id)
    ]
    document = {"cards": [{"member_id": who, "code": code, "status": status} for who, code, status in rows]}
    text = "\n".join(f"{who:<16} {status:<8} {shown(code)}" for who, code, status in rows)
    report.data(document, as_json=options.json, text=text or "no card")
    return Exit.OK if rows else Exit.NOTHING_FOUND


def _sheet(desk: Desk, options: argparse.Namespace) -> Exit:
    made = []
    for who in options.who:
        member_id = member_of(desk, who)
        held = [one.code for one in desk.cards.of(member_id) if one.status is CardStatus.ACTIVE]
        # A number from elsewhere, as the chain's own, is printed by whoever gave it.
        active = [code for code in held if is_own(code)]
        if not active:
            raise UnknownMember("A member has no card of Clerk's in use.", "Issue one: `clerk cards issue MEMBER`.")
        made.append(Made(active[-1], member_id))
    if options.dry_run:
        many = len(made) + options.count
        report.data(
            {"would_write": many, "out": options.out}, as_json=options.json, text=f"would write {count(many, 'card')}"
        )
        return Exit.OK
    made += [Made(new_code()) for _ in range(options.count)]
    sheets = _print(desk, made, options)
    document = {
        "cards": [{"member_id": one.member_id, "code": one.code} for one in made],
        "out": options.out,
        "sheets": sheets,
    }
    on = f" on {count(sheets, 'sheet')} of paper" if sheets else ""
    report.data(
        document, as_json=options.json, text=f"{count(len(made), options.form[:-1])} written to {options.out}{on}"
    )
    return Exit.OK


def _print(desk: Desk, made: Sequence[Made], options: argparse.Namespace) -> int:
    """Writes what `--out` names, and that it was printed; sheets of paper, 0 for anything but a PDF.

    Raises:
        SourceMissing: the file cannot be written.
        NotKept: a name has letters that the font lacks.
    """
    if options.out is None or not made:
        return 0
    from clerk.cards import image_files
    from clerk.cards.sheet import Label, write_sheet

    out: Path = options.out
    shop = desk.status.now().store
    names = [desk.cards.given_name(one.member_id) if options.given_name and one.member_id else "" for one in made]
    bar = ProgressBar(quiet=options.json)
    sheets = 0
    try:
        if out.suffix.lower() == ".pdf":
            labels = [Label(one.code, name) for one, name in zip(made, names, strict=True)]
            day = parse_at(options.at) if options.at else chosen_clock(options).now()
            sheets = write_sheet(
                out, labels, shop=shop, day=day, form=options.form, paper=options.paper, font=options.font, progress=bar
            )
        elif out.suffix.lower() == ".json":
            passes = [
                {
                    "apple": image_files.apple_pass(one.code, shop, name),
                    "google": image_files.google_object(one.code, shop, name),
                }
                for one, name in zip(made, names, strict=True)
            ]
            document = passes[0] if len(passes) == 1 else {"cards": passes}
            out.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        elif out.suffix and len(made) == 1:
            image_files.write_picture(out, made[0].code)
        elif out.suffix:
            raise SettingsError(f"{out.name} holds one card, not {len(made):,}.", "Name a folder, or a .pdf.")
        else:
            image_files.write_folder(out, [one.code for one in made], bar)
    except OSError as error:
        raise SourceMissing(f"{out.name} cannot be written ({error.strerror}).", "Check the folder.") from None
    finally:
        bar.close()
    record_all(desk, [printed_event(who) for who in dict.fromkeys(one.member_id for one in made)])
    return sheets


def _would(records: Sequence[Record], options: argparse.Namespace, again: Sequence[str] = ()) -> Exit:
    """What would be recorded; a new code is made only when it is issued."""
    documents = [
        {
            "kind": one.kind,
            "member_id": one.member_id,
            "payload": {**one.payload, "code": "(new)"} if _is_new(one, options) else one.payload,
        }
        for one in records
    ]
    lines = [
        f"would record: {one.member_id} {'a new card' if _is_new(one, options) else shown(str(one.payload['code']))} "
        f"{one.payload['status']}"
        for one in records
    ]
    lines += [f"would print again: {member_id}" for member_id in again]
    if options.count:
        lines.append(f"would make: {count(options.count, 'blank card')}")
    report.data({"would_record": documents, "would_print": again}, as_json=options.json, text="\n".join(lines))
    return Exit.OK


def _is_new(record: Record, options: argparse.Namespace) -> bool:
    return record.kind is EventKind.CARD and record.payload["status"] == CardStatus.ACTIVE and not options.card


def record_all(desk: Desk, records: Sequence[Record]) -> list[Event]:
    """Records all of it, in order; handed over together, so that they go to the disk as one where they can.

    Raises:
        StoreLocked: it took so long that nobody knows whether it was recorded.
    """
    waiting: list[Future[Event]] = [desk.records.append(record) for record in records]
    try:
        return [one.result(WAIT_S) for one in waiting]
    except TimeoutError:
        raise StoreLocked(
            "The disk did not answer in time; it is not known whether this was recorded.",
            "Look with `clerk cards list MEMBER` before you do it again.",
        ) from None
