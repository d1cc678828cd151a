"""Forgetting between a device, head office and other devices: nothing that travels brings anybody back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from clerk.clock import DAY_S, FixedClock
from clerk.desk import Desk
from clerk.exchange.office.ledger.engine import FILE
from clerk.exchange.office.ledger.ledger import Ledger
from clerk.journal import Journal
from clerk.model import EventKind, Nobody
from clerk.nights.report import NightReport
from clerk.pack.open import PACKS, current_generation
from clerk.privacy import receipts
from clerk.privacy.erasure import Erasure, Erasures, Scope
from clerk.privacy.which_events import EventRule
from tests.exchange.histories import Header, Row
from tests.exchange.histories import rows as made_up
from tests.exchange.test_nights import NOW, STORE, Chain, run
from tests.pack_build.shop import write_shop
from tests.privacy.people import holds

NOTE = "zanzibarian cloves"


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    """An office and a device, after a first night; something was said of m1 and m2 at the device."""
    made = Chain(tmp_path)
    write_shop(made.office / "inbox")
    ok(run(made.office), run(made.device))
    say(made.device, "m1")
    say(made.device, "m2")
    return made


def ok(*nights: NightReport) -> None:
    """No night failed."""
    for one in nights:
        assert one.error is None, one.text()


def say(home: Path, who: str) -> None:
    """A note, with words that can be looked for in files."""
    with Journal.open(home, FixedClock(NOW)) as journal:
        journal.append(EventKind.FACT, who, {"fact": "note", "text": f"{NOTE} {who}"}).result(30)


def forget(home: Path, who: str = "m1", scope: Scope = Scope.ALL) -> None:
    """At this device."""
    desk = Desk.open(home, clock=FixedClock(NOW), actor="command")
    try:
        desk.erasure.forget(who, scope)
    finally:
        desk.close()


def is_known(home: Path, who: str) -> bool:
    """Whether a desk there opens the member."""
    desk = Desk.open(home, clock=FixedClock(NOW + 5 * DAY_S), actor="command")
    try:
        return not isinstance(desk.finding.who(who), Nobody)
    finally:
        desk.close()


def rows(chain: Chain) -> list[Row]:
    """The ledger."""
    with Ledger.open(home=chain.office, clock=FixedClock(NOW)) as ledger:
        return list(ledger.events(STORE))


def current(home: Path) -> Path:
    """The pack in use."""
    return home / PACKS / str(current_generation(home))


def test_what_head_office_had_is_gone_everywhere_after_the_next_nights(chain: Chain, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    chain._settings(other, "device", f'store = "{STORE}"')
    chain.enrol(other)
    ok(run(chain.device), run(chain.office), run(chain.device), run(other))
    assert is_known(other, "m1")
    assert NOTE.encode() in (chain.office / "exchange" / FILE).read_bytes()
    forget(chain.device)
    assert not is_known(chain.device, "m1")
    assert not holds(chain.device / "receipts", NOTE, '"m1"')
    ok(run(chain.device, 1), run(chain.office, 1), run(chain.device, 1), run(other, 1))
    assert not is_known(other, "m1")
    assert is_known(other, "m2")
    assert not [row for row in rows(chain) if row[10] == "m1"]
    for folder in (chain.office / "exchange", current(chain.office), current(chain.device), current(other)):
        assert not holds(folder, f"{NOTE} m1")
    assert holds(current(other), f"{NOTE} m2")
    assert not [name for name in holds(chain.device, f"{NOTE} m1") if not name.startswith("packs/")]
    for home in (chain.device, other):
        with Journal.open(home, FixedClock(NOW)) as journal:
            assert journal.verify().ok
    assert receipts.erasures_in_receipts(other)
    desk = Desk.open(chain.device, clock=FixedClock(NOW), actor="command")
    assert "m1" not in {line.member_id for line in desk.audit.lines()}
    desk.close()
    # An older pack does not bring the member back on a device that heard of it.
    shutil.rmtree(current(other))
    assert not is_known(other, "m1")


def test_the_export_of_the_next_night_is_not_taken_back(chain: Chain) -> None:
    forget(chain.device)
    ok(run(chain.device, 1))
    write_shop(chain.office / "inbox", members=[("m1", "Ada Lovelace again"), ("m2", "Grace Hopper")])
    report = run(chain.office, 1)
    ok(report, run(chain.device, 2))
    assert any("left out" in words for words in report.conflicts)
    assert not is_known(chain.device, "m1")
    assert not holds(current(chain.office), "Ada Lovelace")


def test_a_restored_disk_sends_its_events_and_the_ledger_stays_empty_of_them(chain: Chain, tmp_path: Path) -> None:
    image = shutil.copytree(chain.device, tmp_path / "image", symlinks=True)
    ok(run(chain.device), run(chain.office), run(chain.device, 1))
    forget(chain.device)
    ok(run(chain.device, 1), run(chain.office, 1))
    shutil.rmtree(chain.device)
    shutil.copytree(image, chain.device, symlinks=True)
    say(chain.device, "m1")
    ok(run(chain.device, 2), run(chain.office, 2), run(chain.device, 3), run(chain.office, 3), run(chain.device, 4))
    assert not is_known(chain.device, "m1")
    assert not [row for row in rows(chain) if row[10] == "m1"]
    assert not holds(chain.office / "exchange", f"{NOTE} m1")
    assert not [name for name in holds(chain.device, f"{NOTE} m1") if not name.startswith("packs/")]


def test_emptied_events_that_are_asked_for_again_are_sent_empty(chain: Chain) -> None:
    ok(run(chain.device), run(chain.office), run(chain.device, 1))
    forget(chain.device)
    # Head office forgets what it had: everything is asked for again.
    (chain.device / "exchange" / "acks.json").unlink()
    shutil.rmtree(chain.location / STORE / "events", ignore_errors=True)
    report = run(chain.device, 1)
    assert report.pushed is not None
    assert report.pushed["burned"]
    ok(report, run(chain.office, 2), run(chain.device, 3))
    assert not [row for row in rows(chain) if row[10] == "m1"]
    with Journal.open(chain.device, FixedClock(NOW)) as journal:
        assert journal.verify().ok


def test_a_device_keeps_what_is_said_by_who_enrolled_again_at_another_counter(chain: Chain, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    chain._settings(other, "device", f'store = "{STORE}"')
    chain.enrol(other)
    forget(chain.device)
    ok(run(chain.device, 1), run(chain.office, 1), run(chain.device, 1), run(other, 1))
    with Journal.open(other, FixedClock(NOW + DAY_S)) as journal:
        journal.append(EventKind.MEMBER, "m1", {"name": "Ada"}).result(30)
    ok(run(other, 2), run(chain.office, 2), run(chain.device, 2))
    assert is_known(chain.device, "m1")
    with Journal.open(chain.device, FixedClock(NOW + 2 * DAY_S)) as journal:
        journal.append(EventKind.FACT, "m1", {"fact": "note", "text": NOTE}).result(30)
    for day in (3, 4):
        ok(run(chain.device, day), run(chain.office, day), run(chain.device, day))
    with Journal.open(chain.device, FixedClock(NOW)) as journal:
        assert [event.payload["text"] for event in journal.events_of("m1")] == [NOTE]


@pytest.mark.parametrize("scope", [Scope.ALL, Scope.PURCHASES])
def test_a_ledger_empties_events_on_both_engines(ledger_url: str, tmp_path: Path, scope: Scope) -> None:
    told = made_up(6)
    header = Header(str(told[0][0]), str(told[0][1]), 1, 6, str(told[0][13]))
    with Ledger.open(ledger_url, tmp_path, FixedClock(NOW)) as ledger:
        ledger.take(STORE, header, told)
        whom = str(told[0][10])
        before = [row for row in ledger.events(STORE) if row[10] == whom]
        assert before
        erased = EventRule([Erasure("", scope, 0, 1 << 62)])
        gone = ledger.redact(STORE, lambda who: erased if who == whom else EventRule())
        assert gone == len(before)
        after = {row[3]: row for row in ledger.events(STORE)}
        for row in before:
            assert after[row[3]][11] == '{"redacted":true}'
            assert after[row[3]][10] == (whom if scope is Scope.PURCHASES else "")
            assert after[row[3]][14] == row[14], "the hash stays"
        assert ledger.take(STORE, header, told).state == "known"
        # Events emptied of a part still said whose they are, until everything goes.
        left = 6 - len(before) if scope is Scope.ALL else 6
        assert ledger.redact(STORE, lambda _: EventRule(expired=True)) == left
        assert [row[10] for row in ledger.events(STORE)] == [""] * 6
        assert ledger.redact(STORE, lambda _: EventRule(expired=True)) == 0


def test_tombstones_survive_whatever_is_missing(chain: Chain, tmp_path: Path) -> None:
    """Key and tombstones are in packs, receipts and books: losing one of them brings nobody back."""
    forget(chain.device)
    ok(run(chain.device, 1), run(chain.office, 1), run(chain.device, 1))
    for gone in ("books", "receipts"):
        copy = Path(shutil.copytree(chain.device, tmp_path / gone, symlinks=True))
        shutil.rmtree(copy / gone, ignore_errors=True)
        assert not is_known(copy, "m1")
    facts = json.loads(json.dumps(dict(opened_facts(chain.device))))
    told = Erasures(receipts.shop_keys(tmp_path / "none", facts), receipts.erasures_in_facts(facts))
    assert told.whole("m1") is not None
    assert told.whole("m2") is None


def opened_facts(home: Path) -> dict[str, str]:
    """Facts of the pack in use."""
    from tests.pack_build.shop import opened

    reader = opened(home)
    facts = dict(reader.facts)
    reader.pack.close()
    return facts
