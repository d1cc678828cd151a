"""Two member ids that may be one person: the list, and records of what a manager decides about them."""

from __future__ import annotations

import secrets

from clerk.desk.counter.signing import Signing
from clerk.desk.manager.lists import ListsProcess
from clerk.desk.pack_in_use import PackInUse
from clerk.errors import NotKept, UnknownMember
from clerk.members.duplicates import find_duplicates
from clerk.model import Duplicates, EventKind, PairState, Record


class PairDesk:
    """Makes the list, and records that are checked but not yet written.

    Args:
        pack: the store data in use.
        lists: works lists out in a process of its own.
        signing: who acts; the list names members, and only a manager decides.
    """

    def __init__(self, pack: PackInUse, lists: ListsProcess, signing: Signing) -> None:
        self._pack = pack
        self._lists = lists
        self._signing = signing

    def listed(self) -> Duplicates:
        """Who may be one person twice, from a process of its own: call it from another thread.

        Raises:
            NotSignedIn: who acts is no manager.
            ClerkError: the journal cannot be read.
        """
        self._signing.must_manage()
        return self._lists.duplicates()

    def duplicates(self) -> Duplicates:
        """The same in this process. Takes seconds in a large shop.

        Raises:
            NotSignedIn, ClerkError: as `listed`.
        """
        self._signing.must_manage()
        with self._pack.reading() as pack:
            return find_duplicates(pack.reader, pack.events, pack.members)

    def is_id(self, text: str) -> bool:
        """Whether a text is exactly the id of a member."""
        with self._pack.reading() as pack:
            return pack.members.knows(text)

    def decided(self, one: str, other: str, state: PairState) -> tuple[Record, ...]:
        """That two ids are one person, or two: an event of each, which do not name each other.

        Raises:
            NotSignedIn: who acts is no manager.
            UnknownMember: the shop does not know one of them.
            NotKept: it is one id twice, or two that are one person already.
        """
        self._signing.must_manage()
        with self._pack.reading() as pack:
            for member_id in (one, other):
                pack.members.must_know(member_id)
            are_one = pack.members.first(one) == pack.members.first(other)
        if one == other:
            raise NotKept("That is one member id, named twice.", "Name the two ids that `clerk duplicates` lists.")
        if are_one:
            raise NotKept("These are one person already.", "`clerk unmerge ID` takes that back first.")
        return _both(one, other, state)

    def opened(self, one: str, other: str) -> tuple[Record, ...]:
        """That the last decision about two ids is taken back.

        Raises:
            NotSignedIn: who acts is no manager.
        """
        self._signing.must_manage()
        return _both(one, other, PairState.OPEN)

    def taken_apart(self, member_id: str) -> tuple[Record, ...]:
        """That every id of a person stands for itself again.

        Raises:
            NotSignedIn: who acts is no manager.
            UnknownMember: this id is one person with no other.
        """
        self._signing.must_manage()
        with self._pack.reading() as pack:
            pack.events.catch_up()
            pairs = pack.events.pairs
            ids = set(pairs.ids(member_id))
            made_one = [sorted(two) for two, state in pairs.decided.items() if state is PairState.ONE and two <= ids]
        if not made_one:
            raise UnknownMember("This member was taken for one with nobody.", "`clerk duplicates` lists who was.")
        return tuple(record for two in sorted(made_one) for record in _both(two[0], two[1], PairState.OPEN))


def _both(one: str, other: str, state: PairState) -> tuple[Record, ...]:
    payload = {"pair": secrets.token_hex(8), "state": state.value}
    return tuple(Record(EventKind.PAIR, member_id, payload) for member_id in (one, other))
