"""Finding members and items: words at once from the pack, meaning from the search process when it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import nsmallest
from pathlib import Path
from typing import TYPE_CHECKING

from clerk.members.events_everywhere import EventsEverywhere
from clerk.members.readable import ReadableMembers
from clerk.model import Item, ItemHit, Items, Member, MemberHit, Members, Purpose
from clerk.pack.name_index import name_words, words_of
from clerk.pack.open import Pack
from clerk.pack.read import PackReader
from clerk.pack.search import PackSearch
from clerk.phone import country_in, digits_of, is_found_by
from clerk.search.discretion import FOREIGN, gives_way, is_called, may_be_listed, naming_words
from clerk.search.fitting import GIFT, Fit, fit, is_gift, remark_on, said, states_it
from clerk.search.process.client import SearchClient
from clerk.search.qualities import BY_ITS_NAME, asked_alone, nature
from clerk.search.question import Question, understood
from clerk.search.vocabulary import vocabulary
from clerk.settings import SearchSettings

if TYPE_CHECKING:
    from clerk.search.meaning import ItemSearch


_HINT_DIGITS = 4

_LOOKED_AT = 200
"""Items that hold the words, and are held against the conditions of a question while it is typed."""


class Finding:
    """Searches over one opened pack.

    Args:
        home: the data folder.
        pack: opened.
        reader: of the same pack.
        events: of all counters, over the same pack.
        members: what may be read of them.
        settings: of searching.
    """

    def __init__(
        self,
        home: Path,
        pack: Pack,
        reader: PackReader,
        events: EventsEverywhere,
        members: ReadableMembers,
        settings: SearchSettings,
    ) -> None:
        self._home = home
        self._settings = settings
        self._pack = pack
        self._reader = reader
        self._words = PackSearch(reader)
        self._enrolled = Enrolled(events, members, reader.facts)
        self._events = events
        self._members = members
        self._client: SearchClient | None = None
        self._here: ItemSearch | None = None

    @property
    def encoder(self) -> str:
        """Model id of the pack's query encoder, empty where search is by words only."""
        return str(self._pack.manifest.get("encoder", {}).get("model_id", ""))

    @property
    def state(self) -> str:
        """`ready`, `starting` or `words only`."""
        if not self.encoder:
            return "words only"
        return self._client.state if self._client is not None else "starting"

    def members(self, text: str, limit: int) -> Members:
        """Members by fragments, most recently seen first."""
        found = self._enrolled.laid_over(self._words.members(text, limit), text, limit)
        return self._may_be_shown(found)

    def choice(self, member_ids: Iterable[str]) -> Members:
        """These members to choose from, most recently seen first, then those enrolled at a counter since the pack."""
        numbers = {one: self._reader.member_no(one) for one in member_ids}
        found = self._words.of([no for no in numbers.values() if no is not None])
        now = {one: member for one in numbers if (member := self._members.member(one)) is not None}
        hits = [replace(hit, name=now[hit.member_id].name) for hit in found.hits if hit.member_id in now]
        hits += [MemberHit(one, now[one].name, _hint(now[one], "new here")) for one in numbers
                 if numbers[one] is None and one in now]  # fmt: skip
        return self._may_be_shown(Members(tuple(hits), len(hits)))

    def items_by_words(self, text: str, limit: int) -> Items:
        """Items by words alone, as one types; what does not fit the conditions of a question is left out at once."""
        question = understood(text)
        if not question.is_plain and not self._reader.item_nos_by_code(text.strip()):
            return self._fitting(question, limit)
        found = self._words.item_words(text, limit)
        shown = self._listed(question, text, found.hits)
        if len(shown) < len(found.hits):
            found = self._words.item_words(text, max(limit, _LOOKED_AT))
            shown = self._listed(question, text, found.hits)
        best = max((score for _, score in shown), default=0.0) or 1.0
        shown = [(item, score * (FOREIGN if gives_way(item, question) else 1)) for item, score in shown]
        shown.sort(key=lambda one: -one[1])
        hits = tuple(ItemHit(item, score / best, "words") for item, score in shown[:limit])
        return Items(hits, found.total - (len(found.hits) - len(shown)), meaning=False)

    def _listed(self, question: Question, text: str, hits: Iterable[tuple[int, float]]) -> list[tuple[Item, float]]:
        """Items of these numbers that may be listed: of the sensitive ones those that are named, or asked by code."""
        scores = dict(hits)
        items = self._reader.items(scores)
        words = naming_words(question)
        if any(item.sensitive for item in items.values()):
            coded = set(self._reader.item_nos_by_code(text.strip()))
            items = {
                no: item for no, item in items.items() if no in coded or may_be_listed(item, words, self._is_common)
            }
        return [(items[no], score) for no, score in scores.items() if no in items]

    def _is_common(self, word: str) -> bool:
        """Whether items that are not sensitive are called by a word as well."""
        found = self._reader.items(no for no, _ in self._words.item_words(word, _LOOKED_AT).hits)
        return any(not item.sensitive and is_called(item, [word]) for item in found.values())

    def _fitting(self, question: Question, limit: int) -> Items:
        """Items by words that are stated to fit a question, then those of which it is not known."""
        currency = self._reader.facts.get("currency", "")
        gifts = self._gifts() if question.gift else {}
        if question.gift and not gifts:
            # Nothing here is made for it: then the word is one like any other.
            question = replace(question, rest=question.meant, gift=False)
        quality = asked_alone(question)
        if quality is not None:
            listed = self._listed(question, "", dict.fromkeys(self._likely(question, currency), 1.0).items())
            natures = {item.item_no: nature(item, quality) / BY_ITS_NAME for item, _ in listed}
            scores = {no: how for no, how in natures.items() if how > 0}
            question = replace(question, rest="") if scores else question
        if question.rest:
            scores = dict(self._words.item_words(question.rest, _LOOKED_AT).hits)
        elif quality is None:
            scores = gifts or dict.fromkeys(self._likely(question, currency), 1.0)
        items = {item.item_no: item for item, _ in self._listed(question, "", scores.items())}
        variants = {item.variant_of for item in items.values() if item.variant_of}
        bases = {one.sku: one for one in self._reader.items(self._reader.item_nos(variants).values()).values()}
        best = max(scores.values(), default=0.0) or 1.0
        hits: dict[Fit, list[ItemHit]] = {Fit.STATED: [], Fit.UNKNOWN: [], Fit.NOT: []}
        for no, score in scores.items():
            if no in items and (question.rest or items[no].mention):
                level, note = fit(items[no], question, currency, bases.get(items[no].variant_of))
                hits[level].append(ItemHit(items[no], min(score / best + GIFT * (no in gifts), 1.0), "words", note))
        for found in hits.values():
            found.sort(key=lambda hit: (gives_way(hit.item, question), -hit.score, hit.item.item_no not in gifts))
        if question.order:
            sign = 1 if question.order == "cheap" else -1
            for found in hits.values():
                found.sort(key=lambda hit: (hit.item.price_minor is None, sign * (hit.item.price_minor or 0)))
        stated, unknown = hits[Fit.STATED], hits[Fit.UNKNOWN] if question.rest else []
        rows = tuple([*stated, *unknown][:limit])
        if len(scores) == _LOOKED_AT:
            # Of more than are looked at it is not known how many fit, nor that none does.
            return Items(rows, len(rows), False, said(question, currency))
        remark = remark_on(question, currency, len(stated), len(unknown))
        return Items(rows, len(stated) + len(unknown), False, said(question, currency), remark)

    def _gifts(self) -> dict[int, float]:
        """Items made to be given away, by their name or category."""
        found = {no for word in vocabulary().gift_words for no, _ in self._words.item_words(word, _LOOKED_AT).hits}
        items = self._reader.items(sorted(found))
        return {no: 1.0 for no, item in items.items() if is_gift(item) and not item.sensitive}

    def _likely(self, question: Question, currency: str) -> list[int]:
        """Items to look at when nothing but conditions is asked: by what they state, then the most bought first."""
        levels = [
            (fit(stated, question, currency)[0], not states_it(stated, question), numbers)
            for stated, numbers in self._alike
        ]
        # The item bought most has the lowest number.
        likely = ((-level, less, no) for level, less, numbers in levels if level is not Fit.NOT for no in numbers)
        return [no for *_, no in nsmallest(_LOOKED_AT, likely)]

    @cached_property
    def _alike(self) -> list[tuple[Item, list[int]]]:
        return self._reader.items_alike()

    def ask(self, text: str, limit: int, done: Callable[[str, Items], None]) -> None:
        """Asks the search process, which starts at the first question; never blocks."""
        if not self.encoder:
            return
        if self._client is None:
            self._client = SearchClient(self._home, self._pack.generation)
        self._client.ask(text, limit, done)

    def items(self, text: str, limit: int, here_only: bool) -> Items:
        """Items by words and meaning in this process; loads index and encoder the first time, about 0.3 s."""
        if self._here is None:
            # Imported here: FAISS and the encoder stand behind this and must not stand before the counter.
            from clerk.search.meaning import open_item_search

            self._here = open_item_search(self._pack, self._reader, self._settings)
        return self._here.search(text, limit, here_only=here_only)

    def _may_be_shown(self, found: Members) -> Members:
        """Without whoever was forgotten; of whom nothing may be remembered only the name. Cost: about 0.05 ms a row."""
        erasures = self._events.erasures
        hits = []
        persons: set[str] = set()
        for hit in found.hits:
            name, first = hit.name, self._members.first(hit.member_id)
            if first in persons:
                # Another id of somebody who stands above.
                continue
            persons.add(first)
            if first != hit.member_id:
                hit = replace(hit, member_id=first)
            if erasures.of(hit.member_id):
                if not self._members.knows(hit.member_id):
                    continue
                member = self._members.member(hit.member_id)
                name = member.name if member is not None else name
            is_remembered = Purpose.REMEMBER in self._members.allowed(hit.member_id)
            hits.append(replace(hit, name=name, hint=hit.hint if is_remembered else ""))
        gone = len(found.hits) - len(hits)
        if not hits and gone:
            return Members((), 0)
        return replace(found, hits=tuple(hits), total=max(len(hits), found.total - gone))

    def close(self) -> None:
        """Ends the search process."""
        if self._client is not None:
            self._client.close()


