"""What the desks of counter and kiosk do when the journal cannot be read, and when it can be read again."""

from __future__ import annotations

import json
from contextlib import nullcontext, suppress
from pathlib import Path
from time import monotonic

import pytest

from clerk.clock import FixedClock
from clerk.desk import Desk
from clerk.desk.kiosk.session import KioskDesk
from clerk.errors import ClerkError, JournalDamaged, StoreLocked
from clerk.journal import Journal
from clerk.journal.file import BUSY_S
from clerk.model import AnswerKind, VisitCard
from clerk.model.kiosk import KioskCard, KioskRefused
from clerk.role import DEVICE_FILE
from clerk.ui.kiosk.app import KioskApp
from tests.glass import GAP_S, WIDE, Clock, Glass
from tests.promises.corner import NOW
from tests.promises.test_disturbed import spoil
from tests.unread import shop, states


def test_a_lock_is_waited_for_once_a_scan_and_the_next_scan_shows_everything_again(spoken: Path) -> None:
    with states.whole(spoken) as home:
        with states.held(home):
            desk = Desk.open(home, clock=FixedClock(NOW))
            began = monotonic()
            card = desk.visit.scan(shop.CARD["alma"])
            took = monotonic() - began
            assert isinstance(card, VisitCard)
            assert (card.unread is not None, card.history) == (True, ())
            assert [one.code for one in desk.status.now().warnings] == ["E204"]
            for ask in (desk.records.statements, desk.records.agreements, desk.export.of, desk.signing.contact):
                with pytest.raises(StoreLocked):
                    ask("alma")
            with pytest.raises(StoreLocked):
                desk.visit.answer(card.visit_id, "SENCHA", AnswerKind.NEVER).result(10)
        try:
            assert took < BUSY_S / 2
            card = desk.visit.scan(shop.CARD["alma"])
            assert isinstance(card, VisitCard)
            assert card.unread is None
            assert f"must not have: {shop.ALLERGEN}" in card.notes
            assert card.history
            assert desk.status.now().warnings == ()
            assert desk.visit.answer(card.visit_id, "SENCHA", AnswerKind.NEVER).result(10).unread is None
        finally:
            desk.close()


@pytest.mark.parametrize(("state", "how"), [("damaged", "start Clerk"), ("locked", "scan the card")])
def test_the_card_says_what_makes_it_whole_again(spoken: Path, state: str, how: str) -> None:
    is_locked = state == "locked"
    with (
        states.whole(spoken) if is_locked else states.damaged_at_its_beginning(spoken) as home,
        states.held(home) if is_locked else nullcontext(),
    ):
        desk = Desk.open(home, clock=FixedClock(NOW))
        try:
            card = desk.visit.scan(shop.CARD["alma"])
        finally:
            desk.close()
    assert isinstance(card, VisitCard)
    assert card.notes[-1].endswith(f"Once this is mended, {how} again.")


@pytest.mark.parametrize("spoilt", ["unreadable", "no receipt", "no key"])
def test_where_it_cannot_be_read_who_was_forgotten_nobody_is_named(spoken: Path, spoilt: str) -> None:
    with states.damaged_at_its_beginning(spoken) as home:
        (receipt,) = (home / "receipts").glob("*.json")
        if spoilt == "unreadable":
            receipt.unlink()
            receipt.mkdir()
        elif spoilt == "no receipt":
            receipt.write_text("{}")
        else:
            (home / "books" / "erasure.key").unlink()
        desk = Desk.open(home, clock=FixedClock(NOW))
        try:
            for who in shop.MEMBERS:
                with pytest.raises(ClerkError):
                    desk.visit.scan(shop.CARD[who])
        finally:
            desk.close()


@pytest.mark.parametrize("instead", ["nothing", "another"])
def test_a_device_reads_no_journal_but_the_one_that_it_was_enrolled_with(spoken: Path, instead: str) -> None:
    with states.whole(spoken) as home:
        with Journal.open(home, FixedClock(NOW)) as journal:
            enrolled = {"device": journal.device, "name": "Till 1", "store": "1", "place": "/nowhere"}
        (home / "exchange").mkdir(exist_ok=True)
        (home / DEVICE_FILE).write_text(json.dumps(enrolled))
        for path in home.glob("journal.*"):
            path.unlink()
        if instead == "another":
            Journal.open(home, FixedClock(NOW)).close()
        desk = Desk.open(home, clock=FixedClock(NOW))
        try:
            with pytest.raises(JournalDamaged, match="enrolled with"):
                desk.journal.now()
            for who in shop.MEMBERS:
                with suppress(ClerkError):
                    assert desk.visit.open(who, "command").unread is not None
        finally:
            desk.close()


async def test_a_kiosk_does_not_open_without_its_journal(spoken: Path) -> None:
    with states.damaged_in_the_middle(spoken) as home:
        with pytest.raises(JournalDamaged):
            KioskDesk.open(home, clock=FixedClock(NOW))
        app = KioskApp(lambda: KioskDesk.open(home, clock=FixedClock(NOW)), gap_s=GAP_S, tick=Clock())
        async with app.run_test(size=WIDE) as pilot:
            glass = Glass(app, None, pilot)  # type: ignore[type-var]
            await glass.see("This screen is closed")


def test_a_kiosk_whose_journal_cannot_be_read_any_more_shows_nothing_more(spoken: Path) -> None:
    with states.whole(spoken) as home:
        desk = KioskDesk.open(home, clock=FixedClock(NOW))
        try:
            card = desk.scan(shop.CARD["suse"])
            assert isinstance(card, KioskCard)
            assert desk.unlock(card.visit_id, shop.MEMBERS["suse"][1][-4:])
            data = desk.my_data(card.visit_id)
            assert data.remembered().visits
            spoil(home)
            for ask in (data.remembered, lambda: data.lines("2026-03")):
                with pytest.raises(JournalDamaged):
                    ask()
            for who in ("rosa", "suse", "alma"):
                found = desk.scan(shop.CARD[who])
                assert isinstance(found, KioskRefused)
                assert found.what == "This cannot be shown now."
        finally:
            desk.close()
