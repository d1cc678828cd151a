"""What a tablet gets: sign-in, the counter, one plain page for all that is refused, and the terminal's files.

Whatever comes from outside goes through `escape`; no page holds a script or a style of its own.

The terminal is xterm.js as textual-serve ships it. Its bundle ends with that package's own page, with links, clipboard
and downloads; that end is replaced by one line that hands the parts to our page. The version is exact in
pyproject.toml, and tests/serve/test_pages.py watches that the end is where it was.
"""

from __future__ import annotations

from html import escape
from importlib.resources import files

from clerk.errors import NotServed
from clerk.phrases import count
from clerk.text import clean

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Clerk</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="dark">
<link rel="icon" href="/assets/icon.svg">
"""

_SIGN_IN = (
    _HEAD
    + """<link rel="stylesheet" href="/assets/sign.css">
<script src="/assets/sign.js" defer></script>
</head>
<body>
<main>
<h1>Clerk</h1>
<p role="alert" id="said">{said}</p>
<form method="post" action="/sign-in" autocomplete="off">
<label for="name">Your name</label>
<div id="known"></div>
<input id="name" name="name" maxlength="40" required autofocus autocapitalize="words" spellcheck="false">
<label for="pin">PIN</label>
<input id="pin" name="pin" type="password" inputmode="numeric" pattern="[0-9]*" maxlength="16" required
 autocomplete="off">
<div id="pad" aria-label="PIN pad">{pad}</div>
<button class="go">Sign in</button>
</form>
</main>
</body>
</html>
"""
)

_COUNTER = (
    _HEAD
    + """<link rel="stylesheet" href="/assets/xterm.css">
<link rel="stylesheet" href="/assets/counter.css">
</head>
<body data-name="{name}">
<header>
<span class="who">{name}</span>
<button type="button" id="keyboard" aria-pressed="false">Keyboard</button>
<form method="post" action="/sign-out"><input type="hidden" name="form" value="{form}"><button>Sign out</button></form>
</header>
<div id="glass"></div>
<div id="ended" role="alert" hidden><p id="why"></p><button type="button" id="again">Go on</button></div>
<script src="/assets/xterm.js"></script>
<script src="/assets/counter.js" nonce="{nonce}"></script>
</body>
</html>
"""
)

_PLAIN = (
    _HEAD
    + """<link rel="stylesheet" href="/assets/sign.css">
</head>
<body>
<main>
<h1>Clerk</h1>
<p role="alert">{said}</p>
<p><a class="go" href="/">Try again</a></p>
</main>
</body>
</html>
"""
)

REFUSED = (
    "That did not work. Check name and PIN. After several wrong ones at a tablet that is new to you, sign in at the "
    "counter, or ask a manager."
)
"""The one answer to an unknown name, a wrong PIN, and a PIN that is not looked at because too many were tried."""

ALL_IN_USE = "As many tablets as this counter serves are in use. Sign out at one of them, or close its page."
"""When no more processes may be started."""


def sign_in(said: str = "") -> str:
    """Name, PIN and a pad of large keys."""
    keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "Clear", "0", "⌫"]
    pad = "".join(f'<button type="button" data-key="{key}">{key}</button>' for key in keys)
    return _SIGN_IN.format(said=escape(said), pad=pad)


def wait(seconds: int) -> str:
    """To an address that tries too often."""
    return f"Too many tries from here. Wait {count(seconds, 'second')}, or sign in at the counter."


def counter(name: str, form: str, nonce: str) -> str:
    """The counter's page.

    Args:
        name: who signed in.
        form: what the form for signing out brings back.
        nonce: permits the terminal's own style elements, and no others.
    """
    return _COUNTER.format(name=escape(clean(name, 40)), form=escape(form), nonce=escape(nonce))


def plain(said: str) -> str:
    """One sentence."""
    return _PLAIN.format(said=escape(said))


_PAGE_CODE = '(()=>{"use strict";var e=i(72),t=i.n(e)'
"""Where textual-serve's own page begins."""

_OURS = (
    "(()=>{window.clerkXterm={Terminal:i(856).Terminal,FitAddon:i(616).FitAddon,"
    "CanvasAddon:i(880).CanvasAddon,Unicode11Addon:i(544).Unicode11Addon}})()})();\n"
)


def terminal_script() -> str:
    """The terminal's JavaScript.

    Raises:
        NotServed: another version of textual-serve is installed.
    """
    whole = _of_textual_serve("js/textual.js").decode("utf-8")
    at = whole.find(_PAGE_CODE)
    if at < 0 or whole.find(_PAGE_CODE, at + 1) >= 0:
        raise NotServed("Another version of textual-serve is installed.", "Install Clerk again: it names the version.")
    return whole[:at] + _OURS


def terminal_style() -> bytes:
    """The terminal's CSS."""
    return _of_textual_serve("css/xterm.css")


def terminal_font() -> bytes:
    """Roboto Mono, every weight in one file: served by us, so that no tablet asks anybody else."""
    return _of_textual_serve("fonts/RobotoMono-VariableFont_wght.ttf")


def _of_textual_serve(name: str) -> bytes:
    try:
        return files("textual_serve").joinpath("static", *name.split("/")).read_bytes()
    except (OSError, ModuleNotFoundError):
        raise NotServed(
            "A part of the page is missing: textual-serve is not installed whole.", "Install Clerk again."
        ) from None
