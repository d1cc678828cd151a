"""A demo never replaces a shop's own data, and a build looks before it prepares anything."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clerk.cli import main
from clerk.commands import build, counter
from clerk.pack.open import current_generation
from clerk.report import Exit
from tests.pack_build.shop import build_shop, write_shop

AT = "2026-02-01"


def asked(home: Path, shop: str = "sample", at: str = AT) -> argparse.Namespace:
    return argparse.Namespace(home=home, shop=shop, at=at)


def sample(folder: Path) -> Path:
    """A data folder with a tiny shop that says it is the sample."""
    tables = write_shop(folder / "tables")
    (tables / "store.toml").write_text('store = "Sample"\nsource = "sample"\n', encoding="utf-8")
    build_shop(tables, folder / "home")
    return folder / "home"


@pytest.mark.parametrize("shop", ["sample", "complete-journey"])
@pytest.mark.parametrize("day", [AT, "2026-03-05"])
def test_a_demo_leaves_a_shop_of_ones_own_alone(
    home: Path, shop: str, day: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = current_generation(home)
    assert main(["demo", "--shop", shop, "--home", str(home), "--at", day]) == Exit.STORE_DATA
    assert "--home" in capsys.readouterr().err
    assert current_generation(home) == before


def test_one_built_in_shop_never_opens_as_the_other(tmp_path: Path) -> None:
    home = sample(tmp_path)
    assert main(["demo", "--shop", "complete-journey", "--home", str(home)]) == Exit.STORE_DATA


def test_a_demo_of_the_same_day_is_not_built_again(tmp_path: Path) -> None:
    home = sample(tmp_path)
    assert counter._is_fresh(asked(home))
    assert not counter._is_fresh(asked(home, at="2026-02-02"))


@pytest.mark.parametrize("file", ["manifest.json", "pack.db"])
def test_a_damaged_demo_is_built_again(tmp_path: Path, file: str) -> None:
    home = sample(tmp_path)
    damaged = home / "packs" / str(current_generation(home)) / file
    damaged.write_bytes(damaged.read_bytes()[:-100])
    assert not counter._is_fresh(asked(home))


def test_a_wrong_folder_is_told_before_an_encoder_is_prepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared: list[Path] = []
    monkeypatch.setattr(build, "builder_encoder", prepared.append)
    assert main(["build", "--from", str(tmp_path / "none"), "--home", str(tmp_path / "home")]) == Exit.STORE_DATA
    assert "E208" in capsys.readouterr().err
    assert not prepared


def test_a_dry_run_prepares_no_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared: list[Path] = []
    monkeypatch.setattr(build, "builder_encoder", prepared.append)
    tables, home = write_shop(tmp_path / "tables"), tmp_path / "home"
    assert main(["build", "--from", str(tables), "--home", str(home), "--at", AT, "--dry-run"]) == Exit.OK
    assert not prepared
    assert current_generation(home) is None


def test_a_build_is_finished_though_nobody_listens(tmp_path: Path, clean_environment: dict[str, str]) -> None:
    tables, home = write_shop(tmp_path / "tables"), tmp_path / "home"
    reading, writing = os.pipe()
    os.close(reading)
    words = ["build", "--from", str(tables), "--home", str(home), "--at", AT, "--no-meaning"]
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "clerk", *words],
            env=clean_environment, stdout=subprocess.DEVNULL, stderr=writing, timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(writing)
    assert ran.returncode == Exit.OK
    assert current_generation(home)
