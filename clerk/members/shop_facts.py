"""What is constant or was learned about the shop, made once for each pack: rhythm, models, tiers, house picks."""

from __future__ import annotations

import json
from functools import cached_property

from clerk.model import MemberFacts
from clerk.model.learned import states_of
from clerk.pack.read import PackReader
from clerk.settings import Settings
from clerk.visit.habits.reading import Models, models_of, skus_named
from clerk.visit.shop import Shop, shop_of
from clerk.visit.suggest.candidates import HousePick
from clerk.visit.suggest.discovery import offers

_FALLBACKS = {
    "usual": "thresholds of the kind of shop",
    "due": "renewal estimate",
    "next": "due items by their chance within two weeks",
    "value": "tiers of the shop's own data only",
    "suggest": "what is bought with a habit",
}
"""Rules that the night may fit, and what is used until it has."""


class ShopFacts:
    """What every card of one pack rests on; each part is made when it is first needed.

    Args:
        reader: the pack.
        settings: the shop's constants.
    """

    def __init__(self, reader: PackReader, settings: Settings) -> None:
        self._reader = reader
        self._settings = settings

    @cached_property
    def shop(self) -> Shop:
        """The shop's rhythm."""
        return shop_of(self._reader.columns, self._settings)

    @cached_property
    def models(self) -> Models:
        """What was learned at night and can be used."""
        until = self._reader.facts.get("data_until", "0")
        return models_of(
            self._reader.models,
            self._reader.columns,
            self.shop,
            self._settings,
            int(until) if until.isascii() and until.isdigit() else 0,
            self._reader.item_nos(skus_named(self._reader.models)),
        )

    @cached_property
    def tiers(self) -> tuple[str, ...]:
        """The shop's tiers, best first."""
        return self._texts("store.tiers")

    @cached_property
    def house_picks(self) -> tuple[HousePick, ...]:
        """What the shop chose to offer, and what is rising."""
        skus = self._texts("store.house")
        nos = self._reader.item_nos(skus) if skus else {}
        numbers = [nos[sku] for sku in skus if sku in nos]
        return offers(self._reader.columns, numbers, self._settings, self.models.suggest is not None)

    @cached_property
    def goes_with(self) -> dict[int, tuple[int, ...]]:
        """What goes with what, as the shop says."""
        return self._reader.goes_with()

    @cached_property
    def house_pick_nos(self) -> dict[str, int]:
        """SKU -> item number of every house pick."""
        found = self._reader.items([one.item_no for one in self.house_picks])
        return {item.sku: item_no for item_no, item in found.items()}

    def privileges(self, facts: MemberFacts, tier: str) -> tuple[str, ...]:
        """What a member's tier means today, in the shop's own words."""
        return facts.privileges if tier == facts.member.tier else self._reader.privileges(tier)

    def models_in_use(self) -> dict[str, str]:
        """What was learned at night, by name, or which fallback stands in for it and why."""
        learned = self._reader.models
        states = states_of(learned)
        found = {}
        for name, fallback in _FALLBACKS.items():
            usable = getattr(self.models, name) is not None
            note = states[name].note if name in states else ""
            if not usable and name in learned:
                note = "what the store data holds cannot be used"
            found[name] = ("fitted on this shop" if usable else fallback) + (f" ({note})" if note else "")
        return found

    def prepare(self) -> None:
        """Makes every part, so that the first scan does not pay for it."""
        _ = self.shop, self.models, self.house_picks, self.goes_with, self.house_pick_nos, self.tiers

    def _texts(self, fact: str) -> tuple[str, ...]:
        """Texts of a list in the store's facts; none where there is no such list."""
        try:
            found = json.loads(self._reader.facts.get(fact, "[]"))
        except ValueError:
            return ()
        return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()
