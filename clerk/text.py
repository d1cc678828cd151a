"""Text from outside made harmless: names, notes, descriptions and scans are hostile until they passed here.

`clean` and `clean_long` are for what is kept, `printable` is for what is drawn. All three are idempotent.
"""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

MARKS_AT_MOST = 2
"""Combining marks kept on one base letter: Vietnamese needs two, a screen overflows from 300."""

_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters of Unicode that draw nothing (Hangul fillers, blank Braille); names made of them look empty."""

_DROPPED = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))
"""Controls, formats (bidi, zero width, tags), lone surrogates, private use, unassigned."""

_BLOCK_TAGS = frozenset(
    (
        "address",
        "br",
        "dd",
        "div",
        "dt",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "section",
        "table",
        "td",
        "th",
        "tr",
        "ul",
    )
)
_SILENT_TAGS = frozenset(("script", "style", "template", "title"))
_LOOKS_MARKED = re.compile(r"<[a-zA-Z/!?]|&#?\w+;")


def clean(text: str, limit: int = 80) -> str:
    """One line of text that is safe to keep, compare and draw.

    Normalised to NFC; controls, bidi, zero-width, private and unassigned characters dropped; runs of blanks
    collapsed; at most `MARKS_AT_MOST` combining marks on a base; at most `limit` code points.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())[:limit].rstrip()
    return " ".join(_settled(_filtered(text)).split())[:limit].rstrip()


def clean_long(text: str, limit: int = 2000) -> str:
    """A description as one line: as `clean`, with room for a paragraph."""
    return clean(text, limit)


def printable(text: str) -> str:
    """The text as it may be drawn: the same filter, its length and inner blanks kept."""
    if text.isascii() and text.isprintable():
        return text
    return _settled(_filtered(text))


def unmarked(html: str) -> str:
    """The words of an HTML description; tags, comments, scripts and styles removed, entities resolved."""
    if not _LOOKS_MARKED.search(html):
        return html
    words = _Words()
    words.feed(html)
    words.close()
    return "".join(words.parts)


def _filtered(text: str) -> str:
    """Blanks of every kind as a space, everything that draws nothing or steers the terminal dropped."""
    kept: list[str] = []
    for letter in text:
        category = unicodedata.category(letter)
        if letter in _BLANK_LETTERS or category in ("Zs", "Zl", "Zp") or letter in "\t\n\v\f\r\x85":
            kept.append(" ")
        elif category not in _DROPPED:
            kept.append(letter)
    return "".join(kept)


def _settled(text: str) -> str:
    """NFC with no more marks on a base than a script needs; a mark without a base is dropped."""
    kept: list[str] = []
    marks = MARKS_AT_MOST
    for letter in unicodedata.normalize("NFC", text):
        if unicodedata.category(letter) in ("Mn", "Me"):
            marks += 1
            if marks > MARKS_AT_MOST:
                continue
        else:
            marks = MARKS_AT_MOST if letter == " " else 0
        kept.append(letter)
    return "".join(kept)


class _Words(HTMLParser):
    """Collects text between tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins a new word."""
        if tag in _SILENT_TAGS:
            self._silent += 1
        elif tag in _BLOCK_TAGS:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """A block ends a word."""
        if tag in _SILENT_TAGS:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCK_TAGS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        """Words, unless inside a script or style."""
        if not self._silent:
            self.parts.append(data)
