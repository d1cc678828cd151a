"""Every screen in every state: while the journal cannot be read, the name of a member and why is all there is.

The screens are those that the program has; one that the walk does not come by makes the first test fail.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest
from textual.pilot import Pilot

from clerk.clock import FixedClock
from clerk.desk import Desk
from clerk.ui.counter.app import CounterApp
from clerk.ui.drawing.view import View
from clerk.ui.screens.agreements import AgreementsView
from clerk.ui.screens.contact import ContactView
from clerk.ui.screens.duplicates import DuplicatesView
from clerk.ui.screens.home import TroubleView
from clerk.ui.screens.item import ItemView
from clerk.ui.screens.lists import PrepView, ScorecardView, ShopScreen
from clerk.ui.screens.nights import NightsView
from clerk.ui.screens.sign_in import SignInView
from clerk.ui.screens.statements import StatementsView
from clerk.ui.screens.why import WhyView
from clerk.visit.card import ASK_ABOUT_ALLERGIES
from tests.glass import GAP_S, WIDE, Glass
from tests.promises.corner import NOW
from tests.proof import proving, record_proof
from tests.unread import shop, states

ELSEWHERE = {
    SignInView: "shows associates, no members: tests/ui/test_sign_in.py",
    TroubleView: "stands where there is no store data at all",
}
SAID = (StatementsView, AgreementsView, ContactView, WhyView)
"""Screens that hold nothing but what was said or bought: they do not open."""


def every_view(of: type[View] = View) -> Iterator[type[View]]:
    """All screens of the counter."""
    for one in of.__subclasses__():
        yield from every_view(one)
        if one.__module__.startswith("clerk.ui.screens.") and one is not ShopScreen:
            yield one


@asynccontextmanager
async def counter(home: Path) -> AsyncIterator[Walk]:
    """The counter over a real data folder, for somebody with a manager's rights."""
    app = CounterApp(lambda: Desk.open(home, clock=FixedClock(NOW), actor="command"), gap_s=GAP_S, hold_s=0.0)
    async with app.run_test(size=WIDE) as pilot:
        walk = Walk(app, pilot)
        await walk.until(lambda: not walk.has("Opening the store data"), "the desk")
        try:
            yield walk
        finally:
            if app._desk is not None:
                app._desk.close()


class Walk(Glass[CounterApp, None]):  # type: ignore[type-var]
    """A person who looks at every screen, and what they saw."""

    def __init__(self, app: CounterApp, pilot: Pilot[None]) -> None:
        super().__init__(app, None, pilot)
        self.seen: set[type[View]] = set()
        self.pages: list[tuple[type[View], str]] = []

    async def look(self, *keys: str) -> str:
        """Presses keys, then reads what is drawn."""
        await self.press(*keys)
        self.seen.add(type(self.app.counter.front.view))
        self.pages.append((type(self.app.counter.front.view), self.text))
        return self.text

    async def back_to(self, view: View) -> None:
        """Esc until a screen is in front and nothing is left to dismiss."""
        front = self.app.counter.front
        for _ in range(12):
            if front.view is view and not front.failures:
                return
            await self.press("escape")
        raise AssertionError(f"never back at {view.name}\n{self.text}")

    async def about(self, who: str) -> str:
        """Every screen about one member; gives the first."""
        front = self.app.counter.front
        await self.scan(shop.CARD[who])
        card = await self.look()
        view = front.view
        for keys in (("f11",), ("ctrl+g",), ("ctrl+d",), ("ctrl+o",), ("f1",), ("f9",), ("f5",), ("f7",), ("ctrl+z",)):
            await self.look(*keys)
            await self.back_to(view)
        if front.visit is not None:
            await self.look("enter")
            await self.back_to(view)
            # An item while a member is open; with what speaks for it where that may be known.
            await self.press("f3")
            await self.type("sencha")
            await self.look()
            await self.look("down", "enter")
            await self.look("enter")
            await self.back_to(view)
            await self.look("f10")
        await self.back_to(front.home)
        return card

    async def finding(self) -> None:
        """The search for members by name and by phone, and the lines to enrol somebody in."""
        home = self.app.counter.front.home
        for who in shop.MEMBERS:
            name, phone, *_ = shop.MEMBERS[who]
            for typed in (name[:6], phone[-3:]):
                await self.press("f2")
                await self.type(typed)
                await self.look()
                await self.look("down", "enter")
                await self.look("f10")
                await self.back_to(home)
        await self.press("ctrl+e")
        await self.type("Freda Fenn")
        await self.look("enter")
        await self.back_to(home)

    async def shop_screen(self, key: str) -> None:
        """A list of the shop, until it came or could not be made; and the rows of the nights in detail."""
        front = self.app.counter.front
        await self.press(key)
        view = front.view
        assert isinstance(view, ShopScreen)
        await self._come(view, key)
        if isinstance(view, NightsView):
            for _ in range(12):
                await self.look("enter")
                if isinstance(front.view, DuplicatesView):
                    await self._come(front.view, "enter")
                await self.back_to(view)
                await self.press("down")
        await self.back_to(front.home)

    async def _come(self, view: ShopScreen, key: str) -> None:
        """Waits until a list came or could not be made, and looks at it."""
        deadline = monotonic() + PATIENCE_S
        while view.failure is None and not has_come(view):
            assert monotonic() < deadline, f"never came: {key}\n{self.text}"
            await asyncio.sleep(0.01)
        await self.look()


