"""The report of a night: what came in by file, what is in quarantine, what the pack holds, what to do.

Reports lie in `<home>/nights`, one JSON file a night; `settings.nightly.reports_kept` of them are kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from clerk.durable import Disk, disk_errors
from clerk.errors import ClerkError, NoPack
from clerk.home import make_private
from clerk.model import Notice
from clerk.model.nights import GUESTS, TableRows
from clerk.phrases import clock_time, count, date
from clerk.report import plain

NIGHTS: Final = "nights"
"""Folder in the data folder."""

INSTALLED: Final = "installed"
NOTHING_NEW: Final = "nothing new"
KEPT: Final = "kept last night's"
FAILED: Final = "failed"

TAKEN: Final = "taken"
WAITING: Final = "waiting"
UNKNOWN: Final = "not recognised"
REFUSED: Final = "refused"
BEFORE: Final = "taken before"

_FOR_A_PERSON: Final = ("E208", "E209", "E210", "E211", "E212", "E213", "E214")
"""Codes of what came into the inbox: nothing is broken, and nobody but a person can mend it."""
_NAMED_AT_MOST = 3
_MANY = 0.1
"""Share of a file's rows set aside, from which the file is in doubt and not only the rows."""

CUT_BASKETS: Final = "of baskets of which other rows were cut: they stay as they are on record"
"""Rule by which rows of a file are left out."""


@dataclass(slots=True)
class FileReport:
    """One file that lay in the inbox."""

    name: str
    layout: str = ""
    rows: int = 0
    kept: int = 0
    """Of the table with most rows: taken, or already on record."""
    repeated: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    """Reason -> rows, over all tables."""
    state: str = TAKEN
    reason: str = ""
    sha256: str = ""
    ends_early: bool = False
    """Its last row was cut off."""
    tables: list[TableRows] = field(default_factory=list)
    """What became of the rows, for each table that the file feeds; none in reports of older versions."""

    def text(self) -> str:
        """One line, one more for each table where there are several, and one for each reason."""
        named = f"{self.name} ({self.layout})" if self.layout else self.name
        what, below = self.state, []
        if self.state in (TAKEN, REFUSED) and self.rows:
            what = count(self.rows, "row")
            tables = self.tables or [TableRows("", self.kept, 0, self.repeated, {}, self.quarantined)]
            if len(tables) == 1:
                what += f": {tables[0].words}"
                below = _reasons(tables[0], 6)
            else:
                for table in tables:
                    below += [f"      {table.table}: {table.words}", *_reasons(table, 8)]
            what = what if self.state == TAKEN else f"{self.state}, {what}"
        return "\n".join([f"  {named}: {what}" + (f" ({self.reason})" if self.reason else ""), *below])


def _table_rows(saved: Mapping[str, Any]) -> TableRows:
    known = {one.name for one in fields(TableRows)}
    return TableRows(**{name: value for name, value in saved.items() if name in known})


def _reasons(table: TableRows, indent: int) -> list[str]:
    return [f"{' ' * indent}{rows:,} {what}: {why}" for rows, what, why in table.reasons]


