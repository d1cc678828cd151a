"""A folder or file of the nights that cannot be read is a problem that is named, and never an empty list."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from clerk.desk.manager import night_files
from clerk.desk.manager.nights import nights
from clerk.desk.manager.nights_in_detail import nights_more
from clerk.settings import Settings

NOW = 1_770_000_000


def _home(folder: Path) -> Path:
    for name in ("nights", "inbox", "quarantine/20261122T033000", "exchange"):
        (folder / name).mkdir(parents=True)
    (folder / "nights" / "20261122T033000.json").write_text('{"started": 1, "ended": 2, "outcome": "installed"}')
    (folder / "inbox" / "lines.csv").write_text("a,b\n")
    (folder / "quarantine" / "20261122T033000" / "rows.csv").write_text("file,row,reason,original\nlines.csv,2,bad,x\n")
    return folder


def _refuse(monkeypatch: pytest.MonkeyPatch, refused: Path) -> None:
    """The disk fails to read one folder or file; as root nothing else keeps anybody from reading."""
    real_list, real_stat, real_open = Path.iterdir, Path.stat, Path.open

    def refusing(real: Callable[..., object]) -> Callable[..., object]:
        def call(path: Path, *values: object, **options: object) -> object:
            if path == refused:
                raise PermissionError(13, "Permission denied", str(path))
            return real(path, *values, **options)

        return call

    monkeypatch.setattr(Path, "iterdir", refusing(real_list))
    monkeypatch.setattr(Path, "open", refusing(real_open))
    if refused.suffix:
        monkeypatch.setattr(Path, "stat", refusing(real_stat))


@pytest.mark.parametrize(
    "name", ["nights", "nights/20261122T033000.json", "inbox", "quarantine", "quarantine/20261122T033000/rows.csv"]
)
def test_what_cannot_be_read_is_named_and_the_rest_is_shown(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = _home(tmp_path / "home")
    whole = nights(home, NOW, Settings(), None)
    assert not whole.problems
    assert (whole.last is not None, len(whole.inbox), len(whole.set_aside)) == (True, 1, 1)
    _refuse(monkeypatch, home / name)
    found = nights(home, NOW, Settings(), None)
    assert [(one.code, "read" in one.what) for one in found.problems] == [("E206", True)]
    lists = (found.last, found.inbox, found.set_aside)
    assert sum(1 for one in lists if one) == 2, "the others are shown"
    more = nights_more(home, NOW)
    assert bool(more.problems) == (not name.startswith("nights"))


def test_rows_that_cannot_be_counted_are_a_problem_and_gone_rows_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = _home(tmp_path / "home")
    (folder,) = night_files.set_aside(home)
    assert night_files.counted(home, folder).rows == 1
    shutil.rmtree(home / "quarantine")
    assert night_files.counted(home, folder).rows is None
    assert not nights_more(home, NOW).problems
