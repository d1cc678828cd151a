"""Every key of the counter, once. The bottom line, help, the palette and the reference are made from this list.

A key means the same on every screen. Only function keys, Ctrl+Z, Ctrl+O, Ctrl+G, Ctrl+B and Ctrl+E change what is
recorded; no letter, digit, arrow or Enter does, because those are what a scanner types.
"""

from __future__ import annotations

from typing import NamedTuple


class Action(NamedTuple):
    """One thing a person can do."""

    id: str
    keys: tuple[str, ...]
    """As the terminal names them; the first is the one that is shown."""
    shown: str
    """The key as it is printed on the keyboard."""
    label: str
    """Short verb for the bottom line."""
    tooltip: str
    """One sentence for help and the palette."""
    area: str
    """First half of the palette entry, `area: verb`."""
    where: str
    """Where it applies, in words."""
    writes: bool = False
    """Whether something is recorded; such actions are never run by Enter, so the palette leaves them out."""

    def when(self) -> str:
        """The sentence shown when the key was pressed where it does nothing."""
        return f"{self.shown} works {_PLACES.get(self.where, f'when {self.where}')}."


_PLACES = {
    "everywhere": "everywhere else",
    "start screen of a sample store": "on the start screen of a sample store",
    "lists": "in lists",
}
"""Where an action applies -> the same in a sentence, unless it is one by itself."""


