"""Store data from before an erasure goes some days later, whatever a manager chose and whatever an export is like."""

from __future__ import annotations

from pathlib import Path

import pytest

from clerk.clock import DAY_S, FixedClock
from clerk.journal import Journal
from clerk.model import EventKind
from clerk.nights.local import Means, take_in
from clerk.nights.report import NightReport
from clerk.pack.generations import rollback
from clerk.pack.open import current_generation, generation_names
from clerk.privacy import receipts
from tests.exchange.test_nights import NOW as SENT
from tests.exchange.test_nights import Chain, run
from tests.pack_build.shop import write_shop, write_table
from tests.privacy.people import ADA, NAME, built, desk, exports, holds
from tests.privacy.test_everywhere import forget
from tests.promises.corner import NOW


def night(home: Path, days: int) -> NightReport:
    """A night of this machine alone, so many days from now."""
    return take_in(home, Means(clock=FixedClock(NOW + days * DAY_S), everything=True))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A shop with a history store, in which Ada was forgotten after the first night."""
    made = tmp_path / "home"
    exports(made / "inbox")
    assert night(made, 0).error is None
    with desk(made) as here:
        here.erasure.forget(ADA)
    return made


def test_a_shop_without_new_data_keeps_no_pack_of_before(home: Path) -> None:
    night(home, 1)
    assert len(holds(home / "packs", NAME)) == 1, "for some days a manager can go back"
    night(home, 4)
    assert not holds(home / "packs", NAME)
    assert len(generation_names(home)) == 1


def test_a_manager_who_went_back_comes_to_newer_data_after_some_days(home: Path) -> None:
    night(home, 1)
    newest = current_generation(home)
    rollback(home)
    night(home, 2)
    assert current_generation(home) != newest
    night(home, 4)
    assert current_generation(home) == newest
    assert not holds(home / "packs", NAME)


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    """An office and a device, and a member whom only the device's counter enrolled."""
    made = Chain(tmp_path)
    write_shop(made.office / "inbox")
    with Journal.open(made.device, FixedClock(SENT)) as journal:
        journal.append(EventKind.MEMBER, "m9", {"name": NAME}).result(30)
    for home in (made.device, made.office, made.device):
        assert run(home).error is None
    assert holds(made.office / "packs", NAME)
    return made


def test_whom_only_counters_know_leaves_the_data_when_head_office_forgets_them(chain: Chain) -> None:
    """Nothing new was delivered or sent: the erasure alone asks for new data."""
    forget(chain.office, "m9")
    assert run(chain.office, 1).outcome == "installed"
    assert not holds(chain.office / "packs" / str(current_generation(chain.office)), NAME)


def test_an_export_that_is_refused_every_night_keeps_nobody_in_the_data_for_longer(chain: Chain) -> None:
    forget(chain.device, "m9")
    run(chain.device)
    bad = [(f"x{n}", "m2", "CR", "someday", "1") for n in range(80)]
    write_table(chain.office / "inbox", "lines", ("basket_id", "member_id", "sku", "sold_at", "quantity"), bad)
    outcomes = [run(chain.office, days).outcome for days in (1, 2, 4, 5)]
    assert outcomes[:2] == ["kept last night's"] * 2
    assert "installed" in outcomes
    assert not holds(chain.office / "packs", NAME)


def test_a_shop_that_builds_by_hand_is_told_to_build(tmp_path: Path) -> None:
    made = built(tmp_path / "own", tmp_path / "home")
    with desk(made) as here:
        receipt = here.erasure.forget(ADA)
    (packs,) = [copy for copy in receipt.copies if "here:packs/**" in copy.files]
    assert "clerk build" in packs.until
    assert not packs.gone_by
    assert receipts.erasures_in_receipts(made)
