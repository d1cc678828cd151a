"""Which lines of a Shopify order a partial refund brought back.

The export says the amount only. Where exactly one choice of pieces, of removed lines and of shipping makes up that
amount, these are what was paid back; the prices count after discounts, and with their share of the taxes where these
come on top. Where several choices do, or none, nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_CHOICES_AT_MOST = 5_000
"""Choices looked at for one order: more could not be told apart anyway."""


@dataclass(frozen=True, slots=True)
class Part:
    """What may have been paid back."""

    key: str
    """Equal for what nobody needs to tell apart: two lines of one item at one price. Empty for what is no purchase."""
    cents: int
    """Of one piece, in hundredths."""
    pieces: int


def brought_back(parts: Iterable[Part], cents: int, tax_share: float = 0.0) -> dict[str, int] | None:
    """Key -> pieces brought back; empty when only shipping or removed lines were, None when it cannot be told.

    Args:
        parts: lines, removed lines, shipping.
        cents: what was paid back, in hundredths.
        tax_share: taxes on top of the prices, as a part of them.
    """
    together: dict[tuple[str, int], int] = {}
    for part in parts:
        if part.cents > 0 and part.pieces > 0:
            together[part.key, part.cents] = together.get((part.key, part.cents), 0) + part.pieces
    choices = [(key, price, pieces) for (key, price), pieces in together.items()]
    found = _choices(choices, cents, 0.0)
    if not found and tax_share > 0:
        found = _choices(choices, cents, tax_share)
    if found is None or not found:
        return None
    told = {tuple(sorted((key, pieces) for key, pieces in choice if key)) for choice in found}
    if len(told) != 1:
        return None
    added: dict[str, int] = {}
    for key, pieces in told.pop():
        added[key] = added.get(key, 0) + pieces
    return added


def _choices(
    parts: Sequence[tuple[str, int, int]], cents: int, tax_share: float
) -> list[tuple[tuple[str, int], ...]] | None:
    """Every choice that makes up the amount; None when there are too many to look at."""
    number = 1
    for _, _, pieces in parts:
        number *= pieces + 1
        if number > _CHOICES_AT_MOST:
            return None
    sums: list[tuple[int, tuple[tuple[str, int], ...]]] = [(0, ())]
    for key, price, pieces in parts:
        sums = [
            (total + taken * price, (*chosen, (key, taken)) if taken else chosen)
            for total, chosen in sums
            for taken in range(pieces + 1)
            if total + taken * price <= cents
        ]
    # Taxes are rounded by the line: a cent for each may be off.
    return [
        chosen
        for total, chosen in sums
        if chosen and abs(round(total * (1 + tax_share)) - cents) <= (len(chosen) if tax_share else 0)
    ]
