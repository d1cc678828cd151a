"""From an item to the members who would want it: only among those who agreed to be contacted, each with the reason.

The answer is the one that the counter would give: the gates and reasons of suggestions, asked for one item. Nobody
else is looked at, so that no list of others can be made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from clerk.desk.counter.signing import Signing
from clerk.desk.pack_in_use import PackInUse, PackParts
from clerk.errors import UnknownMember
from clerk.members.contact_masking import masked, may_see_contact
from clerk.model import Gate
from clerk.privacy.consent import may_suggest_and_contact
from clerk.settings import Settings
from clerk.visit.suggest.reasons import due_line


@dataclass(frozen=True, slots=True)
class Wants:
    """Somebody who would want an item."""

    member_id: str
    name: str
    phone: str
    """Its end, unless the role may see it whole."""
    email: str
    why: str
    """The reason, as the counter says it."""
    score: float


class InterestList:
    """Asks for one item among all members.

    Args:
        pack: the store data in use.
        settings: of the data folder.
        signing: who acts, which says how much of a contact is shown.
    """

    def __init__(self, pack: PackInUse, settings: Settings, signing: Signing) -> None:
        self._pack = pack
        self._settings = settings
        self._signing = signing

    def of(
        self, sku: str, step: Callable[[int, int], None] = lambda done, total: None
    ) -> tuple[tuple[Wants, ...], int]:
        """Members who agreed to be remembered, suggested to and contacted, and for whom the item passes every gate.

        Whoever left neither phone nor e-mail cannot be contacted and is not named.

        Args:
            sku: of the item.
            step: called with how many of how many were looked at.

        Returns:
            Best first, and how many members were looked at.

        Raises:
            UnknownItem: this shop has no such item.
            ClerkError: the journal cannot be read, so nobody's agreement is known.

        Cost: 5 ms a member who agreed to contact.
        """
        role = self._signing.role
        with self._pack.reading() as pack:
            item_no = pack.items.item_no(sku)
            agreed = list(_agreed(pack))
            found = []
            for number, member_id in enumerate(agreed):
                step(number, len(agreed))
                try:
                    loaded = pack.cards.load(member_id)
                except UnknownMember:
                    continue
                due = next((pick for pick in loaded.reading.due if pick.item_no == item_no), None)
                candidate = next((one for one in loaded.found if one.item_no == item_no), None)
                if due is None and candidate is None:
                    continue
                why = pack.cards.why(member_id, sku)
                # What is due is wanted, whether or not it is likely enough to be news as well.
                closed = {gate for gate, through, _ in why.gates if not through}
                if closed - ({Gate.NOT_GOOD_ENOUGH} if due is not None else set()):
                    continue
                member = pack.members.corrected(loaded.facts).member
                if not (member.phone or member.email):
                    continue
                shown = member if may_see_contact(role, self._settings) else masked(member, role)
                if candidate is not None:
                    reason, score = why.evidence[0] if why.evidence else why.line, candidate.score
                elif due is not None:
                    reason, score = f"{due_line(due, loaded.reading.now)}.", due.probability
                found.append(Wants(member_id, member.name, shown.phone, shown.email, reason, float(score)))
        step(len(agreed), len(agreed))
        found.sort(key=lambda one: (-one.score, one.member_id))
        return tuple(replace(one, score=round(one.score, 4)) for one in found), len(agreed)


def _agreed(pack: PackParts) -> Iterator[str]:
    """Members who agreed to all three. Cost: 0.05 ms a member of the shop."""
    for member_no in range(1, int(pack.reader.facts.get("members", 0)) + 1):
        member_id = pack.reader.member(member_no).member_id
        if pack.members.first(member_id) != member_id:
            continue
        if may_suggest_and_contact(pack.members.allowed(member_id)) and pack.members.knows(member_id):
            yield member_id
