"""Whole shops held against questions in arrays: the same as each item held against them by itself."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.search_questions import QUESTIONS
from clerk.clock import FixedClock
from clerk.pack.open import open_pack
from clerk.pack.read import PackReader
from clerk.pack_build.build import build
from clerk.search.fits import Fits, bases_of
from clerk.search.fitting import Fit, fit
from clerk.search.meaning import open_item_search, open_words
from clerk.search.question import understood
from clerk.search.vocabulary import FOLDER, vocabulary
from clerk.settings import SearchSettings

conditions = st.sampled_from(
    [f"without {name}" for name in vocabulary().things if name != "sweet"]
    + [name for name in vocabulary().diets if " " not in name]
    + [
        "not sweet",
        "under 5",
        "over 10",
        "between 4 and 9",
        "in stock",
        "without latex",
        "without palm oil",
        "no cheese",
    ]
)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> PackReader:
    """A chemist without an encoder."""
    folder, home = tmp_path_factory.mktemp("canonical"), tmp_path_factory.mktemp("home")
    (folder / "items.csv").write_bytes((QUESTIONS / "chemist_items.csv").read_bytes())
    (folder / "stock.csv").write_text("sku,on_hand\nSUN-30,0\nBRUSH,3\n")
    build(folder, home, clock=FixedClock(1_700_000_000))
    return PackReader(open_pack(home))


@given(st.lists(conditions, min_size=1, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_shop_at_once_is_judged_as_each_item_alone(reader: PackReader, asked: list[str]) -> None:
    question = understood(", ".join(asked))
    levels = Fits(reader, open_words(reader.pack, reader)).of(question, "GBP")
    items = reader.items(range(1, len(levels)))
    bases = bases_of(reader, items)
    assert {no: Fit(int(levels[no])) for no in items} == {
        no: fit(item, question, "GBP", bases.get(no))[0] for no, item in items.items()
    }
    assert levels[0] == Fit.NOT


@given(st.lists(conditions, min_size=1, max_size=2), st.sampled_from(("", "soap", "shampoo", "something for the skin")))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_answer_shows_what_does_not_fit_and_every_unknown_has_its_note(
    reader: PackReader, asked: list[str], noun: str
) -> None:
    search = open_item_search(reader.pack, reader, SearchSettings())
    text = f"{noun}, {', '.join(asked)}"
    question = understood(text)
    noted = [hit.note != "" for hit in search.search(text, 30).hits]
    assert noted == sorted(noted)
    for hit in search.search(text, 30).hits:
        level, note = fit(hit.item, question, "")
        assert level is not Fit.NOT
        assert hit.note == note


@pytest.fixture(scope="module", params=["de", "fr", "es", "ja"])
def spoken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> PackReader:
    """A shop of another language: every word by which something holds a thing, in a name, as a compound, in a text."""
    folder, home = tmp_path_factory.mktemp("canonical"), tmp_path_factory.mktemp("home")
    file = tomllib.loads((FOLDER / f"{request.param}.toml").read_text(encoding="utf-8"))
    words = sorted(
        {word.strip("*") for thing in file["thing"] for key in ("words", "holds", "alone", "traces", "not")
         for word in thing.get(key, ())}
    )  # fmt: skip
    compounds = [f"Xyl{word}" for word in words] + [f"{word}xyl" for word in words] + [f"{word}n" for word in words]
    with (folder / "items.csv").open("w", encoding="utf-8", newline="") as opened:
        rows = csv.writer(opened)
        rows.writerow(("sku", "name", "category", "description"))
        rows.writerows((f"N{no}", word, "Regal", "") for no, word in enumerate([*words, *compounds]))
        rows.writerows((f"T{no}", f"Ding {no}", "Regal", f"Etwas {word} darin") for no, word in enumerate(words))
    (folder / "store.toml").write_text(f'language = "{request.param}"\n')
    build(folder, home, clock=FixedClock(1_700_000_000))
    return PackReader(open_pack(home))


def test_a_shop_of_any_language_at_once_is_judged_as_each_item_alone(spoken: PackReader) -> None:
    """Words are kept without their endings; what holds cream is looked for with and without them."""
    fits = Fits(spoken, open_words(spoken.pack, spoken))
    search = open_item_search(spoken.pack, spoken, SearchSettings())
    asked = [f"without {name}" for name in vocabulary().things if name != "sweet"] + ["vegan", "vegetarian", "halal"]
    for text in asked:
        question = understood(text)
        levels = fits.of(question, "EUR")
        items = spoken.items(range(1, len(levels)))
        alone = {no: fit(item, question, "EUR")[0] for no, item in items.items()}
        wrong = {items[no].name: level for no, level in alone.items() if level != levels[no]}
        assert not wrong, text
        assert all(fit(hit.item, question, "EUR")[0] is not Fit.NOT for hit in search.search(f"Ding, {text}", 30).hits)


def test_a_word_index_of_a_few_items_still_tells_who_names_a_thing(reader: PackReader, tmp_path: Path) -> None:
    words = open_words(reader.pack, reader)
    items = reader.items(range(1, 40))
    milk = {item.sku for no, item in items.items() if no in words.holding(["milk"]).tolist()}
    assert milk == {"SOAP-GOAT"}
    assert {items[no].sku for no in words.holding(["*tril*"]).tolist()} == {"GLOVES-N"}


def test_a_no_that_was_not_understood_lists_nothing(reader: PackReader) -> None:
    found = open_item_search(reader.pack, reader, SearchSettings()).search("soap that isn't perfume free", 30)
    assert not found.hits
    assert found.remark.startswith("Not understood")
