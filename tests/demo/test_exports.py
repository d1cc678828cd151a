"""The two made-up shops: the files lying in the repository, their habits, and the usual that comes of them."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from clerk.cli import main
from clerk.intake.convert import Converted, convert, recognised
from tests.demo.make_exports import write_sample_exports
from tests.intake.exports import everything

AT = "2026-11-20T18:00"


def shown(home: Path, code: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The member screen of whoever has this card, as text."""
    capsys.readouterr()
    assert main(["show", code, "--home", str(home), "--at", AT]) == 0
    return capsys.readouterr().out


@pytest.fixture
def exports(project: Path) -> Path:
    return project / "store_data" / "exports"


def of_shop(folder: Path) -> Converted:
    store = tomllib.loads((folder / "store.toml").read_text())
    return convert([one for path in sorted(folder.glob("*.csv")) for one in recognised(path)], store)


def test_the_files_that_lie_there_are_those_that_are_written(exports: Path, tmp_path: Path) -> None:
    for path in write_sample_exports(tmp_path):
        assert path.read_bytes() == (exports / path.relative_to(tmp_path)).read_bytes()


@pytest.mark.parametrize("shop", ["shopify", "square"])
def test_each_shop_comes_in_whole_but_for_its_torn_row(exports: Path, shop: str) -> None:
    made = of_shop(exports / shop)
    assert not made.problems
    assert not made.conflicts
    assert {"members", "cards", "consents", "items", "stock", "lines"} == set(made)
    assert sum(len(source.broken) for source in made.values()) == 1
    assert "4242" not in everything(made)
    assert "4111" not in everything(made)


def test_dropped_into_the_inbox_the_cafe_shows_a_usual_made_of_modifiers_applied(
    exports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(exports / "square", tmp_path / "inbox")
    assert main(["nightly", "--home", str(tmp_path), "--now", "--no-meaning", "--at", AT]) == 0
    assert "1 × Latte, small, extra shot, oat milk" in shown(tmp_path, "200000", capsys)
    assert "Not shown: has not agreed to be remembered." in shown(tmp_path, "SQ8WCUSTOMER0019ZX", capsys)
    kept = "".join(path.read_text() for path in (tmp_path / "quarantine").rglob("*.csv"))
    assert "payment card data" in kept
    assert "4242" not in kept


def test_dropped_into_the_inbox_the_tea_shop_knows_who_ordered_by_e_mail_or_phone(
    exports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(exports / "shopify", tmp_path / "inbox")
    assert main(["nightly", "--home", str(tmp_path), "--now", "--no-meaning", "--at", AT]) == 0
    assert "1 × Sencha Fukamushi - 50 g" in shown(tmp_path, "7001002001", capsys)
    assert "No usual yet" not in shown(tmp_path, "7001002000", capsys)
