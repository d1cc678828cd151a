"""What each key, tap and scan does at the counter. The screens themselves are kept by `Front`; no Textual here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from clerk.errors import ClerkError
from clerk.ui.counter import enrolling, pairing
from clerk.ui.counter.front import Front
from clerk.ui.counter.locking import APPLIES as LOCKED
from clerk.ui.counter.locking import Lock
from clerk.ui.counter.messages import OtherDataAsked
from clerk.ui.counter.recording import ANSWER_OF, Recording
from clerk.ui.drawing import touch_bar
from clerk.ui.drawing.frame import frame, question
from clerk.ui.drawing.lines import EMPTY, Line, Role, outside, say
from clerk.ui.drawing.prompt import Prompt
from clerk.ui.drawing.view import Markable
from clerk.ui.input.actions import BY_ID, BY_KEY
from clerk.ui.input.codes import is_code_like, looks_whole
from clerk.ui.screens.agreements import TITLES, AgreementsView
from clerk.ui.screens.duplicates import DuplicatesView
from clerk.ui.screens.enrol import EnrolView
from clerk.ui.screens.find import FindView
from clerk.ui.screens.home import HomeView, TroubleView
from clerk.ui.screens.member import MemberView
from clerk.ui.screens.nights import NightsView
from clerk.ui.screens.note import NoteView
from clerk.ui.screens.sign_in import SignInView
from clerk.ui.screens.statements import BY_WORD, StatementsView
from clerk.ui.screens.why import WhyView

if TYPE_CHECKING:
    from clerk.desk import Desk
    from clerk.desk.counter.finding import CounterFinding

BEFORE_OPEN = frozenset(("help", "quit", "back", "theme", "up", "down", "page-up", "page-down"))
"""Actions that apply while there is no store data."""

EVERYWHERE = BEFORE_OPEN | {"members", "items", "palette", "prep", "scorecard", "nights", "enrol"}
"""Actions that apply on every screen once the store data is open."""

WHY_NO_NO = "F7 records a no where the question is open; ^G changes what stands."
"""Said to F7 beside an answer."""

WRITTEN = (NoteView, EnrolView)
"""Screens with a line of their own to write in."""

STEPS = {"up": -1, "down": 1, "page-up": -12, "page-down": 12}
"""Rows that the moving keys move."""


class Counter:
    """Takes keys, taps and scans; draws the screen as lines.

    Args:
        post: takes a message from any thread and brings it back to `front`.
    """

    def __init__(self, post: Callable[[Message], object]) -> None:
        self.front = Front(post)
        self.prompt = Prompt()
        """What is typed outside Find."""
        self._asking = ""
        self._waiting: list[str] = []
        self._desk: Desk | None = None
        self._recording: Recording | None = None
        self._post = post
        self.touch = False
        """Whether fingers press the keys: large buttons stand in place of the bottom line."""
        self.lock = Lock(self.front, post)
        """Who may look; the sign-in screen while nobody may."""

    @property
    def applies(self) -> frozenset[str]:
        """Actions that apply now."""
        if self._desk is None:
            return BEFORE_OPEN
        if self.lock.view is not None:
            return LOCKED
        also = {"open"} if self.prompt else set()
        if self.lock.who:
            also.add("lock")
        if self.front.visit is not None:
            also |= {"contact", "note", "agree"}
            also |= {"kiosk"} if self.front.visit.card.kiosk_tries else set()
        if self.front.visit is not None and not isinstance(self.front.view, StatementsView):
            also.add("statements")
        return EVERYWHERE | self.front.view.offers() | also

    def draw(self, width: int, height: int) -> list[Line]:
        """The whole screen, a line a row."""
        front = self.front
        status = front.home.status if isinstance(front.home, HomeView) else None
        view = self.lock.view or front.view
        marking = isinstance(view, Markable) and view.marking
        esc = front.can_go_back or self.lock.view or (self.touch and (self.prompt or front.failures or marking))
        named = self.applies if esc else self.applies - {"back"}
        locked = self.lock.view is not None
        bar = touch_bar.bar_below(view, self.prompt, named, locked, width, height) if self.touch else []
        height -= len(bar) - 1 if bar else 0
        lines = frame(
            view, status, front.failures, front.message_line, self.prompt, named, width, height, self.lock.who
        )
        return [*lines[:-1], *bar] if bar else lines

    # The store data

    def opened(self, desk: Desk) -> None:
        """The desk is open: the start screen is filled, and a card that was scanned meanwhile is answered."""
        self._desk = desk
        self._recording = Recording(desk.visit, desk.records, self._post)
        self.front.opened(desk)
        self.front.message_line = EMPTY
        waiting, self._waiting = self._waiting, []
        self.lock.opened(desk.signing)
        for text in waiting:
            if self.lock.view is None:
                self.look_up(text)
            else:
                self.lock.burst(0)

    def not_opened(self, error: ClerkError) -> None:
        """There is no usable store data."""
        self.front.close_home(error)
        self.front.message_line = EMPTY
        self._waiting.clear()

    def is_own_code(self, text: str) -> bool:
        """Whether a text is one of our codes; before the desk is open its shape decides."""
        return self._desk.cards.is_own_code(text) if self._desk is not None else looks_whole(text)

    def is_code(self, text: str) -> bool:
        """Whether a text is scanned rather than searched for."""
        return is_code_like(text) or self.is_own_code(text)

    # Scans

    def burst(self, text: str, leaked: int = 0) -> None:
        """A scan, or text that came at machine speed.

        Args:
            text: what it typed.
            leaked: letters of it that were typed into a line before it was known for a scan.
        """
        self.front.message_line, self._asking = EMPTY, ""
        if self.lock.view is not None:
            self.lock.burst(leaked)
            return
        find = self.front.view if isinstance(self.front.view, FindView) else None
        self._typed_line.take_back(leaked)
        if find is not None and not self.is_code(text):
            self.type(text)
        else:
            self.look_up(text)

    def look_up(self, text: str, typed: bool = False) -> None:
        """A code is shown, from any screen; anything else is searched for among the members.

        Effect: before the store data is open the text is kept and looked up then.
        """
        if isinstance(self.front.home, TroubleView):
            self.front.message_line = say("Nothing can be looked up without store data.", Role.WARN)
        elif self._desk is None:
            self._waiting = [text]
            self.front.message_line = say("Read; it is answered as soon as the store data is open.")
        elif self.is_code(text):
            self.prompt.clear()
            if not enrolling.takes(self.front, self._desk.cards, text):
                self.front.show(text, typed)
        else:
            self.prompt.clear()
            self.front.find("members", text)

    # Keys

    def type(self, text: str) -> None:
        """Letters of a person."""
        self._asking, self.front.message_line = "", EMPTY
        view = self.front.view
        if self.lock.view is not None:
            self.lock.view.type(text)
        elif isinstance(view, FindView):
            if view.prompt.insert(text):
                self.front.search(view)
        elif isinstance(view, WRITTEN):
            view.prompt.insert(text)
        elif not isinstance(self.front.home, TroubleView):
            self.prompt.insert(text)

    def press(self, key: str) -> str:
        """Any other key of a person; returns the id of an action that the app itself has to do, or nothing."""
        if self.lock.view is not None and self.lock.view.press(key):
            return ""
        view = self.front.view
        find = view if isinstance(view, FindView) else None
        if self.lock.view is None and isinstance(view, WRITTEN) and view.prompt.press(key):
            return ""
        if isinstance(view, Markable) and view.marking and key in ("left", "right"):
            view.choose_mark(-1 if key == "left" else 1)
            return ""
        if (find or self.prompt) and (find.prompt if find else self.prompt).press(key):
            if find and key not in ("left", "right", "home", "end"):
                self.front.search(find)
            return ""
        action = BY_KEY.get(key)
        return self.do(action.id) if action else ""

    def tap(self, hit: str) -> str:
        """A tap on a key of the bottom line or on a row; a tap on the picked row opens it."""
        kind, _, what = hit.partition(":")
        if kind == "do":
            return self.do(what)
        if kind == "key":
            return self.press(what)
        if kind == "type":
            self.type(what)
            return ""
        if self.lock.view is not None:
            self.lock.view.pick(int(what))
            return self.do("open")
        before = self.front.view.picked()
        self.front.view.pick(int(what))
        return self.do("open") if before == self.front.view.picked() else ""

    def do(self, name: str) -> str:
        """One action by its id; returns the id when the app itself has to do it."""
        asked, self._asking = self._asking, ""
        self.front.message_line = EMPTY
        if name == "quit" and asked != "quit":
            self._asking = "quit"
            self.front.message_line = question("Close the counter?", "F12 closes it · Esc stays")
        elif name in ("quit", "theme") or (name == "palette" and self.lock.view is None):
            return name
        elif self.lock.view is not None:
            self._while_locked(self.lock.view, name)
        elif name not in self.applies:
            action = BY_ID[name]
            when = WHY_NO_NO if name == "never" and isinstance(self.front.view, AgreementsView) else action.when()
            self.front.message_line = say(when, Role.MUTED)
        elif name in STEPS:
            self.front.view.move(STEPS[name])
        elif name == "undo" and isinstance(self.front.view, NightsView):
            self._other_data(self.front.view, asked)
        elif isinstance(self.front.view, DuplicatesView) and self._desk is not None and BY_ID[name].writes:
            self._decide(self.front.view, name, self._desk)
        elif BY_ID[name].writes and name != "next":
            self._write(name, asked)
        elif not (name == "back" and asked):
            self._go(name)
        return ""

    def _decide(self, view: DuplicatesView, name: str, desk: Desk) -> None:
        """About two members, on the manager's list."""
        try:
            self.front.message_line = pairing.decide(view, name, desk, self._post)
        except ClerkError as error:
            self.front.fail(error)

    @property
    def _typed_line(self) -> Prompt:
        """The line that letters go into."""
        view = self.front.view
        return view.prompt if isinstance(view, (FindView, *WRITTEN)) else self.prompt

    def lock_now(self) -> None:
        """Locks if somebody is signed in; nothing of a member stays on the screen or in what was typed."""
        if self.lock.who:
            self.prompt.clear()
            self._asking = ""
            if self._recording is not None:
                self._recording.forget_asked()
            self.lock.close()

    def look(self) -> None:
        """Locks if nobody who is signed in may work here any longer, and clears what was typed."""
        self.lock.look()
        if self.lock.view is not None:
            self.prompt.clear()

    def _while_locked(self, view: SignInView, name: str) -> None:
        if name in STEPS:
            view.move(STEPS[name])
        elif name == "open":
            self.lock.enter()
        elif name == "back" and self.front.failures:
            self.front.failures.pop(0)
        elif name == "back":
            view.back()
        else:
            self.front.message_line = say("Sign in first.", Role.MUTED)

    def _go(self, name: str) -> None:
        """Actions that change the screen and record nothing."""
        front = self.front
        if name == "help":
            front.show_help()
        elif name in ("members", "items"):
            front.find(name, front.view.prompt.text if isinstance(front.view, FindView) else "")
        elif name == "sample" and isinstance(front.home, HomeView) and front.home.status:
            self.look_up(front.home.status.demo_code)
        elif name == "next":
            self.prompt.clear()
            front.end_visit("next")
        elif name == "lock":
            self.lock_now()
        elif name == "contact":
            front.show_contact()
        elif name == "statements":
            front.show_statements()
        elif name in ("prep", "scorecard", "nights"):
            front.show_shop_screen(name)
        elif name == "open" and self.prompt and not isinstance(front.view, FindView):
            self.look_up(self.prompt.text, typed=True)
        elif name == "open" and isinstance(front.view, EnrolView):
            front.view.move(1)
        elif name == "open":
            front.open_picked()
        elif name == "back":
            self._back()

    def _back(self) -> None:
        """Esc: clears typed text, else dismisses a message, else cancels a choice, else goes back a screen."""
        front = self.front
        if self.prompt:
            self.prompt.clear()
        elif front.failures:
            front.failures.pop(0)
        elif isinstance(front.view, Markable) and front.view.marking:
            front.view.marking = None
        elif front.can_go_back:
            front.back()
        elif front.visit is not None:
            front.message_line = say("F10 closes this visit.", Role.MUTED)

    def _other_data(self, view: NightsView, asked: str) -> None:
        """Puts the picked store data into use: asks once, then another thread does it."""
        row, change = view.picked(), view.change()
        if row is None or not change:
            return
        if self._desk is not None and not self._desk.signing.may_manage:
            self.front.message_line = say(
                "Only a manager goes to other store data: ^K, and a manager signs in.", Role.WARN
            )
            return
        if asked != f"data:{row.key}":
            self._asking = f"data:{row.key}"
            self.front.message_line = question(f"^Z again: {change}", "^Z does it · Esc stays")
            return
        self.front.message_line = say(f"… checking, then {change}", Role.ACCENT)
        self._post(OtherDataAsked(row.key, change))

    def _write(self, name: str, asked: str) -> None:
        """Actions that record something; `asked` is the question that was open."""
        visit, desk, recording = self.front.visit, self._desk, self._recording
        if name == "enrol" and desk is not None:
            self.prompt.clear()
            self.front.message_line = enrolling.enrol(self.front, desk.cards, self._post)
        if name == "enrol" or visit is None or desk is None or recording is None:
            return
        try:
            if name == "agree" or (name == "never" and isinstance(self.front.view, AgreementsView)):
                self.front.message_line = self._agree(visit, recording, yes=name == "agree")
            elif name in ANSWER_OF:
                self.front.message_line = recording.answer(visit, ANSWER_OF[name])
            elif name == "note":
                self._note(visit, recording)
            elif name == "kiosk" and asked != "kiosk":
                self._asking = "kiosk"
                # The end of the number, as every associate may see it; the member says it first.
                phone = outside(visit.card.member.phone)
                asked_now = f"Their phone is {phone}: did they say its end?" if phone else "No phone known: is it them?"
                self.front.message_line = question(asked_now, "^B opens the kiosk again")
            elif name == "kiosk":
                self.front.message_line = recording.confirm_at_kiosk(visit)
            elif name == "undo":
                self.front.message_line = self._undo(visit, recording)
            elif isinstance(self.front.view, Markable):
                self.front.message_line = self._mark(self.front.view, visit, recording, desk.finding)
        except ClerkError as error:
            self.front.fail(error)

    def _note(self, visit: MemberView, recording: Recording) -> None:
        """Opens the line to write in; there, records what was written."""
        view = self.front.view
        if not isinstance(view, NoteView):
            self.front.show_note()
        elif view.prompt:
            self.front.message_line = recording.note(visit, view.prompt.text)

    def _agree(self, visit: MemberView, recording: Recording, *, yes: bool) -> Line:
        """Opens the agreements; there, asks about the picked purpose, and the second time records it.

        Args:
            visit: the open one.
            recording: writes.
            yes: whether the key was that of a change; F7 records the no of somebody who was asked.
        """
        view = self.front.view
        if not isinstance(view, AgreementsView):
            self.front.show_agreements()
            return EMPTY
        one = view.one
        if one is None or one.purpose.value in visit.saving:
            return EMPTY
        if view.recorded:
            return say("Recorded just now. To change it again, pick it anew with ↑ ↓.", Role.MUTED)
        if not view.asked:
            view.asked = True
            if not yes:
                return say(f"F7 again records: {TITLES[one.purpose]} · said no   (^G records a yes)", Role.ACCENT)
            what = "no longer agreed" if one.allowed else "agreed, in the words above"
            no = "   (F7 records a no)" if one.is_open else ""
            return say(f"^G again records: {TITLES[one.purpose]} · {what}{no}", Role.ACCENT)
        view.asked, view.recorded = False, True
        return recording.agree(visit, one.purpose, yes and not one.allowed)

    def _strike(self, view: WhyView, visit: MemberView, recording: Recording, finding: CounterFinding) -> Line:
        """Strikes out the purchases behind a reason: asks once, then records it."""
        name = outside(finding.item(view.rests_on).item.name)
        if not view.asked_to_strike:
            view.asked_to_strike = True
            return say(f"F9 again: purchases of {name} are not used any more", Role.ACCENT)
        self.front.back()
        return recording.strike(visit, view.rests_on, name)

    def _mark(self, view: Markable, visit: MemberView, recording: Recording, finding: CounterFinding) -> Line:
        """Marks a past line on the card or behind a reason: F9 opens the choice of mark, F9 again records it."""
        row = view.picked()
        if isinstance(view, WhyView) and (row is None or row.kind != "line"):
            return self._strike(view, visit, recording, finding)
        if view.marking is None:
            view.choose_mark(1)
            return say("← → choose · F9 records it · Esc cancels", Role.ACCENT)
        line = recording.mark(visit, view)
        if isinstance(view, WhyView):
            self.front.back()
        return line

    def _undo(self, visit: MemberView, recording: Recording) -> Line:
        """Takes back the last record of this visit; in the list of statements the picked one, after asking once."""
        view = self.front.view
        row = view.picked()
        if not isinstance(view, StatementsView) or row is None:
            return recording.undo(visit)
        if view.by_word_only:
            return say(BY_WORD, Role.MUTED)
        if view.asked != row.key:
            view.asked = row.key
            return say(f"^Z again takes back: {row.name}", Role.ACCENT)
        view.asked = ""
        return recording.take_back(visit, row)