@dataclass(slots=True)
class NightReport:
    """One night of one data folder."""

    night: str = ""
    """Its name: when it began, `20261122T033000`."""
    started: int = 0
    ended: int = 0
    role: str = "alone"
    store: str = ""
    dry_run: bool = False
    outcome: str = NOTHING_NEW
    error: dict[str, str] | None = None
    """code, what, remedy of what failed first."""
    files: list[FileReport] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    quarantine: str = ""
    """Name of the folder in `quarantine/` with this night's rows, or empty."""
    build: dict[str, Any] | None = None
    pushed: dict[str, Any] | None = None
    fetched: dict[str, Any] | None = None
    collected: dict[str, Any] | None = None
    published: dict[str, Any] | None = None
    notices: list[Notice] = field(default_factory=list)
    only_guests: bool = False
    """Sales came, and no sale on record names anybody: not tonight, and never before."""
    went_back: bool = False
    """A person went back to older store data, and nothing new came since."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Stage -> seconds, of what came before the build."""
    stores: list[NightReport] = field(default_factory=list)
    """An office with several stores: the night of each."""

    def failed_with(self, error: ClerkError) -> None:
        """Keeps the first error; further ones become notices."""
        if self.error is None:
            self.error = error.as_json()
        else:
            self.notices.append(Notice(error.code, error.what, error.remedy))

    def text(self) -> str:
        """The report as lines for a manager."""
        lines = [verdict_of(self).sentence, self._headline()]
        if self.files:
            lines += ["came in:", *(file.text() for file in self.files)]
        lines += [f"  {sentence}" for sentence in self.conflicts]
        if self.quarantine:
            lines.append(
                f"quarantine: quarantine/{self.quarantine}/rows.csv has file, row, reason and the row as it came"
            )
        lines += _pack_lines(self.build)
        for called, done in (
            ("sent", self.pushed), ("fetched", self.fetched), ("collected", self.collected),
            ("published", self.published),
        ):  # fmt: skip
            if done is not None:
                lines += _indented(f"{called}: {_step_text(done)}", "")
        lines += [line for store in self.stores for line in [f"store {store.store}", *_indented(store.text())]]
        to_do = [f"  {notice.code} {notice.what} {notice.remedy}" for notice in self.notices]
        if self.error:
            to_do.insert(0, "  {code} {what} {remedy}".format(**self.error))
        return "\n".join([*lines, *(["to do:", *to_do] if to_do else [])])

    def as_json(self) -> dict[str, Any]:
        """The report as JSON."""
        report = plain(self)
        assert isinstance(report, dict)
        verdict = verdict_of(self)
        return {"verdict": verdict.sentence, "needs_a_person": verdict.needs_a_person, **report}

    def save(self, home: Path, disk: Disk | None = None) -> None:
        """Effect: writes `<home>/nights/<night>.json`, durable; not for a dry run."""
        if self.dry_run:
            return
        disk = disk or Disk()
        folder = home / NIGHTS
        with disk_errors("writing the night's report"):
            make_private(folder)
            beside = folder / f".{self.night}.tmp"
            disk.write(beside, json.dumps(self.as_json(), indent=1) + "\n")
            disk.sync_file(beside)
            disk.rename(beside, folder / f"{self.night}.json")
            disk.sync_folder(folder)

    @classmethod
    def of(cls, saved: Mapping[str, Any]) -> NightReport:
        """The report from its JSON; fields that another version added are ignored."""
        known = {one.name for one in fields(cls)}
        values = {name: value for name, value in saved.items() if name in known}
        of_files = {one.name for one in fields(FileReport)}
        values["files"] = [
            FileReport(**{
                **{name: value for name, value in file.items() if name in of_files},
                "tables": [_table_rows(table) for table in file.get("tables", [])],
            })
            for file in saved.get("files", [])
        ]  # fmt: skip
        values["notices"] = [Notice(one["code"], one["what"], one["remedy"]) for one in saved.get("notices", [])]
        values["stores"] = [cls.of(store) for store in saved.get("stores", [])]
        return cls(**values)

    def _headline(self) -> str:
        when = f"{date(self.started)} {clock_time(self.started)}"
        if self.dry_run:
            would = {INSTALLED: "new store data would be made", NOTHING_NEW: "there is nothing new"}
            return f"night of {when}, dry run, nothing was changed: {would.get(self.outcome, self.outcome)}"
        words = {
            INSTALLED: "new store data is installed",
            NOTHING_NEW: self._nothing_new(),
            KEPT: "last night's store data is kept",
            FAILED: "it failed",
        }
        return f"night of {when}: {words.get(self.outcome, self.outcome)}"

    def _nothing_new(self) -> str:
        if any(notice.code == "E201" for notice in self.notices):
            return "nothing was taken in"
        if self.went_back:
            return "nothing new: the older store data that somebody went back to stays until something new comes"
        if self.fetched is not None:
            if not self.fetched.get("generation"):
                return "head office has published no store data yet"
            return "nothing new from head office"
        left = [file for file in self.files if file.state in (UNKNOWN, WAITING, REFUSED)]
        if left:
            return f"nothing new was taken in: {count(len(left), 'file')} in the inbox could not be, see below"
        if self.stores:
            return "nothing new"
        return "nothing new: the pack holds everything"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a night went."""

    sentence: str
    """One line for whoever reads the mail of a timer."""
    needs_a_person: bool
    broken: str = ""
    """Code of what failed beyond the files of the inbox; empty where nothing did."""


def verdict_of(report: NightReport) -> Verdict:
    """The verdict on a night, with those of an office's stores.

    Something needs a person when a file of the inbox was not taken, nothing can be opened yet, no sale ever named
    anybody, a till waits to be accepted, or a step failed. A few rows set aside of a file that was taken do not: last
    night's verdict would be the same every night for a row that nobody can correct. They are named all the same.
    """
    several = [(f"{one.store}: " if report.stores else "", one) for one in (report, *report.stores)]
    waits = [prefix + words for prefix, one in several for words in _waiting(one)]
    broken = next((one.error["code"] for _, one in several if one.error and one.error["code"] not in _FOR_A_PERSON), "")
    if waits:
        return Verdict("; ".join(dict.fromkeys(waits)), needs_a_person=True, broken=broken)
    return Verdict(_all_well(report), needs_a_person=False, broken=broken)


def _waiting(report: NightReport) -> list[str]:
    """What a person has to do, a few words each, the most urgent first."""
    found: list[str] = []
    if report.error and report.error["code"] not in _FOR_A_PERSON:
        found.append(f"{report.error['code']} {report.error['what'].rstrip('.')}")
    bad = [file for file in report.files if file.state == REFUSED and file.rows and file.quarantined]
    found += [_set_aside_whole(file) for file in bad[:_NAMED_AT_MOST]]
    found += _doubtful([file for file in report.files if file.state == TAKEN])
    left = [file.name for file in report.files if file.state in (REFUSED, UNKNOWN) and file not in bad]
    left += [file.name for file in bad[_NAMED_AT_MOST:]]
    if left:
        named = ", ".join(left[:_NAMED_AT_MOST]) + (", …" if len(left) > _NAMED_AT_MOST else "")
        found.append(f"{count(len(left), 'file')} {'waits' if len(left) == 1 else 'wait'} for you: {named}")
    told = [
        *(notice for notice in report.notices if notice.code != NoPack.code),
        *([Notice(**report.error)] if report.error and report.error["code"] in _FOR_A_PERSON else []),
    ]
    named_already = bool(bad or left)
    for notice in told:
        # What a file was refused for is said with the file.
        if not (named_already and notice.code in ("E209", "E210", "E211", "E212", "E214")):
            found.append(f"{notice.code} {notice.what.rstrip('.')}")
    if report.only_guests:
        found += _to_guests(report)
    found += _exchange(report.published, report.collected)
    return found


def _to_guests(report: NightReport) -> list[str]:
    """What is said of files of sales that name nobody at all."""
    found = []
    for file in (file for file in report.files if file.state == TAKEN):
        for lines in (table for table in file.tables if table.table == "lines"):
            guests = lines.left_out.get(GUESTS, 0)
            if guests and not (lines.taken or lines.known or lines.repeated):
                sold = f"all {guests:,} lines of {file.name} were sold to guests"
                if guests == 1:
                    sold = f"the one line of {file.name} was sold to a guest"
                found.append(f"{sold}: nobody gets a usual from it")
    if len(found) > _NAMED_AT_MOST:
        found = [*found[:_NAMED_AT_MOST], f"the same of {count(len(found) - _NAMED_AT_MOST, 'more file')}"]
    return found


def _doubtful(taken: Sequence[FileReport]) -> list[str]:
    """Files that were taken, and that somebody should look at or export again."""
    found = [f"{file.name} ends in the middle of a row: export it again" for file in taken if file.ends_early]
    many = [file for file in taken if sum(file.quarantined.values()) > _MANY * file.rows and not file.ends_early]
    found += [_set_aside_whole(file) for file in many]
    cut = [file for file in taken if any(CUT_BASKETS in table.left_out for table in file.tables)]
    found += [f"baskets of {file.name} were not updated: rows of theirs were cut" for file in cut if file not in many]
    return found[:_NAMED_AT_MOST]


def _set_aside_whole(file: FileReport) -> str:
    aside = sum(file.quarantined.values())
    worst = max(file.quarantined, key=lambda reason: file.quarantined[reason], default="")
    why = f": {worst}" if worst else ""
    if aside >= file.rows and not file.kept:
        return f"{file.name}: {'its one row' if file.rows == 1 else f'all {file.rows:,} rows'} set aside{why}"
    return f"{file.name}: {aside:,} of {count(file.rows, 'row')} set aside{why}"


def _exchange(published: dict[str, Any] | None, collected: dict[str, Any] | None) -> list[str]:
    asking = (published or {}).get("asking", 0)
    refused = len((collected or {}).get("refused", ()))
    found = []
    if asking:
        found.append(f"{count(asking, 'till')} not accepted: `clerk office devices`")
    if refused:
        found.append(f"{count(refused, 'bundle')} of tills set aside")
    return found


def _all_well(report: NightReport) -> str:
    files = [file for one in (report, *report.stores) for file in one.files]
    taken = [file for file in files if file.state == TAKEN]
    aside = sum(sum(file.quarantined.values()) for file in taken)
    writing = sum(file.state == WAITING for file in files)
    done = "would be taken in" if report.dry_run else "taken in"
    said = f"all well: {count(len(taken), 'file')} {done}" if taken else "all well: nothing new came"
    if any(notice.code == NoPack.code for notice in report.notices):
        said = "nothing was taken in yet"
    if report.fetched is not None or report.pushed is not None:
        said = said if files else "all well: exchanged with head office"
    if aside:
        said += f", {count(aside, 'row')} set aside in quarantine"
    if writing:
        said += f", {count(writing, 'file')} still being written"
    return "; ".join([said, *(words for one in (report, *report.stores) for words in _to_guests(one))])


def latest(home: Path, n: int = 1) -> list[NightReport]:
    """The latest reports, newest first; unreadable files are skipped."""
    found: list[NightReport] = []
    for path in report_files(home):
        if len(found) >= n:
            break
        try:
            found.append(NightReport.of(json.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            continue
    return found


def report_files(home: Path) -> list[Path]:
    """Files of all reports, newest first."""
    folder = home / NIGHTS
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.glob("*.json") if path.is_file()), key=lambda p: p.stem, reverse=True)


def prune_reports(home: Path, keep: int) -> None:
    """Removes all but the newest reports."""
    for path in report_files(home)[keep:]:
        path.unlink(missing_ok=True)


def _pack_lines(build: Mapping[str, Any] | None) -> list[str]:
    """Lines about the pack that was built."""
    if not build:
        return []
    counts = ", ".join(f"{number:,} {what}" for what, number in build.get("counts", {}).items())
    lines = [f"the pack holds: {counts}" if counts else "the pack holds nothing yet"]
    lines += [f"  {sentence}" for sentence in build.get("fallbacks", [])]
    lines += [f"  {sentence}" for sentence in build.get("not_learned", {}).values()]
    if build.get("embedded"):
        lines.append(f"  {count(build['embedded'], 'item')} with a new text")
    lines += [f"  {one['code']} {one['what']} {one['remedy']}" for one in build.get("notices", [])]
    spent = build.get("seconds", {})
    return [*lines, f"  made in {sum(spent.values()):.1f} s"]


def _step_text(done: Mapping[str, Any]) -> str:
    """The result of an exchange step: its own sentence, or its figures."""
    if "text" in done:
        return str(done["text"])
    figures = []
    for name, value in done.items():
        if isinstance(value, (int, str)) and value not in ("", False):
            figures.append(f"{name.replace('_', ' ')} {value:,}" if isinstance(value, int) else f"{name} {value}")
    return ", ".join(figures) or "nothing"


def _indented(text: str, by: str = "  ") -> list[str]:
    first, *more = text.splitlines() or [""]
    return [by + first, *("  " + line for line in more)]
