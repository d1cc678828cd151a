"""The sections of the manager's screen as rows. Pure; every text from outside is cleaned here."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import NamedTuple

from clerk.model.nights import DeviceSeen, NightFile, Nights, NightSeen, PackSeen, SetAside
from clerk.phrases import ago, clock_time, count, date, day_of
from clerk.ui.drawing.lines import Line, Piece, Role, cut, fit, heading, outside, say, spread, wrapped
from clerk.ui.drawing.view import Picked, mark

_NAME_SHARE = 0.33
"""Part of the width for a name; the rest says what came of it."""
_REASONS = 2
"""Reasons named in the row of a folder; opening it shows them all."""

OUTCOMES = {
    "installed": "new data in use",
    "nothing new": "nothing new came; the data stays",
    "kept last night's": "kept the data from before",
    "failed": "failed",
}
"""What came of a night, in words."""


class Row(NamedTuple):
    """One drawn row."""

    line: Line
    pick: Picked | None = None
    number: int = -1
    """Which of the rows that can be picked."""


class _Rows:
    """Collects rows and numbers those that can be picked."""

    def __init__(self, width: int, picked: Picked | None) -> None:
        self.width = width
        self.rows: list[Row] = []
        self._picked = (picked.kind, picked.key) if picked else None
        self._picks = 0

    def title(self, name: str, detail: str) -> None:
        self.rows.append(Row(heading(name, self.width, detail)))

    def words(self, text: str, role: Role = Role.TEXT, at_most: int = 3) -> None:
        self.rows += [Row(say("  " + row, role)) for row in wrapped(outside(text), self.width - 4, at_most)]

    def pick(self, kind: str, key: str, name: str, middle: str, right: Line) -> None:
        """A row that can be picked: a name, what it is, and what came of it at the right edge."""
        is_picked = (kind, key) == self._picked
        role = Role.PICKED if is_picked else Role.TEXT
        hit = f"row:{self._picks}"
        cells = max(int(self.width * _NAME_SHARE) - 4, 12)
        name_cells = cells if middle else self.width
        left: Line = (
            Piece(mark(is_picked), role, hit),
            *fit((Piece(cut(outside(name), name_cells), role, hit),), cells),
            Piece("  " + outside(middle), Role.PICKED if is_picked else Role.MUTED, hit),
        )
        if not middle:
            left = (Piece(mark(is_picked) + outside(name), role, hit),)
        self.rows.append(
            Row(spread(left, (*right, Piece(" ")), self.width), Picked(kind, key, outside(name)), self._picks)
        )
        self._picks += 1


def night_rows(found: Nights, width: int, picked: Picked | None) -> list[Row]:
    """Every row of the screen.

    Args:
        found: what is known.
        width: columns.
        picked: the row that keys act on.
    """
    rows = _Rows(width, picked)
    _last(rows, found)
    _tonight(rows, found)
    _aside(rows, found)
    _devices(rows, found)
    _asking(rows, found)
    _packs(rows, found)
    _asked(rows, found)
    if found.sign_ins:
        rows.title("Signing in", "wrong PINs, here and over the network")
        for sentence in found.sign_ins:
            rows.words(sentence, Role.WARN, 3)
    rows.title("Who did what", "visits, answers, sign-ins, looks at contact details")
    rows.pick("audit", "audit", "Who did what, latest first", "", (Piece("Enter", Role.MUTED),))
    words = "Members who may be one person twice"
    rows.pick("duplicates", "duplicates", words, "", (Piece("Enter", Role.MUTED),))
    for problem in found.problems:
        rows.words(f"! {problem.code} {problem.what} {problem.remedy}", Role.WARN)
    return rows.rows


ASKED = {"copy": "a copy of everything held: `clerk export {who} --out FOLDER`", "correction": "a correction"}
"""What a member asked for at the kiosk, and how it is done."""


def _asked(rows: _Rows, found: Nights) -> None:
    if not found.asked:
        return
    rows.title("Asked at the kiosk", f"{count(len(found.asked), 'request')} to be answered")
    for one in found.asked:
        wanted = ASKED.get(one.what, one.what).format(who=shlex.quote(one.member_id))
        rows.words(f"{one.member_id}, {ago(one.at, found.now)}: {wanted}", Role.WARN, 2)


def size_words(size: int) -> str:
    """`12 kB`, `3.4 MB`, `61 GB`."""
    if size < 1000:
        return f"{size} B"
    for unit, name in ((10**9, "GB"), (10**6, "MB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}" if size < 10 * unit else f"{size / unit:,.0f} {name}"
    return f"{size / 1000:.0f} kB"


def spent_words(seconds: int) -> str:
    """`41 s`, `3 min`, `2 h 5 min`."""
    if seconds < 120:
        return f"{max(seconds, 0)} s"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def when_words(at: int, now: int) -> str:
    """`03:30 today`, `03:30, 3 days ago`."""
    said = ago(at, now)
    return f"{clock_time(at)} {said}" if said in ("today", "yesterday") else f"{clock_time(at)}, {said}"


def file_words(file: NightFile) -> str:
    """What came of one file: `1,204 rows: 1,201 taken, 3 set aside`."""
    if file.state == "taken":
        said = count(file.rows, "row")
        if file.tables:
            return f"{said}: {file.tables[0].words}"
        said += f", {file.repeated:,} repeated" if file.repeated else ""
        return said + (f", {file.quarantined:,} set aside" if file.quarantined else "")
    return {"taken before": "taken before, nothing new", "waiting": "was still being written"}.get(
        file.state, outside(file.state)
    )


def _last(rows: _Rows, found: Nights) -> None:
    night = found.last
    if night is None:
        rows.title("Last night", "none yet")
        rows.words(f"No night yet: put exports into {found.home}/inbox and run `clerk nightly`.")
        rows.words("`clerk schedule` makes a timer that runs it every night.", Role.MUTED)
        return
    spent = spent_words(night.ended - night.started)
    rows.title("Last night", f"{when_words(night.started, found.now)} · took {spent}")
    rows.words(_outcome(night), Role.STRONG)
    if night.needs_a_person:
        rows.words(f"! {night.verdict}", Role.WARN, 3)
    if night.error is not None:
        rows.words(f"! {night.error.code} {night.error.what} {night.error.remedy}", Role.WARN, 4)
    for file in night.files:
        good = file.state in ("taken", "taken before")
        right: Line = (Piece(("" if good else "! ") + file_words(file), Role.TEXT if good else Role.WARN),)
        rows.pick("night-file", file.name, file.name, file.layout, right)
    for sentence in (*night.exchanged, *night.conflicts, *night.not_learned):
        rows.words(sentence, Role.MUTED, 2)
    for notice in night.notices:
        rows.words(f"{notice.code} {notice.what} {notice.remedy}".strip(), Role.MUTED, 2)


def _outcome(night: NightSeen) -> str:
    words = OUTCOMES.get(night.outcome, night.outcome)
    taken = [file for file in night.files if file.state == "taken"]
    from_files = f", from {count(len(taken), 'file')}" if taken and night.outcome == "installed" else ""
    return f"{'✓' if night.outcome in ('installed', 'nothing new') else '✗'} {words}{from_files}"


def _tonight(rows: _Rows, found: Nights) -> None:
    begins = f"usually begins {found.begins}" if found.begins else "no usual hour known yet"
    rows.title("Tonight", begins)
    if not found.inbox and found.role != "device":
        rows.words("The inbox is empty: nothing will come in.", Role.MUTED)
    for file in found.inbox:
        odd = file.state in ("not recognised", "refused")
        right: Line = (
            Piece(("! " if odd else "") + (outside(file.state) or "waits"), Role.WARN if odd else Role.TEXT),
            Piece(f" {size_words(file.size):>8}", Role.MUTED),
        )
        rows.pick("inbox", file.name, file.name, file.layout, right)
    if found.inbox_more:
        rows.words(f"and {count(found.inbox_more, 'more file')} in the inbox", Role.MUTED)
    own = next((one for one in found.devices if one.own), None)
    if own is not None and own.unsent is not None:
        leaves = f"{count(own.unsent, 'event')} will leave for head office" if own.unsent else "nothing has to leave"
        rows.words(leaves[0].upper() + leaves[1:] + ".")


def _aside(rows: _Rows, found: Nights) -> None:
    if not found.set_aside:
        rows.title("Rows set aside", "none")
        return
    rows.title("Rows set aside", count(len(found.set_aside), "night"))
    for folder in found.set_aside:
        rows.pick("set-aside", folder.name, day_of(folder.at, found.now), _reasons(folder), _rows_words(folder))


def _reasons(folder: SetAside) -> str:
    said = [f"{outside(reason)} ({rows:,})" for reason, rows in folder.reasons[:_REASONS]]
    left = len(folder.reasons) - _REASONS
    return ", ".join(said) + (f", {count(left, 'other reason')}" if left > 0 else "")


def _rows_words(folder: SetAside) -> Line:
    return (Piece("" if folder.rows is None else count(folder.rows, "row"), Role.STRONG),)


def _devices(rows: _Rows, found: Nights) -> None:
    forked = sum(one.forked for one in found.devices)
    rows.title(
        "Devices",
        f"role {outside(found.role)}"
        + (f" · ! {count(forked, 'forked history', 'forked histories')}" if forked else ""),
    )
    if not found.devices:
        rows.words("The journal of this device cannot be read; run `clerk check`.", Role.WARN)
    for one in found.devices:
        named = outside(one.name) or one.device[:8]
        store = f" · {outside(one.store)}" if one.store else ""
        here = " · this one" if one.own else ""
        right: Line = (
            Piece("! forked  " if one.forked else "", Role.WARN),
            Piece(device_words(one, found.now), Role.TEXT),
        )
        rows.pick("device", one.device, f"{named}{store}{here}", "", right)


def _asking(rows: _Rows, found: Nights) -> None:
    if not found.waiting:
        return
    rows.title("Tills to be accepted", f"! {count(len(found.waiting), 'till')} cannot open the store data until then")
    for one in found.waiting:
        what = ", with another key than the one accepted before" if one.other_key else ""
        since = when_words(one.since, found.now)
        rows.words(f"{one.name} · {one.store} · asks since {since}{what}", Role.WARN, 2)
        rows.words(f"If it shows {one.fingerprint}: `clerk office accept {one.device}`", Role.TEXT, 2)


def device_words(one: DeviceSeen, now: int) -> str:
    """What is known of a device in a few words: `3 events to send · all durable · seen today`."""
    said: list[str] = []
    if one.unsent is not None:
        said.append(f"{count(one.unsent, 'event')} to send" if one.unsent else "all sent")
    elif one.events is not None:
        said.append(f"{count(one.events, 'event')}{' here' if one.own else ''}")
    if one.received is not None:
        single = one.received - (one.durable or 0)
        said.append(f"{single:,} not durable yet" if single > 0 else "all durable")
    if one.last_seen is not None and not one.own:
        said.append(f"seen {ago(one.last_seen, now)}")
    return " · ".join(said)


def _packs(rows: _Rows, found: Nights) -> None:
    room = found.room
    free = f"{size_words(room.free)} free" if room.free is not None else "free room not known"
    reserve = "reserve there" if room.ballast else "! reserve in use: free some space"
    rows.title("Store data", f"{size_words(room.packs)} · {free} · {reserve}")
    if not found.packs:
        rows.words("No store data is installed.", Role.WARN)
    for pack in found.packs:
        rows.pick("pack", pack.name, _pack_name(pack), _pack_holds(pack), _pack_state(pack, found.packs))


def _pack_name(pack: PackSeen) -> str:
    return f"{date(pack.built_at)} {clock_time(pack.built_at)}" if pack.built_at else pack.name


def _pack_holds(pack: PackSeen) -> str:
    if not pack.built_at:
        return "its manifest cannot be read"
    return f"{count(pack.members, 'member')}, {count(pack.lines, 'line item')}"


def _pack_state(pack: PackSeen, packs: Sequence[PackSeen]) -> Line:
    if pack.current:
        return (Piece("✓ in use", Role.GOOD),)
    newer = any(one.current for one in packs[packs.index(pack) :])
    return (Piece("newer" if newer else "before", Role.MUTED),)
