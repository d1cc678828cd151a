from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from clerk.clock import DAY_S, FixedClock, ShopClock
from clerk.commands.nightly import exit_of
from clerk.durable import only_one
from clerk.errors import StoreLocked
from clerk.exchange.between.keys import make_office
from clerk.exchange.between.locations import Location
from clerk.exchange.device.enrol import enrol
from clerk.exchange.office.devices import accept
from clerk.history.store import HistoryStore
from clerk.journal import Journal
from clerk.model import EventKind
from clerk.nights.by_role import night
from clerk.nights.local import Means
from clerk.nights.report import NightReport, latest
from clerk.pack.open import current_generation
from clerk.report import Exit
from tests.pack_build.shop import opened, write_shop

STORE = "0412"
NOW = ShopClock().now()
"""Events carry the machine's own time, which a clock may not contradict."""


class Chain:
    """An office that builds, and a device of one store, in folders of their own."""

    def __init__(self, folder: Path, *stores: str) -> None:
        self.office, self.device, self.location = folder / "office", folder / "device", folder / "place"
        for made in (self.office, self.device, self.location):
            made.mkdir()
        self.file = make_office(self.office, now=NOW - DAY_S)
        named = f'stores = "{", ".join(stores)}"' if stores else f'store = "{STORE}"'
        self._settings(self.office, "office", named)
        self._settings(self.device, "device", f'store = "{STORE}"')
        self.enrol(self.device)

    def _settings(self, home: Path, role: str, named: str) -> None:
        text = f'[exchange]\nrole = "{role}"\nplace = "{self.location.as_posix()}"\n{named}\n'
        (home / "settings.toml").write_text(text)

    def enrol(self, home: Path) -> None:
        location = Location(self.location)
        asked = enrol(home, self.file, location, STORE, home.name, clock=FixedClock(NOW))
        accept(self.office, location, STORE, asked.device.device)


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    made = Chain(tmp_path)
    write_shop(made.office / "inbox")
    return made


def run(home: Path, day: int = 0, *, dry_run: bool = False) -> NightReport:
    return night(home, Means(FixedClock(NOW + day * DAY_S), everything=True, dry_run=dry_run))


def record(home: Path, events: int = 1) -> None:
    with Journal.open(home, FixedClock(NOW)) as journal:
        payload = {"sku": "FW", "answer": "took", "scope": "item", "visit_id": "v1"}
        for _ in range(events):
            journal.append(EventKind.ANSWER, "m1", payload).result(30)


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith((".lock", "-wal", "-shm"))
    }


def test_an_answer_goes_to_head_office_and_comes_back_in_the_next_pack(chain: Chain) -> None:
    record(chain.device, 3)
    pushed = run(chain.device)
    assert (pushed.role, pushed.outcome) == ("device", "nothing new"), pushed.text()
    assert pushed.pushed is not None
    assert pushed.pushed["events"] == 3
    made = run(chain.office)
    assert (made.outcome, made.error) == ("installed", None)
    assert made.collected is not None
    assert made.published is not None
    assert (made.collected["events"], made.published["state"]) == (3, "published")
    fetched = run(chain.device, 1)
    assert (fetched.outcome, fetched.error) == ("installed", None)
    assert opened(chain.device).facts["events_until"] != "{}"
    assert [one.outcome for one in latest(chain.device, 2)] == ["installed", "nothing new"]


def test_a_second_night_of_both_does_nothing(chain: Chain) -> None:
    record(chain.device)
    for home in (chain.device, chain.office, chain.device):
        run(home)
    packs = tree(chain.office / "packs"), tree(chain.device / "packs")
    office, device = run(chain.office), run(chain.device)
    assert (office.outcome, device.outcome) == ("nothing new", "nothing new")
    assert device.pushed is not None
    assert device.pushed["events"] == 0
    assert (tree(chain.office / "packs"), tree(chain.device / "packs")) == packs


def test_new_events_alone_make_a_new_pack(chain: Chain) -> None:
    run(chain.office)
    record(chain.device)
    run(chain.device)
    assert run(chain.office, 1).outcome == "installed"


def test_a_dry_run_of_an_office_changes_nothing(chain: Chain, tmp_path: Path) -> None:
    record(chain.device)
    run(chain.device)
    before = tree(tmp_path)
    assert run(chain.office, dry_run=True).outcome == "installed"
    assert tree(tmp_path) == before


def test_a_dry_run_of_a_device_changes_nothing(chain: Chain, tmp_path: Path) -> None:
    run(chain.office)
    record(chain.device)
    before = tree(tmp_path)
    report = run(chain.device, dry_run=True)
    assert report.outcome == "installed"
    assert tree(tmp_path) == before


def test_a_place_out_of_reach_is_told_and_the_pack_is_made_all_the_same(chain: Chain) -> None:
    (chain.office / "settings.toml").write_text(
        f'[exchange]\nrole = "office"\nstore = "{STORE}"\nplace = "sftp://nowhere.invalid/x"\n'
    )
    report = run(chain.office)
    assert report.error is not None
    assert (report.outcome, report.error["code"][:2]) == ("installed", "E3")
    assert report.published is None


def test_a_device_that_cannot_reach_the_place_keeps_what_it_has(chain: Chain) -> None:
    run(chain.office)
    run(chain.device)
    chain.location.rename(chain.location.with_name("unplugged"))
    report = run(chain.device, 1)
    assert report.error is not None
    assert (report.outcome, report.error["code"] in ("E301", "E303")) == ("kept last night's", True)


