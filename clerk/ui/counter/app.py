"""The counter as a Textual app: passes keys, taps and scans to `Counter`, runs slow work on threads, and redraws.

Keys are taken before any widget sees them.
The first frame is on the terminal before the desk is opened, because opening it imports numpy and SQLite. Every
change ends in one `Glass.redraw`. Lookups run right in the handler: they cost less than a hop to another thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.filter import LineFilter
from textual.timer import Timer

from clerk.errors import ClerkError
from clerk.text import clean
from clerk.ui.counter import pairing
from clerk.ui.counter.counter import Counter
from clerk.ui.counter.enrolling import enrolled
from clerk.ui.counter.messages import (
    ActionChosen,
    Enrolled,
    FoundByMeaning,
    NewerOpened,
    OtherDataAsked,
    PairRecorded,
    PinChecked,
    PinTyped,
    Recorded,
    ShopScreenAsked,
    ShopScreenReady,
    WentQuiet,
)
from clerk.ui.drawing.glass import Glass, PlainTextOnly
from clerk.ui.drawing.lines import say
from clerk.ui.drawing.theme import DARK, LIGHT, PALETTES, styles, textual_theme
from clerk.ui.drawing.touch_bar import Taps
from clerk.ui.input.actions import ACTIONS, BY_ID, Action
from clerk.ui.input.scan_or_typing import BURST_GAP_S, HOLD_S, TORN_S, Burst, KeyReader, Stroke, Typed
from clerk.ui.input.textual_private import QuietCrash
from clerk.ui.screens.enrol import EnrolView
from clerk.ui.screens.lists import Found, ShopScreen

if TYPE_CHECKING:
    from clerk.desk import Desk

IDLE_S = 600.0
"""Seconds without a key after which an open visit is closed: an idle counter shows nobody (PCI DSS asks for 900)."""

TICK_S = 30.0
"""How often the age of the data and the idle time are looked at."""

PASTE_LONGEST = 512
"""Characters of a paste that are read."""

LEFT_OUT = frozenset(("open", "up", "down", "page-up", "page-down", "back", "palette"))
"""Actions that are keys by nature; as an entry of the palette they would only be in the way."""


class ActionsProvider(Provider):
    """The palette: actions found by typing, as `area: verb`. None that writes: Enter must never record anything."""

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


class CounterApp(QuietCrash, inherit_bindings=False):
    """The counter.

    Args:
        open_desk: opens the store data; called once, after the first frame.
        theme: `clerk-dark` or `clerk-light`.
        ready: called once when the first scan can be answered.
        gap_s: longest gap between two keys of a scanner.
        hold_s: time within which a recording key that comes again is the same press.
        idle_s: seconds without a key after which an open visit is closed.
        touch: large buttons in place of the bottom line; a browser always has them.
    """

    CSS_PATH = "app.tcss"
    TITLE = "Clerk"
    ALLOW_SELECT = False
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    COMMANDS = {ActionsProvider}  # noqa: RUF012 - declared by Textual as a ClassVar of a set

    def __init__(
        self,
        open_desk: Callable[[], Desk],
        theme: str = DARK.name,
        ready: Callable[[], None] | None = None,
        gap_s: float = BURST_GAP_S,
        hold_s: float = HOLD_S,
        idle_s: float = IDLE_S,
        touch: bool = False,
    ) -> None:
        super().__init__()
        for palette in PALETTES.values():
            self.register_theme(textual_theme(palette))
        self.theme = theme if theme in PALETTES else DARK.name
        self.counter = Counter(self.post_message)
        self._open_desk = open_desk
        self._desk: Desk | None = None
        self._desk_opened = ready
        self._reader = KeyReader(self.counter.is_own_code, gap_s, hold_s=hold_s)
        self._reader.stalls = True
        self._idle_s = idle_s
        self._touch = touch
        self._taps = Taps() if hold_s else Taps(0.0)
        self._last_key = monotonic()
        self._look: asyncio.TimerHandle | None = None
        self._locks_at: Timer | None = None
        self._plain = PlainTextOnly()
        self._glass = Glass(self.counter.draw, styles(PALETTES[self.theme]))

    def compose(self) -> ComposeResult:
        yield self._glass

    def on_mount(self) -> None:
        """The first frame, then the desk."""
        self.counter.touch = self._glass.touch = self._touch or self.is_web
        self.call_after_refresh(self._open)
        self.set_interval(TICK_S, self._tick)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The last guard against raw terminal controls, after everything Textual does."""
        return [*super().get_line_filters(), self._plain]

    async def on_event(self, event: events.Event) -> None:
        """Keys, taps and pastes, before any widget sees them."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            text = event.character if event.is_printable and event.character else ""
            await self._take(Stroke(event.key, text, event.time, event))
        elif isinstance(event, (events.MouseDown, events.MouseUp)) and not event.is_forwarded:
            await self._take(Stroke("mouse", "", event.time, event))
        elif isinstance(event, events.MouseEvent) and not event.is_forwarded and self._reader.in_burst:
            event.stop()
        elif isinstance(event, events.Paste) and not event.is_forwarded:
            await self._paste(event)
        else:
            await super().on_event(event)

    async def on_went_quiet(self) -> None:
        """No key came for a moment: keys held back as a possible scan are passed on as typing."""
        self._look = None
        await self._heard(self._reader.look(monotonic()))

    def on_recorded(self, message: Recorded) -> None:
        self.counter.front.recorded(message)
        self._show()

    def on_pair_recorded(self, message: PairRecorded) -> None:
        if self.counter.lock.view is None:
            pairing.recorded(self.counter.front, message)
        self._show()

    def on_enrolled(self, message: Enrolled) -> None:
        if self.counter.lock.view is None:
            enrolled(self.counter.front, message)
        self._show()

    def on_found_by_meaning(self, message: FoundByMeaning) -> None:
        self.counter.front.found_by_meaning(message)
        self._show()

    def on_pin_typed(self, message: PinTyped) -> None:
        """A PIN is checked on a thread of its own: it takes a tenth of a second of work, on purpose."""
        self.run_apart(partial(self._check_pin, message.name, message.pin), "pin")

    def on_pin_checked(self, message: PinChecked) -> None:
        self.counter.lock.checked(message)
        self._watch()
        self._show()

    def on_shop_screen_asked(self, message: ShopScreenAsked) -> None:
        """A screen of the shop is worked out on a thread of its own; a scan meanwhile is answered as always."""
        self.set_timer(message.view.slow_after_s, partial(self._slow, message.view))
        self.run_apart(partial(self._work_out, message.view), "shop-screen")

    def on_shop_screen_ready(self, message: ShopScreenReady) -> None:
        self.counter.front.shop_screen_ready(message)
        self._show()

    def on_other_data_asked(self, message: OtherDataAsked) -> None:
        """Other store data is checked and opened on a thread of its own."""
        self._look_for_newer(message)

    def on_newer_opened(self, message: NewerOpened) -> None:
        self.counter.front.newer_opened(message)
        self._show()

    def on_glass_tapped(self, message: Glass.Tapped) -> None:
        """A tap on a key of the bottom line or on a row; of two taps that are one bounce, the first counts."""
        if not self._taps.bounces(message.hit, monotonic()):
            self._done(self.counter.tap(message.hit))

    def on_glass_scrolled(self, message: Glass.Scrolled) -> None:
        (self.counter.lock.view or self.counter.front.view).move(message.step)
        self._show()

    async def _take(self, stroke: Stroke) -> None:
        self._last_key = monotonic()
        await self._heard(self._reader.feed(stroke))

    async def _heard(self, known: Sequence[Typed | Burst]) -> None:
        for each in known:
            if isinstance(each, Burst):
                await self._burst(each)
            else:
                for stroke in each.strokes:
                    await self._typed(stroke)
        quiet_at = self._reader.quiet_at
        if quiet_at is not None and self._look is None:
            delay = max(quiet_at - monotonic(), 0.001)
            self._look = asyncio.get_running_loop().call_later(delay, self._post_quiet)

    def _post_quiet(self) -> None:
        self.post_message(WentQuiet())

    async def _burst(self, burst: Burst) -> None:
        """A scan closes whatever stands in front, the palette included."""
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        self.counter.burst(burst.text, burst.leaked)
        self._show()

    async def _typed(self, stroke: Stroke) -> None:
        in_front = len(self.screen_stack) > 1
        if isinstance(stroke.event, events.Key) and not in_front:
            if stroke.text:
                self.counter.type(stroke.text)
                self._show()
            else:
                self._done(self.counter.press(stroke.key))
        elif isinstance(stroke.event, events.Event):
            await super().on_event(stroke.event)

    async def _paste(self, event: events.Paste) -> None:
        """A paste, by a person or a scanner in clipboard mode: its first line that is not empty is used."""
        lines = [clean(line, PASTE_LONGEST) for line in event.text[: PASTE_LONGEST * 2].splitlines()]
        text = next((line for line in lines if line), "")
        if text and (self.counter.is_code(text) or len(self.screen_stack) == 1):
            if self.counter.is_code(text) or self.counter.lock.view is not None:
                await self._burst(Burst(text, ()))
            else:
                self.counter.type(text)
                self._show()

    def on_action_chosen(self, message: ActionChosen) -> None:
        self._done(self.counter.do(message.name))

    def _check_pin(self, name: str, pin: str) -> None:
        """On the worker's thread."""
        desk = self._desk
        if desk is None:
            return
        try:
            self.post_message(PinChecked(desk.signing.check(name, pin)))
        except Exception as error:
            # Whatever it is, the person waiting at the screen must hear of it.
            self.post_message(PinChecked(None, error))

    def _watch(self) -> None:
        """Looks again when the counter would lock if no key came until then; one look at a time."""
        lock_s = self.counter.lock.lock_s
        if self._locks_at is not None:
            self._locks_at.stop()
        self._locks_at = None
        if lock_s:
            self._locks_at = self.set_timer(max(lock_s - (monotonic() - self._last_key), 0.01), self._lock_if_idle)

    async def _lock_if_idle(self) -> None:
        lock_s = self.counter.lock.lock_s
        if lock_s and monotonic() - self._last_key >= lock_s:
            while len(self.screen_stack) > 1:
                await self.pop_screen()
            self.counter.lock_now()
            self._show()
        self._watch()

    def _slow(self, view: ShopScreen) -> None:
        self.counter.front.shop_screen_is_slow(view)
        self._show()

    def _work_out(self, view: ShopScreen) -> None:
        """On the worker's thread: asks the desk, and brings back whatever came of it."""
        desk = self._desk
        if desk is None:
            return
        try:
            ask: dict[str, Callable[[], Found]] = {
                "prep": desk.lists.prep, "scorecard": desk.lists.scorecard, "nights": desk.nights.more,
                "duplicates": desk.pairs.listed,
            }  # fmt: skip
            self.post_message(ShopScreenReady(view, ask[view.kind]()))
        except Exception as error:
            # Whatever it is, the person waiting at the screen must hear of it.
            self.post_message(ShopScreenReady(view, None, error))

    def _look_for_newer(self, asked: OtherDataAsked | None = None) -> None:
        self.run_apart(partial(self._open_newer, asked), "newer")

    def _open_newer(self, asked: OtherDataAsked | None) -> None:
        """On the worker's thread: puts other data into use if a manager asked for it, then opens the data in use."""
        desk = self._desk
        if desk is None:
            return
        change = asked.change if asked is not None else ""
        try:
            if asked is not None:
                desk.nights.go_to(asked.generation)
            desk.refresh.prepare()
            self.post_message(NewerOpened(change))
        except Exception as error:
            # Whatever it is, whoever asked for it must hear of it.
            self.post_message(NewerOpened(change, error))

    def _done(self, left_to_app: str) -> None:
        """Does what only the app can do, then draws."""
        if left_to_app == "quit":
            if self._desk is not None:
                self._desk.close()
            self.exit()
            return
        if left_to_app == "theme":
            self.theme = LIGHT.name if self.theme == DARK.name else DARK.name
            self._glass.dress(styles(PALETTES[self.theme]))
        elif left_to_app == "palette":
            self.action_command_palette()
        self._show()

    def _show(self) -> None:
        """Redraws; a card shown for the first time is reported to the desk after it is painted."""
        if self.counter.lock.closes:
            self._done("quit")
            return
        self._glass.redraw()
        if self.counter.front.undrawn:
            self.call_after_refresh(self.counter.front.mark_drawn)

    def _open(self) -> None:
        """Opens the store data; a scan that came meanwhile is in the queue behind this call."""
        try:
            self._desk = self._open_desk()
            self.counter.opened(self._desk)
        except ClerkError as error:
            self.counter.not_opened(error)
        if self._desk_opened is not None:
            self._desk_opened()
        # What was scanned while this call held everything up is still to come.
        self.set_timer(TORN_S, self._settled)
        self._watch()
        self._show()

    def _settled(self) -> None:
        """From here on, letters that come apart were typed."""
        self._reader.stalls = False

    def _tick(self) -> None:
        """Closes a forgotten visit; keeps the age of the data true; looks whether a night brought newer data."""
        front = self.counter.front
        self.counter.look()
        if front.visit is not None or isinstance(front.view, EnrolView):
            if monotonic() - self._last_key > self._idle_s:
                front.end_visit("timeout")
            elif front.visit is not None and self._desk is not None and self._desk.visit.is_forgotten():
                front.end_visit("forgotten")
                front.message_line = say("This member was forgotten.")
        elif front.view is front.home:
            front.renew_home()
        if self._desk is not None and self._desk.refresh.waiting():
            self._look_for_newer()
        self._show()
