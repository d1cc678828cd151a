"""A tablet in a real Chromium: sign in, scan, tap, turn it round. Skipped, loudly, where there is no browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from clerk.clock import FixedClock, to_datetime
from clerk.journal import Journal
from clerk.model import EventKind
from tests.promises.corner import NOW
from tests.serve import walk
from tests.serve.walk import LANDSCAPE, PORTRAIT, Tablet

pytestmark = pytest.mark.skipif(not walk.chromium(), reason=walk.NO_BROWSER)


@pytest.fixture(scope="module")
def home(corner_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(corner_shop, tmp_path_factory.mktemp("tablets") / "home"))


@pytest.fixture(scope="module")
def page_of(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Tablet]]:
    """A running `clerk serve`, and a browser that forgets everything between two tablets."""
    at = to_datetime(NOW).isoformat(sep="T", timespec="minutes")
    with walk.served(home, "--at", at) as url, walk.browser(tmp_path_factory.mktemp("profile")) as browser:
        yield lambda: Tablet(browser.new_context(viewport=PORTRAIT, has_touch=True).new_page(), url)


@pytest.fixture
def tablet(page_of: Callable[[], Tablet]) -> Iterator[Tablet]:
    found = page_of()
    yield found
    found.page.context.close()


def test_an_associate_signs_in_scans_taps_and_turns_the_tablet(tablet: Tablet, home: Path, tmp_path: Path) -> None:
    tablet.sign_in()
    tablet.opened()
    assert tablet.size == (85, 46)
    tablet.scan(walk.card_of("cleo"))
    tablet.see("Worth mentioning")
    tablet.page.screenshot(path=tmp_path / "portrait.png")
    tablet.tap("Took it")
    tablet.see("took it, recorded")

    tablet.page.set_viewport_size(LANDSCAPE)
    text = tablet.until(lambda text: any("Usual" in row and "Worth mentioning" in row for row in text.splitlines()))
    assert tablet.size == (113, 34)
    assert "took it, recorded" in text
    tablet.page.screenshot(path=tmp_path / "landscape.png")

    tablet.page.tap("header form button")
    tablet.page.wait_for_selector("#pad")
    assert "Cleo" not in tablet.page.content()

    assert recorded(home) == [("cleo", walk.NAME)]
    assert {urlsplit(asked).netloc for asked in tablet.asked} == {urlsplit(tablet.url).netloc}, "nobody else is asked"
    assert tablet.troubles == []


def test_a_row_that_is_tapped_is_picked_and_tapped_again_explained(tablet: Tablet) -> None:
    tablet.sign_in()
    tablet.opened()
    tablet.scan(walk.card_of("cleo"))
    text = tablet.see("Worth mentioning")
    below = [row.strip() for row in text.split("Worth mentioning")[1].splitlines() if "shelf A1" in row]
    second = below[1].split("  ")[0]
    tablet.tap(second)
    tablet.see(f"▸ {second}")
    tablet.tap(second)
    tablet.see("Why")
    tablet.tap("Back")
    tablet.see("Worth mentioning")


def test_a_wrong_pin_opens_nothing(tablet: Tablet) -> None:
    tablet.sign_in(pin="111111")
    said = tablet.page.locator("#said")
    assert "did not work" in (said.text_content() or "")
    assert tablet.page.locator("#glass").count() == 0
    tablet.sign_in("Nobody Atall", "111111")
    assert "did not work" in (said.text_content() or "")


def test_a_page_of_another_origin_gets_neither_the_glass_nor_a_frame(tablet: Tablet) -> None:
    tablet.sign_in()
    tablet.opened()
    other = tablet.page.context.new_page()
    foreign = tablet.url.replace("127.0.0.1", "localhost")
    other.goto(foreign)
    assert other.locator("#pad").count() == 1, "the cookie is not shown to another host"
    socket = tablet.url.replace("http", "ws") + "/glass"
    ended = other.evaluate(
        """(url) => new Promise((done) => {
          const socket = new WebSocket(url);
          socket.onopen = () => done("opened");
          socket.onclose = () => done("closed");
          socket.onerror = () => done("closed");
        })""",
        socket,
    )
    assert ended == "closed"
    framed = other.evaluate(
        """(url) => new Promise((done) => {
          const frame = document.createElement("iframe");
          frame.src = url;
          frame.onload = () => {
            let seen = "unseen";
            try {
              seen = frame.contentDocument.body.innerText ? "seen" : "unseen";
            } catch (error) {
              seen = "unseen";
            }
            done(seen);
          };
          document.body.append(frame);
          setTimeout(() => done("unseen"), 2000);
        })""",
        tablet.url,
    )
    assert framed == "unseen"


def recorded(home: Path) -> list[tuple[str, str]]:
    """Whose answers were recorded, and by whom."""
    with Journal.open(home, FixedClock(NOW)) as journal:
        return [(event.member_id, event.actor) for event in journal.events(kinds=[EventKind.ANSWER])]
