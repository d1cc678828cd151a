"""Members whom counters enrolled or corrected since the pack was built are found at once, in front of the pack's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from clerk.members.events_everywhere import EventsEverywhere
from clerk.members.readable import ReadableMembers
from clerk.model import Member, MemberHit, Members
from clerk.pack.name_index import name_words, words_of
from clerk.phone import country_in, digits_of, is_found_by

_HINT_DIGITS = 4


@dataclass(frozen=True, slots=True)
class _Entry:
    """One member, ready to be compared with what is typed."""

    member: Member
    words: frozenset[str]

    def holds(self, words: Sequence[str]) -> bool:
        """Whether every word begins a word of the member."""
        return bool(words) and all(any(known.startswith(word) for known in self.words) for word in words)


class Enrolled:
    """Reads and remembers the members that the counters name.

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
