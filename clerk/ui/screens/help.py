"""Help: what the screen shows, then every key from the one list of actions."""

from __future__ import annotations

from clerk.ui.drawing.lines import EMPTY, Line, Piece, Role, heading, say, wrapped
from clerk.ui.drawing.view import Scrolled
from clerk.ui.input.actions import ACTIONS

ABOUT: dict[str, tuple[str, ...]] = {
    "home": (
        "Scan a member's card: from any screen, whatever is being typed. Nothing has to be clicked first.",
        "No card? Type a part of the name or the end of the phone number and press Enter.",
    ),
    "member": (
        "One screen for one member. Read the usual aloud; mention a suggestion only if it fits the moment.",
        "▸ marks the picked row; ↑ and ↓ move it. F5 to F8 record what the member said to it. It is kept when the "
        "screen says “recorded”, not before.",
        "An empty place says why nothing is suggested. Enter shows the evidence for the picked row.",
        "Past lines stand below. Bought as a gift, or by mistake? Pick the line, press F9, choose with ← →, press F9. "
        "“Strike out” makes a line count for nothing and shows it no more.",
        "F10 clears the screen for the next member; so does the next scan.",
    ),
    "find": (
        "Type; the rows follow. The whole database is searched, not only the rows drawn. F2 members, F3 items.",
        "Items are found by words at once; what is near in meaning is added a moment later.",
    ),
    "item": (
        "“Not counted” is not “in stock”: nobody has counted it here. The age of a count stands beside it.",
        "↑ and ↓ pick another item, Enter opens it. With a visit open you also see why it is or is not suggested.",
    ),
    "why": (
        "Each gate is a rule that can keep an item from being suggested. ✓ passes: the rule does not apply. "
        "✗ stops: it does, and this is why.",
        "Use it when a member asks “why do you show me this?”, or why not.",
        "“Do not use this”: F9, then F9 again, and the purchases that speak here count for nothing any more. For one "
        "of them: pick it with ↓, F9, choose with ← →, F9.",
    ),
    "statements": (
        "Everything the member stated here that still counts: answers, marks, strike-outs, stated facts, agreements.",
        "The member may have any of it taken back: pick it, ^Z, then ^Z again. Agreements are changed with ^G.",
    ),
    "prep": (
        "What members are expected to take tomorrow. Eight days of ten lie between the two numbers. A proposal: "
        "nothing is ordered, and what other people buy comes on top.",
        "“! short” means counted, and less than expected of the item.",
    ),
    "scorecard": (
        "How the shop does by its members over many weeks. The bars are weeks, the latest at the right; a dot is a "
        "week in which nothing was counted.",
        "“Kept back” counts suggestions that a rule kept from being made. Nothing here ranks by the next sale.",
    ),
    "nights": (
        "What came in last night and what will tonight. Put the shop's exports into the folder inbox; nothing has to "
        "be renamed. A file that was not taken says why: Enter on it.",
        "Rows set aside are not lost: Enter shows each with its file, row number and reason. Correct the export and "
        "send it again.",
        "Pick older store data and press ^Z twice to go back to it. Answers and marks are kept: they stand apart "
        "from it. The next night brings newer data again.",
    ),
    "sign-in": (
        "Sign in with your own PIN: what is recorded carries your name. A scan opens nobody before.",
        "Too many wrong PINs lock a name for a while, each time for longer; a manager can unlock it.",
    ),
    "note": (
        "A note is for the next colleague. Write it so that the member may read it: they may ask for all of them.",
        "Card numbers are refused. Nothing about health. Notes belong to the shop.",
    ),
    "agreements": (
        "Three purposes, asked one by one. Read out the words below the list. A yes: ^G, then ^G again. A no where "
        "the question is open: F7, then F7 again. That a yes no longer counts: ^G, then ^G again; it counts at once.",
        "“Ask again” means: a no, and later a yes from somebody who had not heard the no. It counts as no until asked.",
    ),
    "enrol": (
        "Somebody joins. The name is enough; a phone number finds them without their card. Scan a blank card of the "
        "shop's own: it is theirs from now on.",
        "^E records it. This counter knows them at once, all others after the next night. Then ask, one by one, what "
        "they agree to.",
    ),
    "contact": ("Phone, e-mail and birthday in full. That you looked is kept on record, with your name.",),
    "duplicates": (
        "Two members with one card, one phone number or e-mail and nearly one name, or one id in two spellings. Only "
        "you know: F5, then F5 again: one person. F7, then F7 again: two persons. ^Z takes the last one back.",
        "Nothing is moved: `clerk unmerge ID` gives everybody their own again. Who is forgotten is forgotten as both.",
    ),
    "audit": (
        "Who opened whom and changed what, newest first; what other counters recorded comes with the night.",
        "`clerk audit` on the command line looks for one member or one associate.",
    ),
    "trouble": ("The store data could not be opened. The code and the remedy are on the screen behind this one.",),
}
"""What each screen is for."""


class HelpView(Scrolled):
    """Help about the screen it was called from."""

    name = "help"

    def __init__(self, about: str) -> None:
        super().__init__()
        self._about = about

    def rows(self, width: int) -> list[Line]:
        """This screen, then all keys."""
        rows: list[Line] = [heading("This screen", width)]
        for paragraph in ABOUT.get(self._about, ABOUT["home"]):
            rows += [say("  " + row) for row in wrapped(paragraph, width - 4, 4)]
        rows += [EMPTY, heading("Keys", width, "the same on every screen")]
        for action in ACTIONS:
            words = wrapped(action.tooltip, width - 12, 3)
            rows.append((Piece(f"  {action.shown:<8}", Role.ACCENT), Piece(words[0])))
            rows += [say(" " * 10 + row) for row in words[1:]]
        rows += [EMPTY, heading("Good to know", width)]
        for paragraph in (
            "Letters, digits, arrows and Enter never record anything; a scanner types those.",
            "“Half read” means the card arrived incomplete: scan it again. Nobody is opened by guesswork.",
            "A message that begins with E and a number stays until Esc; it says what to do.",
        ):
            rows += [say("  " + row) for row in wrapped(paragraph, width - 4, 3)]
        return rows
