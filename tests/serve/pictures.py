"""Takes the README's pictures of a tablet from a real browser: `python -m tests.serve.pictures`.

The sample store is built for a fixed day, served, and walked; each picture is kept with a palette of a few colours.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from clerk.clock import FixedClock, parse_at
from clerk.home import checkout
from clerk.model.staff import StaffRole
from clerk.people import People
from tests.serve import walk
from tests.serve.walk import LANDSCAPE, PORTRAIT, Tablet

FOLDER = Path(__file__).resolve().parents[1] / "pictures"
AT = "2026-11-20T08:30"
COLOURS = 64
"""Of a picture: the theme has a dozen, smoothed edges need some between."""


def main() -> int:
    """Writes the pictures."""
    if not walk.chromium():
        sys.stderr.write(walk.NO_BROWSER + "\n")
        return 1
    assert checkout() is not None
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="clerk-pictures-") as scratch:
        home = Path(scratch) / "home"
        build = [sys.executable, "-m", "clerk", "build", "--shop", "sample", "--home", str(home), "--at", AT]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        People.open(home, FixedClock(parse_at(AT))).add(walk.NAME, walk.PIN, StaffRole.ASSOCIATE)
        with walk.served(home, "--at", AT) as url, walk.browser(Path(scratch) / "profile") as browser:
            taken(Tablet(browser.new_context(viewport=PORTRAIT, has_touch=True).new_page(), url))
    return 0


def taken(tablet: Tablet) -> None:
    """The walk: sign-in, a member, an answer, and the tablet on its side."""
    page = tablet.page
    page.goto(tablet.url)
    page.fill("#name", walk.NAME)
    for digit in walk.PIN[:4]:
        page.tap(f'[data-key="{digit}"]')
    keep("tablet-sign-in", page.screenshot())
    tablet.sign_in()
    tablet.opened()
    tablet.tap("Sample card")
    tablet.see("Worth mentioning")
    tablet.tap("Took it")
    tablet.see("took it, recorded")
    keep("tablet-portrait", page.screenshot())
    page.set_viewport_size(LANDSCAPE)
    tablet.until(lambda text: any("Usual" in row and "Worth mentioning" in row for row in text.splitlines()))
    page.wait_for_timeout(200)
    keep("tablet-landscape", page.screenshot())


def keep(name: str, picture: bytes) -> None:
    """Writes one picture, small."""
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as found:
        drawn = found.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        drawn.save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    sys.exit(main())
