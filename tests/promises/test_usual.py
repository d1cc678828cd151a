"""The usual: the whole line with its modifiers, ready to read aloud, or silence and why."""

from __future__ import annotations

from pathlib import Path

from clerk.model import AnswerKind, UsualState
from tests.promises.corner import COCONUT, OAT, REGULARS, WHOLE, At, built, counter_of, crowd, every, write


def test_the_usual_is_the_whole_line_with_its_modifiers(counter: At) -> None:
    with counter() as shop:
        screen = shop.screen("hal")
        assert "── Usual · 10 of the last 10 visits" in screen
        assert "1 × Latte, coconut milk" in screen
        assert "As last time, on 8 Mar." in screen


def test_the_usual_and_last_time_are_told_apart(counter: At) -> None:
    with counter() as shop:
        screen = shop.screen("lena")
        assert "  1 × Latte  " in screen
        assert "As last time (9 Mar): 1 × Fruit scone; 1 × Latte" in screen
        assert not shop.card("lena").usual.same_as_last


def test_the_usual_marks_what_is_out_today_and_offers_what_the_member_would_take(counter: At) -> None:
    with counter() as shop:
        screen = shop.screen("hal")
        assert "1 × Latte, coconut milk" in screen
        assert "! Coconut is out → offer Oat" in screen


def test_the_usual_offers_the_members_own_second_choice(tmp_path: Path) -> None:
    own = [*every(2, 12, [("LATTE", COCONUT)]), *every(2, 3, [("LATTE", OAT)], last=26)]
    home = built(write(tmp_path / "f", {"hal": own, **crowd()}), tmp_path / "h")
    with counter_of(home)() as shop:
        assert "! Coconut is out → offer Oat" in shop.screen("hal")


def test_the_usual_says_what_changed(counter: At) -> None:
    with counter() as shop:
        assert "Flat white: since 29 Jan with oat milk, before with whole milk" in shop.screen("ida")
        assert shop.card("ada").usual.changed == ""


def test_the_usual_is_silent_below_the_threshold_and_names_the_rule(counter: At) -> None:
    with counter() as shop:
        assert "No usual yet: 2 visits. Shown from 3." in shop.screen("ben")
        assert shop.card("ben").usual.lines == ()


def test_the_usual_is_not_said_where_only_often_is_true(tmp_path: Path) -> None:
    turns = [(day, ["FW"] if day % 10 in (2, 4, 8) else ["LATTE"]) for day in range(2, 62, 2)]
    home = built(write(tmp_path / "f", {"ada": turns, **crowd()}), tmp_path / "h")
    with counter_of(home)() as shop:
        assert shop.card("ada").usual.state is UsualState.OFTEN
        screen = shop.screen("ada")
        assert "── Often · " in screen
        assert "── Usual" not in screen


def test_the_usual_is_true_at_the_level_where_it_is_said(tmp_path: Path) -> None:
    milks = (OAT, WHOLE, "")
    mixed = [(2 * step + 2, [("FW", milks[step % 3])]) for step in range(18)]
    home = built(write(tmp_path / "f", {"ada": mixed, **crowd()}), tmp_path / "h")
    with counter_of(home)() as shop:
        (line,) = shop.card("ada").usual.lines
        assert (line.level, line.modifiers) == ("item", ())
        assert "made differently" in shop.card("ada").usual.why


def test_the_usual_warns_of_what_the_member_must_not_have(counter: At) -> None:
    with counter() as shop:
        shop.record(shop.desk.records.fact("ada", "allergen", "milk"))
        screen = shop.screen("ada")
        assert "! must not have: milk" in screen
        assert "! contains milk." in screen


def test_the_usual_survives_one_other_cup(tmp_path: Path) -> None:
    once = [*REGULARS["ada"], (1, [("LATTE", COCONUT)])]
    home = built(write(tmp_path / "f", {"ada": once, **crowd()}), tmp_path / "h")
    with counter_of(home)() as shop:
        screen = shop.screen("ada")
        assert "1 × Flat white, oat milk" in screen
        assert "As last time (9 Mar): 1 × Latte, coconut milk" in screen


def test_the_usual_is_not_what_was_suggested_and_taken_once(counter: At) -> None:
    with counter() as shop:
        shop.visit("ben", ("TONIC", AnswerKind.TOOK))
        assert shop.card("ben").usual.lines == ()
