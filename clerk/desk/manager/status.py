"""Where we are, how fresh the data is, and what a person should know, as the start screen draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clerk.errors import ClerkError
from clerk.journal import Journal
from clerk.model import Notice, ShopStatus


def status(
    facts: Mapping[str, str],
    generation: str,
    encoder: str,
    journal: Journal | None,
    notices: Sequence[Notice],
    now: int,
) -> ShopStatus:
    """The shop as of now.

    Args:
        facts: of the pack.
        generation: of the pack.
        encoder: model id of the encoder, empty when there is none.
        journal: of this device, or None where it cannot be read.
        notices: what went wrong since the counter was opened.
        now: wall seconds.
    """
    journal_notices = journal.notices if journal is not None else ()
    events = 0
    try:
        events = journal.count() if journal is not None else 0
    except ClerkError as error:
        # A journal that was damaged since must not keep the counter from its start screen.
        damage = Notice(error.code, error.what, error.remedy)
        journal_notices = journal_notices if damage in (*notices, *journal_notices) else (*journal_notices, damage)
    return ShopStatus(
        store=facts.get("store", ""),
        device=journal.device[:8] if journal is not None else "",
        generation=generation,
        built_at=int(facts.get("built_at", 0)),
        data_until=int(facts.get("data_until", 0)),
        now=now,
        members=int(facts.get("members", 0)),
        items=int(facts.get("items", 0)),
        lines=int(facts.get("lines", 0)),
        currency=facts.get("currency", ""),
        events=events,
        encoder=encoder,
        demo_code=facts.get("demo_code", ""),
        demo_name=facts.get("demo_name", ""),
        warnings=(*notices, *journal_notices),
    )
