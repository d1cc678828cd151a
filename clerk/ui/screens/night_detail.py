"""One row of the manager's screen in full: a file, rows that were set aside, a device, a generation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clerk.model.nights import DeviceSeen, NightFile, Nights, SetAside, SetAsideRows
from clerk.phrases import ago, clock_time, count, date
from clerk.ui.drawing.lines import EMPTY, Line, Piece, Role, heading, outside, say, wrapped
from clerk.ui.drawing.view import Picked, Scrolled
from clerk.ui.screens.night_rows import device_words, size_words

if TYPE_CHECKING:
    from clerk.desk.manager.nights import NightsDesk

_LABEL = 16
"""Columns of what stands before a value."""


class NightDetailView(Scrolled):
    """Facts with their names, then anything that follows.

    Args:
        title: of the screen.
        detail: behind the title.
        facts: name and value; without a value nothing is drawn.
        below: rows that were set aside, where it is about them.
    """

    name = "nights"
    hint = "↑ ↓ scroll · Esc goes back"

    def __init__(
        self, title: str, detail: str, facts: list[tuple[str, str]], below: SetAsideRows | None = None
    ) -> None:
        super().__init__()
        self._title, self._detail = title, detail
        self._facts = [(label, value) for label, value in facts if value]
        self._below = below

    def rows(self, width: int) -> list[Line]:
        rows: list[Line] = [heading(outside(self._title), width, outside(self._detail))]
        for label, value in self._facts:
            words = wrapped(outside(value), max(width - _LABEL - 4, 20), 4) or [""]
            rows.append((Piece(f"  {label:<{_LABEL}}", Role.MUTED), Piece(words[0])))
            rows += [say(" " * (_LABEL + 2) + row) for row in words[1:]]
        if self._below is not None:
            rows += _set_aside(self._below, width)
        return rows


def detail_of(found: Nights, row: Picked, nights: NightsDesk) -> NightDetailView | None:
    """The picked row in full.

    Args:
        found: what the manager's screen holds.
        row: picked on it.
        nights: gives rows that were set aside.

    Raises:
        ClerkError: they cannot be read.
    """
    if row.kind == "night-file" and found.last is not None:
        return _file(found, row.key)
    if row.kind == "inbox":
        return _waiting(found, row.key)
    if row.kind == "set-aside":
        folder = next((one for one in found.set_aside if one.name == row.key), None)
        return _folder(folder, nights.rows(row.key)) if folder is not None else None
    if row.kind == "device":
        device = next((one for one in found.devices if one.device == row.key), None)
        return _device(device, found.now) if device is not None else None
    return _pack(found, row.key)


def _file(found: Nights, name: str) -> NightDetailView | None:
    night = found.last
    file = next((one for one in night.files if one.name == name), None) if night is not None else None
    if night is None or file is None:
        return None
    facts = [
        ("taken for", file.layout or "no export that Clerk knows"),
        ("came of it", file.state),
        ("why", file.reason),
        ("rows", f"{file.rows:,}" if file.rows else ""),
        *_tables(file),
        ("set aside", f"{file.quarantined:,}: see Rows set aside" if file.quarantined else ""),
        *((f"  {count(rows, 'row')}", reason) for reason, rows in file.reasons),
    ]
    return NightDetailView(file.name, f"night of {date(night.started)} {clock_time(night.started)}", facts)


def _tables(file: NightFile) -> list[tuple[str, str]]:
    """What became of the rows, for each table of a file."""
    if not file.tables:
        repeated = f"{file.repeated:,}: said the same again" if file.repeated else ""
        return [("kept", f"{file.kept:,}" if file.rows else ""), ("repeated", repeated)]
    facts = []
    for table in file.tables:
        facts.append((table.table or "came of them", table.words))
        facts += [
            (f"  {count(rows, 'row')}", f"left out: {rule}") for rows, what, rule in table.reasons if what == "left out"
        ]
    return facts


def _waiting(found: Nights, name: str) -> NightDetailView | None:
    file = next((one for one in found.inbox if one.name == name), None)
    if file is None:
        return None
    remedy = {
        "being written": "It is taken when nobody has written to it for a while.",
        "not recognised": "Its first row names no export that Clerk knows; `clerk template` shows the plain form.",
        "refused": "It will not be taken.",
        "": "It will be looked at tonight.",
    }.get(file.state, "It will be taken tonight, or now with `clerk nightly`.")
    facts = [
        ("taken for", file.layout),
        ("size", size_words(file.size)),
        ("state", file.state),
        ("why", file.reason),
        ("", remedy),
    ]
    return NightDetailView(file.name, "in the inbox", facts)


def _folder(folder: SetAside, rows: SetAsideRows) -> NightDetailView:
    facts = [("in the folder", f"quarantine/{folder.name}")]
    facts += [(count(number, "row"), reason) for reason, number in folder.reasons]
    total = f" · {count(folder.rows, 'row')}" if folder.rows is not None else ""
    return NightDetailView("Rows set aside", f"{date(folder.at)} {clock_time(folder.at)}{total}", facts, rows)


def _device(one: DeviceSeen, now: int) -> NightDetailView:
    facts = [
        ("device", one.device),
        ("name", one.name),
        ("store", one.store),
        ("epoch", one.epoch),
        ("events", f"{one.events:,}" if one.events is not None else ""),
        ("to send", f"{one.unsent:,}" if one.unsent is not None else ""),
        ("received to", f"{one.received:,}" if one.received is not None else ""),
        ("durable to", f"{one.durable:,}" if one.durable is not None else ""),
        ("last seen", f"{date(one.last_seen)} {clock_time(one.last_seen)}" if one.last_seen is not None else ""),
        ("! forked", "Its history has two continuations: a disk was cloned or restored." if one.forked else ""),
    ]
    return NightDetailView("Device", device_words(one, now), facts)


def _pack(found: Nights, name: str) -> NightDetailView | None:
    pack = next((one for one in found.packs if one.name == name), None)
    if pack is None:
        return None
    how = "" if pack.current else "Esc, then ^Z twice, puts it into use."
    built = (
        f"{date(pack.built_at)} {clock_time(pack.built_at)}, {ago(pack.built_at, found.now)}" if pack.built_at else ""
    )
    facts = [
        ("name", pack.name),
        ("built", built or "not known: its manifest cannot be read"),
        ("members", f"{pack.members:,}"),
        ("line items", f"{pack.lines:,}"),
        ("size", size_words(pack.size)),
        ("", how),
    ]
    return NightDetailView("Store data", "in use" if pack.current else "not in use", facts)


def _set_aside(below: SetAsideRows, width: int) -> list[Line]:
    rows: list[Line] = [EMPTY]
    for one in below.rows:
        where = f"{outside(one.file)} row {one.row:,}"
        rows.append((Piece(f"  {where}  ", Role.STRONG), Piece(outside(one.reason), Role.WARN)))
        rows += [say("    " + row, Role.MUTED) for row in wrapped(outside(one.original), width - 6, 2)]
    if below.more:
        rows.append(say(f"  More of them in quarantine/{outside(below.name)}/rows.csv.", Role.MUTED))
    return rows
