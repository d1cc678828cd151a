"""Takes the pictures of the pages from the real screens: `make pictures`, or `python -m docs.make_pictures`.

The sample store is built for the day of `docs.sample` and its screens are driven by keys, so the same code gives the
same bytes. Screens of a terminal become SVG that needs no font from elsewhere; a tablet's are taken in a real Chromium
and kept as PNG with few colours, and are left as they are where there is no Chromium.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from unittest.mock import patch

os.environ["TEXTUAL_ANIMATIONS"] = "none"

from textual.app import App

from clerk import cli
from clerk.clock import FixedClock, parse_at
from clerk.desk import Desk
from clerk.desk.kiosk.session import KioskDesk
from clerk.home import checkout
from clerk.journal import Journal
from clerk.model.staff import StaffRole
from clerk.people import People
from docs import sample
from tests.glass import Glass, counter, kiosk
from tests.serve import walk

FOLDER = Path(__file__).resolve().parent / "pictures"

NARROW, WIDE = (80, 24), (110, 30)
"""Columns and rows: the smallest terminal that is supported, and one that shows two columns."""

DEVICE = "till-1"
"""A new journal draws a random id; a picture must not change with it."""

NIGHT_AT, MORNING_AT = "2026-11-22T03:30", "2026-11-22T08:15"
"""When the made-up exports of the other shop were taken in, and when its manager looks."""

NIGHT_S = 2
"""Seconds that this night took, on every machine."""

FREE_BYTES = 50_000_000_000
"""Room on the disk, the same on every machine."""

FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"

COLOURS = 64
"""Of a PNG: the theme has a dozen, smoothed edges need some between."""


def main() -> int:
    """Makes every picture that can be made here."""
    store_data = checkout()
    assert store_data is not None
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="clerk-pictures-") as scratch:
        home, other = Path(scratch) / "home", Path(scratch) / "other"
        sample.build(home)
        shutil.copytree(store_data / "exports" / "square", other / "inbox")
        with patch.object(sys, "stdout", io.StringIO()), patch.object(sys, "stderr", io.StringIO()):
            cli.main(["nightly", "--home", str(other), "--now", "--no-meaning", "--at", NIGHT_AT])
        for path in (other / "nights").glob("*.json"):
            # How long it took is the one thing that a clock which stands still does not settle.
            report = json.loads(path.read_text(encoding="utf-8"))
            path.write_text(json.dumps({**report, "ended": report["started"] + NIGHT_S}), encoding="utf-8")
        with patch.object(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**11, 10**11 // 2, FREE_BYTES)):
            asyncio.run(terminals(home, other))
        if walk.chromium():
            tablets(home, Path(scratch) / "profile")
        else:
            sys.stderr.write("clerk: NO BROWSER HERE: the tablet's pictures stay as they are.\n")
    return 0


async def terminals(home: Path, other: Path) -> None:
    """The counter, the manager's screen and the kiosk."""
    await counter_picture("counter", home, NARROW, scan_sample)
    await counter_picture("counter-wide", home, WIDE, scan_sample)
    await counter_picture("find", home, WIDE, find_items)
    await counter_picture("why", home, WIDE, look_why)
    await counter_picture("manager", other, WIDE, look_at_nights, MORNING_AT)
    desk = KioskDesk.open(fresh(home), clock=sample.clock())
    async with kiosk(desk, NARROW) as at:
        await at.scan(desk.sample_code)
        await at.see("What we remember about you")
        keep_svg("kiosk", at.app)
    desk.close()


async def scan_sample(at: Glass) -> None:
    """The sample member's card."""
    await at.press("f4")
    await at.see("Worth mentioning")


async def find_items(at: Glass) -> None:
    """A search that no item's name answers by its words alone."""
    await at.press("f3")
    await at.type("warm drink without caffeine")
    await at.see("words and meaning")


async def look_why(at: Glass) -> None:
    """Why something stands among the suggestions."""
    await scan_sample(at)
    await at.press("enter")
    await at.see("Suggested because")


async def look_at_nights(at: Glass) -> None:
    """The morning after a night."""
    await at.press("ctrl+n")
    await at.see("the header has")


async def counter_picture(
    name: str, home: Path, size: tuple[int, int], steps: Callable[[Glass], Awaitable[None]], at: str = sample.AT
) -> None:
    """Takes one screen of the counter.

    Args:
        name: of the picture.
        home: a data folder; a journal is made anew for each picture.
        size: columns and rows.
        steps: what is pressed before.
        at: the time on its clock.
    """
    desk = Desk.open(fresh(home, at), clock=FixedClock(parse_at(at)), actor="associate")
    async with counter(desk, size) as glass:
        await steps(glass)
        keep_svg(name, glass.app)
    desk.close()


def fresh(home: Path, at: str = sample.AT) -> Path:
    """The data folder with an empty journal of a device that is always called the same."""
    for path in home.glob("journal*"):
        path.unlink()
    Journal.open(home, FixedClock(parse_at(at)), device=DEVICE).close()
    return home


def keep_svg(name: str, app: App[None]) -> None:
    """Writes what an app shows: no font is fetched, and no id depends on anything but the picture's name."""
    drawn = app.export_screenshot(title="clerk", simplify=True)
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    drawn = drawn.replace("font-family: Fira Code, monospace", f"font-family: {FONTS}")
    drawn = drawn.replace("font-family: arial", "font-family: sans-serif")
    drawn = re.sub(r"terminal-\d+", name, drawn)
    drawn = re.sub(r"[ \t]+$", "", drawn, flags=re.MULTILINE)
    (FOLDER / f"{name}.svg").write_text(drawn.strip() + "\n", encoding="utf-8")


def tablets(home: Path, profile: Path) -> None:
    """Sign-in, a member, an answer, and the tablet on its side."""
    People.open(fresh(home), sample.clock()).add(walk.NAME, walk.PIN, StaffRole.ASSOCIATE)
    with walk.served(home, "--at", sample.AT) as url, walk.browser(profile) as browser:
        tablet = walk.Tablet(browser.new_context(viewport=walk.PORTRAIT, has_touch=True).new_page(), url)
        page = tablet.page
        page.goto(tablet.url)
        page.fill("#name", walk.NAME)
        for digit in walk.PIN[:4]:
            page.tap(f'[data-key="{digit}"]')
        keep_png("tablet-sign-in", page.screenshot())
        tablet.sign_in()
        tablet.opened()
        tablet.tap("Sample card")
        tablet.see("Worth mentioning")
        tablet.tap("Took it")
        tablet.see("took it, recorded")
        keep_png("tablet-portrait", page.screenshot())
        page.set_viewport_size(walk.LANDSCAPE)
        tablet.until(lambda text: any("Usual" in row and "Worth mentioning" in row for row in text.splitlines()))
        page.wait_for_timeout(200)
        keep_png("tablet-landscape", page.screenshot())


def keep_png(name: str, picture: bytes) -> None:
    """Writes one picture, small."""
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as found:
        drawn = found.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        drawn.save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    sys.exit(main())
