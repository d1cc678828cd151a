"""Nothing of a member is on the glass before somebody signed in, nor after the counter locked."""

from __future__ import annotations

import threading

import pytest

from clerk.errors import DiskFailed, PinRefused
from clerk.model import Associate, StaffRole
from tests.glass import NARROW, WIDE, CounterGlass, counter
from tests.ui.fake_desk import FakeDesk
from tests.ui.people import ADA, ADA_CODE
from tests.ui.staff import MAIA, NOOR, FakeSigning
from tests.ui.test_goldens import agreed


def staffed(*people: Associate, lock_s: float = 300) -> FakeDesk:
    desk = FakeDesk(signing=FakeSigning(*(people or (MAIA, NOOR)), lock_s=lock_s))
    return desk


async def sign_in(glass: CounterGlass, letters: str = "n", pin: str = "860413") -> None:
    await glass.type(letters)
    await glass.press("enter")
    await glass.type(pin)
    await glass.press("enter")
    await glass.until(lambda: glass.app.counter.lock.view is None, "signed in")
    await glass.settle()


def asked(desk: FakeDesk, what: str) -> list[tuple[object, ...]]:
    return [call for call in desk.calls if call[0] == what]


async def test_the_counter_asks_who_works_here_before_anything() -> None:
    async with counter(staffed()) as glass:
        assert glass.has("who works here now?")
        assert glass.has("Maia Lund")
        assert not glass.has("Scan a member's card")
        await sign_in(glass)
        assert glass.has("Noor is signed in")
        assert glass.has("Scan a member's card")


async def test_a_scan_while_locked_opens_nobody_and_says_why() -> None:
    async with counter(staffed()) as glass:
        await glass.scan(ADA_CODE)
        assert glass.has("Sign in first: the scan opened nobody.")
        assert not asked(glass.desk, "scan")
        assert not glass.has(ADA.name)
        await sign_in(glass)
        assert not asked(glass.desk, "scan")


async def test_a_scan_while_the_store_data_is_being_opened_is_not_answered_later() -> None:
    async with counter(staffed()) as glass:
        glass.app.counter._waiting = [ADA_CODE]
        glass.app.counter.opened(glass.desk)
        await sign_in(glass)
        assert not asked(glass.desk, "scan")


async def test_the_pin_is_never_drawn_and_is_checked_on_another_thread() -> None:
    async with counter(staffed()) as glass:
        await glass.type("n")
        await glass.press("enter")
        await glass.type("860413")
        assert glass.has("●●●●●●")
        assert "8" not in glass.text.split("PIN of", 1)[1].splitlines()[0]
        glass.desk.signing.let_go.clear()
        await glass.press("enter")
        await glass.see("… checking")
        # The screen goes on answering while the PIN is looked at.
        await glass.press("ctrl+t")
        assert glass.app.theme == "clerk-light"
        glass.desk.signing.let_go.set()
        await glass.see("Noor is signed in")
        assert glass.desk.signing.threads.isdisjoint({threading.get_ident()})
        assert glass.desk.signing.tried == [("Noor", "860413")]


async def test_digits_are_the_pin_of_the_picked_name() -> None:
    async with counter(staffed()) as glass:
        await glass.press("down")
        await glass.type("860413")
        await glass.press("enter")
        await glass.see("Noor is signed in")


async def test_a_wrong_pin_says_so_and_may_be_typed_again() -> None:
    async with counter(staffed()) as glass:
        await glass.type("n4444")
        await glass.press("enter")
        await glass.see("E231 The name or the PIN was not right.")
        await glass.type("860413")
        await glass.press("enter")
        await glass.see("Noor is signed in")


async def test_a_lock_out_names_its_end() -> None:
    desk = staffed()
    desk.signing.fails = PinRefused("Too many wrong PINs for Noor: locked until 12:05.", "Wait, or ask a manager.")
    async with counter(desk) as glass:
        await glass.type("n4444")
        await glass.press("enter")
        await glass.see("locked until 12:05")


async def test_a_number_longer_than_any_pin_is_not_tried() -> None:
    async with counter(staffed()) as glass:
        await glass.type("n9780201379624")
        await glass.press("enter")
        await glass.see("at most 8 digits; nothing was tried")
        assert glass.desk.signing.tried == []


async def test_locking_ends_the_visit_and_leaves_nothing_of_the_member() -> None:
    async with counter(staffed()) as glass:
        await sign_in(glass)
        await glass.scan(ADA_CODE)
        await glass.see(ADA.name)
        await glass.type("half a na")
        await glass.press("f11")
        await glass.press("ctrl+k")
        assert asked(glass.desk, "end_visit")[-1] == ("end_visit", "timeout")
        assert asked(glass.desk, "sign")[-1] == ("sign", "")
        assert not glass.has(ADA.name)
        await sign_in(glass, "m", "4071")
        assert not glass.has("Worth mentioning")
        assert not glass.has("half a na")
        assert glass.has("Scan a member's card")


async def test_a_colleague_takes_over_and_the_last_one_is_picked_first() -> None:
    async with counter(staffed()) as glass:
        await sign_in(glass)
        await glass.press("ctrl+k")
        assert glass.has("▸ Noor")
        await sign_in(glass, "m", "4071")
        assert glass.text.splitlines()[0].rstrip().endswith("Maia Lund")


