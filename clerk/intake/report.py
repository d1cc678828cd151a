"""The report of a build for a manager, and its progress while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from clerk.model import Notice
from clerk.phrases import count


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is."""

    stage: str
    done: int
    total: int
    """0 when the length of the stage is not known."""
    unit: str = ""
    """What `done` and `total` count, when it is not rows."""


@dataclass(slots=True)
class TableReport:
    """Row counts of one table."""

    rows: int = 0
    """Rows in the file, good and bad. Each is kept, repeated, left out or in quarantine."""
    kept: int = 0
    repeated: int = 0
    """Rows with the key of another one; the last one counts."""
    left_out: dict[str, int] = field(default_factory=dict)
    """Rule -> rows that it leaves out."""
    quarantined: dict[str, int] = field(default_factory=dict)
    """Reason -> rows."""

    @property
    def bad(self) -> int:
        """Rows in quarantine."""
        return sum(self.quarantined.values())

    def leave_out(self, rule: str, rows: int) -> None:
        """Counts rows that a rule leaves out."""
        if rows:
            self.left_out[rule] = self.left_out.get(rule, 0) + rows


@dataclass(slots=True)
class BuildReport:
    """One build, from files to installed pack."""

    source: str
    generation: str = ""
    """Name of the installed generation; empty when nothing was installed."""
    dry_run: bool = False
    tables: dict[str, TableReport] = field(default_factory=dict)
    fallbacks: list[str] = field(default_factory=list)
    """What was absent or unusable, and what stands in for it."""
    notices: list[Notice] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    """Of the pack: members, items, baskets, lines, cards, companions."""
    learning: str = ""
    """How old what was learned from the shop is, and when it will be learned anew."""
    not_learned: dict[str, str] = field(default_factory=dict)
    """By model: that it is not learned and why, or whom it was learned without; models learned from everybody are
    not named."""
    embedded: int = 0
    """Items whose text was new to the encoder."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Stage -> seconds."""
    quarantine: str = ""
    """Name of the folder in `quarantine/` with the bad rows, or empty."""

    def table(self, name: str) -> TableReport:
        """The report of one table, made on first use."""
        return self.tables.setdefault(name, TableReport())

    def text(self) -> str:
        """The report as lines for a person."""
        counts = ", ".join(f"{number:,} {what}" for what, number in self.counts.items())
        head = f"installed {self.generation}" if self.generation else "checked, nothing installed"
        lines = [f"{head}: {counts}" if counts else head]
        for name, table in self.tables.items():
            lines.append(f"  {name}: {table.kept:,} of {count(table.rows, 'row')}" + _besides(table))
            lines += [f"    {rows:,} left out: {rule}" for rule, rows in sorted(table.left_out.items())]
            lines += [f"    {rows:,} set aside: {reason}" for reason, rows in sorted(table.quarantined.items())]
        lines += [f"  {sentence}" for sentence in self.fallbacks]
        if self.learning:
            lines.append(f"  {self.learning}")
        lines += [f"  {sentence}" for sentence in self.not_learned.values()]
        if self.embedded:
            lines.append(f"  {count(self.embedded, 'item')} with a new text")
        lines += [f"  {notice.code} {notice.what} {notice.remedy}" for notice in self.notices]
        if self.quarantine:
            lines.append(f"  these rows are in quarantine/{self.quarantine}")
        spent = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in self.seconds.items())
        return "\n".join([*lines, f"  {sum(self.seconds.values()):.1f} s: {spent}"])


class StageClock:
    """Times the stages of a build and passes progress on.

    Args:
        report: gets the seconds.
        progress: called at the start and during each stage.
    """

    def __init__(self, report: BuildReport, progress: Callable[[Progress], None]) -> None:
        self._report = report
        self._progress = progress
        self._stage = ""
        self._began = time.monotonic()

    def begin(self, stage: str, total: int = 0) -> None:
        """The next stage begins; the one before has ended."""
        self.end()
        self._stage, self._began = stage, time.monotonic()
        self._progress(Progress(stage, 0, total))

    def tell(self, done: int, total: int) -> None:
        """How far the stage is."""
        self._progress(Progress(self._stage, done, total))

    def end(self) -> None:
        """The running stage has ended."""
        if self._stage:
            spent = round(time.monotonic() - self._began, 3)
            self._report.seconds[self._stage] = self._report.seconds.get(self._stage, 0.0) + spent
            self._progress(Progress(self._stage, 1, 1))
            self._stage = ""


def _besides(table: TableReport) -> str:
    return f" ({table.repeated:,} repeated)" if table.repeated else ""
