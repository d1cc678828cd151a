"""The exchange location: names, durable writes, bounded reads, and words of our own for whatever goes wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.durable import Disk, put_file
from clerk.errors import ClerkError, DiskFailed, ExchangeError, LocationUnreachable
from clerk.exchange.between.locations import Location, Missing, TooLong, checked_name


@pytest.fixture(params=["folder", "file-url", "memory"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    if request.param == "memory":
        return Location(f"memory:/{tmp_path}/place")
    return Location(tmp_path / "place" if request.param == "folder" else f"file://{tmp_path}/place")


def test_what_was_put_is_read_back(location: Location) -> None:
    location.durable_put("s1/events/a.seg", b"first")
    location.durable_put("s1/events/a.seg", b"second")
    assert location.read("s1/events/a.seg", 100) == b"second"


def test_a_local_file_is_copied_whole(location: Location, tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    (tmp_path / "pack.db").write_bytes(data)
    location.durable_put("pack.db", tmp_path / "pack.db")
    assert location.read("pack.db", len(data)) == data


def test_a_list_names_every_file_below_with_its_size_and_nothing_half_written(location: Location) -> None:
    location.durable_put("s1/b.json", b"12")
    location.durable_put("s1/deep/a.json", b"1")
    location.durable_put("s2/c.json", b"123")
    assert location.list("s1") == [("s1/b.json", 2), ("s1/deep/a.json", 1)]
    assert [name for name, _ in location.list()] == ["s1/b.json", "s1/deep/a.json", "s2/c.json"]


def test_an_empty_place_lists_nothing(location: Location) -> None:
    assert location.list() == []
    assert location.list("s1/events") == []


def test_a_file_that_is_not_there_is_missing_and_removing_it_is_fine(location: Location) -> None:
    location.remove("s1/none.json")
    assert not location.exists("s1/none.json")
    with pytest.raises(Missing) as caught:
        location.read("s1/none.json", 10)
    assert caught.value.code == "E301"


def test_a_removed_file_is_gone(location: Location) -> None:
    location.durable_put("a.json", b"1")
    assert location.exists("a.json")
    location.remove("a.json")
    assert not location.exists("a.json")
    assert location.list() == []


def test_reading_stops_where_a_file_is_longer_than_it_can_be(location: Location) -> None:
    location.durable_put("a.json", b"1234")
    assert location.read("a.json", 4) == b"1234"
    with pytest.raises(TooLong):
        location.read("a.json", 3)


@pytest.mark.parametrize(
    "name",
    ["", "..", "../a", "a/../b", "/etc/passwd", "a//b", "a\\b", "a b", "a\x00", "con.txt", "NUL", "lpt1.json",
     ".hidden", "a/.b", "a.", "ä", "a:b", "x" * 161, "/".join("abcdefghi"), "a\n", "~/a", "%2e%2e/a"],
)  # fmt: skip
def test_a_name_that_cannot_stand_everywhere_is_refused(name: str, tmp_path: Path) -> None:
    location = Location(tmp_path)
    for use in (lambda: location.read(name, 1), lambda: location.durable_put(name, b""), lambda: location.exists(name)):
        with pytest.raises(ExchangeError):
            use()


@given(st.text(max_size=30))
def test_a_name_that_is_permitted_stays_below_the_place(name: str) -> None:
    try:
        checked_name(name)
    except ExchangeError:
        return
    assert Path("/place").joinpath(name).resolve().is_relative_to("/place")
    assert name.isascii()


def test_a_stick_that_is_not_plugged_in_is_unreachable_and_nothing_is_made_in_its_stead(tmp_path: Path) -> None:
    location = Location(tmp_path / "media" / "stick" / "clerk")
    for use in (lambda: location.list(), lambda: location.durable_put("a", b""), lambda: location.read("a", 1)):
        with pytest.raises(LocationUnreachable):
            use()
    assert not (tmp_path / "media").exists()


def test_a_path_without_a_scheme_and_a_tilde_are_folders_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Location("~/place").folder == tmp_path / "place"
    monkeypatch.chdir(tmp_path)
    assert Location("place").folder == tmp_path / "place"


def test_a_pipe_under_a_files_name_does_not_hold_the_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "timestamp.json")
    with pytest.raises(Missing):
        Location(tmp_path).read("timestamp.json", 10)


def test_an_address_never_shows_its_password() -> None:
    with pytest.raises(ClerkError) as caught:
        Location("nosuch://anna:secret@host/path").list()
    assert "secret" not in str(caught.value)
    assert Location("memory://anna:secret@host/path").shown == "memory://host/path"


@pytest.mark.parametrize(("url", "extra"), [("s3://bucket/path", "s3"), ("sftp://host/path", "sftp")])
def test_a_missing_library_is_named_with_what_to_install(url: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("s3fs", "sshfs", "paramiko"):
        monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(LocationUnreachable) as caught:
        Location(url)
    assert f"clerk-counter[{extra}]" in caught.value.remedy


class RecordingDisk(Disk):
    """Remembers what was synced and renamed, in order."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def sync_folder(self, path: Path) -> None:
        self.calls.append(f"sync {path.name}/")
        super().sync_folder(path)

    def rename(self, old: Path, new: Path) -> None:
        self.calls.append(f"rename {old.parent.name}/ -> {new.name}")
        super().rename(old, new)


def test_a_file_is_renamed_within_its_folder_and_the_folder_is_synced_after(tmp_path: Path) -> None:
    disk = RecordingDisk()
    put_file(tmp_path, "s1/a.json", b"1", disk=disk)
    assert disk.calls == [f"sync {tmp_path.name}/", "rename s1/ -> a.json", "sync s1/"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_half_written(tmp_path: Path) -> None:
    class BrokenDisk(Disk):
        def rename(self, old: Path, new: Path) -> None:
            raise DiskFailed("broken", "none")

    put_file(tmp_path, "a.json", b"old")
    with pytest.raises(DiskFailed):
        put_file(tmp_path, "a.json", b"new", disk=BrokenDisk())
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.json", b"old")]


def test_a_place_that_cannot_be_written_is_unreachable_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "place").write_bytes(b"a file, no folder")
    with pytest.raises(LocationUnreachable) as caught:
        Location(tmp_path / "place").durable_put("a.json", b"")
    assert caught.value.remedy


class _LostLine:
    """A server whose rename fails though nothing lies in its way."""

    def __init__(self) -> None:
        self.removed: list[str] = []

    def mv(self, old: str, new: str) -> None:
        raise ConnectionError

    def exists(self, path: str) -> bool:
        return path == "there"

    def rm_file(self, path: str) -> None:
        self.removed.append(path)


def test_a_rename_that_failed_for_another_reason_removes_nothing() -> None:
    location = Location("memory://rename")
    location._fs = _LostLine()
    with pytest.raises(ConnectionError):
        location._rename("gone", "there")
    assert location._fs.removed == []
