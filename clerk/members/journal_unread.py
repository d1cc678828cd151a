"""A member whose journal cannot be read: nevers, allergens and consents are not known, so nothing is offered."""

from __future__ import annotations

from dataclasses import replace

from clerk.model import Gate, Profile, Purpose, VisitCard, Why

UNREAD = "What this member said cannot be read; ask about allergens."
"""On the card and to every why while the journal cannot be read."""

_SAID_HERE = frozenset(
    (
        Gate.NO_OPT_IN, Gate.NEVER, Gate.NEVER_CATEGORY, Gate.STRUCK_OUT, Gate.ALLERGEN, Gate.DISLIKED, Gate.HAS_IT,
        Gate.NOT_NOW,
    )
)  # fmt: skip
"""Gates that rest on what was said: open only when that can be read."""


def closed(person: Profile) -> Profile:
    """The member as one who has not agreed to suggestions: the agreement may have been withdrawn here."""
    return replace(person, allowed=person.allowed - {Purpose.SUGGEST})


def closed_card(card: VisitCard) -> VisitCard:
    """The card that offers nothing and says why, before anything else that must not be overlooked.

    What is due goes too: it may be what the member never wants to hear of again.
    """
    return replace(
        card, suggestions=(), due=(), silence=(UNREAD,), withheld=(), discovery="", notes=(UNREAD, *card.notes)
    )


def closed_why(told: Why) -> Why:
    """Nothing is suggested, for a reason that is not the member's."""
    gates = tuple(
        (gate, False, UNREAD) if gate in _SAID_HERE else (gate, through, detail) for gate, through, detail in told.gates
    )
    return replace(told, suggested=False, line=UNREAD, gates=gates)
