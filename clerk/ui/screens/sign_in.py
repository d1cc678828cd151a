"""Who works here? A name is picked by its first letters or with the arrows, then the PIN is typed, never drawn."""

from __future__ import annotations

from collections.abc import Sequence

from clerk.model import Associate, StaffRole
from clerk.ui.drawing.lines import EMPTY, Line, Piece, Role, cut, heading, outside, say, spread, window, wrapped
from clerk.ui.drawing.prompt import Prompt
from clerk.ui.drawing.view import Picked, View, mark

PIN_LONGEST = 8
"""Digits of the longest PIN; more are a scanner that types slowly, and are not tried."""

_DOT = "●"


class SignInView(View):
    """The sign-in screen: no member's data is shown while it is open.

    Args:
        colleagues: who can sign in.
        last: who was signed in before; picked first.
    """

    name = "sign-in"

    def __init__(self, colleagues: Sequence[Associate], last: str = "") -> None:
        self.prompt = Prompt()
        """Letters of the name."""
        self.checking = False
        """Whether a PIN is being looked at right now."""
        self.trouble = ""
        """Why the last PIN was not taken."""
        self._colleagues = tuple(colleagues)
        self._chosen: Associate | None = None
        self._pin = ""
        names = [one.name for one in self._colleagues]
        self._picked = names.index(last) if last in names else 0

    @property
    def hint(self) -> str:
        """What to do next."""
        if not self._colleagues:
            return "`clerk people add NAME` on this machine enters the first associate"
        if self._chosen is None:
            return "Type the first letters of your name, or ↑ ↓ · Enter goes on to the PIN"
        return "Type your PIN and press Enter · Esc picks another name"

    def draw(self, width: int, height: int) -> list[Line]:
        """The names, then the PIN as dots."""
        lines: list[Line] = [EMPTY, heading("Sign in", width, "who works here now?"), EMPTY]
        if not self._colleagues:
            words = "No associate is entered on this counter yet, and its settings ask for one."
            return [*lines, *(say("  " + row) for row in wrapped(words, width - 4, 2))][:height]
        foot = self._foot(width)
        found = self._found()
        if not found:
            lines.append(say("  Nobody's name begins like this.", Role.MUTED))
        for index in window(len(found), self._picked, max(height - len(lines) - len(foot), 1)):
            one, picked = found[index], index == self._picked
            role = Role.PICKED if picked else Role.TEXT
            name = cut(outside(one.name), max(width // 2, 8))
            manager = (Piece("manager ", Role.MUTED),) if one.role is StaffRole.MANAGER else EMPTY
            row: Line = (Piece(f"  {mark(picked)}{name}", role, f"row:{index}"),)
            lines.append(spread(row, manager, min(width, 60)))
        return [*lines, *foot][:height]

    def picked(self) -> Picked | None:
        """The associate whose PIN comes next."""
        found = self._found()
        if self._chosen is not None:
            return Picked("associate", self._chosen.name, outside(self._chosen.name))
        if not 0 <= self._picked < len(found):
            return None
        return Picked("associate", found[self._picked].name, outside(found[self._picked].name))

    def move(self, step: int) -> None:
        """Picks another name, as long as no PIN is being typed."""
        if self._chosen is None:
            self._picked = max(0, min(self._picked + step, len(self._found()) - 1))

    def pick(self, row: int) -> None:
        if 0 <= row < len(self._found()) and not self.checking:
            self._chosen, self._pin, self._picked = None, "", row

    def type(self, text: str) -> None:
        """Letters of a name; digits are the PIN of the picked one, unless a name has digits."""
        self.trouble = ""
        if self.checking:
            return
        if self._chosen is None and text.isdigit() and not any(map(_has_digit, self._colleagues)):
            self.choose()
        if self._chosen is None:
            self.prompt.insert(text)
            self._picked = 0
        elif text.isascii() and text.isdigit():
            # One more than can be right is remembered, so that a long number is known as one.
            self._pin = (self._pin + text)[: PIN_LONGEST + 1]

    def press(self, key: str) -> bool:
        """Handles an editing key; gives whether it was one."""
        if self.checking:
            return False
        if self._chosen is not None:
            if key in ("backspace", "ctrl+w", "ctrl+u"):
                self._pin = self._pin[:-1] if key == "backspace" else ""
                return True
            return False
        if self.prompt and key not in ("left", "right", "home", "end") and self.prompt.press(key):
            self._picked = 0
            return True
        return False

    def choose(self) -> None:
        """On to the PIN of the picked name."""
        found = self._found()
        if 0 <= self._picked < len(found):
            self._chosen, self._pin = found[self._picked], ""

    def entered(self) -> tuple[str, str] | None:
        """The name and PIN to check after Enter, or None; the PIN is not kept here afterwards."""
        if self.checking:
            return None
        if self._chosen is None:
            self.choose()
            return None
        pin, self._pin = self._pin, ""
        if len(pin) > PIN_LONGEST:
            self.trouble = f"A PIN has at most {PIN_LONGEST} digits; nothing was tried."
            return None
        if not pin:
            return None
        self.checking = True
        return self._chosen.name, pin

    def back(self) -> None:
        """Esc: the PIN, the name, the letters."""
        if self.checking:
            return
        self.trouble = ""
        if self._chosen is not None:
            self._chosen, self._pin = None, ""
        else:
            self.prompt.clear()
            self._picked = 0

    def refused(self, why: str) -> None:
        """The PIN was not taken."""
        self.checking = False
        self.trouble = why

    def take_back(self, letters: int) -> None:
        """Removes what a slow scanner typed here."""
        if letters:
            self.prompt.clear()
            self._chosen, self._pin = None, ""

    def _found(self) -> list[Associate]:
        wanted = self.prompt.text.casefold().strip()
        return [
            one
            for one in self._colleagues
            if any(word.startswith(wanted) for word in (one.name.casefold(), *one.name.casefold().split()))
        ]

    def _foot(self, width: int) -> list[Line]:
        lines: list[Line] = [EMPTY]
        if self._chosen is not None:
            dots = _DOT * min(len(self._pin), PIN_LONGEST)
            label = f"  PIN of {cut(outside(self._chosen.name), max(width // 2, 8))}: "
            tail = Piece("… checking", Role.ACCENT) if self.checking else Piece("▏", Role.ACCENT)
            lines.append((Piece(label, Role.STRONG), Piece(dots, Role.STRONG), tail))
        else:
            lines.append((Piece("  Name: ", Role.MUTED), *self.prompt.draw(max(width - 10, 8))))
        if self.trouble:
            lines += [EMPTY, *(say("  " + row, Role.BAD) for row in wrapped("! " + self.trouble, width - 4, 3))]
        return lines


def _has_digit(one: Associate) -> bool:
    return any(letter.isdigit() for letter in one.name)
