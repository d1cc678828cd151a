"""xterm.js as textual-serve ships it, without that package's own page: no links, no clipboard, no downloads.

The bundle ends with textual-serve's page code. That end is replaced by one line that hands the parts to our page;
the version is exact in pyproject.toml, and tests/serve/test_terminal.py watches that the end is where it was.
"""

from __future__ import annotations

from importlib.resources import files

from clerk.errors import NotServed

_PAGE_CODE = '(()=>{"use strict";var e=i(72),t=i.n(e)'
"""Where textual-serve's own page begins."""

_OURS = (
    "(()=>{window.clerkXterm={Terminal:i(856).Terminal,FitAddon:i(616).FitAddon,"
    "CanvasAddon:i(880).CanvasAddon,Unicode11Addon:i(544).Unicode11Addon}})()})();\n"
)


def script() -> str:
    """The terminal's JavaScript.

    Raises:
        NotServed: another version of textual-serve is installed.
    """
    whole = _static("js/textual.js").decode("utf-8")
    at = whole.find(_PAGE_CODE)
    if at < 0 or whole.find(_PAGE_CODE, at + 1) >= 0:
        raise NotServed("Another version of textual-serve is installed.", "Install Clerk again: it names the version.")
    return whole[:at] + _OURS


def style() -> bytes:
    """The terminal's CSS."""
    return _static("css/xterm.css")


def font() -> bytes:
    """Roboto Mono, every weight in one file: served by us, so that no tablet asks anybody else."""
    return _static("fonts/RobotoMono-VariableFont_wght.ttf")


def _static(name: str) -> bytes:
    try:
        return files("textual_serve").joinpath("static", *name.split("/")).read_bytes()
    except (OSError, ModuleNotFoundError):
        raise NotServed(
            "A part of the page is missing: textual-serve is not installed whole.", "Install Clerk again."
        ) from None
