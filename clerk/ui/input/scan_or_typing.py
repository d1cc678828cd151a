"""Keystrokes in, typing or scans out. Pure; the time of each stroke is given in seconds.

A scanner is a keyboard that types very fast and ends with Enter or Tab. Strokes that follow each other within
`BURST_GAP_S` are held back until it is clear what they are:

- four or more letters at machine speed and then Enter or Tab are a `Burst`, one object, never keystrokes;
- anything else is given back as `Typed`, in order, as if nothing had happened.

Control characters, function keys and mouse reports inside a burst are data of the code and are dropped. A slow
scanner whose letters were already given back is recognised at its Enter by the code's own check letters; `leaked`
then says how many letters must be taken back from wherever they went.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

BURST_GAP_S = 0.035
"""Longest gap inside a burst: wired scanners send a key every 2 to 12 ms, fast typists need 60 ms and more."""

SETTLE_S = 0.1
"""How long a burst without its Enter is kept: a scan torn in two by a stalled bus goes on within this time."""

TORN_S = 1.0
"""A burst that follows a given-back burst within this time is the rest of the same torn scan."""

STALL_S = 0.5
"""Longest stall of this program on a busy machine while the store data is being opened: until then, letters that were
too few for a burst are the beginning of the one that follows within this time."""

HOLD_S = 0.12
"""A key that records and comes again within this time is held down or bounces: keyboards repeat every 25 to 90 ms,
a finger that means it needs 150 and more."""

LEAST = 4
"""Letters from which a burst is a scan; people do strike three keys within 35 ms each when they roll a hand."""

LONGEST = 512
"""Letters kept of one burst; a longer one is a jammed key or an attack."""

CODE_LETTERS = 24
"""Letters of an own card code, looked for at the end of what was typed."""

SUFFIXES = frozenset(("enter", "tab", "ctrl+j"))
"""Keys a scanner ends with: CR, Tab, LF."""


class Stroke(NamedTuple):
    """One key, or one mouse event (`key` is then `mouse`)."""

    key: str
    text: str
    """The letter it types, or empty."""
    at: float
    event: object = None
    """What the terminal sent, kept for whoever gets the stroke back."""


class Typed(NamedTuple):
    """Strokes of a person, to be handled as usual."""

    strokes: tuple[Stroke, ...]


class Burst(NamedTuple):
    """A scan, or text typed at machine speed."""

    text: str
    strokes: tuple[Stroke, ...]
    """The letters and the suffix, for a screen that takes it as typing after all."""
    leaked: int = 0
    """Letters of it that had been given back as typing before."""


class KeyReader:
    """Tells scans from typing, by speed and by the suffix key.

    Args:
        is_own_code: whether a text is one of our card codes with right check letters.
        gap_s: longest gap inside a burst.
        settle_s: how long a burst without suffix is kept.
        hold_s: time within which a recording key that comes again is the same press.
    """

    def __init__(
        self,
        is_own_code: Callable[[str], bool],
        gap_s: float = BURST_GAP_S,
        settle_s: float = SETTLE_S,
        hold_s: float = HOLD_S,
    ) -> None:
        self._is_own_code = is_own_code
        self._gap_s = gap_s
        self._settle_s = max(settle_s, gap_s)
        self._held: list[Stroke] = []
        self._letters = 0
        self._given_back: list[tuple[Stroke, bool]] = []
        self._ended_at = float("-inf")
        self._hold_s = hold_s
        self._latest = Stroke("", "", float("-inf"))
        self.stalls = False
        """Whether this program may stand still between two letters, as it does while the store data is being opened."""

    @property
    def quiet_at(self) -> float | None:
        """When held-back keys should be looked at again; None when there are none."""
        return self._held[-1].at + self._patience() if self._held else None

    @property
    def in_burst(self) -> bool:
        """Whether a machine is typing right now."""
        return self._letters >= LEAST

    def feed(self, stroke: Stroke) -> list[Typed | Burst]:
        """Takes one stroke; returns what became clear by it."""
        before, self._latest = self._latest, stroke
        if stroke.key == before.key and _could_write(stroke.key) and stroke.at - before.at < self._hold_s:
            return []
        known: list[Typed | Burst] = []
        if self._held and stroke.at - self._held[-1].at > self._patience():
            known += self._release()
        if stroke.key in SUFFIXES:
            known += self._end(stroke)
            return known
        if self._letters < LONGEST:
            self._held.append(stroke)
            self._letters += bool(stroke.text)
        else:
            self._held[-1] = self._held[-1]._replace(at=stroke.at)
        return known

    def look(self, now: float) -> list[Typed | Burst]:
        """Returns held-back keys as typing once no key came for long enough."""
        if self._held and now - self._held[-1].at >= self._patience():
            return self._release()
        return []

    def _patience(self) -> float:
        return self._settle_s if self._letters >= LEAST else self._gap_s

    def _taken(self) -> list[Stroke]:
        strokes, self._held, self._letters = self._held, [], 0
        return strokes

    def _release(self) -> list[Typed | Burst]:
        """Quiet without a suffix: a whole own code is a scan all the same, everything else is typing."""
        strokes = self._taken()
        text = _text(strokes)
        if len(text) >= LEAST and self._is_own_code(text):
            self._given_back.clear()
            return [Burst(text, tuple(stroke for stroke in strokes if stroke.text))]
        kept = _as_typing(strokes)
        for stroke in kept:
            if stroke.text:
                self._given_back.append((stroke, len(text) >= LEAST))
            else:
                self._given_back.clear()
        del self._given_back[:-LONGEST]
        return [Typed(tuple(kept))] if kept else []

    def _end(self, suffix: Stroke) -> list[Typed | Burst]:
        strokes = self._taken()
        before, self._given_back = self._given_back, []
        text = _text(strokes)
        letters = tuple(stroke for stroke in strokes if stroke.text)
        after_suffix, self._ended_at = suffix.at - self._ended_at, suffix.at
        if not strokes and after_suffix <= self._gap_s:
            return []  # The LF of CR LF, or a second suffix key the scanner was told to send.
        code, leaked = self._own_code(before, text)
        if code:
            return [Burst(code, (*letters, suffix), leaked)]
        if len(text) >= LEAST:
            torn = _torn_half(before, letters[0].at, STALL_S if self.stalls else 0.0)
            return [Burst(torn + text, (*letters, suffix), len(torn))]
        if any(_could_write(stroke.key) for stroke in strokes):
            return []  # Control sequences and a suffix at machine speed are a code, never a key that records.
        kept = _as_typing(strokes)
        return [Typed((*kept, suffix))]

    def _own_code(self, before: list[tuple[Stroke, bool]], text: str) -> tuple[str, int]:
        """An own code at the end of what was typed, and how many of its letters had been given back."""
        if self._is_own_code(text):
            return text, 0
        joined = "".join(stroke.text for stroke, _ in before) + text
        used = letters = 0
        while used < len(joined) and letters < CODE_LETTERS:
            used += 1
            letters += joined[-used].isalpha()
        if letters < CODE_LETTERS or not self._is_own_code(joined[-used:]):
            return "", 0
        return joined[-used:], max(0, used - len(text))


def _text(strokes: list[Stroke]) -> str:
    return "".join(stroke.text for stroke in strokes)


def _torn_half(before: list[tuple[Stroke, bool]], start: float, stall_s: float) -> str:
    """The first part of a scan that arrived in two pieces: letters returned as typing just before this one."""
    half: list[str] = []
    later = start
    for stroke, of_burst in reversed(before):
        if later - stroke.at > (TORN_S if of_burst else stall_s):
            break
        half.append(stroke.text)
        later = stroke.at
    return "".join(reversed(half))


def _as_typing(strokes: list[Stroke]) -> list[Stroke]:
    """What a person may have meant: nothing steered from inside machine-speed text, no recording key in company."""
    if len(strokes) == 1 or len({stroke.key for stroke in strokes}) == 1:
        return strokes
    machine = len(_text(strokes)) >= LEAST
    kept: list[Stroke] = []
    seen_text = False
    for stroke in strokes:
        seen_text = seen_text or bool(stroke.text)
        if stroke.text or not (stroke.key == "mouse" or _could_write(stroke.key) or (machine and seen_text)):
            kept.append(stroke)
    return kept


def _could_write(key: str) -> bool:
    return key.startswith("ctrl+") or key in ("f4", "f5", "f6", "f7", "f8", "f9", "f10", "f12")
