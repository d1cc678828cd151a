from __future__ import annotations

import re
from dataclasses import replace

import pytest

from clerk.errors import DiskFull, StoreLocked
from clerk.model import AnswerKind, LineMark
from clerk.ui.input.actions import ACTIONS, Action
from tests.glass import counter
from tests.ui.fake_desk import FakeDesk
from tests.ui.people import ADA_CODE, BEN_CODE, CROISSANT, LATTE, TEAPOT, ada_card

FULL = DiskFull("The disk is full.", "Free some space; the answer was not recorded.")


@pytest.mark.parametrize(
    ("key", "kind", "words"),
    [
        ("f5", AnswerKind.TOOK, "took it"),
        ("f6", AnswerKind.NOT_NOW, "not now"),
        ("f7", AnswerKind.NEVER, "never"),
        ("f8", AnswerKind.HAS_IT, "has it"),
    ],
)
async def test_one_key_records_the_answer_to_the_picked_suggestion(key: str, kind: AnswerKind, words: str) -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press(key)
        await glass.see(f"✓ {words}, recorded")
        assert glass.desk.calls[-2:] == [("answer", "v1", LATTE.sku, kind), ("drawn", "v1")]


async def test_recorded_is_said_only_after_the_commit() -> None:
    async with counter(FakeDesk(at_once=False)) as glass:
        await glass.scan(ADA_CODE)
        await glass.press("f5")
        assert glass.has("saving")
        assert not glass.has("ecorded")
        glass.desk.finish()
        await glass.see("✓ Recorded: took it")
        assert not glass.has("saving")


async def test_a_failed_write_shows_its_code_and_remedy_until_it_is_dismissed() -> None:
    async with counter(FakeDesk(at_once=False)) as glass:
        await glass.scan(ADA_CODE)
        await glass.press("f7")
        glass.desk.finish(FULL)
        await glass.see("E205")
        assert glass.has("Free some space")
        assert not glass.has("ecorded:")
        await glass.press("down", "f2")
        assert glass.has("E205")
        await glass.press("escape")
        assert not glass.has("E205")


async def test_a_failure_of_a_visit_that_is_over_is_still_told() -> None:
    async with counter(FakeDesk(at_once=False)) as glass:
        await glass.scan(ADA_CODE)
        await glass.press("f7")
        await glass.scan(BEN_CODE)
        glass.desk.finish(FULL)
        await glass.see("E205")
        assert glass.has("Ben Okri")


async def test_a_failure_nobody_foresaw_says_that_nothing_was_recorded() -> None:
    async with counter(FakeDesk(at_once=False)) as glass:
        await glass.scan(ADA_CODE)
        await glass.press("f5")
        glass.desk.finish(RuntimeError("Ada Lovelace, +44 20 7946 0000"))
        await glass.see("It was not recorded")
        assert not glass.has("7946")


async def test_a_locked_store_refuses_the_answer_with_its_remedy() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        glass.desk.fail_with = StoreLocked("The store data is locked.", "Try again in a minute.")
        await glass.press("f5")
        await glass.see("E204")
        assert glass.has("Try again in a minute")


async def test_a_late_answer_is_not_drawn_on_another_members_card() -> None:
    async with counter(FakeDesk(at_once=False)) as glass:
        await glass.scan(ADA_CODE)
        await glass.press("f5")
        await glass.scan(BEN_CODE)
        glass.desk.finish()
        await glass.settle()
        assert glass.has("Ben Okri")
        assert not glass.has("Ada")
        assert not glass.has("ecorded")


async def test_a_second_press_while_saving_writes_nothing_twice() -> None:
    async with counter(FakeDesk(at_once=False)) as glass:
        await glass.scan(ADA_CODE)
        await glass.press("f5", "f5")
        glass.desk.finish()
        await glass.see("✓ Recorded")
        await glass.press("f5")
        assert len([call for call in glass.desk.calls if call[0] == "answer"]) == 1


async def test_the_arrow_keys_pick_which_suggestion_is_answered() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("down", "f7")
        await glass.see("✓ never, recorded")
        assert ("answer", "v1", TEAPOT.sku, AnswerKind.NEVER) in glass.desk.calls