async def test_the_counter_locks_itself_when_nobody_touches_it() -> None:
    async with counter(staffed(lock_s=0.4)) as glass:
        await sign_in(glass)
        await glass.scan(ADA_CODE)
        await glass.press("ctrl+p")
        await glass.see("who works here now?")
        assert len(glass.app.screen_stack) == 1
        assert not glass.has(ADA.name)


async def test_who_was_removed_or_got_another_role_is_signed_out() -> None:
    async with counter(staffed()) as glass:
        await sign_in(glass)
        await glass.type("lovel")
        assert glass.has("lovel")
        glass.desk.signing.holds = False
        glass.app._tick()
        await glass.see("who works here now?")
        assert not glass.has("lovel"), "who was looked for is nobody's business on a locked counter"


async def test_a_list_that_cannot_be_read_opens_nothing() -> None:
    desk = staffed()
    desk.signing.list_fails = DiskFailed("The list of associates cannot be read.", "Put back a copy.")
    async with counter(desk) as glass:
        assert glass.has("E206")
        await glass.scan(ADA_CODE)
        assert not asked(glass.desk, "scan")


async def test_no_key_gets_past_the_lock() -> None:
    async with counter(staffed()) as glass:
        for key in [f"f{number}" for number in range(1, 12)] + ["ctrl+n", "ctrl+l", "ctrl+r", "ctrl+p", "ctrl+y"]:
            await glass.press(key)
            assert glass.app.counter.lock.view is not None
            assert len(glass.app.screen_stack) == 1
            assert glass.has("Sign in")
        assert not [call for call in glass.desk.calls if call[0] not in ("sign", "take_newer")]


async def test_only_a_manager_goes_to_other_store_data_and_sees_who_did_what() -> None:
    async with counter(staffed()) as glass:
        await sign_in(glass)
        await glass.press("ctrl+n", *["down"] * 9, "ctrl+z", "ctrl+z")
        assert glass.has("Only a manager goes to other store data")
        assert glass.desk.nights.calls == []
        await glass.press("down", "enter")
        assert glass.has("E230")
        await glass.press("ctrl+k")
        await sign_in(glass, "m", "4071")
        await glass.press("ctrl+n", *["down"] * 10, "enter")
        await glass.see("looked at contact details")


async def test_contact_details_ask_for_the_role() -> None:
    async with counter(staffed()) as glass:
        await sign_in(glass)
        await glass.scan(ADA_CODE)
        await glass.press("ctrl+d")
        assert glass.has("E230")
        assert not glass.has("+45 55 01 42")
        await glass.press("ctrl+k")
        await sign_in(glass, "m", "4071")
        await glass.scan(ADA_CODE)
        await glass.press("ctrl+d")
        assert glass.has("+45 55 01 42")
        assert glass.has("kept on record")


async def test_a_note_is_recorded_by_its_own_key_and_not_by_enter() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("ctrl+o")
        assert glass.has("No card numbers: they are refused.")
        await glass.type("window seat")
        await glass.press("enter")
        assert not asked(glass.desk, "note")
        await glass.press("ctrl+o")
        await glass.see("✓ Recorded: the note")
        assert asked(glass.desk, "note") == [("note", ADA.member_id, "window seat")]
        assert glass.has("Worth mentioning")


async def test_a_counter_that_must_ask_says_how_the_first_associate_is_entered() -> None:
    desk = FakeDesk(signing=FakeSigning(always=True))
    async with counter(desk) as glass:
        assert glass.has("No associate is entered on this counter yet")
        assert glass.has("clerk people add NAME")
        await glass.type("n4444")
        await glass.press("enter", "enter", "down", "escape")
        await glass.scan(ADA_CODE)
        assert not asked(glass.desk, "scan")


async def test_nobody_is_asked_where_nobody_is_entered() -> None:
    async with counter() as glass:
        assert glass.has("Scan a member's card")
        await glass.press("ctrl+k")
        assert glass.has("works when somebody is signed in")


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "110x30"])
async def test_the_screens_are_as_agreed(size: tuple[int, int]) -> None:
    named = f"{size[0]}x{size[1]}"
    many = tuple(Associate(f"{letter}{letter.lower()}n", StaffRole.ASSOCIATE) for letter in "ABDEFGHIJKLOPQRSTUVW")
    async with counter(staffed(MAIA, NOOR, *many), size) as glass:
        agreed(f"sign-in-{named}", glass.text)
        await glass.type("n8604")
        agreed(f"sign-in-pin-{named}", glass.text)
        await glass.press("enter")
        await glass.see("E231")
        await glass.scan(ADA_CODE)
        agreed(f"sign-in-refused-{named}", glass.text)
    async with counter(staffed(), size) as glass:
        await sign_in(glass, "m", "4071")
        agreed(f"signed-in-{named}", glass.text)
        await glass.scan(ADA_CODE)
        await glass.press("ctrl+d")
        agreed(f"contact-{named}", glass.text)
        await glass.press("escape", "ctrl+o")
        await glass.type("likes the window seat")
        agreed(f"note-{named}", glass.text)
        await glass.press("escape", "ctrl+n", *["down"] * 10, "enter")
        agreed(f"audit-{named}", glass.text)
