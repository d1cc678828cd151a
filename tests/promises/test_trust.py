"""Velvet rope · A discovery budget · Permission and plain reasons."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clerk.errors import NotKept
from clerk.model import AnswerKind, ConsentState, Gate, Purpose
from clerk.visit.feedback import undo_event
from tests.promises.corner import REGULARS, At, built, counter_of, crowd, every, write

# ---- Velvet rope: a tier is concrete things an associate may do; tiny at the counter; nobody is treated worse.


def test_velvet_rope_a_tier_is_things_that_may_be_done_today(counter: At) -> None:
    with counter() as shop:
        screen = shop.screen("ada")
        assert "may have: A drink one size up; First pick of the new roast" in screen
        assert screen.splitlines()[0].count("Gold") == 1
        assert "may have" not in shop.screen("cleo")


def test_velvet_rope_a_privilege_that_has_ended_is_not_promised(tmp_path: Path) -> None:
    folder = write(tmp_path / "f", {**REGULARS, **crowd()})
    (folder / "privileges.csv").write_text("tier,text,until\nGold,A drink one size up,2026-01-31\n", encoding="utf-8")
    with counter_of(built(folder, tmp_path / "h"))() as shop:
        assert "may have" not in shop.screen("ada")


def test_velvet_rope_a_good_member_who_stays_away_is_noticed(counter: At) -> None:
    with counter() as shop:
        words = " ".join(shop.screen("jon").split())
        assert "! slipping: usually here every 9 days, last here 6 weeks ago" in words
        assert "slipping" not in shop.screen("ada")


def test_velvet_rope_nobody_is_treated_worse(tmp_path: Path) -> None:
    people = {**REGULARS, **crowd()}
    seen = []
    for number, tiers in enumerate(({}, {"ada": "Gold", "cleo": "Gold"}, {"ada": "Silver", "cleo": "Barred"})):
        home = built(write(tmp_path / f"f{number}", people, tiers=tiers), tmp_path / f"h{number}")
        with counter_of(home)() as shop:
            cards = [shop.card(who) for who in people]
            seen.append([(one.usual.lines, one.due, one.suggestions, one.silence, one.discovery) for one in cards])
    assert seen[0] == seen[1] == seen[2]


VALUE = {
    "r": 0.25, "alpha": 4.5, "a": 0.8, "b": 2.4, "p": None, "q": None, "gamma": None,
    "cutoffs": [[0.1, 20.0]], "best_past": 10.0,
}  # fmt: skip


def test_velvet_rope_places_go_by_what_is_expected_and_not_by_past_spend(tmp_path: Path) -> None:
    # Ten times the spend, over a year ago: what is gone for good is no reason for a place today.
    people = {"now": every(4, 20, ["FW"]), "once": every(1, 40, [("FW", "", 10)], last=400), **crowd()}
    folder = write(tmp_path / "f", people, tiers={})
    with counter_of(built(folder, tmp_path / "h", lambda *_: {"value": VALUE}))() as shop:
        assert shop.card("now").member.tier == "Gold"
        assert "may have: A drink one size up" in shop.screen("now")
        assert shop.card("once").member.tier == ""


# ---- A discovery budget: at most one house pick, last, labelled, earned; one bad reaction closes it for long.


def test_discovery_at_most_one_house_pick_always_last_and_labelled(counter: At) -> None:
    with counter() as shop:
        seen = 0
        for who in [*REGULARS, *crowd()]:
            sources = [one.source for one in shop.card(who).suggestions]
            assert sources.count("house") <= 1
            assert "house" not in sources[:-1]
            seen += "house" in sources
        assert seen > 20
        assert "House pick: chosen by the shop" in shop.screen("cleo")


def test_discovery_is_spent_by_showing_and_earned_by_what_is_taken(counter: At) -> None:
    with counter() as shop:
        assert "House picks: 1 left, everybody starts with one; today's spends one." in shop.screen("cleo")
        shop.visit("cleo")
    with counter(1) as shop:
        assert "house" not in [one.source for one in shop.card("cleo").suggestions]
        assert "House picks rest: none is left, and the next suggestion taken earns one." in shop.screen("cleo")
        shop.visit("cleo", ("CROISSANT", AnswerKind.TOOK))
    with counter(2) as shop:
        assert "earned by suggestions taken" in shop.card("cleo").discovery
        assert [one.source for one in shop.card("cleo").suggestions][-1:] == ["house"]


def test_discovery_is_not_spent_by_a_card_nobody_saw(counter: At) -> None:
    with counter() as shop:
        shop.visit("cleo", drawn=False)
        shop.visit("cleo", end="scan")
    with counter(1) as shop:
        assert [one.source for one in shop.card("cleo").suggestions][-1:] == ["house"]


@pytest.mark.parametrize("answer", [AnswerKind.NOT_NOW, AnswerKind.NEVER])
def test_discovery_one_bad_reaction_closes_it_for_a_long_time(counter: At, answer: AnswerKind) -> None:
    with counter() as shop:
        shop.visit("cleo", ("CROISSANT", AnswerKind.TOOK))
    with counter(1) as shop:
        pick = shop.card("cleo").suggestions[-1]
        assert pick.source == "house"
        card = shop.visit("cleo", (pick.item.sku, answer))
        assert card.discovery.startswith("House picks are closed until ")
    with counter(150) as shop:
        assert "house" not in [one.source for one in shop.card("cleo").suggestions]
        words = shop.card("cleo").discovery
        assert re.fullmatch(rf"House picks are closed until \d+ Sep 2026: said no to {pick.item.name} .* ago\.", words)
    with counter(200) as shop:
        assert "closed" not in shop.card("cleo").discovery


def test_discovery_never_takes_the_place_of_something_of_their_own(tmp_path: Path) -> None:
    people = {**REGULARS, **crowd()}
    # Three things that go with flat whites, from three parts of the shop.
    for number in range(20):
        people[f"c{number:02}"].extend(every(6, 6, ["FW", "CROISSANT", "BEANS", "KETTLE"], last=2.2))
    home = built(write(tmp_path / "f", people, house=("TONIC",)), tmp_path / "h")
    with counter_of(home)() as shop:
        card = shop.card("ida")
        assert len(card.suggestions) == 3
        assert "house" not in [one.source for one in card.suggestions]
        assert card.discovery.endswith("today their own come first.")


def test_discovery_passes_every_gate(counter: At) -> None:
    with counter() as shop:
        pick = shop.card("cleo").suggestions[-1].item.sku
        shop.record(shop.desk.records.answer("cleo", pick, AnswerKind.NEVER))
        assert pick not in shop.skus("cleo")
    with counter() as shop:
        shop.record(shop.desk.records.fact("dan", "allergen", "gluten"))
        assert "CARDAMOM" not in shop.skus("dan")
        assert shop.stopped_by("dan", "CARDAMOM") == Gate.ALLERGEN


def test_discovery_says_what_is_rising_only_when_it_is(tmp_path: Path) -> None:
    people = {**REGULARS, **crowd()}
    for number in range(12):
        people[f"n{number}"] = [*every(2, 60, ["LATTE", "SCONE"], last=40), *every(9, 3, ["TONIC"], last=4)]
    home = built(write(tmp_path / "f", people, house=()), tmp_path / "h")
    with counter_of(home)() as shop:
        lines = {one.reason.line for who in people for one in shop.card(who).suggestions if one.source == "house"}
        assert "House pick: rising, in 36 baskets of the latest four weeks" in lines


# ---- Permission and plain reasons: purposes one by one, nothing sensitive, one true line, why and why not.


def test_permission_without_agreement_nothing_is_suggested(counter: At) -> None:
    with counter() as shop:
        screen = shop.screen("finn")
        assert "── Due · not shown" in screen
        assert shop.skus("finn") == []
        assert screen.count("– Has said no to suggestions.") == 1
        assert shop.stopped_by("finn", "CROISSANT") == Gate.NO_OPT_IN


def test_permission_is_given_and_withdrawn_one_by_one_and_seen_at_once(counter: At) -> None:
    with counter() as shop:
        records = shop.desk.records
        shop.record(records.consent("finn", Purpose.SUGGEST, ConsentState.GIVEN))
        assert shop.skus("finn") != []
        shop.record(records.consent("finn", Purpose.SUGGEST, ConsentState.WITHDRAWN))
        assert shop.skus("finn") == []
        shop.record(records.consent("finn", Purpose.SUGGEST, ConsentState.GIVEN))
        assert shop.skus("finn") != []
        shop.record(records.consent("finn", Purpose.SUGGEST, ConsentState.WITHDRAWN))
        assert "Usual" in shop.screen("finn")
        shop.record(records.consent("finn", Purpose.REMEMBER, ConsentState.WITHDRAWN))
        screen = shop.screen("finn")
        assert "Not shown: has not agreed to be remembered." in screen
        # The shop still has their purchases: that there are none would be wrong.
        assert not any(told in screen for told in ("No usual yet", "nothing on record", "nothing at the moment"))
        assert "Flat white" not in screen
        assert Purpose.CONTACT not in shop.card("ada").allowed


def test_permission_records_the_wording_that_was_agreed_to(counter: At) -> None:
    with counter() as shop:
        record = shop.desk.records.consent("finn", Purpose.CONTACT, ConsentState.GIVEN)
        assert record.payload["wording"]
        assert record.payload["basis"]
        shop.record(record)
        assert shop.statements("finn")[0].words == f"agreed to contact (wording {record.payload['wording']})"


def test_permission_sensitive_things_are_never_shown_nor_inferred_from(counter: At) -> None:
    with counter() as shop:
        assert "plasters" not in shop.screen("gwen").lower()
        assert "PLASTERS" not in shop.skus("gwen")
        assert shop.stopped_by("gwen", "PLASTERS") == Gate.SENSITIVE
        for one in shop.card("gwen").suggestions:
            assert "plasters" not in " ".join((one.reason.line, *one.reason.evidence)).lower()


def test_permission_what_is_sensitive_is_not_even_named_as_held_back(tmp_path: Path) -> None:
    people = {**REGULARS, **crowd(), **{f"p{n}": every(6, 6, ["FW", "PLASTERS"], last=2.5) for n in range(25)}}
    home = built(write(tmp_path / "f", people), tmp_path / "h")
    with counter_of(home)() as shop:
        for who in people:
            card = shop.card(who)
            assert "PLASTERS" not in [one.item.sku for one in card.withheld]
            assert "plasters" not in " ".join(card.silence).lower()
            assert "plasters" not in shop.screen(who).lower()
        assert shop.stopped_by("ada", "PLASTERS") == Gate.SENSITIVE


def test_permission_every_suggestion_has_one_true_line_and_evidence_that_can_be_checked(counter: At) -> None:
    with counter() as shop:
        for who in REGULARS:
            card = shop.card(who)
            lines = {line.line for line in card.history}
            for one in card.suggestions:
                assert one.reason.line
                assert "\n" not in one.reason.line
                assert one.reason.evidence
                assert set(one.reason.lines) <= lines
        (due,) = (one for one in shop.card("ada").due if one.item.sku == "BEANS")
        assert due.why == "Buys it about every 12 days, last 14 days ago"
        told = shop.why_words("ada", "BEANS")
        assert "Bought it in 5 of 25 visits, first 7 Jan 2026, last 24 Feb 2026." in told
        company = next(one for one in shop.card("ada").suggestions if one.item.sku == "CROISSANT")
        baskets = sum("FW" in [thing if isinstance(thing, str) else thing[0] for thing in things]
                      for visits in ({**REGULARS, **crowd()}).values() for _, things in visits)  # fmt: skip
        assert company.reason.line == f"Bought with Flat white in 100 of {baskets} visits here"


def test_permission_do_not_use_this_is_obeyed_at_once_and_taken_back(counter: At) -> None:
    with counter() as shop:
        reason = next(one.reason for one in shop.card("ada").suggestions if one.item.sku == "CROISSANT")
        assert reason.rests_on == "FW"
        shop.desk.visit.open("ada", "scan")
        card = shop.in_visit(shop.desk.records.strike("ada", sku=reason.rests_on))
        assert "CROISSANT" not in [one.item.sku for one in card.suggestions]
        assert "Flat white" not in shop.screen("ada")
        shop.desk.visit.open("ada", "scan")
        assert shop.desk.records.last_undoable("ada").kind == "strike"
        shop.record(undo_event("ada", shop.desk.records.last_undoable("ada")))
        assert "CROISSANT" in shop.skus("ada")


@pytest.mark.parametrize("what", ["line", "category", "period"])
def test_permission_a_line_a_category_or_a_period_is_struck_out(counter: At, what: str) -> None:
    with counter() as shop:
        line = shop.line("ada", "BEANS")
        chosen = {"line": {"line": line}, "category": {"category": "Provisions"}, "period": {"period": (0, 2**40)}}
        shop.record(shop.desk.records.strike("ada", **chosen[what]))
        card = shop.card("ada")
        assert line not in [one.line for one in card.history]
        assert "BEANS" not in [due.item.sku for due in card.due] or what == "line"
        if what == "category":
            assert shop.stopped_by("ada", "SENCHA") == Gate.STRUCK_OUT
        if what == "period":
            assert (card.baskets, card.history, card.usual.lines) == (0, (), ())


def test_permission_dislikes_and_hard_facts_are_obeyed(counter: At) -> None:
    with counter() as shop:
        shop.record(shop.desk.records.fact("ada", "dislike", "croissants"))
        assert "CROISSANT" not in shop.skus("ada")
        assert shop.stopped_by("ada", "CROISSANT") == Gate.DISLIKED
        shop.record(shop.desk.records.fact("cleo", "allergen", "gluten"))
        assert shop.stopped_by("cleo", "CROISSANT") == Gate.ALLERGEN
        assert "must not have: gluten" in shop.screen("cleo")


def test_permission_no_payment_card_number_is_ever_kept(counter: At) -> None:
    with counter() as shop:
        with pytest.raises(NotKept):
            shop.desk.records.fact("ada", "note", "pays with 4111 1111 1111 1111")
        assert shop.desk.records.statements("ada") == ()


def test_permission_why_not_is_answered_for_any_item(counter: At) -> None:
    with counter() as shop:
        for who in REGULARS:
            for sku in ("FW", "CROISSANT", "KETTLE", "PLASTERS", "GHOST", "MUFFIN"):
                why = shop.why(who, sku)
                assert why.line.startswith("Suggested because:" if why.suggested else ("Not suggested:", "Under due:"))
                assert why.suggested == (sku in shop.skus(who))


def test_discovery_one_pick_is_shown_at_one_counter_only_so_often(counter: At, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "settings.toml").write_text("[discovery]\nexposure_at_most = 2\n", encoding="utf-8")
    shown: list[str] = []
    with counter() as shop:
        for who in crowd():
            shown += [one.item.sku for one in shop.visit(who).suggestions if one.source == "house"]
    assert sorted(shown) == ["CARDAMOM", "CARDAMOM", "TONIC", "TONIC"]
    # Also after the counter was closed and opened again.
    with counter(1) as shop:
        assert "house" not in [one.source for one in shop.card("kim").suggestions]
        words = [shop.why_words(who, "TONIC") for who in crowd()]
        assert any("Shown here 2 times in 7 days already." in told for told in words)
    with counter(8) as shop:
        assert "house" in [one.source for one in shop.card("kim").suggestions]
