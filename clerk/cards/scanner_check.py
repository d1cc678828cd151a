"""Is the scanner set up right? What arrived of one known card is compared with its letters, and the fault is named.

In: the letters of the known card, what arrived, the key that ended it, the milliseconds between its keys. Out: a
`Verdict` with a remedy for a person. Pure: no terminal, no clock.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum
from statistics import median
from typing import Final, NamedTuple

from clerk.cards.code import check, encode, normalise

TEST_CODE: Final = encode(bytes.fromhex("0123456789abcdeffedc"))
"""The known card: all sixteen letters are in it. It belongs to nobody and opens nobody."""

SLOW_MS: Final = 30.0
"""Median between two keys from which a scan looks typed: a wire takes 1 to 5 ms, a good radio 15."""

_AIM = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
_QWERTY = "bcdfghjklnprstvx"
_LAYOUTS: Final[Mapping[str, str]] = {
    "Russian": "исвапролдтзкыемч",
    "Ukrainian": "исвапролдтзкіемч",
    "Bulgarian": "фъаожгтнвхзияшэй",
    "Greek": "βψδφγηξκλνπρστωχ",
    "Hebrew": "נבגכעיחלךמפרדאהס",
    "Dvorak": "xjeuidhtnblpoykq",
    "Colemak": "bcstdhneik;prgvx",
    "Bépo": "kxie,ctsr'jouè.y",
    "Turkish F": "çveaütkmlzpıiocö",
}
"""What the keys of our sixteen letters, in the order of `_QWERTY`, type under layouts that change them. All other Latin
layouts (US, UK, German, French, Spanish, Italian, Nordic, Turkish Q …) leave these sixteen letters alone."""


class Finding(StrEnum):
    """What is the matter."""

    EXACT = "exact"
    LOWER_CASE = "lower case"
    AIM_PREFIX = "AIM prefix"
    SLOW = "slow"
    NO_SUFFIX = "no suffix key"
    LAYOUT = "keyboard layout"
    EXTRA = "extra characters"
    DOUBLED = "doubled"
    MISSING = "letters missing"
    OTHER_CARD = "another card"
    NOTHING = "nothing"
    UNKNOWN = "not recognised"


_FINE = frozenset((Finding.EXACT, Finding.LOWER_CASE, Finding.AIM_PREFIX, Finding.SLOW))


class Verdict(NamedTuple):
    """One scan, judged."""

    finding: Finding
    says: str
    remedy: str

    @property
    def is_fine(self) -> bool:
        """Whether cards open their members with the scanner as it is."""
        return self.finding in _FINE


def judge(arrived: str, suffix: str, gaps_ms: Sequence[float] = ()) -> Verdict:
    """The verdict about the scanner from one scan of the test card.

    Args:
        arrived: the characters, without the key that ended them.
        suffix: `enter`, `tab`, or empty when the scan just stopped.
        gaps_ms: between its keys; none where nobody measured.
    """
    text = "".join(one for one in unicodedata.normalize("NFC", arrived) if unicodedata.category(one)[0] != "C").strip()
    if not text:
        return Verdict(Finding.NOTHING, "Nothing arrived.", "Check cable, radio and battery, then scan again.")
    bare = _AIM.sub("", text)
    letters = normalise(bare)
    if letters != TEST_CODE:
        return _wrong(text, bare, letters)
    if not suffix:
        return Verdict(
            Finding.NO_SUFFIX,
            "All letters are right, but no key ended the scan.",
            "Scan “add suffix CR (Enter)” in the scanner's manual; Tab also does.",
        )
    if gaps_ms and median(gaps_ms) > SLOW_MS:
        return Verdict(
            Finding.SLOW,
            f"Right, but slow: {median(gaps_ms):.0f} ms between two letters.",
            "It works. Set the inter-character delay to 0, or come nearer with a radio scanner.",
        )
    if text != bare:
        return Verdict(
            Finding.AIM_PREFIX,
            f"Right. The scanner puts {text[:3]} in front, which Clerk takes off.",
            "Nothing to do.",
        )
    if bare != bare.upper():
        return Verdict(
            Finding.LOWER_CASE,
            "Right, in small letters: Caps Lock is on, or the scanner changes case.",
            "It works. Switch Caps Lock off for typing names.",
        )
    return Verdict(Finding.EXACT, "Right: every letter arrived, and a key ended the scan.", "Nothing to do.")


def layout_of(arrived: str) -> str:
    """The layout under which the letters arrive like this, or empty."""
    folded = _folded(arrived)
    for name, letters in _LAYOUTS.items():
        if folded == _folded(TEST_CODE.lower().translate(str.maketrans(_QWERTY, letters))):
            return name
    return ""


def _folded(text: str) -> str:
    """Without case; of Turkish i with and without its dot too, which upper case tells apart in Turkey only."""
    return text.casefold().replace("ı", "i").replace("i\u0307", "i")


def _wrong(text: str, bare: str, letters: str) -> Verdict:
    """The verdict on letters that are not those of the card."""
    folded, wanted = letters.casefold(), TEST_CODE.casefold()
    if folded == wanted * 2 or folded == "".join(2 * one for one in wanted):
        each = folded != wanted * 2
        return Verdict(
            Finding.DOUBLED,
            "Every letter arrived twice." if each else "The card arrived twice in one scan.",
            "Switch the scanner's second interface off (USB and radio at once)."
            if each
            else "Add a suffix key, and set the scanner to wait before it reads the same code again.",
        )
    if wanted in folded:
        before, _, after = folded.partition(wanted)
        where = " and ".join(
            f"{word} {_shown(part)}" for word, part in (("in front:", before), ("behind:", after)) if part
        )
        return Verdict(
            Finding.EXTRA,
            f"All letters are right, with characters of the scanner's own {where}.",
            "Switch prefix and suffix text off in the scanner; only Enter or Tab may follow the code.",
        )
    if check(letters):
        return Verdict(Finding.OTHER_CARD, "This is another card.", "Scan the code on this page.")
    if name := layout_of(bare):
        return Verdict(
            Finding.LAYOUT,
            f"The letters arrive as this machine's keyboard layout types them: {name}.",
            "Set the scanner's country to that layout, or the machine's layout to any Latin one; or use the scanner's "
            "USB-serial mode.",
        )
    if len(bare) == len(TEST_CODE) and _is_exchange(bare.casefold(), wanted):
        return Verdict(
            Finding.LAYOUT,
            "Each letter arrives as another one: the keyboard layout changes them.",
            "Set scanner and machine to the same country, or use the scanner's USB-serial mode.",
        )
    if len(folded) < len(wanted) and len(folded) * 2 >= len(wanted) and _is_part(folded, wanted):
        return Verdict(
            Finding.MISSING,
            f"{len(wanted) - len(folded)} of {len(wanted)} letters are missing.",
            "Set the inter-character delay to 5 ms, check the battery, and scan again.",
        )
    return Verdict(
        Finding.UNKNOWN,
        f"{_shown(text)} is nothing that this card can become.",
        "Scan the code on this page; if it was, restore the scanner's factory settings and choose USB keyboard mode.",
    )


def _is_exchange(arrived: str, wanted: str) -> bool:
    """Whether each letter always became the same other one."""
    pairs = set(zip(wanted, arrived, strict=True))
    return len(pairs) == len({one for one, _ in pairs}) == len({one for _, one in pairs})


def _is_part(arrived: str, wanted: str) -> bool:
    """Whether the letters stand in the card in this order."""
    rest = iter(wanted)
    return all(one in rest for one in arrived)


def _shown(text: str) -> str:
    """A scan as it may stand in a sentence."""
    return f"“{text[:24]}…”" if len(text) > 24 else f"“{text}”"