def test_without_its_ledger_an_office_grows_its_books_and_makes_no_pack(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pack without the ledger's events would take back what other counters were told."""
    run(chain.office)
    last = current_generation(chain.office)
    write_shop(chain.office / "inbox", members=[("m9", "Mary")])
    monkeypatch.setenv("CLERK_LEDGER", "postgresql+psycopg://clerk@127.0.0.1:1/none")
    report = run(chain.office, 1)
    assert report.error is not None
    assert (report.outcome, report.error["code"], report.published) == ("kept last night's", "E306", None)
    assert current_generation(chain.office) == last
    assert HistoryStore.open(chain.office).checked().tables["members"].height == 3
    monkeypatch.delenv("CLERK_LEDGER")
    assert run(chain.office, 2).outcome == "installed"


def test_a_ledger_that_has_less_than_the_pack_tells_is_said_and_gets_it_again(chain: Chain) -> None:
    record(chain.device, 2)
    for home in (chain.device, chain.office, chain.device):
        run(home)
    for file in (chain.office / "exchange").glob("ledger.db*"):
        file.unlink()
    for file in chain.location.rglob("*.seg"):
        file.unlink()
    report = run(chain.office, 1)
    assert "lacks 2 events" in report.text()
    assert "set `archive` under [exchange]" in report.text()
    assert "clerk office restore" not in report.text()
    assert (report.outcome, exit_of(report)) == ("kept last night's", Exit.EXCHANGE)
    for home in (chain.device, chain.device):
        run(home, 1)
    again = run(chain.office, 2)
    assert again.collected is not None
    assert again.collected["events"] == 2
    assert "lacks" not in again.text()


def lose_the_ledger(chain: Chain) -> None:
    """Its disk died, and so did what lay at the location."""
    for file in [*(chain.office / "exchange").glob("ledger.db*"), *chain.location.rglob("*.seg")]:
        file.unlink()


def test_a_ledger_lost_twice_takes_no_event_from_the_counters(chain: Chain, tmp_path: Path) -> None:
    """What one till said reaches the other whenever the ledger is whole again, and is never taken back before."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "settings.toml").write_text((chain.device / "settings.toml").read_text())
    chain.enrol(other)
    everybody = (chain.device, other, chain.office, chain.device, other)
    for home in everybody:
        run(home)
    record(chain.device)
    record(other)
    for home in everybody:
        run(home, 1)
    whole = opened(other).facts["events_until"]
    lose_the_ledger(chain)
    assert run(chain.office, 2).outcome == "kept last night's"
    for home in (chain.device, chain.office):
        run(home, 3)
    assert opened(chain.office).facts["events_until"] == whole
    lose_the_ledger(chain)
    for home in (chain.office, *everybody, *everybody):
        run(home, 4)
    for home in (chain.office, chain.device, other):
        assert opened(home).facts["events_until"] == whole
        assert run(home, 5).outcome == "nothing new"


def test_events_that_nobody_has_any_more_are_given_up_only_when_a_person_says_so(chain: Chain) -> None:
    record(chain.device, 2)
    for home in (chain.device, chain.office):
        run(home)
    lose_the_ledger(chain)
    assert run(chain.office, 1).outcome == "kept last night's"
    means = Means(FixedClock(NOW + 2 * DAY_S), everything=True, events_are_lost=True)
    given_up = night(chain.office, means)
    assert (given_up.outcome, given_up.error) == ("installed", None)
    assert run(chain.office, 3).outcome == "nothing new"


def test_a_device_says_what_nothing_new_means(chain: Chain) -> None:
    assert "head office has published no store data yet" in run(chain.device).text()
    run(chain.office)
    run(chain.device)
    assert "nothing new from head office" in run(chain.device, 1).text()


def test_an_office_that_is_a_counter_is_a_device_like_any_other(chain: Chain) -> None:
    chain.enrol(chain.office)
    record(chain.office, 2)
    report = run(chain.office)
    assert report.pushed is not None
    assert report.collected is not None
    assert (report.pushed["events"], report.collected["events"], report.outcome) == (2, 2, "installed")
    again = run(chain.office, 1)
    assert again.pushed is not None
    assert (again.pushed["events"], again.outcome) == (0, "nothing new")


def test_one_stores_failure_is_no_other_stores(tmp_path: Path) -> None:
    chain = Chain(tmp_path, STORE, "0417")
    for store in (STORE, "0417"):
        write_shop(chain.office / "stores" / store / "inbox")
    (chain.office / "stores" / STORE / "books").mkdir()
    (chain.office / "stores" / STORE / "books" / "BOOKS.json").write_text("{")
    report = run(chain.office)
    assert report.outcome == "failed"
    assert [(store.store, store.outcome) for store in report.stores] == [(STORE, "failed"), ("0417", "installed")]
    assert "store 0417" in report.text()
    assert latest(chain.office)[0].stores[1].published is not None, report.text()


def test_only_one_night_of_an_office_at_a_time(chain: Chain) -> None:
    (chain.office / "nights").mkdir()
    with only_one(chain.office / "nights" / ".lock"), pytest.raises(StoreLocked):
        run(chain.office)


@pytest.mark.parametrize("store", ["../other", "a/b", "", "x y"])
def test_a_store_whose_id_is_no_folder_is_refused(chain: Chain, store: str) -> None:
    (chain.office / "settings.toml").write_text(f'[exchange]\nrole = "office"\nstores = "ok, {store}!"\n')
    with pytest.raises(Exception, match="E30"):
        run(chain.office)
