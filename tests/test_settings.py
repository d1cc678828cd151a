"""Settings: defaults with reasons, a file that is checked."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from clerk import settings
from clerk.errors import SettingsError
from clerk.settings import Settings, from_tables, load


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings()


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[usual]\nshown_from = 5\n[gates]\nnot_now_days = 7\n")
    changed = load(tmp_path)
    assert (changed.usual.shown_from, changed.gates.not_now_days) == (5, 7)
    assert changed.due == Settings().due


def test_a_file_that_names_every_setting_of_an_older_version_is_still_read() -> None:
    older = tomllib.loads((Path(__file__).parent / "older" / "settings.toml").read_text(encoding="utf-8"))
    assert from_tables(older).usual.window == older["usual"]["window"]


def test_a_whole_number_stands_for_a_fraction(tmp_path: Path) -> None:
    assert from_tables({"usual": {"counter_usual": 1}}).usual.counter_usual == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "[usual]\nshown_form = 5",
        "[usul]\nshown_from = 5",
        "usual = 5",
        "[usual]\nshown_from = 'five'",
        "[usual]\nshown_from = 5.5",
        "[usual]\nshown_from = true",
        "[usual]\nshown_from = -1",
        "[usual]\ncounter_usual = nan",
        "[usual",
        "\udcff",
    ],
)
def test_a_value_that_cannot_be_used_is_an_error_with_a_remedy(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SettingsError) as raised:
        load(tmp_path)
    assert raised.value.code == "E501"
    assert raised.value.remedy


def test_every_setting_stands_above_its_reason() -> None:
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in Path(settings.__file__).parent.glob("*.py")]
    nodes = [node for tree in trees for node in tree.body]
    areas = [node for node in nodes if isinstance(node, ast.ClassDef) and node.name != "Settings"]
    assert len(areas) > 10
    for area in areas:
        for before, after in zip(area.body, [*area.body[1:], None], strict=True):
            if isinstance(before, ast.AnnAssign):
                reason = (
                    after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
                )
                assert str(reason).strip(), f"{area.name}.{ast.unparse(before.target)} has no reason"