@dataclass(frozen=True, slots=True)
class _Entry:
    """One member, ready to be compared with what is typed."""

    member: Member
    words: frozenset[str]

    def holds(self, words: Sequence[str]) -> bool:
        """Whether every word begins a word of the member."""
        return bool(words) and all(any(known.startswith(word) for known in self.words) for word in words)


class Enrolled:
    """Members whom counters enrolled or corrected since the pack was built, found at once, in front of the pack's.

    Args:
        events: of all counters, over the pack in use.
        members: what may be read of them.
        facts: of the same pack; its country tells when two phone numbers are the same.
    """

    def __init__(self, events: EventsEverywhere, members: ReadableMembers, facts: Mapping[str, str]) -> None:
        self._events = events
        self._members = members
        self._facts = facts
        self._entries: dict[str, tuple[str, _Entry]] = {}
        """Member id -> what it was read at, and the member."""
        self._erasures = 0

    def laid_over(self, found: Members, text: str, limit: int) -> Members:
        """What the pack found, with those in front whom it does not have yet, and with corrected names.

        Args:
            found: by the pack.
            text: as typed.
            limit: how many rows.
        """
        entries = self._now()
        if not entries:
            return found
        plain = text.split("@")[0].strip()
        # Who was enrolled last stands first: they are most likely still here.
        newest = reversed(entries.values())
        if digits_of(plain) and not any(letter.isalpha() for letter in plain):
            country = country_in(self._facts)
            here = [one for one in newest if is_found_by(one.member.phone, plain, country)]
        else:
            words = words_of(plain)
            here = [one for one in newest if one.holds(words)]
        in_pack = {hit.member_id for hit in found.hits}
        fresh = [one for one in here if one.member.member_id not in in_pack]
        if found.corrected and fresh:
            # Nobody needs another spelling: somebody is called what was typed.
            found = Members((), 0)
        hits = [MemberHit(one.member.member_id, one.member.name, _hint(one.member, "new here")) for one in fresh]
        for hit in found.hits:
            named = entries.get(hit.member_id)
            hits.append(hit if named is None else replace(hit, name=named.member.name))
        return replace(found, hits=tuple(hits[:limit]), total=found.total + len(fresh))

    def _now(self) -> dict[str, _Entry]:
        """Every member the counters name; those without a further event are not read again."""
        named = self._events.named_at_counters()
        erasures = len(self._events.erasures.everything())
        if erasures != self._erasures:
            # Somebody was forgotten, wholly or in part: what was read before is not held any longer.
            self._entries, self._erasures = {}, erasures
        for member_id, mark in named.items():
            read = self._entries.get(member_id)
            if read is None or read[0] != mark:
                member = self._members.member(member_id)
                if member is not None:
                    self._entries[member_id] = mark, _entry(member)
        return {member_id: self._entries[member_id][1] for member_id in named if member_id in self._entries}


def _entry(member: Member) -> _Entry:
    words = name_words(member.name, member.given_name) | {member.member_id.casefold()}
    words |= set(words_of(member.email.split("@")[0])) | set(words_of(member.member_id))
    return _Entry(member, frozenset(words))


def _hint(member: Member, otherwise: str) -> str:
    """What tells two of the same name apart; never more than the end of a phone number."""
    digits = digits_of(member.phone)
    parts = [f"····{digits[-_HINT_DIGITS:]}"] if len(digits) > _HINT_DIGITS + 1 else []
    return ", ".join([*parts, otherwise if not member.member_no else "corrected"])
