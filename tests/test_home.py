"""The data folder is its owner's: nobody else on the machine looks into it, unless the shop lets them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from clerk.cli import main
from clerk.home import make_private, readable_by
from tests.pack_build.shop import build_shop, write_shop, write_table

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows keeps permissions elsewhere")


@pytest.fixture(autouse=True)
def generous() -> Iterator[None]:
    """A login whose files everybody may read, as most machines have it."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_a_data_folder_and_what_is_made_in_it_are_their_owners_alone(tmp_path: Path) -> None:
    home = tmp_path / "data" / "home"
    rows = [("b9", "m1", "FW", "not a day", "1"), ("b8", "m1", "FW", "2026-01-09", "1")]
    shop = write_shop(tmp_path / "own")
    write_table(shop, "lines", ("basket_id", "member_id", "sku", "sold_at", "quantity"), rows)
    build_shop(shop, home)
    assert main(["join", "Nora", "--home", str(home)]) == 0
    assert main(["forget", "m1", "--home", str(home)]) == 0
    folders = [home, *(path for path in home.rglob("*") if path.is_dir())]
    assert {path.name for path in folders} >= {"home", "packs", "quarantine", "receipts", "books"}
    assert {path.name for path in folders if path.stat().st_mode & 0o077} == set()


def test_a_folder_that_is_there_keeps_its_permissions(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o750)
    make_private(home / "packs")
    assert readable_by(home) == "group"
    assert readable_by(home / "packs") == "owner"


def test_a_file_in_the_way_is_an_error_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    for folder in (tmp_path / "home", tmp_path / "home" / "packs"):
        with pytest.raises(OSError, match="home"):
            make_private(folder)


def test_a_check_names_the_command_that_shuts_others_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "the home"
    build_shop(write_shop(tmp_path / "own"), home)
    told = {}
    for mode in (0o700, 0o750, 0o755):
        home.chmod(mode)
        main(["check", "--home", str(home)])
        told[mode] = capsys.readouterr().out
    assert "access       its owner alone" in told[0o700]
    assert "its owner and its group" in told[0o750]
    assert f"chmod 700 '{home}'" in told[0o755]
