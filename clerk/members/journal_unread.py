"""What is shown while the journal cannot be read: nothing is offered, since nevers, allergens, consents are unknown."""

from __future__ import annotations

from dataclasses import replace

from clerk.model import Gate, Profile, Purpose, VisitCard, Why

UNREAD = "What this member said cannot be read; ask about allergens."
"""On the card and to every why while the journal cannot be read."""

_REST_ON_JOURNAL = frozenset(
    (
        Gate.NO_OPT_IN, Gate.NEVER, Gate.NEVER_CATEGORY, Gate.STRUCK_OUT, Gate.ALLERGEN, Gate.DISLIKED, Gate.HAS_IT,
        Gate.NOT_NOW,
    )
)  # fmt: skip
"""Gates that rest on statements and answers: open only when those can be read."""


def without_suggestions(person: Profile) -> Profile:
    """The member as one who has not agreed to suggestions: the agreement may have been withdrawn here."""
    return replace(person, allowed=person.allowed - {Purpose.SUGGEST})


def card_without_offers(card: VisitCard) -> VisitCard:
    """The card that offers nothing and says why, before anything else that must not be overlooked.

    What is due goes too: it may be what the member never wants to hear of again.
    """
    return replace(
        card, suggestions=(), due=(), silence=(UNREAD,), withheld=(), discovery="", notes=(UNREAD, *card.notes)
    )


def why_without_offers(found: Why) -> Why:
    """Nothing is suggested, for a reason that is not the member's."""
    gates = tuple(
        (gate, False, UNREAD) if gate in _REST_ON_JOURNAL else (gate, through, detail)
        for gate, through, detail in found.gates
    )
    return replace(found, suggested=False, line=UNREAD, gates=gates)
