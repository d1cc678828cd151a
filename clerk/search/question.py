"""What a question asks for: things that must not be in it, a diet, a price, and the words that are left to search.

"A cake without nuts under 5 pounds" is a search for "a cake", with two conditions. Pure: text in, `Question` out.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache

from clerk.languages import is_unspaced, plain
from clerk.search.vocabulary import Diet, Thing, Vocabulary, common_form, compared, pieces_of, vocabulary, words_in

LONGEST = 300
"""Characters of a question that are read; a pasted page must not cost a second."""

_UNKNOWN_WORDS = 2
"""Words that the name of a thing in no list may have: palm oil."""

_WHOLE_CLAUSE = 7
"""Letters from which a run of a script without blanks is more than a thing and its no."""

_NUMBER = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,9})*")

_OTHER_SIDE = {"under": "least", "most": "over", "over": "most", "least": "under"}
"""What is meant by the opposite of a bound."""

_SIGNS = frozenset(".,;:!?&/+()-")


@dataclass(frozen=True)
class Price:
    """Bounds in whole units of money, both included where the words say so; None is open."""

    least: float | None = None
    most: float | None = None
    below: bool = False
    """Whether `most` itself is too dear ("under 10")."""
    above: bool = False
    """Whether `least` itself is too cheap ("over 10")."""
    currency: str = ""
    """Code of the currency that was named."""
    hundredths: bool = False
    """Whether pence or cents were named."""


@dataclass(frozen=True)
class Question:
    """A question, understood."""

    rest: str
    """What is left to search by words; empty asks for everything that fits."""
    meant: str = ""
    """What is left to search by meaning, which gains by the word of a diet: the same with `vegan` in it."""
    aside: frozenset[str] = frozenset()
    """Words of `rest` that say what it is for and not what it is: the coffee of "milk for my coffee"."""
    things: tuple[Thing, ...] = ()
    """What must not be in it."""
    diets: tuple[Diet, ...] = ()
    """What it has to suit."""
    prices: tuple[Price, ...] = ()
    order: str = ""
    """`cheap` or `dear`, first."""
    here: bool = False
    """Whether only what is in stock is asked for."""
    qualities: tuple[str, ...] = ()
    """Names of the qualities asked for, none of which is a condition: they order what is found."""
    gift: bool = False
    """Whether it is to be given away: what is made for that stands first."""
    unheard: bool = False
    """Whether it denies something that was not understood: an answer would list what was refused."""

    @property
    def is_plain(self) -> bool:
        """Whether there is no condition, only something to search."""
        return not (self.things or self.diets or self.prices or self.order or self.here or self.gift)


@lru_cache(maxsize=256)
def understood(text: str) -> Question:
    """Takes a question apart; one without any condition comes back as it was typed."""
    text = text[:LONGEST].strip()
    reading = _Reading(pieces_of(text), vocabulary())
    reading.read()
    return reading.question(text)


class _Reading:
    """One pass over the words of a question, from the left; what is taken is not searched."""

    def __init__(self, pieces: list[str], known: Vocabulary) -> None:
        self._pieces = pieces
        self._words = compared(pieces)
        self._known = known
        self._place = 0
        self._rest: list[str] = []
        self._meant_only: set[int] = set()
        """Places in `_rest` that are searched by meaning only."""
        self._things: dict[str, Thing] = {}
        self._diets: dict[str, Diet] = {}
        self._diet_words: set[str] = set()
        self._prices: list[Price] = []
        self._order = ""
        self._here = False
        self._qualities: dict[str, None] = {}
        self._in_occasion = False
        self._gift = False
        self._aside: set[str] = set()
        self._asked: set[str] = set()
        """Words that say what it is, also where they come again: the tea of "tea for a tea drinker"."""
        self._unheard = False
        self._left_out = False
        """Whether words were left out that are no condition."""

    def read(self) -> None:
        while self._place < len(self._words):
            taken = (
                self._price()
                or self._idiom()
                or self._stock()
                or self._without()
                or self._free_word()
                or self._thing_then_free()
                or self._diet()
                or self._beside()
                or self._weather()
                or self._given()
                or self._quality()
            )
            if not taken:
                if self._known.occasion.at(self._words, self._place) is not None:
                    self._in_occasion = True
                elif self._words[self._place] in _SIGNS and self._words[self._place] != "-":
                    self._in_occasion = False
                self._unheard = self._unheard or self._denies()
                self._keep(1)

    def question(self, text: str) -> Question:
        """What was understood; without a condition, the text as it was typed unless words of it were left out.

        Args:
            text: as typed.
        """
        diets = self._diet_words
        meant = self._left(frozenset(), by_meaning=True)
        found = Question(
            self._left(diets), meant, frozenset(self._aside),
            tuple(self._things.values()), tuple(self._diets.values()), tuple(self._prices),
            self._order, self._here, tuple(self._qualities), self._gift,
        )  # fmt: skip
        if self._unheard:
            return replace(found, unheard=True)
        if found.is_plain and not (self._left_out and found.rest):
            return Question(text, text, found.aside, qualities=found.qualities)
        return found

    def _keep(self, count: int) -> None:
        words = set(map(plain, self._pieces[self._place : self._place + count]))
        if self._in_occasion:
            self._aside |= words - self._asked
        else:
            self._asked |= words
            self._aside -= words
        self._rest += self._pieces[self._place : self._place + count]
        self._place += count

    def _left(self, leave_out: Collection[str], *, by_meaning: bool = False) -> str:
        """The words that nothing took, without those that only joined; empty when they ask for anything at all."""
        known, words = self._known, compared(self._rest)
        kept = [
            (piece, word)
            for place, (piece, word) in enumerate(zip(self._rest, words, strict=True))
            if word not in leave_out and (by_meaning or place not in self._meant_only)
        ]
        while kept and (kept[-1][1] in _SIGNS or known.dangling.at((kept[-1][1],), 0)):
            kept.pop()
        while kept and kept[0][1] in _SIGNS:
            kept.pop(0)
        if all(word in _SIGNS or known.anything.at((word,), 0) for _, word in kept):
            return ""
        return _joined([piece for piece, _ in kept])

    def _denies(self) -> bool:
        """Whether a word that nothing took denies something; the "no" of "no. 4" and "No, a wine" does not."""
        if self._known.negation.at(self._words, self._place) is None:
            return False
        following = self._words[self._place + 1 : self._place + 3]
        numbered = any(_NUMBER.fullmatch(word) for word in following[:1]) or (
            following[:1] == (".",) and any(_NUMBER.fullmatch(word) for word in following[1:])
        )
        return not numbered and not (self._place == 0 and following[:1] == (",",))

    def _says_free(self, place: int) -> int:
        """Words of another "no" that begins here and is denied: `nicht koffeinfrei`, `not without`."""
        if place >= len(self._words):
            return 0
        words, known = self._words, self._known
        found = known.alone.at(words, place) or known.without.at(words, place)
        if found is not None:
            return found[0]
        if self._denied_inside(words[place]):
            return 1
        if (named := self._named(place)) is None:
            return 0
        end = self._past_hyphen(place + named[0])
        free = self._free_at(end) if end < len(words) else None
        return end + free[0] - place if free is not None else 0

    def _idiom(self) -> bool:
        found = self._known.idiom.at(self._words, self._place)
        if found is not None:
            self._keep(found[0])
        return found is not None

    def _price(self) -> bool:
        if self._price_then_bound():
            return True
        found = self._known.price.at(self._words, self._place) or self._bound_denied()
        if found is None:
            return False
        taken, kind = found
        if kind in ("cheap", "dear"):
            self._order = kind
            self._place += taken
            return True
        first = self._amount(self._place + taken)
        if first is None or kind == "to":
            return False
        end, amount, money = first
        if kind == "between":
            joined = self._known.price.at(self._words, end) if end < len(self._words) else None
            second = self._amount(end + joined[0]) if joined is not None and joined[1] == "to" else None
            if second is None:
                return False
            end, most, money_2 = second
            code, part = money_2 if money_2[0] or money_2[1] else money
            self._prices.append(Price(amount, most, currency=code, hundredths=part))
        else:
            bounds = {
                "under": Price(most=amount, below=True), "most": Price(most=amount),
                "over": Price(least=amount, above=True), "least": Price(least=amount),
            }  # fmt: skip
            self._prices.append(replace(bounds[kind], currency=money[0], hundredths=money[1]))
        self._place = end
        return True

    def _bound_denied(self) -> tuple[int, str] | None:
        """`nothing over`, `doesn't cost more than`, `ne coûte pas plus de`: the bound on the other side."""
        found = self._known.price_no.at(self._words, self._place)
        if found is None:
            return None
        end = self._place + found[0]
        while end < len(self._words):
            bound = self._known.price.at(self._words, end)
            if bound is not None and bound[1] in _OTHER_SIDE:
                return end + bound[0] - self._place, _OTHER_SIDE[bound[1]]
            step = self._known.price_is.at(self._words, end) or self._known.price_no.at(self._words, end)
            if step is None:
                break
            end += step[0]
        return None

    def _price_then_bound(self) -> bool:
        """`5 euros or less`, `5 Euro oder weniger`."""
        amount = self._amount(self._place)
        if amount is None or amount[0] >= len(self._words):
            return False
        end, number, (code, part) = amount
        found = self._known.price_after.at(self._words, end)
        if found is None or (
            # "2 or more people"
            end + found[0] < len(self._words) and self._known.measure.at(self._words, end + found[0]) is not None
        ):  # fmt: skip
            return False
        bound = Price(most=number) if found[1] == "most" else Price(least=number)
        self._prices.append(replace(bound, currency=code, hundredths=part))
        self._place = end + found[0]
        return True

    def _amount(self, place: int) -> tuple[int, float, tuple[str, bool]] | None:
        """Where an amount of money ends, how much it is, its currency and whether in hundredths; None for a measure."""
        words, known = self._words, self._known
        code = ""
        if place < len(words) and (sign := known.currency.at(words, place)) is not None and sign[1] != "part":
            place, code = place + sign[0], sign[1]
        if place >= len(words) or not _NUMBER.fullmatch(words[place]):
            return None
        number = _number(words[place])
        place += 1
        part = False
        if place < len(words) and (unit := known.currency.at(words, place)) is not None:
            place += unit[0]
            code, part = (code, True) if unit[1] == "part" else (unit[1], False)
        elif not code and place < len(words) and known.measure.at(words, place) is not None:
            return None
        return place, number, (code, part)

    def _stock(self) -> bool:
        found = self._known.here.at(self._words, self._place)
        if found is not None:
            self._here = True
            self._place += found[0]
        return found is not None

    def _free_word(self) -> bool:
        """One word that says it all: `unsweetened`, `coeliac`, `milchfrei`."""
        word = self._words[self._place]
        found = self._known.alone.at(self._words, self._place)
        if found is not None:
            self._want_none(f"thing {found[1]}")
            self._place += found[0]
            return True
        things = self._denied_inside(word)
        if not things:
            return False
        for meaning in things:
            self._want_none(f"thing {meaning.partition(' ')[2]}")
        if not word.isascii() and len(word) >= _WHOLE_CLAUSE:
            # Without blanks between words, what is asked for stands in the same one.
            self._rest.append(self._pieces[self._place])
        self._place += 1
        return True

    def _denied_inside(self, word: str) -> list[str]:
        """Meanings of what a word is free of: of each "no" in it, the thing just before, which it never overlaps.

        `milchfrei`, `eifrei`, and several in a run without blanks.
        """
        found: list[str] = []
        past = 0
        for begin, end, _ in sorted(self._known.free_inside.parts_of(word)):
            head = word[past:begin]
            if begin < past or not head:
                continue
            if (whole := self._known.named.exactly(common_form(head))) is not None:
                found.append(whole)
                past = end
            elif parts := list(self._known.named.parts_of(head)):
                found.append(max(parts, key=lambda part: (part[1], -part[0]))[2])
                past = end
        return found

    def _thing_then_free(self) -> bool:
        """`milk free`, `nut and gluten free`, `perfume-free`."""
        end, found = self._place, []
        while (named := self._named(end)) is not None:
            found.append(named)
            end += named[0]
            end = self._past_hyphen(end)
            if end < len(self._words) and (free := self._free_at(end)) is not None:
                for _, meaning, phrase in found:
                    self._want_none(meaning, phrase)
                self._place = end + free[0]
                return True
            following = self._past_joint(end)
            # In "cake, milk allergy" the cake is what is asked for; in "milk, nut free" both are meant.
            if following == end or (self._words[end] == "," and named[1].startswith("part ")):
                break
            end = following
        # A word that stands in no list: only where a hyphen or the end says that "free" belongs to it.
        place = self._place
        if self._words[place][0].isalpha() and place + 2 < len(self._words) and self._words[place + 1] == "-":
            free = self._free_at(place + 2)
            if free is not None:
                self._want_none("", self._words[place])
                self._place = place + 2 + free[0]
                return True
        return False

    def _free_at(self, place: int) -> tuple[int, str] | None:
        """Finds "free" after a thing; not in "biscuits free of nuts", where it belongs to what follows."""
        found = self._known.free.at(self._words, place)
        opens = self._known.without.at(self._words, place)
        return found if found is not None and (opens is None or opens[0] <= found[0]) else None

    def _without(self) -> bool:
        found = self._known.without.at(self._words, self._place)
        if found is None:
            return False
        bare = self._place + found[0]
        # "Non-stick pan": a hyphen binds one word, and the pan is searched.
        place, most = (bare + 1, 1) if self._past_hyphen(bare) > bare else (self._past_fillers(bare), _UNKNOWN_WORDS)
        if twice := self._says_free(place):
            # "Not gluten-free", "nicht ohne": a no to a no, of which nobody knows what it promises.
            self._unheard = True
            self._place = place + twice
            return True
        taken, listed = 0, False
        while place < len(self._words):
            named = self._named(place) or (self._unlisted(place, most) if not taken else None)
            if named is None:
                break
            listed = listed or bool(named[1])
            self._want_none(named[1], named[2])
            taken = place = place + named[0]
            following = self._past_joint(place)
            if following == place:
                break
            place = self._past_fillers(following)
        if not taken:
            return False
        if not listed:
            # Nothing more is known of it than the words: "without fat" still means something by them.
            self._meant_only.update(range(len(self._rest), len(self._rest) + taken - self._place))
            self._rest += self._pieces[self._place : taken]
        # "Without milk in it": the last words say nothing more.
        self._place = self._past_tail(taken)
        return True

    def _diet(self) -> bool:
        found = self._known.diet_words.at(self._words, self._place)
        if found is None:
            return False
        diet = self._known.diets[found[1]]
        self._diets[diet.name] = diet
        self._diet_words.update(self._words[self._place : self._place + found[0]])
        # Its word stays for the search by meaning: a name may hold it.
        self._keep(found[0])
        return True

    def _beside(self) -> bool:
        """`something to eat with coffee`: the coffee is not what is looked for."""
        found = self._known.beside.at(self._words, self._place)
        if found is None or self._place + found[0] >= len(self._words):
            return False
        if found[1] == "kept":
            # The verb stays: "to eat" says what kind of thing it is.
            self._rest.append(self._pieces[self._place])
        elif self._rest and self._known.anything.at(compared(self._rest[-1:]), 0) is not None:
            self._rest.pop()
        self._place += found[0]
        while self._place < len(self._words) and self._words[self._place] not in _SIGNS:
            if self._known.without.at(self._words, self._place) or self._known.price.at(self._words, self._place):
                break
            self._place += 1
        self._left_out = True
        return True

    def _weather(self) -> bool:
        """`for a cold evening`: the cold is the weather's, and what is wanted is warm."""
        found = self._known.weather_asks.at(self._words, self._place) if self._in_occasion else None
        if found is None:
            return False
        following = range(self._place + found[0], min(self._place + found[0] + 2, len(self._words)))
        if not any(self._known.weather.at(self._words, place) for place in following):
            return False
        if not self._qualities:
            self._qualities[found[1]] = None
        self._place += found[0]
        self._left_out = True
        return True

    def _given(self) -> bool:
        """`a present for a tea drinker`: what it is for, and no word of what it is; by meaning it still says much."""
        found = self._known.gift.at(self._words, self._place)
        if found is None:
            return False
        self._gift = True
        word = self._words[self._place]
        if not is_unspaced(word) or (word,) in map(words_in, self._known.gift_words):
            # Without blanks between words, what is asked for stands in the same one.
            self._meant_only.update(range(len(self._rest), len(self._rest) + found[0]))
        self._keep(found[0])
        return True

    def _quality(self) -> bool:
        """Notes a quality, whose word stays among those searched."""
        found = self._known.quality.at(self._words, self._place) if not self._in_occasion else None
        if found is None:
            return False
        self._qualities[found[1]] = None
        self._keep(found[0])
        return True

    def _named(self, place: int) -> tuple[int, str, str] | None:
        """The thing that is named here: words taken, its meaning in the vocabulary, the phrase."""
        if place >= len(self._words):
            return None
        found = self._known.named.at(self._words, place)
        if found is None:
            return None
        phrase = " ".join(word for word in self._words[place : place + found[0]] if word not in _SIGNS)
        return found[0], found[1], phrase

    def _unlisted(self, place: int, most: int) -> tuple[int, str, str] | None:
        """A thing that stands in no list, by its first words."""
        end = place
        while end < min(place + most, len(self._words)):
            word = self._words[end]
            ends = word in _SIGNS or not word[0].isalpha() or self._known.ends.at(self._words, end) is not None
            if ends or self._known.also.at(self._words, end) is not None:
                break
            end += 1
        return (end - place, "", " ".join(self._words[place:end])) if end > place else None

    def _want_none(self, meaning: str, phrase: str = "") -> None:
        kind, _, name = meaning.partition(" ")
        if kind == "thing":
            thing = self._known.things[name]
        else:
            thing = self._known.thing_called(phrase, name if kind == "part" else "")
        self._things[thing.name] = thing

    def _past_hyphen(self, place: int) -> int:
        return place + 1 if place < len(self._words) and self._words[place] == "-" else place

    def _past_fillers(self, place: int) -> int:
        while place < len(self._words) and (found := self._known.filler.at(self._words, place)) is not None:
            place += found[0]
        return place

    def _past_joint(self, place: int) -> int:
        """Past "or", "and", a comma and a repeated "no"; the same place where two things are not joined."""
        start = place
        while place < len(self._words):
            found = self._known.also.at(self._words, place)
            if found is not None:
                place += found[0]
            elif self._words[place] in ",&/+":
                place += 1
            else:
                break
        return place if place > start and self._named(self._past_fillers(place)) is not None else start

    def _past_tail(self, place: int) -> int:
        end = place
        while end < len(self._words) and self._words[end] in ("in", "it", "at", "all"):
            end += 1
        return end if end == len(self._words) or self._words[end] in _SIGNS else place


def _number(word: str) -> float:
    """`9.50`, `9,50` and `1,200.00` as a number; a separator before exactly three last digits is no point."""
    parts = word.replace(",", ".").split(".")
    if len(parts) == 1:
        return float(word)
    whole, last = "".join(parts[:-1]), parts[-1]
    return float(whole + last) if len(last) == 3 else float(f"{whole}.{last}")


def _joined(pieces: list[str]) -> str:
    """Words as a text again; signs without a blank before them."""
    text = ""
    for piece in pieces:
        text += piece if piece in ".,;:!?-)" or text.endswith(("-", "(")) else f" {piece}"
    return text.strip()