async def test_a_past_line_is_marked_with_the_same_key_twice() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("down", "down", "down", "f9")
        assert glass.has("◂ gift ▸")
        await glass.press("right", "right", "right", "left")
        assert glass.has("◂ for someone else ▸")
        await glass.press("f9")
        await glass.see("[other]")
        line = ada_card().history[1]
        assert line.item == CROISSANT
        assert ("mark", "M-0001", line.line, LineMark.OTHER) in glass.desk.calls


async def test_a_mark_being_chosen_is_dropped_by_escape_and_by_moving() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("down", "down", "down", "f9", "escape")
        assert not glass.has("◂")
        await glass.press("f9", "down")
        assert not glass.has("◂")
        assert not [call for call in glass.desk.calls if call[0] == "mark"]


async def test_the_last_answer_is_taken_back_with_one_key() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("ctrl+z")
        await glass.see("Nothing to take back")
        await glass.press("f5", "ctrl+z")
        await glass.see("✓ Taken back")
        assert not glass.has("took it")


async def test_next_clears_the_glass_and_ends_the_visit() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("f10")
        await glass.see("Scan a member's card.")
        assert not glass.has("teapot")
        assert glass.desk.calls[-1] == ("end_visit", "next")


async def test_a_key_where_it_does_not_apply_says_where_it_does() -> None:
    async with counter() as glass:
        await glass.press("f5")
        assert glass.has("F5 works when a suggestion or a due item is picked.")
        await glass.scan(BEN_CODE)
        await glass.press("f7")
        assert glass.has("works when")
        assert not [call for call in glass.desk.calls if call[0] == "answer"]


async def test_a_card_is_reported_as_shown_only_after_it_was_drawn() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        assert ("drawn", "v1") in glass.desk.calls
        assert glass.desk.calls.index(("scan", ADA_CODE)) < glass.desk.calls.index(("drawn", "v1"))


async def test_a_forgotten_visit_is_closed() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        glass.app._last_key -= 10_000
        glass.app._tick()
        await glass.see("Scan a member's card.")
        assert ("end_visit", "timeout") in glass.desk.calls


async def test_the_visit_of_a_member_who_was_forgotten_elsewhere_is_closed() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        glass.desk.is_forgotten = True
        glass.app._tick()
        await glass.see("This member was forgotten.")
        await glass.see("Scan a member's card.")
        assert ("end_visit", "forgotten") in glass.desk.calls


async def test_a_new_day_of_data_is_seen_on_the_start_screen() -> None:
    async with counter() as glass:
        glass.desk.shop = replace(glass.desk.shop, now=glass.desk.shop.now + 86_400)
        glass.app._tick()
        await glass.see("data from 04:10 yesterday")


async def test_nothing_is_taken_back_while_something_is_still_being_saved() -> None:
    async with counter(FakeDesk(at_once=False)) as glass:
        await glass.scan(ADA_CODE)
        await glass.press("f5")
        await glass.press("ctrl+z")
        await glass.see("Still saving; try again in a moment.")
        assert glass.desk.calls[-1][0] != "undo"


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_a_key_that_does_nothing_here_says_in_a_sentence_where_it_does(action: Action) -> None:
    where = r"everywhere else|in lists|on the start screen \S.*|when (a|some)\S* .*(is|rests on) .*"
    assert re.fullmatch(rf"\S+ works ({where})\.", action.when())


async def test_the_kiosk_is_opened_again_by_two_presses_where_it_is_closed_and_nowhere_else() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("ctrl+b", "ctrl+b")
        assert glass.has("^B works when a kiosk is closed for the member.")
        visit = glass.app.counter.front.visit
        assert visit is not None
        glass.desk._card = replace(visit.card, kiosk_tries=12, member=replace(visit.card.member, phone="••• 0471"))
        visit.renew(glass.desk._card)
        await glass.press("ctrl+b")
        assert glass.has("Their phone is ••• 0471: did they say its end?")
        assert glass.has("^B opens the kiosk again")
        await glass.press("escape", "ctrl+b")
        assert not [call for call in glass.desk.calls if call[0] == "confirmed"]
        await glass.press("ctrl+b")
        await glass.see("✓ Recorded: the kiosk opens again for this member")
        assert ("confirmed", visit.card.member.member_id) in glass.desk.calls
        await glass.press("ctrl+b")
        assert glass.has("^B works when")
