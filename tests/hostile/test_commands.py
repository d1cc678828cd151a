"""Commands and files: a shop full of hostile texts is built, asked for everything, and nothing raw comes out."""

from __future__ import annotations

import csv
import random
import shutil
import unicodedata
from pathlib import Path

import pytest

from clerk import report
from clerk.cli import main
from clerk.intake.quarantine import _FORMULA
from tests.glass import kiosk
from tests.hostile.texts import hostile
from tests.kiosk import fake_kiosk
from tests.kiosk.fake_kiosk import FakeKiosk, FakeMyData, code_of, kiosk_card
from tests.pack_build.shop import write_table
from tests.proof import record_proof, rounds

AT = "2026-02-01"
STEERING = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def raw_in(text: str) -> list[str]:
    """What steers a terminal or hides text, line breaks aside."""
    return [letter for letter in text if letter != "\n" and unicodedata.category(letter) in STEERING]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Members, items, modifiers and quantities that are attacks; built the usual way."""
    root, chance, many = tmp_path_factory.mktemp("hostile"), random.Random(3), rounds(60, 3_000)

    def text() -> str:
        return hostile(chance).encode("utf-8", "replace").decode().replace("\x00", "")

    items = [(f"K{n}", text(), f"{text()} > {text()}", text()) for n in range(20)]
    write_table(root / "in", "items", ("sku", "name", "category", "description"), items)
    members = [(f"m{n}", text(), text(), text()) for n in range(many)]
    write_table(root / "in", "members", ("member_id", "name", "email", "tier"), members)
    lines = [
        (f"b{n}", f"m{n % many}", f"K{chance.randrange(20)}", f"2026-01-{1 + n % 28:02d}T08:00",
         "1" if n % 9 else text()[2:], text())
        for n in range(many * 4)
    ]  # fmt: skip
    write_table(root / "in", "lines", ("basket_id", "member_id", "sku", "sold_at", "quantity", "modifiers"), lines)
    (root / "home").mkdir()
    (root / "home" / "settings.toml").write_text("[pack]\nbad_rows_share = 0.5\n")
    built = main(["build", "--from", str(root / "in"), "--home", str(root / "home"), "--no-meaning", "--at", AT])
    assert built == report.Exit.OK
    return root / "home"


@pytest.mark.parametrize("as_json", [False, True])
def test_no_command_lets_a_text_through_raw(
    shop: Path, tmp_path: Path, as_json: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    home, chance = Path(shutil.copytree(shop, tmp_path / "home")), random.Random(4)
    capfd.readouterr()
    end = ["--home", str(home), "--at", AT, *(["--json"] if as_json else [])]
    said = hostile(chance).encode("utf-8", "replace").decode().replace("\x00", "")
    main(["state", "m1", "note", said, *end])
    main(["answer", "m1", "K1", "never", *end])
    many = rounds(4, 200)
    for command in (
        *(["show", f"m{n}", "--lines"] for n in range(many)), *(["why", f"m{n}", f"K{n % 20}"] for n in range(many)),
        ["find", "zz"], ["find", "zz", "--items"], ["find", said], ["statements", "m1"], ["nights"], ["audit"],
        ["check"], ["export", "m1"], ["interest", "K1"], ["pack", "list"], ["show", said], ["why", said, said],
        ["scorecard"], ["prep"],
    ):  # fmt: skip
        main([*command, *end])
        out, err = capfd.readouterr()
        assert not raw_in(out), (command, out[:500])
        assert not raw_in(err), (command, err[:500])
        assert "fault of Clerk" not in err, (command, err)
        assert "Traceback" not in err


def test_no_cell_of_a_file_that_we_write_is_a_formula(shop: Path, tmp_path: Path) -> None:
    kept = list((shop / "quarantine").rglob("rows.csv"))
    assert kept, "nothing was set aside"
    home = Path(shutil.copytree(shop, tmp_path / "home"))
    main(["export", "m1", "--out", str(tmp_path / "out"), "--home", str(home), "--at", AT])
    cells = 0
    for path in (*kept, *(tmp_path / "out").rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    cells += 1
                    assert not cell.lstrip(" ").startswith(_FORMULA) or _is_number(cell), cell
    assert cells > 20


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@pytest.mark.slow
async def test_no_page_of_the_kiosk_paints_what_a_name_says(monkeypatch: pytest.MonkeyPatch) -> None:
    chance, many = random.Random(5), rounds(12, 500)

    class HostileKiosk(FakeKiosk):
        """Every text ends with an attack."""

        def scan(self, keys: str) -> fake_kiosk.KioskCard | fake_kiosk.KioskRefused:
            super().scan(keys)
            self._mark = hostile(chance)
            return kiosk_card(self._open, self._mark)

        def memory(self, visit_id: str) -> FakeMyData:
            return FakeMyData(hostile(chance))

    async with kiosk(HostileKiosk()) as glass:
        for number in range(many):
            await glass.scan(code_of(number + 2))
            assert not raw_in(glass.text)
            assert "Zz" in glass.text
            await glass.press("1")
            for key in (*fake_kiosk.DIGITS, "enter"):
                await glass.press(key)
                assert not raw_in(glass.text)
            for key in "123":
                await glass.press(key)
                assert not raw_in(glass.text)
                assert glass.app.is_running
            await glass.press("escape", "escape", "escape")
    record_proof("hostile names at the kiosk", many)
