"""Whatever a command makes in a data folder is its owner's alone, from the first one on and whatever the umask."""

from __future__ import annotations

import argparse
import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from clerk import cli
from clerk.cli import main
from clerk.home import for_owner_alone
from tests.pack_build.shop import write_shop, write_table

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows keeps permissions elsewhere")

AT = ("--at", "2026-02-02T10:00")


@pytest.fixture(autouse=True)
def generous() -> Iterator[None]:
    """The login that lets everybody in: what holds here holds with every umask."""
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(home: Path) -> list[str]:
    """What others may read, write or enter, the folder itself included."""
    found = [home, *home.rglob("*")] if home.exists() else []
    return sorted(
        f"{path.relative_to(home.parent)} {path.stat().st_mode & 0o777:o}"
        for path in found
        if not path.is_symlink() and path.stat().st_mode & 0o077
    )


def _shop(folder: Path) -> Path:
    shop = write_shop(folder)
    rows = [("b9", "m1", "FW", "not a day", "1"), ("b1", "m1", "FW", "2026-01-02T08:00", "1")]
    write_table(shop, "lines", ("basket_id", "member_id", "sku", "sold_at", "quantity"), rows)
    (shop / "store.toml").write_text('store = "0412"\nname = "A shop"\n')
    return shop


def _stdin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


FIRST = {
    "build": ["build", "--from", "{shop}", "--no-meaning"],
    "nightly": ["nightly", "--now", "--no-meaning", "--inbox", "{shop}"],
    "office init": ["office", "init", "--out", "{out}/office.json"],
    "enrol": ["enrol", "{office}", "--place", "{place}", "--store", "0412"],
    "people add": ["people", "add", "Noor"],
    "key set": ["key", "set", "--to", "file:rest.key"],
    "join": ["join", "Nora"],
    "cards": ["cards", "issue", "--count", "2"],
    "fetch": ["fetch"],
    "push": ["push"],
    "collect": ["collect"],
    "publish": ["publish"],
    "forget": ["forget", "--expired"],
    "kiosk": ["kiosk"],
    "open": ["open"],
    "serve": ["serve", "--port", "1"],
    "check": ["check"],
    "nights": ["nights"],
    "audit": ["audit"],
    "pack": ["pack", "list"],
    "scorecard": ["scorecard"],
}
"""Commands as the first one on a machine: most of them fail, and what they leave there is private all the same."""


@pytest.mark.parametrize("first", FIRST)
def test_a_first_command_makes_a_folder_for_its_owner_alone(
    first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, office = tmp_path / "data" / "home", tmp_path / "office.json"
    if first == "enrol":
        assert main(["office", "init", "--home", str(tmp_path / "office"), "--out", str(office)]) == 0
    _stdin(monkeypatch, "4711\n4711\n")
    words = {"shop": _shop(tmp_path / "shop"), "out": tmp_path, "office": office, "place": tmp_path / "place"}
    main([*(word.format(**words) for word in FIRST[first]), "--home", str(home), *AT])
    assert open_to_others(home) == []
    if first in ("build", "nightly", "office init", "enrol", "people add"):
        assert home.exists()


SECOND = (
    ["people", "add", "Noor", "--role", "manager"],
    ["join", "Nora Berg", "--phone", "22334455"],
    ["answer", "m1", "OL", "never"],
    ["state", "m1", "allergen", "nuts"],
    ["consent", "m1", "suggest", "given"],
    ["cards", "issue", "m1"],
    ["cards", "sheet", "m1", "--out", "{home}/sheet.pdf"],
    ["export", "m1", "--out", "{home}/copy"],
    ["merge", "m1", "m3"],
    ["unmerge", "m1"],
    ["apart", "m1", "m3"],
    ["forget", "m2"],
    ["nightly", "--now", "--no-meaning", "--inbox", "{shop}"],
    ["scorecard"],
    ["forecast", "--out", "{home}/forecast.csv"],
    ["show", "m1"],
    ["check"],
    ["key", "set", "--to", "file:rest.key"],
    ["schedule", "systemd", "--out", "{home}/timer"],
    ["template", "{home}/template"],
)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o177])
def test_the_umask_stays_what_it_was_and_only_ever_shuts_out_more(mask: int) -> None:
    os.umask(mask)
    with for_owner_alone():
        inside = os.umask(0o077)
        os.umask(inside)
    assert inside == mask | 0o077
    assert os.umask(0) == mask


def test_every_later_command_keeps_it_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, shop = tmp_path / "home", _shop(tmp_path / "shop")
    assert main(["build", "--from", str(shop), "--no-meaning", "--home", str(home), *AT]) == 0
    for command in SECOND:
        _stdin(monkeypatch, "4711\n4711\n")
        main([*(word.format(home=home, shop=shop) for word in command), "--home", str(home), *AT])
        assert open_to_others(home) == [], command


def test_every_command_that_writes_is_walked() -> None:
    """A new command belongs into one of the lists above."""
    commands = next(one for one in cli.parser()._actions if isinstance(one, argparse._SubParsersAction)).choices
    tries = {
        one: {text for option in made._actions for text in option.option_strings} for one, made in commands.items()
    }
    writes = {name for name, options in tries.items() if "--dry-run" in options}
    walked = {words[0] for words in (*FIRST.values(), *SECOND)}
    like_answer = {"mark", "strike", "undo"}
    assert writes - walked - like_answer == set()


def test_what_is_put_on_a_location_is_read_by_whom_the_location_lets_in(tmp_path: Path) -> None:
    from clerk.exchange.between.locations import Location

    for rights, folder, file in ((0o755, 0o755, 0o644), (0o2770, 0o2770, 0o640), (0o700, 0o700, 0o600)):
        place = tmp_path / f"{rights:o}"
        place.mkdir()
        place.chmod(rights)
        Location(place).durable_put("events/0412/one.bundle", b"sealed")
        assert (place / "events" / "0412").stat().st_mode & 0o7777 == folder
        assert (place / "events/0412/one.bundle").stat().st_mode & 0o777 == file
    shutil.rmtree(place)
    Location(place).durable_put("events/one.bundle", b"sealed")
    assert open_to_others(place) == [], "one that Clerk makes is its owner's"


def test_reading_a_folder_that_is_not_there_makes_none(tmp_path: Path) -> None:
    for command in (["nights"], ["check"], ["pack", "list"]):
        main([*command, "--home", str(tmp_path / "none")])
        assert not (tmp_path / "none").exists(), command
