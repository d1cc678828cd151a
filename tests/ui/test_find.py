from __future__ import annotations

from clerk.errors import NoPack, SearchUnavailable
from clerk.model import ItemHit, Items
from tests.glass import counter
from tests.ui.fake_desk import FakeDesk
from tests.ui.people import FILTER, FILTER_4, TEAPOT


async def test_rows_follow_the_letters_and_the_total_is_the_true_one() -> None:
    async with counter() as glass:
        await glass.press("f2")
        assert glass.has("Type part of a name")
        await glass.type("a")
        assert glass.has("of 1,204, type more")
        await glass.type("da")
        assert glass.has("Ada Lovelace")
        assert not glass.has("Ben Okri")


async def test_enter_opens_the_picked_member() -> None:
    async with counter() as glass:
        await glass.press("f2")
        await glass.type("okri")
        await glass.press("enter")
        await glass.see("No usual yet: 2 visits")
        assert ("open_member", "M-0002", "find") in glass.desk.calls


async def test_a_name_typed_on_the_start_screen_is_searched_for_on_enter() -> None:
    async with counter() as glass:
        await glass.type("cleo")
        assert glass.has("Look up: cleo")
        await glass.press("enter")
        await glass.see("Cleo Ferreira-Wójcik")
        assert glass.has("Find a member")


async def test_escape_clears_what_was_typed() -> None:
    async with counter() as glass:
        await glass.type("cleo")
        await glass.press("backspace", "escape")
        assert not glass.has("Look up")


async def test_a_misspelt_name_says_what_was_searched_for_instead() -> None:
    async with counter() as glass:
        await glass.press("f2")
        await glass.type("lovelase")
        assert glass.has("nothing for that; shown for “lovelace”")


async def test_nothing_found_is_a_sentence_that_says_what_to_do() -> None:
    async with counter() as glass:
        await glass.press("f2")
        await glass.type("zzz")
        assert glass.has("No member matches “zzz”")
        await glass.press("f3")
        assert glass.has("No item matches “zzz”")


async def test_words_come_at_once_and_meaning_is_merged_when_it_comes() -> None:
    async with counter() as glass:
        await glass.press("f3")
        await glass.type("filter")
        assert glass.has("meaning follows")
        await glass.press("down")
        text, done = glass.desk.meaning[-1]
        merged = (TEAPOT, FILTER, FILTER_4)
        done(
            text, Items(tuple(ItemHit(item, 0.5, "meaning" if item is TEAPOT else "both") for item in merged), 2, True)
        )
        await glass.see("Cast-iron teapot 0.6 l  (by meaning)")
        assert glass.has("▸ Filter papers no. 4")
        assert glass.has("by words and meaning")


async def test_meaning_that_comes_for_an_older_text_is_not_drawn() -> None:
    async with counter() as glass:
        await glass.press("f3")
        await glass.type("filter")
        text, done = glass.desk.meaning[0]
        done(text, Items((ItemHit(TEAPOT, 0.5, "meaning"),), 1, True))
        await glass.settle()
        assert not glass.has("teapot")


async def test_meaning_that_comes_after_find_was_left_is_not_drawn() -> None:
    async with counter() as glass:
        await glass.press("f3")
        await glass.type("fil")
        await glass.press("escape")
        text, done = glass.desk.meaning[-1]
        done(text, Items((ItemHit(TEAPOT, 0.5, "meaning"),), 1, True))
        await glass.settle()
        assert glass.has("Scan a member's card.")


async def test_without_an_encoder_find_says_by_words_only() -> None:
    desk = FakeDesk()
    desk.by_meaning = False
    async with counter(desk) as glass:
        await glass.press("f3")
        await glass.type("fil")
        assert glass.has("by words only")


async def test_a_search_that_fails_says_its_code_where_the_rows_would_be() -> None:
    async with counter() as glass:
        await glass.press("f3")
        glass.desk.fail_with = SearchUnavailable("The index is damaged.", "Tonight's build makes a new one.")
        await glass.type("f")
        assert glass.has("E400")
        assert glass.has("Tonight's build makes a new one.")


async def test_the_text_can_be_corrected_in_the_middle() -> None:
    async with counter() as glass:
        await glass.press("f2")
        await glass.type("aXda")
        await glass.press("left", "left", "backspace", "end")
        assert glass.app.counter.front.view.prompt.text == "ada"
        assert glass.has("Ada Lovelace")
        await glass.press("ctrl+u")
        assert glass.has("Type part of a name")


async def test_the_item_screen_shows_stock_with_the_age_of_its_count() -> None:
    async with counter() as glass:
        await glass.press("f3")
        await glass.type("no. 2")
        await glass.press("enter")
        await glass.see("out today, counted today 06:12")
        assert glass.has("Out today; nearest that is here")
        await glass.press("down", "enter")
        await glass.see("not counted here")
        assert glass.has("Milk: Oat +0.50 EUR (out), Soy")
        await glass.press("escape", "escape")
        assert glass.has("Find an item")


async def test_help_is_about_the_screen_it_was_called_from() -> None:
    async with counter() as glass:
        await glass.press("f1")
        assert glass.has("whatever is being typed")
        await glass.press("escape", "f4", "f1")
        assert glass.has("Read the usual aloud")
        await glass.press(*["pagedown"] * 4)
        assert glass.has("Half read")


async def test_without_a_pack_the_screen_says_the_code_and_the_remedy() -> None:
    error = NoPack("No store data is installed in this folder.", "Run `clerk build --shop sample`.")
    async with counter(fails=error) as glass:
        await glass.see("E201")
        assert glass.has("Run `clerk")
        await glass.scan("BCDFGHJKLNPRSTVXBCDFJRRX")
        assert glass.has("Nothing can be looked up")
        assert glass.app.is_running


async def test_the_palette_offers_only_what_records_nothing() -> None:
    async with counter() as glass:
        await glass.press("f4", "ctrl+p")
        await glass.see("shop: Scorecard")
        assert not glass.has("answer:")
        assert not glass.has("visit:")


async def test_the_theme_changes_and_the_text_stays() -> None:
    async with counter() as glass:
        before = glass.text
        await glass.press("ctrl+t")
        assert glass.app.theme == "clerk-light"
        assert glass.text == before


async def test_an_answer_says_what_was_understood_and_sets_apart_what_is_not_stated() -> None:
    async with counter() as glass:
        await glass.press("f3")
        await glass.type("filter")
        text, done = glass.desk.meaning[-1]
        hits = (ItemHit(FILTER, 0.9, "both"), ItemHit(FILTER_4, 0.8, "both", "plastic: not stated"))
        done(text, Items(hits, 2, True, ("without plastic",)))
        await glass.see("Understood: without plastic")
        assert glass.has("Not stated, ask before you offer it:")
        assert glass.has("plastic: not stated")


async def test_a_question_that_is_not_understood_says_so_in_place_of_rows() -> None:
    async with counter() as glass:
        await glass.press("f3")
        await glass.type("filter")
        text, done = glass.desk.meaning[-1]
        done(text, Items((), 0, True, (), "Not understood: nothing here is called so."))
        await glass.see("Not understood: nothing here is called so.")
        assert not glass.has("Filter papers")


async def test_the_total_counts_what_meaning_brought_as_well() -> None:
    async with counter() as glass:
        await glass.press("f3")
        await glass.type("filter")
        text, done = glass.desk.meaning[-1]
        done(text, Items((ItemHit(FILTER, 0.9, "both"), ItemHit(TEAPOT, 0.5, "meaning")), 40, True))
        await glass.see("2 of 41")
