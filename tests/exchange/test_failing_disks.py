"""Full and failing disks at every step of nights, pushes, collections and fetches.

Nothing is lost, last night's data stays whole, and the person is told what happened and what to do.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clerk import driver
from clerk.clock import FixedClock
from clerk.desk.manager.nights import nights
from clerk.errors import ClerkError
from clerk.exchange.between.locations import Location
from clerk.exchange.office.ledger.ledger import Ledger
from clerk.history.store import HistoryStore
from clerk.intake.report import Progress
from clerk.nights.local import Means, take_in
from clerk.pack import generations
from clerk.pack.open import current_generation
from clerk.settings import load
from tests.exchange.chain import Chain, generation, memory_folder
from tests.exchange.histories import rows
from tests.exchange.offices import STORE, OfficeHome, a_device, an_office
from tests.exchange.parties import parties
from tests.failing_system import BROKEN, FULL, failing
from tests.journal.helpers import FaultyDriver
from tests.pack_build.shop import LINES, NOW, write_shop
from tests.proof import proving, record_proof

DAY = 86_400
FAULTS = [(FULL, True), (BROKEN, False)]
both = pytest.mark.parametrize(("errno", "forever"), FAULTS, ids=["the disk stays full", "one error"])


@pytest.fixture
def memory() -> Iterator[Path]:
    with memory_folder() as folder:
        yield folder


def steps(asked: int, some: int) -> range:
    """Every step in `make prove`, a part of them in `make test`."""
    return range(1, asked + 1, 1 if proving() else max(1, asked // some))


def copied(template: Path, to: Path) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(template, to, symlinks=True)
    return to


@contextmanager
def refusing(*codes: str) -> Iterator[list[ClerkError]]:
    """What is done here may be refused, with one of some codes and always with a remedy."""
    found: list[ClerkError] = []
    try:
        yield found
    except ClerkError as problem:
        found.append(problem)
    assert all(one.remedy and (one.code in codes or not codes) for one in found), found


def asked_by(folder: Path, work: Callable[[], object]) -> int:
    """How many things work asks of the disk when nothing fails."""
    with failing(folder, 0, FULL, forever=False) as disk:
        work()
    return disk.asked


@pytest.mark.proof
@both
def test_a_night_on_a_failing_disk_keeps_last_nights_data_and_says_so(memory: Path, errno: int, forever: bool) -> None:
    template = memory / "template"
    write_shop(template / "inbox")
    take_in(template, Means(FixedClock(NOW), everything=True))
    write_shop(template / "inbox", lines=[*LINES, ("b9", "m2", "OL", "2026-01-20T08:00", "1")])
    before = current_generation(template)
    home, clock = memory / "home", FixedClock(NOW + DAY)

    def night() -> object:
        return take_in(home, Means(clock, everything=True))

    copied(template, home)
    asked = asked_by(home, night)
    told = 0
    for at in (every := steps(asked, 12)):
        copied(template, home)
        with failing(home, at, errno, forever=forever) as disk:
            report = take_in(home, Means(clock, everything=True))
        assert disk.failed
        now = current_generation(home)
        assert now is not None
        assert generations.verify(home, now).damage == ()
        assert now == before or report.outcome in ("installed", "failed")
        if report.outcome == "failed" or report.error is not None:
            assert report.error is not None
            assert report.error["code"] in ("E205", "E206"), report.error
            assert report.error["remedy"]
            assert report.error["code"] in report.text()
            if not forever:
                shown = nights(home, clock.now() + 60, load(home), None).last
                assert shown is not None
                told += shown.error is not None and shown.error.code in ("E205", "E206") and bool(shown.error.remedy)
        again = take_in(home, Means(FixedClock(NOW + 2 * DAY), everything=True))
        assert again.outcome in ("installed", "nothing new"), again.text()
        assert again.error is None
        assert HistoryStore.open(home).checked().tables["lines"].height == 5
        assert generations.verify(home, current_generation(home) or "").damage == ()
    record_proof("disk faults during nights", len(every))
    assert forever or told > len(every) // 3, "the manager's screen was told too seldom for this to prove anything"


@pytest.mark.proof
@both
def test_a_push_to_a_failing_disk_loses_and_halves_nothing(memory: Path, errno: int, forever: bool) -> None:
    office, (till,) = parties(memory)
    recorded = [event.event_id for event in till.record(5)]
    location = memory / "place"
    kept = copied(location, memory / "kept")
    asked = asked_by(location, till.push)
    for at in steps(asked, 20):
        copied(kept, location)
        with failing(location, at, errno, forever=forever) as disk, pytest.raises(ClerkError) as told:
            till.push()
        assert disk.failed
        assert told.value.code in ("E205", "E301")
        assert told.value.remedy
        till.push()
        assert office.events(till) == recorded
    record_proof("disk faults during push", len(steps(asked, 20)))


def _office_with_bundles(folder: Path) -> tuple[OfficeHome, list[str]]:
    office = an_office(folder)
    sent = []
    for number in (1, 2):
        device = a_device(office, folder / f"till-{number}")
        history = rows(12, device.id)
        device.send(history[:6])
        device.send(history[6:])
        sent += [str(row[3]) for row in history]
    return office, sorted(sent)


@pytest.mark.proof
@both
def test_a_collection_with_failing_disks_loses_and_doubles_nothing(memory: Path, errno: int, forever: bool) -> None:
    """The place, the archive and the office's own disk."""
    root = memory / "root"
    root.mkdir()
    _, sent = _office_with_bundles(root)
    kept = copied(root, memory / "kept")
    office = OfficeHome(root / "office", Location(root / "place"), Location(root / "archive"), root / "none")

    def collecting() -> None:
        with Ledger.open("", office.home) as ledger:
            office.collect(ledger)

    asked = asked_by(root, collecting)
    for at in steps(asked, 20):
        copied(kept, root)
        with refusing(), failing(root, at, errno, forever=forever) as disk, Ledger.open("", office.home) as ledger:
            report = office.collect(ledger)
            assert report.notices, "an archive that fails is told"
        assert disk.failed
        for _ in range(2):
            collecting()
        with Ledger.open("", office.home) as ledger:
            assert sorted(str(row[3]) for row in ledger.events(STORE)) == sent
            assert all(head.seq == head.durable_seq for head in ledger.heads(STORE))
    record_proof("disk faults during collect", len(steps(asked, 20)))


