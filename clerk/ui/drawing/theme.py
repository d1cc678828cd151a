"""The two themes of the counter: colours by role, and the contrast that a test computes.

Text on its background keeps a WCAG ratio of 7 or more, muted text 4.5 or more. Colour is never the only signal.
"""

from __future__ import annotations

from typing import NamedTuple

from rich.style import Style
from textual.theme import Theme

from clerk.ui.drawing.lines import Role

TEXT_CONTRAST = 7.0
"""Least ratio for anything that has to be read (WCAG 2.2, 1.4.6)."""

MUTED_CONTRAST = 4.5
"""Least ratio for what may be overlooked (WCAG 2.2, 1.4.3)."""


class Ink(NamedTuple):
    """How one role is drawn."""

    colour: str
    ground: str
    bold: bool = False


class Palette(NamedTuple):
    """One theme."""

    name: str
    dark: bool
    ground: str
    inks: dict[Role, Ink]


def _palette(name: str, dark: bool, ground: str, colours: dict[Role, str], bar: str, picked: str) -> Palette:
    inks = {role: Ink(colour, ground) for role, colour in colours.items()}
    inks[Role.TITLE] = inks[Role.TITLE]._replace(bold=True)
    inks[Role.STRONG] = inks[Role.STRONG]._replace(bold=True)
    inks[Role.PICKED] = Ink(colours[Role.TEXT], picked, bold=True)
    inks[Role.BAR] = Ink(colours[Role.TEXT], bar)
    inks[Role.BAR_KEY] = Ink(colours[Role.ACCENT], bar, bold=True)
    inks[Role.QR] = Ink("#000000", "#ffffff")
    return Palette(name, dark, ground, inks)


DARK = _palette(
    "clerk-dark",
    True,
    "#14171a",
    {
        Role.TEXT: "#e8e6e1",
        Role.MUTED: "#9aa4ad",
        Role.TITLE: "#f0c987",
        Role.STRONG: "#ffffff",
        Role.ACCENT: "#8fd0ff",
        Role.GOOD: "#9be29b",
        Role.WARN: "#ffcf70",
        Role.BAD: "#ffaaa5",
        Role.RULE: "#56616b",
    },
    bar="#232a30",
    picked="#2f3b45",
)
"""For the dim end of a counter."""

LIGHT = _palette(
    "clerk-light",
    False,
    "#fbfaf7",
    {
        Role.TEXT: "#1c1f22",
        Role.MUTED: "#5c6670",
        Role.TITLE: "#6b3d00",
        Role.STRONG: "#000000",
        Role.ACCENT: "#004a80",
        Role.GOOD: "#0b5021",
        Role.WARN: "#6a4100",
        Role.BAD: "#8a1212",
        Role.RULE: "#a9b1b8",
    },
    bar="#e9e6df",
    picked="#dbe6ee",
)
"""For daylight."""

PALETTES: dict[str, Palette] = {palette.name: palette for palette in (DARK, LIGHT)}
"""By theme name."""


def textual_theme(palette: Palette) -> Theme:
    """The palette for what Textual draws itself: the palette of actions and its scrollbars."""
    inks = palette.inks
    return Theme(
        name=palette.name,
        dark=palette.dark,
        background=palette.ground,
        surface=inks[Role.BAR].ground,
        panel=inks[Role.BAR].ground,
        foreground=inks[Role.TEXT].colour,
        primary=inks[Role.ACCENT].colour,
        secondary=inks[Role.TITLE].colour,
        accent=inks[Role.TITLE].colour,
        warning=inks[Role.WARN].colour,
        error=inks[Role.BAD].colour,
        success=inks[Role.GOOD].colour,
    )


def styles(palette: Palette) -> dict[Role, Style]:
    """The terminal style of every role."""
    return {
        role: Style(color=ink.colour, bgcolor=ink.ground, bold=ink.bold or None) for role, ink in palette.inks.items()
    }


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two `#rrggbb` colours, 1 to 21.

    Source: WCAG 2.2, definitions of contrast ratio and relative luminance.
    """
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
