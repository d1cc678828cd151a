"""A local place that is out: nothing is written to the disk below it, and everybody is told."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from clerk.errors import LocationUnreachable
from clerk.exchange.between import location_check
from clerk.exchange.between.location_check import KNOWN, MARKER
from clerk.exchange.between.locations import Location
from clerk.exchange.device.push import push
from clerk.exchange.office.collect import collect
from clerk.exchange.office.ledger.ledger import Ledger
from tests.exchange.chain import Chain, clock
from tests.exchange.histories import rows
from tests.exchange.offices import CLOCK, a_device, an_office

OUT: dict[str, Callable[[Path], None]] = {
    "no folder": shutil.rmtree,
    "an empty mount point": lambda location: emptied(location),
    "another location": lambda location: another(location),
}


def emptied(location: Path) -> None:
    shutil.rmtree(location)
    location.mkdir()


def another(location: Path) -> None:
    (location / MARKER).write_text('{"format": 1, "id": "another"}')


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    made = Chain(tmp_path).set_up()
    made.publish(1)
    made.fetch()
    return made


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) if folder.exists() else []


@pytest.mark.parametrize(
    ("out", "remembered"),
    [*((out, True) for out in OUT), ("no folder", False), ("an empty mount point", False)],
)
def test_a_stick_that_is_out_is_said_by_every_step_and_nothing_is_written_in_its_stead(
    chain: Chain, out: str, remembered: bool
) -> None:
    if not remembered:
        # From before ids were kept.
        for home in (chain.office, chain.device):
            (home / "exchange" / KNOWN).unlink()
    OUT[out](chain.folder)
    before = files(chain.folder)
    with Ledger.open("", chain.office, clock(1)) as ledger:
        steps: list[Callable[[], object]] = [
            lambda: push(chain.device, chain.location, clock(1)),
            lambda: chain.fetch(days=1),
            lambda: chain.publish(2, days=1),
            lambda: collect(chain.office, chain.location, "s1", ledger, clock(1)),
        ]
        for step in steps:
            with pytest.raises(LocationUnreachable, match=r"not there|another location") as told:
                step()
            assert "Plug it in, or mount it" in told.value.remedy
    assert files(chain.folder) == before


def test_the_stick_that_is_back_goes_on(chain: Chain) -> None:
    away = chain.folder.rename(chain.folder.with_name("unplugged"))
    chain.folder.mkdir()
    with pytest.raises(LocationUnreachable):
        chain.publish(2, days=1)
    chain.folder.rmdir()
    away.rename(chain.folder)
    assert chain.publish(days=1).state == "published"
    assert chain.fetch(days=1).state == "installed"


def test_a_new_medium_is_taken_once_somebody_says_so(chain: Chain) -> None:
    shutil.rmtree(chain.folder)
    for home in (chain.office, chain.device):
        (home / "exchange" / KNOWN).unlink()
    (chain.folder / "s1").mkdir(parents=True)
    assert chain.publish(2, days=1).version > 1
    assert chain.fetch(days=1).state == "installed"


def test_a_first_place_is_made_and_marked_by_whoever_comes_first(tmp_path: Path) -> None:
    chain = Chain(tmp_path).set_up()
    assert (chain.folder / MARKER).exists()
    assert (chain.device / "exchange" / KNOWN).exists()
    chain.publish(1)
    assert (chain.office / "exchange" / KNOWN).read_bytes() == (chain.device / "exchange" / KNOWN).read_bytes()


def test_an_archive_that_is_out_makes_nothing_durable(tmp_path: Path) -> None:
    """Otherwise devices would forget what only a folder below a mount point has."""
    office = an_office(tmp_path)
    till = a_device(office, tmp_path / "till")
    history = rows(4, till.id)
    with Ledger.open("", office.home, CLOCK) as ledger:
        till.send(history[:2])
        assert office.collect(ledger).archived == 1
        assert office.archive.folder is not None
        shutil.rmtree(office.archive.folder)
        office.archive.folder.mkdir()
        till.send(history[2:])
        told = office.collect(ledger)
        assert (told.events, told.archived) == (2, 0)
        assert "The archive cannot be used" in told.text()
        (head,) = ledger.heads("0412")
        assert (head.seq, head.durable_seq) == (4, 2)
    assert not list(office.archive.folder.iterdir())


def test_object_stores_need_no_marker(tmp_path: Path) -> None:
    location = Location(f"memory:/{tmp_path}/place")
    location_check.choose(tmp_path, location)
    location_check.check(tmp_path, location, began=True, claim=True)
    assert location.list() == []
    assert not (tmp_path / "exchange").exists()
