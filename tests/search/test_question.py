"""Taking a question apart: what must not be in it, what it has to suit, what it may cost, and what is left."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.search.question import Price, Question, understood
from clerk.search.vocabulary import FOLDER, vocabulary, words_in

ENGLISH_NOS = (
    "without",
    "no",
    "with no",
    "free of",
    "free from",
    "hold the",
    "avoid",
    "allergic to",
    "can't have",
    "not",
)
ALLERGENS = ("milk", "dairy", "nuts", "gluten", "wheat", "eggs", "soya", "sesame", "mustard", "peanuts", "fish")
NOUNS = ("cake", "a sandwich", "biscuits", "something", "bread", "a drink", "soup", "granola", "chocolate")


def things(text: str) -> set[str]:
    return {thing.name for thing in understood(text).things}


def wider(text: str) -> set[str]:
    """Things, a part of one counted as the whole of it."""
    return {thing.part_of or thing.name for thing in understood(text).things}


@given(st.sampled_from(NOUNS), st.sampled_from(ENGLISH_NOS), st.sampled_from(ALLERGENS))
def test_a_no_before_an_allergen_is_heard_after_any_noun(noun: str, no: str, allergen: str) -> None:
    assert wider(f"{noun} {no} {allergen}") == things(f"no {allergen}")
    assert things(f"no {allergen}") & set(vocabulary().things)


@given(
    st.sampled_from(NOUNS),
    st.sampled_from(ALLERGENS),
    st.sampled_from(("{}-free {}", "{} free {}", "{1}, {0} allergy")),
)
def test_free_after_an_allergen_is_heard(noun: str, allergen: str, form: str) -> None:
    assert wider(form.format(allergen, noun)) == things(f"no {allergen}")


@given(st.sampled_from(sorted(name for name in vocabulary().diets)), st.sampled_from(NOUNS), st.booleans())
def test_no_diet_is_hidden_by_the_words_around_it(diet: str, noun: str, before: bool) -> None:
    """ "Vegan cheese" is a phrase of its own among the things without milk, and still asks for something vegan."""
    words = {"in pregnancy": "pregnant", "for diabetics": "diabetic"}.get(diet, diet)
    text = f"{words} {noun}" if before else f"{noun} for a {words} friend"
    assert [one.name for one in understood(text).diets] == [diet]


def test_no_phrase_of_what_has_none_of_a_thing_hides_a_no() -> None:
    """ "Nut free" in such a list once made a thing of its own of "nut-free cake"."""
    known = vocabulary()
    for file in FOLDER.glob("*.toml"):
        for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("thing", ()):
            for phrase in entry.get("not", ()):
                words = words_in(phrase)
                assert not any(one.at((word,), 0) for word in words for one in (known.without, known.free)), phrase


@pytest.mark.parametrize("text", ["vegan cheese", "vegan sausage", "vegan butter under 5", "vegetarian sausage"])
def test_a_diet_word_inside_a_longer_phrase_is_heard(text: str) -> None:
    assert understood(text).diets


def test_biscuits_free_of_nuts_are_without_nuts_and_not_free_of_biscuits() -> None:
    assert things("biscuits free of nuts") == {"nuts"}
    assert understood("biscuits free of nuts").rest == "biscuits"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cake, no nuts, no eggs or milk", {"nuts", "eggs", "milk"}),
        ("nut and gluten free cake", {"nuts", "gluten"}),
        ("without milk and eggs", {"milk", "eggs"}),
        ("she can't have dairy", {"milk"}),
        ("lactose intolerant", {"lactose"}),
        ("for a coeliac", {"gluten"}),
        ("unsweetened", {"sugar"}),
        ("alcohol-free beer", {"alcohol"}),
        ("non-alcoholic", {"alcohol"}),
        ("without palm oil", {"palm oil"}),
        ("non-stick pan", {"stick"}),
        ("Kaffee ohne Milch", {"milk"}),
        ("glutenfreier Kuchen", {"gluten"}),
        ("laktosefrei", {"lactose"}),
        ("un gâteau sans lait", {"milk"}),
        ("sans fruits à coque", {"nuts"}),
        ("pastel sin leche", {"milk"}),
        ("algo para celíacos", {"gluten"}),
        ("牛乳なしのコーヒー", {"milk"}),
        ("卵アレルギー", {"eggs"}),
    ],
)
def test_what_must_not_be_in_it(text: str, expected: set[str]) -> None:
    assert things(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vegane Schokolade", "vegan"),
        ("gâteau végétarien", "vegetarian"),
        ("algo vegano", "vegan"),
        ("ヴィーガン", "vegan"),
        ("is there something for a diabetic?", "for diabetics"),
    ],
)
def test_a_diet_is_heard_in_other_languages_too(text: str, expected: str) -> None:
    assert [diet.name for diet in understood(text).diets] == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("under 10", Price(most=10, below=True)),
        ("no more than 10 euro", Price(most=10, currency="EUR")),
        ("less than £6.50", Price(most=6.5, below=True, currency="GBP")),
        ("over 20", Price(least=20, above=True)),
        ("between 5 and 10", Price(5, 10)),
        ("between £5 and £10", Price(5, 10, currency="GBP")),
        ("under 80p", Price(most=80, below=True, currency="", hundredths=True)),
        ("unter 1.200 Euro", Price(most=1200, below=True, currency="EUR")),
        ("moins de 4,50 euros", Price(most=4.5, below=True, currency="EUR")),
    ],
)
def test_a_price_is_heard(text: str, expected: Price) -> None:
    assert understood(text).prices == (expected,)
    assert understood(text).rest == ""


@pytest.mark.parametrize(
    "text",
    ["milk under 500 ml", "no. 4 filter papers", "free range eggs", "not sure", "over 18 years", "flat white",
     "oat milk", "lait d'avoine", "gloves size 8", "for free"],
)  # fmt: skip
def test_what_only_looks_like_a_condition_is_searched_as_it_was_typed(text: str) -> None:
    question = understood(text)
    assert question.is_plain
    assert question.rest == text


def test_what_is_left_is_searched() -> None:
    assert understood("a cake without nuts under 5 pounds").rest == "a cake"
    assert understood("something without milk").rest == ""
    assert understood("vegan sandwich").rest == "sandwich"
    assert understood("vegan sandwich").meant == "vegan sandwich"


def test_the_weather_is_not_what_is_asked_for() -> None:
    assert understood("something warm for a cold evening").qualities == ("hot",)
    assert "cold" not in understood("something warm for a cold evening").rest
    assert understood("a drink for a hot afternoon").qualities == ("cold",)
    assert understood("hot chocolate").qualities == ("hot",)
    assert "coffee" not in understood("something to eat with coffee").rest


@given(st.text(max_size=60))
def test_any_text_can_be_read_and_a_plain_one_stays_as_it_is(text: str) -> None:
    question = understood(text)
    assert isinstance(question, Question)
    if question == Question(text.strip()):
        assert question.is_plain


@given(st.text(alphabet="abc no milk free-,'ß牛乳なし 10€", max_size=40))
def test_a_question_of_conditions_never_loses_what_must_not_be_in_it(text: str) -> None:
    """Whatever stands around it, "without milk" at the end is heard."""
    assert "milk" in wider(f"{text} . without milk")


IN_EVERY_LANGUAGE = {
    "en": (("intolerant to", "intolerance to", "allergic to", "allergy to"),
           {"nuts": "nuts", "gluten": "gluten", "milk": "milk", "eggs": "eggs"}),
    "de": (("allergisch gegen", "Allergie gegen", "intolerant gegen", "Unverträglichkeit gegen"),
           {"Nüsse": "nuts", "Gluten": "gluten", "Milch": "milk", "Eier": "eggs"}),
    "fr": (("intolérant au", "intolérante à la", "intolérance au", "allergique aux", "allergie à la"),
           {"noix": "nuts", "gluten": "gluten", "lactose": "lactose", "oeufs": "eggs"}),
    "es": (("intolerante a la", "intolerante al", "intolerancia al", "alérgico a la", "alergia al"),
           {"nuez": "nuts", "gluten": "gluten", "lactosa": "lactose", "huevo": "eggs"}),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [(f"{no} {word}", name) for nos, words in IN_EVERY_LANGUAGE.values() for no in nos for word, name in words.items()]
    + [(f"{word}アレルギー", name) for word, name in {"卵": "eggs", "牛乳": "milk", "小麦": "gluten"}.items()],
)
def test_who_bears_something_badly_wants_none_of_it_and_of_nothing_else(text: str, expected: str) -> None:
    assert things(text) == {expected}
    assert things(f"something, {text}") == {expected}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alkoholfrei", {"alcohol"}), ("eifrei", {"eggs"}), ("nussallergie", {"nuts"}),
        ("牛乳なし卵なし", {"milk", "eggs"}),
        ("Laktoseintoleranz", {"lactose"}), ("intolerant", set()), ("intolerance", set()), ("Freilandmilch", set()),
    ],
)  # fmt: skip
def test_a_thing_inside_a_word_stands_before_its_no_and_apart_from_it(text: str, expected: set[str]) -> None:
    assert things(text) == expected


@pytest.mark.parametrize(
    "bound",
    [
        "nothing over {}", "nothing above {}", "nothing more than {}", "doesn't cost more than {}", "not above {}",
        "does not cost over {}", "not more than {}", "no more than {}", "not dearer than {}", "isn't over {}",
        "{} or less", "£{} or less", "{} euros or less", "{} euros max",
        "nicht mehr als {} Euro", "nicht über {} Euro", "nicht teurer als {}", "nichts über {}",
        "kostet nicht mehr als {}",
        "{} Euro oder weniger", "pas plus de {} euros", "ne coûte pas plus de {} euros", "pas plus cher que {} euros",
        "rien au-dessus de {} euros", "{} euros ou moins", "{} euros maximum", "no más de {} euros",
        "nada por encima de {}",
        "que no cueste más de {} euros", "{} euros o menos", "no más caro que {}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("noun", ["", "wine "])
def test_the_opposite_of_a_lower_bound_is_an_upper_one(bound: str, noun: str) -> None:
    question = understood(noun + bound.format(5))
    assert [(price.least, price.most, price.below) for price in question.prices] == [(None, 5, False)]
    assert not question.things
    assert question.rest == noun.strip()


@pytest.mark.parametrize(
    "bound",
    ["not under {}", "nothing below {}", "nothing cheaper than {}", "{} or more", "nicht unter {} Euro",
     "nichts billiger als {}", "{} Euro oder mehr", "pas moins de {} euros", "rien en dessous de {} euros",
     "no menos de {} euros", "{} euros o más"],
)  # fmt: skip
def test_the_opposite_of_an_upper_bound_is_a_lower_one(bound: str) -> None:
    question = understood(bound.format(5))
    assert [(price.least, price.most, price.above) for price in question.prices] == [(5, None, False)]
    assert (question.rest, question.things) == ("", ())


@pytest.mark.parametrize(
    "bound", ["moins cher que {} euros", "cheaper than {}", "billiger als {} Euro", "más barato que {} euros"]
)
def test_cheaper_than_an_amount_is_a_bound_and_no_order(bound: str) -> None:
    question = understood(bound.format(5))
    assert [(price.most, price.below) for price in question.prices] == [(5, True)]
    assert question.order == ""


@pytest.mark.parametrize("text", ["500 ml or less", "cups for 2 or more people"])
def test_a_measure_before_or_less_is_no_price(text: str) -> None:
    assert not understood(text).prices


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("neither nuts nor milk", {"nuts", "milk"}), ("nuts are not ok", {"nuts"}), ("milk isn't allowed", {"milk"}),
        ("alcoholfree beer", {"alcohol"}), ("nonalcoholic wine", {"alcohol"}), ("nondairy", {"milk"}),
        ("can't tolerate eggs", {"eggs"}), ("she reacts to nuts", {"nuts"}),
        ("nix mit Milch", {"milk"}), ("Gebäck eifrei", {"eggs"}), ("weder Nüsse noch Milch", {"nuts", "milk"}),
        ("Milch vertrage ich nicht", {"milk"}), ("Nüsse gehen nicht", {"nuts"}),
        ("je ne supporte pas le lait", {"milk"}), ("ni lait ni oeufs", {"milk", "eggs"}),
        ("rien avec du lait", {"milk"}),
        ("no tolero la leche", {"milk"}), ("ni leche ni huevo", {"milk", "eggs"}), ("nada con leche", {"milk"}),
        ("卵が食べられない", {"eggs"}),
    ],
)  # fmt: skip
def test_a_refusal_is_heard_in_every_language(text: str, expected: set[str]) -> None:
    assert things(text) == expected
    assert not understood(text).unheard


@pytest.mark.parametrize(
    "text",
    [
        "beer that isn't alcohol free", "coffee, not caffeine-free", "not allergic to nuts", "nuts, no", "nuts without",
        "Kaffee nicht koffeinfrei", "Kuchen nicht ohne Nüsse", "Nüsse bitte keine", "bière pas sans alcool",
        "des noix, jamais", "no sin alcohol", "nueces, nunca", "not unsweetened",
    ],
)  # fmt: skip
def test_a_no_of_which_it_is_not_known_what_it_denies_is_never_taken_for_an_answer(text: str) -> None:
    assert understood(text).unheard


@pytest.mark.parametrize(
    "text",
    ["no. 4 filter papers", "Chanel No 5", "not sure", "why not", "tea for somebody who can't sleep", "coke zero",
     "isn't there anything without nuts", "gibt es nicht was ohne Nüsse", "no nuts, gluten free cake", "pas cher",
     "with milk but without sugar", "non-stick pan", "no hay algo sin leche", "free range eggs", "no, a red wine"],
)  # fmt: skip
def test_a_no_that_denies_nothing_or_is_understood_is_answered(text: str) -> None:
    assert not understood(text).unheard