ACTIONS: tuple[Action, ...] = (
    Action("help", ("f1",), "F1", "Help", "What this screen shows and what its keys do.", "help", "everywhere"),
    Action(
        "members",
        ("f2",),
        "F2",
        "Find",
        "Find a member by name, the end of a phone number or a card number.",
        "member",
        "everywhere",
    ),
    Action("items", ("f3",), "F3", "Items", "Find an item by words or by what it is for.", "item", "everywhere"),
    Action(
        "sample",
        ("f4",),
        "F4",
        "Sample card",
        "Scan the sample member's card without a scanner.",
        "member",
        "start screen of a sample store",
    ),
    Action(
        "took",
        ("f5",),
        "F5",
        "Took it",
        "The member takes the picked item. On the list of members who may be here twice: they are one person.",
        "answer",
        "a suggestion or a due item is picked",
        writes=True,
    ),
    Action(
        "not-now",
        ("f6",),
        "F6",
        "Not now",
        "Not today; it rests for a while.",
        "answer",
        "a suggestion or a due item is picked",
        writes=True,
    ),
    Action(
        "never",
        ("f7",),
        "F7",
        "Never",
        "Never suggest this again; pressed again, nothing of its category. The member can take it back. On the list of "
        "members who may be here twice: they are two.",
        "answer",
        "a suggestion or a due item is picked",
        writes=True,
    ),
    Action(
        "has-it",
        ("f8",),
        "F8",
        "Has it",
        "The member already has it, from here or elsewhere.",
        "answer",
        "a suggestion or a due item is picked",
        writes=True,
    ),
    Action(
        "mark",
        ("f9",),
        "F9",
        "Mark",
        "Set a past line aside: F9, then ← → for gift, mistake, for someone else or strike out, then F9 again. On the "
        "screen of evidence: pick one purchase and do the same, or F9 twice and none of them is used any more.",
        "line",
        "a past line is picked, or evidence rests on purchases",
        writes=True,
    ),
    Action(
        "next",
        ("f10",),
        "F10",
        "Next",
        "Close this visit and clear the screen.",
        "visit",
        "a visit is open",
        writes=True,
    ),
    Action(
        "undo",
        ("ctrl+z",),
        "^Z",
        "Undo",
        "Take back the last answer or mark of this visit; in the list of statements, the picked one. On the screen "
        "of nights: go to the picked store data; asks once.",
        "visit",
        "a visit is open, or store data that is not in use is picked",
        writes=True,
    ),
    Action(
        "statements",
        ("f11", "ctrl+y"),
        "F11",
        "Statements",
        "Every statement of the member that still counts; Ctrl+Y where F11 is taken.",
        "member",
        "a visit is open",
    ),
    Action(
        "prep",
        ("ctrl+l",),
        "^L",
        "Prep list",
        "What to have ready tomorrow: expected, how sure that is, on hand.",
        "shop",
        "everywhere",
    ),
    Action(
        "scorecard",
        ("ctrl+r",),
        "^R",
        "Scorecard",
        "How well the shop does by its members in the long run.",
        "shop",
        "everywhere",
    ),
    Action(
        "nights",
        ("ctrl+n",),
        "^N",
        "Nights",
        "Last night, tonight, rows set aside, devices, store data and room on the disk.",
        "shop",
        "everywhere",
    ),
    Action(
        "lock",
        ("ctrl+k",),
        "^K",
        "Lock",
        "Lock the counter, or let a colleague sign in: the open visit ends.",
        "counter",
        "somebody is signed in",
    ),
    Action(
        "contact",
        ("ctrl+d",),
        "^D",
        "Details",
        "Phone, e-mail and birthday in full, for who may see them; it is kept on record.",
        "member",
        "a visit is open",
    ),
    Action(
        "note",
        ("ctrl+o",),
        "^O",
        "Note",
        "Write a note about the member; ^O again records it.",
        "member",
        "a visit is open",
        writes=True,
    ),
    Action(
        "agree",
        ("ctrl+g",),
        "^G",
        "Agreements",
        "What the member agrees to: three purposes with the words to read out; ^G asks about the picked one, ^G again "
        "records yes or no. F7 records a no where the question is open.",
        "member",
        "a visit is open",
        writes=True,
    ),
    Action(
        "kiosk",
        ("ctrl+b",),
        "^B",
        "Kiosk",
        "After too many wrong tries at the kiosk: the member said the end of their phone number; ^B again opens the "
        "kiosk for them again.",
        "member",
        "a kiosk is closed for the member",
        writes=True,
    ),
    Action(
        "enrol",
        ("ctrl+e",),
        "^E",
        "Enrol",
        "Enrol a new member: name, phone if they like, a blank card to scan; ^E again records it.",
        "member",
        "everywhere",
        writes=True,
    ),
    Action(
        "open",
        ("enter",),
        "Enter",
        "Why",
        "Evidence for the picked suggestion, or the picked row in full; looks up what was typed.",
        "view",
        "something is picked or typed",
    ),
    Action("up", ("up",), "↑", "Up", "Pick the row above.", "view", "lists"),
    Action("down", ("down",), "↓", "Down", "Pick the row below.", "view", "lists"),
    Action("page-up", ("pageup",), "PgUp", "Page up", "A screenful up.", "view", "lists"),
    Action("page-down", ("pagedown",), "PgDn", "Page down", "A screenful down.", "view", "lists"),
    Action(
        "back",
        ("escape",),
        "Esc",
        "Back",
        "Clear what was typed, dismiss a message, or go back one screen.",
        "view",
        "everywhere",
    ),
    Action(
        "palette",
        ("ctrl+p",),
        "^P",
        "All actions",
        "Type to find an action that records nothing.",
        "help",
        "everywhere",
    ),
    Action(
        "theme", ("ctrl+t",), "^T", "Light/dark", "Change between the dark and the light theme.", "theme", "everywhere"
    ),
    Action(
        "quit", ("f12", "ctrl+q", "ctrl+c"), "F12", "Close", "Close the counter; asks once.", "counter", "everywhere"
    ),
)
"""In the order of help and of the reference."""

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}
"""Action by its name."""

BY_KEY: dict[str, Action] = {key: action for action in ACTIONS for key in action.keys}
"""Action by the terminal's name of the key."""

FOOTER: tuple[str, ...] = (
    "help",
    "members",
    "items",
    "sample",
    "took",
    "not-now",
    "never",
    "has-it",
    "mark",
    "open",
    "statements",
    "undo",
    "note",
    "agree",
    "next",
    "back",
    "lock",
    "quit",
)
"""Which actions the bottom line names, in its order, when they apply and fit."""

FOOTER_GIVES_WAY: tuple[str, ...] = (
    "quit",
    "lock",
    "agree",
    "note",
    "statements",
    "undo",
    "items",
    "back",
    "open",
    "mark",
    "members",
)
"""What leaves the bottom line first when it is too narrow; help still names them all."""
