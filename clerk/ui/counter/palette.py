"""The palette: every action that records nothing, found by typing, as `area: what it does`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from clerk.ui.counter.messages import ActionChosen
from clerk.ui.input.actions import ACTIONS, BY_ID, Action

LEFT_OUT = frozenset(("open", "up", "down", "page-up", "page-down", "back", "palette"))
"""Actions that are keys by nature; as an entry they would only be in the way."""


class ActionsProvider(Provider):
    """Entries of the palette. Actions that write are left out: Enter must never record anything."""

    async def discover(self) -> Hits:
        """Everything, before a letter is typed."""
        for title, action in self._entries():
            yield DiscoveryHit(title, partial(self._choose, action.id), help=action.tooltip)

    async def search(self, query: str) -> Hits:
        """What matches the letters typed."""
        matcher = self.matcher(query)
        for title, action in self._entries():
            score = matcher.match(title)
            if score > 0:
                yield Hit(score, matcher.highlight(title), partial(self._choose, action.id), help=action.tooltip)

    def _choose(self, name: str) -> None:
        self.app.post_message(ActionChosen(name))

    def _entries(self) -> Iterator[tuple[str, Action]]:
        for action in ACTIONS:
            if not action.writes and action.id not in LEFT_OUT:
                yield f"{action.area}: {BY_ID[action.id].label}", action
