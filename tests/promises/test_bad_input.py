"""Whatever the data holds, a scan opens the member: each absurdity degrades to a stated fallback."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from clerk.model import AnswerKind, ConsentState, DueState, Purpose, UsualState
from clerk.model.learned import STATES, ModelState
from clerk.visit.habits.hazard import FACTS
from tests.promises.corner import NAMES, OAT, REGULARS, built, counter_of, crowd, every, write

CROWD = crowd()


def shop_with(tmp_path: Path, visits: list[Any], learn: Any = None, **changed: Any) -> Any:
    """A counter in a shop where `odd` has these visits."""
    folder = write(tmp_path / "f", {"odd": visits, "ada": REGULARS["ada"], **CROWD}, **changed)
    return counter_of(built(folder, tmp_path / "h", learn))()


def test_a_member_with_one_line(tmp_path: Path) -> None:
    with shop_with(tmp_path, [(3, ["FW"])]) as shop:
        screen = shop.screen("odd")
        assert "No usual yet: 1 visit. Shown from 3." in screen
        assert "As last time (7 Mar): 1 × Flat white" in screen
        assert shop.card("odd").due == ()


def test_a_member_with_twenty_thousand_lines(tmp_path: Path) -> None:
    heavy = [(0.1 + 0.5 * number, ["FW", "CROISSANT", "BEANS", "SENCHA"]) for number in range(5_000)]
    with shop_with(tmp_path, heavy) as shop:
        card = shop.card("odd")
        assert card.baskets == 5_000
        assert "10 of the last 10 visits" in card.usual.why
        assert len(card.history) == 40
        assert shop.why("odd", "KETTLE").line.startswith("Not suggested:")


def test_dates_in_the_future_are_left_out_until_they_have_come(tmp_path: Path) -> None:
    with shop_with(tmp_path, [*every(2, 10, ["FW"]), (-5, ["KETTLE"]), (-9_000, ["SENCHA"])]) as shop:
        screen = shop.screen("odd")
        assert "last visit 2 days ago · 10 visits" in screen
        assert "kettle" not in screen
        assert shop.stopped_by("odd", "KETTLE") != "durable, bought already"
    with counter_of(tmp_path / "h")(6) as shop:
        assert "Steel kettle" in shop.screen("odd")
        assert shop.stopped_by("odd", "KETTLE") == "durable, bought already"


def test_a_return_without_a_sale_cancels_nothing_and_is_no_taste(tmp_path: Path) -> None:
    back = [(3, [("CROISSANT", "", 1, "return")]), *every(2, 8, [("FW", OAT)], last=4)]
    with shop_with(tmp_path, back) as shop:
        screen = shop.screen("odd")
        assert "1 × Flat white, oat milk" in screen
        assert "8 visits" in screen
        assert "[return]" in screen
        assert "Bought it" not in shop.why_words("odd", "CROISSANT")


def test_a_member_who_brought_everything_back(tmp_path: Path) -> None:
    both = [*every(4, 6, ["FW"], last=5), *[(5.0 + 4 * n - 0.5, [("FW", "", 1, "return")]) for n in range(6)]]
    with shop_with(tmp_path, both) as shop:
        assert "No usual yet: no purchases of their own so far." in shop.screen("odd")
        assert shop.card("odd").due == ()


def test_an_item_nobody_bought(tmp_path: Path) -> None:
    with shop_with(tmp_path, REGULARS["ada"]) as shop:
        why = shop.why("odd", "GHOST")
        assert why.line == "Not suggested: there is no reason to mention it."
        assert shop.desk.finding.item("GHOST").item.name == "Elderflower cordial"


@pytest.mark.parametrize("quantity", ["-3", "0", "90000", "0.001", "-99999"])
def test_negative_and_absurd_quantities(tmp_path: Path, quantity: str) -> None:
    odd = [*every(2, 8, [("FW", OAT)], last=4), (2, [("FW", OAT, quantity)])]
    with shop_with(tmp_path, odd) as shop:
        card = shop.card("odd")
        (line,) = card.usual.lines
        assert (line.item.sku, line.quantity) == ("FW", 1)
        # Three pieces brought back are three purchases less; a return of everything and more is a slip of the key.
        assert card.baskets == {"-3": 5, "-99999": 7, "0": 8}.get(quantity, 9)


BAD_MODELS: dict[str, Any] = {
    "nothing at all": {},
    "not objects": {"usual": 7, "due": "x", "next": [1, 2], "value": None, "stats": "?"},
    "another shop's shapes": {
        "usual": {"usual": [0.7], "often": "half"},
        "due": {"names": ["a"], "mean": [0.0], "scale": [1.0], "weight": [1.0], "bias": 0.0, "horizon_days": 14},
        "next": {"names": [], "stages": [], "calibration": [0, 1, 0]},
        "value": {"r": "many", "cutoffs": 3},
    },
    "numbers that are none": {
        "usual": {"usual": float("nan"), "often": float("inf"), "kind_often": -1, "decay": 0},
        "due": {"names": None, "horizon_days": float("nan")},
        "next": {"names": None, "calibration": [float("nan")] * 3},
        "value": {"r": float("nan"), "alpha": 1, "a": 1, "b": 1, "cutoffs": [], "best_past": 1},
    },
    "a newer Clerk's": {"usual": {"version": 9}, "due": {"version": 9}, "next": {"version": 9}, "future": {}},
}


@pytest.mark.parametrize("what", BAD_MODELS)
def test_a_model_that_cannot_be_used_leaves_the_stated_fallback(tmp_path: Path, what: str) -> None:
    with shop_with(tmp_path / "plain", REGULARS["ada"]) as shop:
        wanted = shop.card("odd")
    with shop_with(tmp_path, REGULARS["ada"], lambda *_: BAD_MODELS[what]) as shop:
        card = shop.card("odd")
        assert (card.usual.lines, [one.item.sku for one in card.due]) == (
            wanted.usual.lines, [one.item.sku for one in wanted.due],
        )  # fmt: skip
        states = shop.desk.pack._parts.cards.shop_facts.models_in_use()
        assert set(states) == {"usual", "due", "next", "value", "suggest"}
        assert not [state for state in states.values() if state.startswith("fitted")]


def test_a_model_with_weights_beyond_all_bounds_breaks_no_scan(tmp_path: Path) -> None:
    many = len(FACTS)
    wild = {
        "due": {
            "names": list(FACTS), "horizon_days": 14, "mean": [0.0] * many, "scale": [1e-300] * many,
            "weight": [1e300] * many, "bias": 0.0,
        }
    }  # fmt: skip
    with shop_with(tmp_path, REGULARS["ada"], lambda *_: wild) as shop:
        for due in shop.card("odd").due:
            assert 0 <= due.probability <= 1
            assert due.state in DueState


def test_thresholds_of_the_night_never_say_often_of_what_is_seldom(tmp_path: Path) -> None:
    seldom = [(2 * number + 2, [("FW", "SCONE", "SENCHA")[number % 3]])
              for number in range(30)]  # fmt: skip
    low = {"usual": {"usual": 0.2, "often": 0.1, "kind_often": 0.1, "decay": 0.9}}
    with shop_with(tmp_path, seldom, lambda *_: low) as shop:
        assert shop.card("odd").usual.state is UsualState.NOT_YET


def test_a_shop_with_only_the_required_columns(tmp_path: Path) -> None:
    folder = write(tmp_path / "f", {"ada": REGULARS["ada"], **CROWD})
    for table in ("stock", "modifiers", "consents", "privileges"):
        (folder / f"{table}.csv").unlink()
    (folder / "store.toml").unlink()
    for table, kept in (("items", 2), ("members", 1), ("lines", 5)):
        path = folder / f"{table}.csv"
        rows = [line.split(",")[:kept] for line in path.read_text(encoding="utf-8").splitlines()]
        path.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    with counter_of(built(folder, tmp_path / "h"))() as shop:
        screen = shop.screen("ada")
        assert "1 × Flat white" in screen
        assert "Not asked yet about suggestions: ^G shows what to read out." in screen
        shop.record(shop.desk.records.consent("ada", Purpose.SUGGEST, ConsentState.GIVEN))
        screen = shop.screen("ada")
        assert "not counted" in screen
        assert shop.why("ada", "GHOST").line.startswith("Not suggested:")


def test_every_odd_member_can_be_answered_and_undone(tmp_path: Path) -> None:
    odd = {"one": [(3, ["FW"])], "never": [], "back": [(3, [("FW", "", 1, "return")])], "late": [(-4, ["FW"])]}
    folder = write(tmp_path / "f", {**odd, **CROWD})
    with counter_of(built(folder, tmp_path / "h"))() as shop:
        for who in odd:
            assert who not in NAMES
            card = shop.desk.visit.open(who, "scan")
            shop.desk.visit.drawn(card.visit_id)
            for one in card.suggestions:
                shop.desk.visit.answer(card.visit_id, one.item.sku, AnswerKind.NEVER).result(10)
            assert shop.undo().result(10) is not None or not card.suggestions
            shop.desk.visit.end("next")


def test_what_is_not_learned_is_said_with_its_reason_and_what_stands_in(tmp_path: Path) -> None:
    states = {"due": asdict(ModelState(why="212 of the 2,000 needed pairs")), "value": asdict(ModelState(left_out=3))}
    with shop_with(tmp_path, REGULARS["ada"], lambda *_: {STATES: states}) as shop:
        said = shop.desk.pack._parts.cards.shop_facts.models_in_use()
        assert said["due"] == "renewal estimate (not learned: 212 of the 2,000 needed pairs)"
        assert said["value"].endswith("(3 members left out, whose line items cannot be learned from)")
        assert said["usual"] == "thresholds of the kind of shop"
