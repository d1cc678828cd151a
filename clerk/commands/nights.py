"""`clerk nights`: what the manager's screen shows, as text or JSON. Reads only."""

from __future__ import annotations

import argparse
import shlex

from clerk import report
from clerk.commands.opening import chosen_clock
from clerk.desk.manager.nights import night_words, nights
from clerk.desk.manager.nights_in_detail import nights_more
from clerk.journal.file import FILE
from clerk.members.journal_in_use import JournalInUse
from clerk.model.nights import AskedFor, DeviceAsks, DeviceSeen, InboxFile, NightFile, Nights, PackSeen, SetAside
from clerk.phrases import ago, clock_time, count, date
from clerk.report import Exit
from clerk.settings import load


def run(options: argparse.Namespace) -> Exit:
    """Exit 1 without a night, 3 when the last one failed or something is unread, 5 when it needs a person."""
    now, settings = chosen_clock(options).now(), load(options.home)
    # Looking must not make a journal where there is none.
    journal = JournalInUse(options.home, chosen_clock(options)) if (options.home / FILE).exists() else None
    try:
        found = nights(options.home, now, settings, journal).with_more(nights_more(options.home, now))
    finally:
        if journal is not None:
            journal.close()
    in_use = next((one.built_at for one in found.packs if one.current), 0)
    words = night_words(in_use, found.last, now, settings)
    document = {"nights": found, "stale": words.stale, "failed": words.failed, "problems": found.problems}
    lines = text_of(found)
    if words.stale:
        lines.append(f"the data in use is from {ago(in_use, now)}")
    report.data(document, as_json=options.json, text="\n".join(lines))
    if words.failed or found.problems:
        return Exit.STORE_DATA
    if found.last is None:
        return Exit.NOTHING_FOUND
    return Exit.NEEDS_A_PERSON if found.last.needs_a_person else Exit.OK


def text_of(found: Nights) -> list[str]:
    """The nights as lines for a person."""
    lines = _last(found)
    begins = f", usually begins {found.begins}" if found.begins else ""
    lines.append(f"tonight{begins}: {count(len(found.inbox) + found.inbox_more, 'file')} in the inbox")
    lines += [_waiting(file) for file in found.inbox]
    if found.inbox_more:
        lines.append(f"  and {found.inbox_more:,} more")
    lines.append(f"rows in quarantine: {count(len(found.set_aside), 'night')}")
    lines += [_aside(folder) for folder in found.set_aside]
    lines.append(f"devices (role {found.role}):")
    lines += [_device(one, found.now) for one in found.devices]
    lines += [_asks(one) for one in found.waiting]
    free = f"{found.room.free / 1e9:.1f} GB free" if found.room.free is not None else "free room not known"
    reserve = "reserve there" if found.room.ballast else "no reserve: it is in use, or no counter was opened yet"
    lines.append(f"store data: {found.room.packs / 1e6:.0f} MB, {free}, {reserve}")
    lines += [_pack(one) for one in found.packs]
    lines += [f"signing in: {one}" for one in found.sign_ins]
    lines += [f"asked at the kiosk {ago(one.at, found.now)}: {_asked(one)}" for one in found.asked]
    return [*lines, *(f"{one.code} {one.what} {one.remedy}" for one in found.problems)]


def _last(found: Nights) -> list[str]:
    night = found.last
    if night is None:
        return [f"no night yet: put exports into {found.home}/inbox and run `clerk nightly`"]
    when = f"{date(night.started)} {clock_time(night.started)}"
    lines = [f"last night: {when}, {night.ended - night.started} s: {night.outcome}"]
    if night.verdict:
        lines.append(f"  {night.verdict}")
    if night.error is not None:
        lines.append(f"  {night.error.code} {night.error.what} {night.error.remedy}")
    lines += [_file(file) for file in night.files]
    lines += [f"  {sentence}" for sentence in (*night.exchanged, *night.conflicts, *night.not_learned)]
    return [*lines, *(f"  {one.code} {one.what} {one.remedy}" for one in night.notices)]


def _file(file: NightFile) -> str:
    layout = f" ({file.layout})" if file.layout else ""
    rows = f", {file.kept:,} of {count(file.rows, 'row')}" if file.rows else ""
    aside = f", {file.quarantined:,} set aside" if file.quarantined else ""
    if file.tables:
        several = len(file.tables) > 1
        told = "; ".join(f"{one.table} {one.words}" if several else one.words for one in file.tables)
        rows, aside = f", {count(file.rows, 'row')}: {told}", ""
    return f"  {file.name}{layout}: {file.state}{rows}{aside}" + (f" ({file.reason})" if file.reason else "")


def _waiting(file: InboxFile) -> str:
    layout = f" ({file.layout})" if file.layout else ""
    return f"  {file.name}{layout}: {file.state}, {file.size:,} bytes" + (f" ({file.reason})" if file.reason else "")


def _aside(folder: SetAside) -> str:
    reasons = ", ".join(f"{reason} ({rows:,})" for reason, rows in folder.reasons)
    rows = count(folder.rows, "row") if folder.rows is not None else "not counted"
    return f"  quarantine/{folder.name}: {rows}" + (f": {reasons}" if reasons else "")


def _device(one: DeviceSeen, now: int) -> str:
    said = [one.device, one.name, one.store, "this one" if one.own else ""]
    said.append(count(one.events, "event") if one.events is not None else "")
    said.append(f"{one.unsent:,} to send" if one.unsent is not None else "")
    said.append(f"received to {one.received:,}" if one.received is not None else "")
    said.append(f"durable to {one.durable:,}" if one.durable is not None else "")
    said.append(f"last seen {ago(one.last_seen, now)}" if one.last_seen is not None else "")
    said.append("FORKED HISTORY" if one.forked else "")
    return "  " + ", ".join(words for words in said if words)


def _asks(one: DeviceAsks) -> str:
    other = ", with another key than before" if one.other_key else ""
    since = f"{date(one.since)} {clock_time(one.since)}"
    return f"  {one.device}, {one.name}, {one.store}, TO BE ACCEPTED since {since}{other}: {one.fingerprint}"


def _asked(one: AskedFor) -> str:
    """Who waits for what, and how it is done."""
    if one.what == "copy":
        return f"{one.member_id} a copy of everything held (`clerk export {shlex.quote(one.member_id)} --out FOLDER`)"
    return f"{one.member_id} a {one.what}"


def _pack(one: PackSeen) -> str:
    built = f"{date(one.built_at)} {clock_time(one.built_at)}" if one.built_at else "its manifest cannot be read"
    holds = f"{count(one.members, 'member')}, {count(one.lines, 'line item')}, {one.size / 1e6:.0f} MB"
    return f"{'*' if one.current else ' '} {one.name}  {built}  {holds}"
