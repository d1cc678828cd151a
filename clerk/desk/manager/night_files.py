"""What lies in the data folder about nights: reports, the inbox, rows set aside. Read with bounds, never written.

Every file here may be cut, of a newer Clerk, or somebody else's: that is told of the file. A folder that is there and
cannot be read is an error, and never an empty list. Nothing heavy is imported; all of it is read in a few milliseconds.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from clerk.clock import from_datetime
from clerk.errors import DiskFailed
from clerk.model import Notice
from clerk.model.nights import InboxFile, NightFile, NightSeen, SetAside, SetAsideRow, SetAsideRows, TableRows
from clerk.text import clean

NIGHTS, INBOX, QUARANTINE, STORES = "nights", "inbox", "quarantine", "stores"
"""Folders in the data folder."""

REPORT_BYTES = 4_000_000
"""A report is a few kilobytes; a larger file is none."""
FILES_AT_MOST = 200
"""Files of one night, and of the inbox, that are listed."""
STORES_AT_MOST = 200
"""Stores of an office that are looked at."""
WORDS_AT_MOST = 50
"""Sentences of one kind that are taken over from a report."""
FOLDERS_AT_MOST = 60
"""Folders of rows set aside that are listed; nights keep as many."""
ROWS_AT_ONCE = 500
"""Rows set aside that are shown of one folder; the file itself holds the rest."""
ROWS_BYTES = 2_000_000
"""How much of that file is read for them."""

_PARTS = {"pushed": "sent", "fetched": "fetched", "collected": "collected", "published": "published"}
_STAMP = re.compile(r"(\d{8})T?(\d{6})")


def reports(home: Path, at_most: int) -> tuple[list[NightSeen], list[Notice]]:
    """The latest night reports, newest first, and a notice about each that cannot be read."""
    seen: list[NightSeen] = []
    problems: list[Notice] = []
    try:
        entries = _entries(home / NIGHTS)
    except DiskFailed as error:
        return [], [Notice(error.code, error.what, error.remedy)]
    for path in sorted(entries, key=lambda entry: entry.name, reverse=True)[:at_most]:
        if path.suffix != ".json":
            continue
        try:
            seen.append(_night(path))
        except (OSError, ValueError) as error:
            why = f"cannot be read ({error.strerror})" if isinstance(error, OSError) else "is damaged"
            what = f"The report of the night {path.stem} {why}."
            problems.append(Notice(DiskFailed.code, what, "Run `clerk check`; the next night writes a new one."))
    return seen, problems


def begins(nights: Iterable[NightSeen]) -> str:
    """`about 03:30` where at least three nights began within half an hour of each other."""
    minutes = sorted(night.started // 60 % 1440 for night in nights)
    if len(minutes) < 3:
        return ""
    middle = minutes[len(minutes) // 2]
    near = [one for one in minutes if abs(one - middle) <= 30]
    return f"about {middle // 60:02}:{middle % 60:02}" if len(near) * 3 >= len(minutes) * 2 else ""


def homes(home: Path) -> list[tuple[str, Path]]:
    """This data folder and, at an office with several stores, theirs; each with what stands before its names.

    Raises:
        DiskFailed: it cannot be read.
    """
    stores = sorted(path for path in _entries(home / STORES) if path.is_dir())
    return [("", home), *((f"{path.name}/", path) for path in stores[:STORES_AT_MOST])]


def inbox(home: Path) -> tuple[tuple[InboxFile, ...], int]:
    """Files that lie in the inbox, by name, and how many more there are; which of them are complete is not known yet.

    Told apart by `nights_more`, which asks the night's own rules: those load what reads exports.

    Raises:
        DiskFailed: the inbox cannot be read.
    """
    found: list[InboxFile] = []
    left = 0
    lying = [(before, path) for before, of in homes(home) for path in sorted(_entries(of / INBOX))]
    for before, path in lying:
        if path.name.startswith((".", "~")) or path.suffix.lower() == ".toml" or not path.is_file():
            continue
        if len(found) == FILES_AT_MOST:
            left += 1
            continue
        # A night may take it in at this moment.
        with suppress(FileNotFoundError):
            found.append(InboxFile(before + clean(path.name), path.stat().st_size, ""))
    return tuple(found), left


def set_aside(home: Path) -> tuple[SetAside, ...]:
    """Folders with rows that were set aside, newest first; not counted yet.

    Raises:
        DiskFailed: they cannot be read.
    """
    found: list[tuple[float, str]] = []
    for before, folder in [(before, path) for before, of in homes(home) for path in _entries(of / QUARANTINE)]:
        try:
            found.append(((folder / "rows.csv").stat().st_mtime, before + folder.name))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise _unread(folder, error) from error
    newest = sorted(found, key=lambda one: (_stamp(one[1]) or _wall(one[0]), one[1]), reverse=True)
    return tuple(SetAside(name, _stamp(name) or _wall(at)) for at, name in newest[:FOLDERS_AT_MOST])


def counted(home: Path, folder: SetAside) -> SetAside:
    """The folder with its rows by reason; without a count where they are gone. Cost: reads the whole file.

    Raises:
        DiskFailed: the rows cannot be read.
    """
    reasons: dict[str, int] = {}
    rows = 0
    try:
        with _rows_file(home, folder.name).open(encoding="utf-8", errors="replace", newline="") as file:
            for row in _rows(file):
                rows += 1
                reasons[row.reason] = reasons.get(row.reason, 0) + 1
    except FileNotFoundError:
        return folder
    except OSError as error:
        raise _unread(_rows_file(home, folder.name), error) from error
    most = sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
    return SetAside(folder.name, folder.at, rows, tuple(most[:WORDS_AT_MOST]))


def rows_of(home: Path, name: str) -> SetAsideRows:
    """The first rows of one folder.

    Raises:
        DiskFailed: there is no such folder, or it cannot be read.
    """
    if name not in {folder.name for folder in set_aside(home)}:
        raise DiskFailed("There is no such folder of rows set aside.", "Pick one that is listed.")
    try:
        with _rows_file(home, name).open("rb") as file:
            text = file.read(ROWS_BYTES + 1)
    except OSError as error:
        what = f"The rows set aside cannot be read ({error.strerror})."
        raise DiskFailed(what, "Look into the folder quarantine of the data folder.") from error
    lines = text[:ROWS_BYTES].decode("utf-8", errors="replace").splitlines(keepends=True)
    if len(text) > ROWS_BYTES and lines:
        lines.pop()
    rows: list[SetAsideRow] = []
    more = len(text) > ROWS_BYTES
    for row in _rows(lines):
        if len(rows) == ROWS_AT_ONCE:
            more = True
            break
        rows.append(row)
    return SetAsideRows(name, tuple(rows), more)


def _rows_file(home: Path, name: str) -> Path:
    """The file of a folder by its name in `set_aside`: `20261122T033000`, or of a store `0412/20261122T033000`."""
    store, _, folder = name.rpartition("/")
    return (home / STORES / store if store else home) / QUARANTINE / folder / "rows.csv"


def _rows(lines: Iterable[str]) -> Iterable[SetAsideRow]:
    """Rows as `quarantine` writes them: file, row, reason, original; broken rows are left out."""
    csv.field_size_limit(1_000_000)
    reader = csv.reader(line.replace("\0", "") for line in lines)
    try:
        for number, cells in enumerate(reader):
            if number and len(cells) >= 4:
                yield SetAsideRow(cells[0], int(cells[1]) if cells[1].isdecimal() else 0, cells[2], cells[3])
    except csv.Error:
        return


def _night(path: Path) -> NightSeen:
    """One report; fields of a newer Clerk are left alone.

    Raises:
        ValueError: it is no report.
    """
    with path.open("rb") as file:
        text = file.read(REPORT_BYTES + 1)
    if len(text) > REPORT_BYTES:
        raise ValueError("too long for a report")
    told = json.loads(text)
    if not isinstance(told, dict) or _number(told, "started") <= 0 or not _word(told, "outcome"):
        raise ValueError("no report")
    stores = [one for one in _list(told.get("stores"))[:STORES_AT_MOST] if isinstance(one, dict)]
    parts = [("", told), *((f"{_word(one, 'store')}/", one) for one in stores)]
    files = [_file(one, at) for at, part in parts for one in _list(part.get("files")) if isinstance(one, dict)]
    return NightSeen(
        name=path.stem,
        started=_number(told, "started"),
        ended=_number(told, "ended"),
        role=_word(told, "role"),
        outcome=_word(told, "outcome"),
        error=_notice(told.get("error")),
        files=tuple(files[:FILES_AT_MOST]),
        conflicts=tuple(str(one) for _, part in parts for one in _list(part.get("conflicts")))[:WORDS_AT_MOST],
        quarantine=_word(told, "quarantine"),
        exchanged=tuple(sentence for _, part in parts for sentence in _exchanged(part))[:WORDS_AT_MOST],
        not_learned=tuple(sentence for _, part in parts for sentence in _not_learned(part))[:WORDS_AT_MOST],
        notices=tuple(n for one in _list(told.get("notices"))[:WORDS_AT_MOST] if (n := _notice(one)) is not None),
        verdict=_word(told, "verdict"),
        needs_a_person=told.get("needs_a_person") is True,
    )


def _not_learned(told: Mapping[str, Any]) -> list[str]:
    """Models that the night did not learn, or not from everybody: a sentence each."""
    build = told.get("build")
    found = build.get("not_learned") if isinstance(build, dict) else None
    return [str(one) for one in found.values()] if isinstance(found, dict) else []


def _file(told: Mapping[str, Any], before: str) -> NightFile:
    aside = sorted(_rows_by(told.get("quarantined")).items(), key=lambda one: (-one[1], one[0]))
    return NightFile(
        name=before + _word(told, "name"),
        layout=_word(told, "layout"),
        state=_word(told, "state"),
        rows=_number(told, "rows"),
        kept=_number(told, "kept"),
        repeated=_number(told, "repeated"),
        quarantined=sum(rows for _, rows in aside),
        reasons=tuple(aside[:WORDS_AT_MOST]),
        reason=_word(told, "reason"),
        tables=tuple(_table(one) for one in _list(told.get("tables"))[:WORDS_AT_MOST] if isinstance(one, dict)),
    )


def _table(told: Mapping[str, Any]) -> TableRows:
    return TableRows(
        _word(told, "table"), _number(told, "taken"), _number(told, "known"), _number(told, "repeated"),
        _rows_by(told.get("left_out")), _rows_by(told.get("set_aside")),
    )  # fmt: skip


def _rows_by(told: object) -> dict[str, int]:
    if not isinstance(told, dict):
        return {}
    return {name[:4000]: rows for name in list(told)[:WORDS_AT_MOST] if (rows := _number(told, name))}


def _exchanged(told: Mapping[str, Any]) -> Iterable[str]:
    """What left and what came, in a sentence each; only numbers and short words of each part are shown."""
    for part, called in _PARTS.items():
        what = told.get(part)
        if not isinstance(what, dict):
            continue
        if isinstance(what.get("text"), str):
            yield from f"{called}: {what['text']}".splitlines()
            continue
        words = [
            f"{name.replace('_', ' ')} {value:,}" if isinstance(value, int) else f"{name.replace('_', ' ')} {value}"
            for name, value in what.items()
            if isinstance(value, int | str) and not isinstance(value, bool) and value not in ("", 0)
        ]
        yield f"{called}: {', '.join(words) or 'nothing'}"


def _notice(told: object) -> Notice | None:
    if not isinstance(told, dict):
        return Notice("", told, "") if isinstance(told, str) and told else None
    return Notice(_word(told, "code"), _word(told, "what"), _word(told, "remedy"))


def _word(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value[:4000] if isinstance(value, str) else ""


def _number(told: Mapping[str, Any], name: str) -> int:
    value = told.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else 0


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _unread(folder, error) from error


def _unread(path: Path, error: OSError) -> DiskFailed:
    return DiskFailed(f"{path.name} cannot be read ({error.strerror}).", f"Check who may read {path}.")


def _stamp(name: str) -> int:
    """Wall seconds of a name such as `20261122T033000`; 0 where it holds no time."""
    found = _STAMP.search(name)
    try:
        return from_datetime(datetime.strptime("".join(found.groups()), "%Y%m%d%H%M%S")) if found else 0
    except ValueError:
        return 0


def _wall(stamp: float) -> int:
    return from_datetime(datetime.fromtimestamp(stamp))
