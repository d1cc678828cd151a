"""A question on its way: while it is typed, through the search process, and by `clerk find`, always the same rules."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.clock import FixedClock
from clerk.desk import Desk
from clerk.model import Item, ItemHit, Items
from clerk.pack_build.build import build
from clerk.search.process.wire import content_of, items_from_json, line_of
from embeddings import open_bundle
from tests.embeddings.tiny import write_bundle

AT = 1_700_000_000
ROWS = [
    ("LATTE", "Latte", "Espresso and steamed milk.", "Drinks > Coffee", "3.70", "milk"),
    ("BLACK", "Black coffee", "Espresso and hot water.", "Drinks > Coffee", "3.00", "none"),
    ("ICED", "Iced coffee", "Over ice.", "Drinks > Coffee", "4.20", ""),
    ("KILO", "Coffee beans, 1 kg", "", "Beans", "30.00", "none"),
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    with (folder / "items.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("sku", "name", "description", "category", "price", "allergens"))
        rows.writerows(ROWS)
    (tmp_path / "home").mkdir()
    write_bundle(tmp_path / "home" / "encoder")
    build(folder, tmp_path / "home", clock=FixedClock(AT), encoder=open_bundle(tmp_path / "home" / "encoder"))
    return tmp_path / "home"


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    desk = Desk.open(home, clock=FixedClock(AT))
    yield desk
    desk.close()


def told(found: Items) -> list[tuple[str, str]]:
    return [(hit.item.sku, hit.note) for hit in found.hits]


def by_meaning(desk: Desk, text: str) -> Items:
    """Through the search process, as the find screen waits for it."""
    came, got = threading.Event(), []
    desk.finding.items_by_meaning(text, 10, lambda _, items: (got.append(items), came.set()))
    assert came.wait(60)
    return got[0]


def test_while_it_is_typed_what_does_not_fit_is_gone_at_once(desk: Desk) -> None:
    found = desk.finding.items("coffee without milk")
    assert found.understood == ("without milk",)
    assert told(found)[-1] == ("ICED", "milk: not stated")
    assert {sku for sku, note in told(found) if not note} == {"BLACK", "KILO"}


def test_typed_sent_and_commanded_a_question_is_understood_alike(desk: Desk) -> None:
    for text in ("coffee without milk under 10", "vegan", "cheapest coffee", "without milk"):
        ways = [desk.finding.items(text), by_meaning(desk, text), desk.finding.items_here(text)]
        assert len({way.understood for way in ways}) == 1
        for way in ways:
            assert "LATTE" not in [hit.item.sku for hit in way.hits] or "milk" not in text
    assert desk.finding.items("cheapest coffee").hits[0].item.sku == "BLACK"


def test_conditions_alone_list_what_is_stated_to_fit_and_a_shop_that_states_nothing_says_so(desk: Desk) -> None:
    assert {sku for sku, _ in told(desk.finding.items("without milk"))} == {"BLACK", "KILO"}
    nothing = desk.finding.items("vegan")
    assert nothing.hits == ()
    assert nothing.remark == "Nothing here is stated to be vegan. Look at the pack itself."


@pytest.mark.parametrize("weight", ["0.0", "1.0"])
def test_find_obeys_the_settings_of_search_as_the_search_process_does(home: Path, weight: str) -> None:
    (home / "settings.toml").write_text(f"[search]\nwords_weight = {weight}\nmeaning_weight = 0.0\n")
    desk = Desk.open(home, clock=FixedClock(AT))
    here, there = desk.finding.items_here("latte"), by_meaning(desk, "latte")
    desk.close()
    assert [hit.score for hit in here.hits] == [hit.score for hit in there.hits]
    assert here.hits[0].score == pytest.approx(float(weight), abs=1e-4)


hits = st.builds(
    ItemHit,
    st.builds(Item, st.integers(1, 9), st.text(max_size=4), st.text(max_size=9), diets=st.tuples(st.text(max_size=5))),
    st.floats(0, 1),
    st.sampled_from(("words", "meaning", "both")),
    st.text(max_size=9),
)


@given(
    st.builds(
        Items, st.lists(hits, max_size=3).map(tuple), st.integers(0, 9), st.booleans(),
        st.lists(st.text(max_size=9), max_size=2).map(tuple), st.text(max_size=9),
    )
)  # fmt: skip
def test_an_answer_comes_out_of_the_process_as_it_went_in(found: Items) -> None:
    assert items_from_json(content_of(line_of(asdict(found)))) == found
