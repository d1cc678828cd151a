"""What somebody at a tablet does, in a real Chromium: used by the tests, the pictures and the benchmark."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from clerk.cards import code as own_codes
from tests.pack_build.shop import write_table
from tests.promises.corner import REGULARS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAME, PIN = "Noor Haddad", "730164"
BOSS, BOSS_PIN = "Maia Lund", "482913"
PORTRAIT, LANDSCAPE = {"width": 768, "height": 1024}, {"width": 1024, "height": 768}
"""A tablet as pages measure it."""

PATIENCE_S = 20.0
"""Only a hanging browser gets there."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

NO_BROWSER = "NO BROWSER HERE: the walk at a tablet did not run. `make browser` installs one where it can."

_TEXT = """(() => {
  const glass = document.getElementById("glass");
  if (!glass || !glass.clerk) return "";
  const buffer = glass.clerk.term.buffer.active;
  const rows = [];
  for (let y = 0; y < glass.clerk.term.rows; y++) {
    const line = buffer.getLine(buffer.viewportY + y);
    rows.push(line ? line.translateToString(true) : "");
  }
  return rows.join("\\n");
})()"""


def card_of(who: str) -> str:
    """The code of a member's card, the same every time."""
    return own_codes.encode(hashlib.sha256(who.encode()).digest()[:10])


def write_cards(folder: Path) -> None:
    """A card for every regular of the corner shop."""
    write_table(folder, "cards", ("code", "member_id"), [(card_of(who), who) for who in REGULARS])


@cache
def chromium() -> str:
    """The browser of this machine, or nothing; it is never downloaded from here."""
    named = os.environ.get("CLERK_CHROMIUM", "")
    for name in (named,) if named else BROWSERS:
        found = shutil.which(name)
        # Some systems have a command of this name that only says how to get a browser.
        if found and subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0:
            return found
    return ""


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A fresh Chromium without a screen, that asks nobody for anything by itself.

    Args:
        profile: an empty folder for what it keeps.
    """
    from playwright.sync_api import sync_playwright

    quiet = (
        "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-sync",
        "--no-first-run", "--no-default-browser-check", "--disable-domain-reliability", "--metrics-recording-only",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    )  # fmt: skip
    as_root = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    with sync_playwright() as tools:
        found = tools.chromium.launch(
            executable_path=chromium(),
            args=[*quiet, *as_root],
            env={**os.environ, "HOME": str(profile), "XDG_CONFIG_HOME": str(profile)},
        )
        try:
            yield found
        finally:
            found.close()


@contextmanager
def served(home: Path, *more: str) -> Iterator[str]:
    """`clerk serve` as a process of its own on a free port; gives its address."""
    port = _free_port()
    command = [sys.executable, "-m", "clerk", "serve", "--home", str(home), "--port", str(port), *more]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        said = process.stderr.readline()
        found = re.search(r"https?://\S+?(?=/)", said)
        assert found, said
        yield found.group()
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


class Tablet:
    """One page, and the finger before it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.asked: list[str] = []
        """Every address the page asked for."""
        self.troubles: list[str] = []
        """Errors of its scripts, and whatever its policy refused."""
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("websocket", lambda socket: self.asked.append(socket.url))
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", lambda said: self.troubles.append(said.text) if said.type == "error" else None)

    def sign_in(self, name: str = NAME, pin: str = PIN) -> None:
        """Name by keyboard, PIN by taps."""
        self.page.goto(self.url)
        self.page.fill("#name", name)
        for digit in pin:
            self.page.tap(f'[data-key="{digit}"]')
        with self.page.expect_navigation():
            self.page.tap("form .go")

    @property
    def text(self) -> str:
        """The rows of the glass."""
        return str(self.page.evaluate(_TEXT))

    @property
    def size(self) -> tuple[int, int]:
        found = self.page.evaluate("[glass.clerk.term.cols, glass.clerk.term.rows]")
        return found[0], found[1]

    def see(self, words: str) -> str:
        """Waits until the glass shows some words."""
        return self.until(lambda text: words in text, words)

    def until(self, true: Callable[[str], bool], what: str = "") -> str:
        """Waits until something holds of what the glass shows."""
        deadline = monotonic() + PATIENCE_S
        while not true(text := self.text):
            assert monotonic() < deadline, f"never came: {what}\n{text}"
            self.page.wait_for_timeout(30)
        return text

    def opened(self) -> None:
        """The counter is there."""
        self.page.wait_for_selector("#glass canvas")
        self.see("Scan the next card")

    def scan(self, code: str) -> None:
        """A scanner: letters at machine speed, then Enter."""
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")

    def tap(self, words: str) -> None:
        """A finger on the middle of some words on the glass."""
        rows = self.see(words).splitlines()
        row = next(number for number, line in enumerate(rows) if words in line)
        column = rows[row].index(words) + len(words) / 2
        box = self.page.locator("#glass .xterm-screen").bounding_box()
        assert box is not None
        columns, count = self.size
        self.page.touchscreen.tap(
            box["x"] + column * box["width"] / columns, box["y"] + (row + 0.5) * box["height"] / count
        )


def _free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