@pytest.mark.proof
def test_a_ledger_whose_disk_is_full_takes_whole_bundles_or_none(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite itself says that its disk is full, at every page it may still have."""
    office, sent = _office_with_bundles(memory)
    with Ledger.open("", office.home):
        path = next(office.home.rglob("ledger.db"))
    refused = 0
    for pages in range(0, 40, 1 if proving() else 3):
        with Ledger.open("", office.home) as ledger:
            _limit(ledger, pages)
            with refusing() as told:
                office.collect(ledger)
            refused += len(told)
        with sqlite3.connect(path) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        database.close()
    with Ledger.open("", office.home) as ledger:
        office.collect(ledger)
        assert sorted(str(row[3]) for row in ledger.events(STORE)) == sent
    record_proof("disk faults during collect", 40)
    assert refused


def _limit(ledger: Ledger, pages: int) -> None:
    """The database may grow by so many pages from here."""
    from sqlalchemy import event

    @event.listens_for(ledger._engine, "begin")
    def limited(connection: object) -> None:
        used = connection.exec_driver_sql("PRAGMA page_count").scalar()  # type: ignore[attr-defined]
        connection.exec_driver_sql(f"PRAGMA max_page_count = {used + pages}")  # type: ignore[attr-defined]


@pytest.mark.proof
@both
def test_a_fetch_on_a_failing_disk_leaves_the_old_pack_or_the_new_one(memory: Path, errno: int, forever: bool) -> None:
    chain = Chain(memory / "chain").set_up()
    chain.publish(0)
    chain.fetch()
    chain.publish(1, days=1)
    kept = copied(chain.device, memory / "kept")
    asked = asked_by(chain.device, lambda: chain.fetch(days=1))
    for at in steps(asked, 30):
        copied(kept, chain.device)
        with refusing("E205", "E206"), failing(chain.device, at, errno, forever=forever) as disk:
            chain.fetch(days=1)
        assert disk.failed
        assert chain.installed in (generation(0), generation(1))
        assert generations.verify(chain.device, chain.installed or "").damage == ()
        chain.fetch(days=1.1)
        assert chain.installed == generation(1)
        assert generations.verify(chain.device, generation(1)).damage == ()
    record_proof("disk faults during fetch", len(steps(asked, 30)))


@pytest.mark.proof
@pytest.mark.parametrize("code", [13, 10], ids=["full", "broken"])
def test_a_push_from_a_journal_whose_disk_fails_loses_nothing(
    memory: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite fails at each statement that a push asks of it."""
    office, (till,) = parties(memory)
    recorded = [event.event_id for event in till.record(5)]
    faulty, asked = FaultyDriver(), 0
    monkeypatch.setattr(driver, "driver", lambda: faulty)
    refused, at = 0, 0
    while asked >= at:
        at, asked = at + 1, 0

        def fails(statement: str, at: int = at) -> None:
            nonlocal asked
            asked += 1
            if asked == at:
                raise faulty.error(code, "database or disk is full" if code == 13 else "disk I/O error")

        faulty.fault = fails
        with refusing("E202", "E204", "E205", "E206") as told:
            till.push()
        refused += len(told)
        faulty.fault = lambda _: None
        till.push()
        assert office.events(till) == recorded
    record_proof("disk faults during push", at)
    assert refused


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 48 MB, where this machine lets a test mount one."""
    folder, mount = tmp_path / "small", shutil.which("mount")
    folder.mkdir()
    if mount is None or os.name != "posix" or os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root on Linux; the injected faults ran")
    command = [mount, "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let a test mount a small disk; the injected faults ran")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.proof
def test_a_night_whose_disk_really_fills_up_keeps_last_nights_data_and_says_so(small_disk: Path) -> None:
    """Something else fills the disk at each stage of the night, to the last byte or but for a little."""
    home, filler, template = small_disk / "home", small_disk / "filler", small_disk.parent / "template"
    write_shop(template / "inbox")
    take_in(template, Means(FixedClock(NOW), everything=True))
    write_shop(template / "inbox", lines=[*LINES, ("b9", "m2", "OL", "2026-01-20T08:00", "1")])
    before, failed, runs = current_generation(template), 0, 0
    stages: list[str] = []
    copied(template, home)
    take_in(home, Means(FixedClock(NOW + DAY), everything=True, progress=lambda told: stages.append(told.stage)))
    for at in range(0, len(stages), 1 if proving() else 4):
        for left in (0, 30_000):
            copied(template, home)
            count = itertools.count()

            def fill(_: Progress, at: int = at, left: int = left, count: Iterator[int] = count) -> None:
                if next(count) == at:
                    filler.write_bytes(bytes(max(0, shutil.disk_usage(small_disk).free - left)))

            report = take_in(home, Means(FixedClock(NOW + DAY), everything=True, progress=fill))
            runs += 1
            now = current_generation(home)
            assert now == before or report.outcome == "installed"
            assert generations.verify(home, now or "").damage == ()
            if report.error is not None:
                failed += 1
                assert (report.error["code"], bool(report.error["remedy"])) == ("E205", True), report.text()
            filler.unlink(missing_ok=True)
            again = take_in(home, Means(FixedClock(NOW + 2 * DAY), everything=True))
            assert (again.error, again.outcome in ("installed", "nothing new")) == (None, True), again.text()
            assert HistoryStore.open(home).checked().tables["lines"].height == 5
    record_proof("disk faults during nights", runs)
    assert failed > runs // 3
