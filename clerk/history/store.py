"""A shop's history store: every checked table it ever delivered, merged, below `<home>/books`.

`BOOKS.json` names the Parquet parts with their sha256, and every file that was taken in. A night writes new parts,
makes them durable, then replaces `BOOKS.json` in one step: a kill at any instant leaves last night's store or
tonight's, and what was left behind is removed by the next night. Small tables are one part each, rewritten when they
change. Lines are a part an arrival; they are compacted into one when there are more than `PARTS_AT_MOST`, or when more
than `GONE_SHARE` of all rows were replaced by baskets that arrived again or are no purchases any more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import polars as pl

from clerk.durable import Disk, disk_errors
from clerk.errors import ClerkError, PackDamaged
from clerk.history.arriving_baskets import TORN, Superseded, supersede
from clerk.history.index import DAMAGED, HistoryIndex, Part, Refused, Taken, read_index
from clerk.history.leave_out import PEOPLE, ErasureRules, deleted_lines, deletions_of, retention
from clerk.history.merge import merged, shared_addresses
from clerk.home import make_private
from clerk.intake.canonical_tables import ROW, distinct_rows
from clerk.intake.checks.cut_baskets import AboutBaskets
from clerk.intake.checks.rows import empty_items
from clerk.intake.checks.tables import Checked
from clerk.pack.manifest import sha256_of
from clerk.phrases import count

BOOKS: Final = "books"
"""Folder in the data folder."""
INDEX: Final = "BOOKS.json"
PARTS_AT_MOST: Final = 40
"""Parts of lines before they are made one: six weeks of nights, and opening 40 files costs nothing yet."""
GONE_SHARE: Final = 0.05
"""Part of all lines replaced before they are written anew: below, skipping them is cheaper than rewriting the rest."""
LINES: Final = "lines"
"""The one table that is large."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """The file that checked tables came from."""

    name: str
    sha256: str
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    read_by: str | None = None
    """See `Taken`."""
    """Table -> columns that the file states; a table that is not named states all of its columns."""


@dataclass(slots=True)
class Merged:
    """What came of merging one file."""

    conflicts: list[str] = field(default_factory=list)
    """Sentences for a manager."""
    known_rows: int = 0
    """Rows of lines that were on record as they are."""
    cut_rows: int = 0
    """Rows of lines that were not taken, because rows of their basket were cut and it is on record."""


class HistoryStore:
    """The history store of a data folder. One process writes it at a time; the night holds the lock.

    Args:
        home: the data folder.
        index: as `BOOKS.json` says.
        disk: what syncs and renames.
        dry_run: nothing is written; what would change is kept in memory.
    """

    def __init__(self, home: Path, index: HistoryIndex, disk: Disk, *, dry_run: bool = False) -> None:
        self.folder = home / BOOKS
        self.index = index
        self._disk = disk
        self._dry_run = dry_run
        self._tables: dict[str, pl.DataFrame] = {}
        self._dirty: set[str] = set()
        self._stock_tonight = False
        self._lines_tonight: list[pl.DataFrame] = []
        self._read: set[str] = set()
        self._stale = False

    @classmethod
    def open(cls, home: Path, disk: Disk | None = None, *, dry_run: bool = False) -> HistoryStore:
        """Opens the history store of a data folder; empty when there is none.

        Raises:
            PackDamaged: `BOOKS.json` is no such file.
        """
        path = home / BOOKS / INDEX
        index = read_index(path) if path.exists() else HistoryIndex()
        return cls(home, index, disk or Disk(), dry_run=dry_run)

    @property
    def version(self) -> str:
        """Changes with the content; the same deliveries give the same version. Empty while there is no content."""
        return self.index.version

    @property
    def empty(self) -> bool:
        """Whether nothing was ever taken in."""
        return not self.index.parts and not self._tables and not self._lines_tonight

    @property
    def line_count(self) -> int:
        """Line items in it, without those that newer baskets replaced."""
        tonight = sum(frame.height for frame in self._lines_tonight)
        return sum(part.rows - part.gone_rows for part in self.index.parts.get(LINES, [])) + tonight

    def taken(self, digest: str) -> Taken | None:
        """When a file with this sha256 was taken in, unless its tables have been stated differently since.

        A receipt never comes twice. But stock that is as it was on Monday, after another count on Tuesday, is news.
        """
        found = self.index.taken.get(digest)
        if found is None or LINES in found.tables:
            return found
        latest = max((self.index.last.get(table, 0) for table in found.tables), default=0)
        return found if latest <= found.serial else None

    def begin_anew(self, *, by: str = "") -> None:
        """Forgets everything that is in it. Durable after `commit`; without one, nothing has happened.

        Args:
            by: see `HistoryIndex.begun_by`.
        """
        self.index = HistoryIndex(serial=self.index.serial, begun_by=by)
        self._tables.clear()
        self._dirty.clear()
        self._lines_tonight.clear()

    def take(self, checked: Checked, arrived: Arrived, night: str, *, building: bool = False) -> Merged:
        """Merges one file's checked tables into the store. Durable only after `commit`.

        Args:
            checked: tables of the file; emptied.
            arrived: the file.
            night: name of the night.
            building: they come from `clerk build`, not from a night.

        Raises:
            DiskFull, DiskFailed: the disk.
            PackDamaged: a part is not what it was.

        Effect: writes parts of lines, which nobody knows of yet.
        """
        done = Merged()
        tables = tuple(checked.tables)
        self.index.serial += 1
        if not building:
            self.index.begun_by = ""
        for table in tables:
            frame = checked.tables.pop(table)
            if table == LINES:
                with disk_errors("writing the history store"):
                    self._take_lines(frame, checked.baskets, done)
            else:
                if ROW in frame.columns:
                    frame.drop_in_place(ROW)
                done.conflicts += self._take_small(table, frame, arrived.columns.get(table))
            self.index.last[table] = self.index.serial
        if checked.currency and self.index.currency and checked.currency != self.index.currency:
            ours = self.index.currency
            done.conflicts.append(f"{arrived.name} is in {checked.currency}, the history store is in {ours}")
        self.index.currency = self.index.currency or checked.currency
        self.index.taken[arrived.sha256] = Taken(arrived.name, night, tables, self.index.serial, arrived.read_by)
        self.index.refused.pop(arrived.sha256, None)
        return done

    def refuse(self, digest: str, refused: Refused) -> None:
        """Remembers a file that was refused, so that it is not read again every night. Durable after `commit`."""
        self.index.refused[digest] = refused

    def set_store(self, store: Mapping[str, Any]) -> None:
        """Replaces the facts of the shop's store (`store.toml`). Durable after `commit`."""
        facts = json.loads(json.dumps(dict(store), default=str, sort_keys=True))
        if facts != self.index.store:
            self.index.store = facts
            self._stale = True
            self._changed("store", json.dumps(facts, sort_keys=True))

    @property
    def stale(self) -> bool:
        """Whether there are changes to commit that did not come from files."""
        return self._stale

    def commit(self) -> None:
        """Makes everything taken since `open` durable, in one step.

        Effect: writes parts and `BOOKS.json`, removes parts that are named no more.
        """
        if self._dry_run:
            return
        with disk_errors("writing the history store"):
            make_private(self.folder)
            for table in sorted(self._dirty):
                part = self._write(table, self._tables[table].lazy())
                self.index.parts[table] = [part]
                self._changed(table, part.sha256)
            self._dirty.clear()
            if self._wants_compacting():
                self.index.parts[LINES] = [self._write(LINES, self._lines().drop("_n", strict=False))]
            self._disk.sync_folder(self.folder)
            self._disk.sync_folder(self.folder.parent)
            beside = self.folder / (INDEX + ".tmp")
            self._disk.write(beside, self.index.text())
            self._disk.sync_file(beside)
            self._disk.rename(beside, self.folder / INDEX)
            self._disk.sync_folder(self.folder)
            self.clear_leftovers()

    def clear_leftovers(self) -> None:
        """Removes what a night that was killed left behind. Only for the holder of the night's lock."""
        named = {part.file for parts in self.index.parts.values() for part in parts}
        named |= {part.gone for parts in self.index.parts.values() for part in parts}
        for path in self.folder.glob("*"):
            is_ours = path.name in named or path.name == INDEX or path.name.startswith(".") or path.suffix == ".key"
            if path.is_file() and not is_ours:
                path.unlink(missing_ok=True)

    def leave_out(self, rules: ErasureRules, now: int, keep_months: int) -> None:
        """Deletes rows of erased members and of those not seen for `keep_months`. Durable after `commit`.

        Effect: writes parts of lines anew that hold rows of these members.
        """
        people = {name: frame for name in PEOPLE if (frame := self._table(name)) is not None}
        parts = self.index.parts.get(LINES, [])
        bought: dict[str, int] = {}
        for scan in (*map(self._scan, parts), *(frame.lazy() for frame in self._lines_tonight)):
            for who, at in scan.group_by("member_id").agg(pl.col("at").max()).collect().iter_rows():
                bought[who] = max(at, bought.get(who, at))
        before = retention(now, min(now, max(bought.values(), default=0)), keep_months)
        deleted_until = deletions_of(people, bought, rules, before)
        for name, frame in people.items():
            kept = rules.without_erased(name, frame, deleted_until)
            if kept is not frame:
                self._tables[name] = kept
                self._dirty.add(name)
                self._stale = True
        if not deleted_until or self._dry_run:
            return
        deleted = deleted_lines(deleted_until)
        for part in list(parts):
            some = int(self._scan(part).filter(deleted).select(pl.len()).collect().item())
            if not some:
                continue
            rules.left_out.lines += some
            kept = self._scan(part).filter(~deleted).drop("_n").collect()
            at = parts.index(part)
            parts[at : at + 1] = [self._write(LINES, kept.lazy())] if kept.height else []
            self._changed(part.file, "without whom it may not hold")
            self._stale = True

    def checked(self) -> Checked:
        """The whole shop, as one check of one delivery would give it; items may be absent, and are then empty.

        Raises:
            PackDamaged: a part is not what it was.
        """
        tables = {table: self._table(table) for table in self.index.parts if table != LINES}
        numbered = {table: frame.with_row_index(ROW) for table, frame in tables.items() if frame is not None}
        numbered.setdefault("items", empty_items())
        if self.index.parts.get(LINES) or self._lines_tonight:
            numbered[LINES] = self._lines().drop("_n", TORN, strict=False).with_row_index(ROW).collect()
        self._tables.clear()
        return Checked(numbered, self.index.currency, self.index.store)

    def items(self) -> pl.DataFrame | None:
        """Every item that is known by now; None when no file listed any."""
        return self._table("items")

    def known(self) -> dict[str, pl.DataFrame]:
        """What other systems' exports are read by: the small tables, and of lines their modifiers and who bought."""
        tables = {table: self._table(table) for table in ("members", "cards", "consents", "items")}
        found = {table: frame for table, frame in tables.items() if frame is not None}
        if self.index.parts.get(LINES):
            found[LINES] = self._lines().select(pl.col("modifiers").unique()).collect()
            found["buyers"] = self._lines().select(pl.col("member_id").unique()).collect()
        return found

    def _take_small(self, table: str, new: pl.DataFrame, columns: frozenset[str] | None) -> list[str]:
        old = self._table(table)
        if table == "stock" and not self._stock_tonight:
            # The newest file is the whole count; further files of one night add to it.
            now, self._stock_tonight = (old if old is not None and old.equals(new) else new), True
        else:
            now = merged(table, old, new, columns)
        if now is old:
            return []
        self._tables[table] = now
        self._dirty.add(table)
        if self._dry_run:
            self._changed(table, "a dry run")
        return shared_addresses(old, now) if table == "members" else []

    def _take_lines(self, new: pl.DataFrame, baskets: AboutBaskets, done: Merged) -> None:
        parts = self.index.parts.setdefault(LINES, [])
        times = pl.concat([new["at"], baskets.no_purchases["at"]])
        if times.is_empty():
            return
        low, high = int(times.min()), int(times.max())  # type: ignore[arg-type]
        near = [part for part in parts if part.meets(low, high)]
        tonight = [frame.lazy().with_row_index("_n") for frame in self._lines_tonight]
        rows = distinct_rows(new[ROW])
        found = supersede(new, [*(self._scan(part) for part in near), *tonight], baskets)
        del new
        done.conflicts += _conflicts(found)
        done.cut_rows = found.not_taken.n_unique() if found.not_taken is not None else 0
        # `drop` would copy the other columns of all lines: 180 MB for 1.5 million.
        done.known_rows = rows - distinct_rows(found.fresh.drop_in_place(ROW)) - done.cut_rows
        if self._dry_run:
            self._lines_tonight.append(found.fresh)
            if found.fresh.height or any(len(gone) for gone in found.gone):
                self._changed(LINES, "a dry run")
            return
        for part, gone in zip(near, found.gone, strict=False):
            if len(gone):
                self._replace(part, gone)
        if found.fresh.height:
            part = self._write(LINES, found.fresh.lazy(), found.fresh)
            parts.append(part)
            self._changed(LINES, part.sha256)

    def _replace(self, part: Part, rows: pl.Series) -> None:
        """Notes rows of a part that newer baskets replace."""
        gone = pl.DataFrame({"_n": rows.cast(pl.UInt32)})
        if part.gone:
            gone = pl.concat([self._gone(part), gone])
        made = self._write("gone", gone.sort("_n").lazy())
        part.gone, part.gone_sha256, part.gone_rows = made.file, made.sha256, made.rows
        self._changed(part.file, made.sha256)

    def _table(self, table: str) -> pl.DataFrame | None:
        if table not in self._tables and self.index.parts.get(table):
            self._tables[table] = pl.read_parquet(self._verified(*self._named(self.index.parts[table][0])))
        return self._tables.get(table)

    def _lines(self) -> pl.LazyFrame:
        return pl.concat([self._scan(part) for part in self.index.parts[LINES]], how="diagonal_relaxed")

    def _scan(self, part: Part) -> pl.LazyFrame:
        lines = pl.scan_parquet(self._verified(*self._named(part)), row_index_name="_n")
        return lines.join(self._gone(part).lazy(), on="_n", how="anti", maintain_order="left") if part.gone else lines

    def _gone(self, part: Part) -> pl.DataFrame:
        return pl.read_parquet(self._verified(part.gone, part.gone_sha256))

    @staticmethod
    def _named(part: Part) -> tuple[str, str]:
        return part.file, part.sha256

    def _verified(self, file: str, digest: str) -> Path:
        """The path of a part that is what it was; hashed once an opening."""
        path = self.folder / file
        if file not in self._read:
            if not path.is_file() or sha256_of(path) != digest:
                raise PackDamaged(f"The history store is damaged ({file}).", DAMAGED)
            self._read.add(file)
        return path

    def _write(self, table: str, rows: pl.LazyFrame, frame: pl.DataFrame | None = None) -> Part:
        """One part, durable under a name of its own."""
        make_private(self.folder)
        beside = self.folder / f"{table}.tmp"
        rows.sink_parquet(beside, compression="zstd", compression_level=1, maintain_order=True)
        digest = sha256_of(beside)
        name = f"{table}-{self.index.serial:06d}-{digest[:12]}.parquet"
        height = pl.scan_parquet(beside).select(pl.len()).collect().item()
        low = high = 0
        if table == LINES:
            span = pl.scan_parquet(beside).select(low=pl.col("at").min(), high=pl.col("at").max()).collect()
            low, high = span.row(0)
        self._disk.sync_file(beside)
        self._disk.rename(beside, self.folder / name)
        self._read.add(name)
        return Part(name, digest, height, int(low or 0), int(high or 0))

    def _wants_compacting(self) -> bool:
        parts = self.index.parts.get(LINES, [])
        rows, gone = sum(part.rows for part in parts), sum(part.gone_rows for part in parts)
        return len(parts) > PARTS_AT_MOST or gone > GONE_SHARE * rows

    def _changed(self, what: str, content: str) -> None:
        self.index.version = sha256(f"{self.index.version}|{what}|{content}".encode()).hexdigest()[:16]


def refusal(name: str, night: str, error: ClerkError, under: str, *, lines: bool = False) -> Refused:
    """The record of a refused file, so that it is not read again every night."""
    return Refused(name, night, error.code, error.what, error.remedy, under, lines)


def under(*conditions: object) -> str:
    """A short hash of the conditions that a file was refused under; under other conditions it is read again."""
    return sha256(json.dumps(conditions, default=str, sort_keys=True).encode()).hexdigest()[:12]


def _conflicts(found: Superseded) -> list[str]:
    told = (
        (found.changed, "basket", "came again with other content; the newer one counts"),
        (found.moved, "basket", "came again as another member's; the newer one counts"),
        (found.cut, "basket", "not updated: its rows were cut|not updated: their rows were cut"),
        (found.kept, "basket", "came again without lines that are on record: those were kept"),
        (found.taken_out, "line", "on record was no purchase: taken out|on record were no purchases: taken out"),
    )
    sentences = []
    for number, what, sentence in told:
        one, _, several = sentence.partition("|")
        if number:
            sentences.append(f"{count(number, what)} {one if number == 1 else several or one}")
    return sentences
