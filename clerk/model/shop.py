"""What is true of the shop and of one item, as screens and commands show it."""

from __future__ import annotations

from dataclasses import dataclass

from clerk.model.items import Item, Modifier, Neighbour


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know; the counter goes on."""

    code: str
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ShopStatus:
    """Where we are and how fresh it is."""

    store: str
    device: str
    generation: str
    """Name of the installed pack."""
    built_at: int
    """Wall seconds of the build."""
    data_until: int
    """Wall seconds of the newest line item in the pack."""
    now: int
    members: int
    items: int
    lines: int
    currency: str
    events: int | None
    """Events in this device's journal; None where it cannot be read."""
    encoder: str
    """Model id of the query encoder, or empty when search is by words only."""
    demo_code: str
    """A member's card code to try, in the sample stores; otherwise empty."""
    demo_name: str
    warnings: tuple[Notice, ...] = ()
    stale: bool = False
    """Whether the data is older than `exchange.warn_hours`."""
    night: str = ""
    """One sentence about a last night that brought no new data; empty on a good day."""


@dataclass(frozen=True, slots=True)
class ItemCard:
    """Everything the item screen draws."""

    item: Item
    modifiers: tuple[Modifier, ...]
    near: tuple[Neighbour, ...]
    """Nearest items that are here, closest first."""
    company: tuple[Item, ...]
    """What is often bought together with it, here today."""
    now: int
    currency: str