def has_come(view: ShopScreen) -> bool:
    """Whether what another process works out is on the screen."""
    if isinstance(view, NightsView):
        return view.found is not None and view.found.whole
    assert isinstance(view, (PrepView, ScorecardView, DuplicatesView))
    return view._found is not None


PATIENCE_S = 60.0
"""What another process works out waits for a lock, several times."""

LISTS = ("ctrl+l", "ctrl+r", "ctrl+n")
"""Keys of the shop's screens."""


@pytest.mark.slow
async def test_the_walk_comes_by_every_screen_that_there_is(spoken: Path) -> None:
    with states.whole(spoken) as home:
        async with counter(home) as walk:
            await walk.look()
            assert shop.told(walk.text) == []
            await walk.about("suse")
            of_alma = await walk.about("alma")
            await walk.finding()
            for key in LISTS:
                await walk.shop_screen(key)
    assert shop.ALLERGEN in of_alma
    assert ASK_ABOUT_ALLERGIES not in of_alma
    assert walk.seen | set(ELSEWHERE) == set(every_view())
    # What the other test looks for is there while nothing is wrong.
    found = {one for _, page in walk.pages for one in shop.told(page)}
    assert {shop.EVERYBODYS, shop.ALLERGEN, *shop.MEMBERS["alma"][4:], *shop.MEMBERS["suse"][4:]} <= found


@pytest.mark.proof
async def test_no_screen_shows_what_may_have_been_withdrawn(spoken: Path, state: str) -> None:
    unreadable = state in states.UNREADABLE
    number = [*states.STATES].index(state)
    with states.STATES[state](spoken) as home:
        async with counter(home) as walk:
            await walk.look()
            if state == "with a wrong key set":
                assert type(walk.app.counter.front.home) is TroubleView
                assert walk.has("E234")
                return
            for who in shop.MEMBERS if proving() else [*shop.MEMBERS][3 - number % 4 : 4 - number % 4]:
                card = await walk.about(who)
                if who == "alma":
                    plain = " ".join(card.split())
                    assert (shop.ALLERGEN in plain) != (ASK_ABOUT_ALLERGIES in plain), card
            if proving() or number % 3 == 1:
                await walk.finding()
            for key in LISTS if proving() else LISTS[number // 2 : number // 2 + 1] if number % 2 else ():
                await walk.shop_screen(key)
    record_proof("screens while the journal cannot be read", len(walk.pages))
    if unreadable:
        assert walk.seen.isdisjoint(SAID)
        for _, page in walk.pages:
            assert shop.told(page) == [], page
    else:
        of_both = {*shop.MEMBERS["rosa"][4:], *shop.MEMBERS["fred"][4:], shop.MEMBERS["fred"][0]}
        for view, page in walk.pages:
            # An item's own screen names the items that are like it, whoever buys them.
            assert view is ItemView or of_both.isdisjoint(shop.told(page)), page
