from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from clerk.clock import FixedClock
from clerk.errors import NoPack, PackDamaged, PackForeign
from clerk.pack import generations
from clerk.pack.open import (
    COUNTER_FILES,
    CURRENT,
    PACKS,
    current_generation,
    current_manifest,
    generation_names,
    manifest_hash,
    open_generation,
    open_pack,
)
from embeddings import WeightlessEncoder
from tests.pack_build.shop import NOW, build_shop, opened, write_shop


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with two generations, the newer one in use."""
    folder = write_shop(tmp_path / "folder")
    for day in (0, 1):
        clock = FixedClock(NOW + day * 86_400)
        build_shop(folder, tmp_path / "home", clock=clock, encoder=WeightlessEncoder(16))
    return tmp_path / "home"


def flip(path: Path, place: float) -> None:
    """One bit, at a part of the file's length."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * place)] ^= 0x10
    path.write_bytes(content)


@pytest.mark.parametrize("place", [0.0, 0.37, 0.999])
@pytest.mark.parametrize("file", [*COUNTER_FILES, "manifest.json"])
def test_a_flipped_bit_is_refused_and_last_nights_pack_is_used(home: Path, file: str, place: float) -> None:
    newer, older = generation_names(home)
    flip(home / PACKS / newer / file, place)
    pack = open_pack(home)
    assert pack.generation == older
    assert [notice.code for notice in pack.notices] == ["E202"]
    assert older in pack.notices[0].what
    pack.close()


@pytest.mark.parametrize("file", ["items.faiss", "words.npz"])
def test_a_flipped_bit_in_what_search_reads_is_found_by_verify(home: Path, file: str) -> None:
    newer, older = generation_names(home)
    flip(home / PACKS / newer / file, 0.5)
    assert generations.verify(home, newer).damage == (f"the sha256 of {file} does not hold",)
    assert generations.verify(home, older).damage == ()


@pytest.mark.parametrize("file", [*COUNTER_FILES, "manifest.json", "items.faiss"])
def test_a_missing_file_is_refused_and_last_nights_pack_is_used(home: Path, file: str) -> None:
    newer, older = generation_names(home)
    (home / PACKS / newer / file).unlink()
    pack = open_pack(home)
    assert pack.generation == older
    assert pack.notices
    pack.close()


def test_a_cut_file_is_refused(home: Path) -> None:
    newer, older = generation_names(home)
    path = home / PACKS / newer / "pack.db"
    path.write_bytes(path.read_bytes()[:-1])
    pack = open_pack(home)
    assert pack.generation == older
    pack.close()


@pytest.mark.parametrize("content", [None, b"", b"no-such-generation", b"../elsewhere", b"\xff\xfe"])
def test_without_a_pointer_the_newest_good_pack_is_used(home: Path, content: bytes | None) -> None:
    pointer = home / PACKS / CURRENT
    if content is None:
        pointer.unlink()
    else:
        pointer.write_bytes(content)
    pack = open_pack(home)
    assert pack.generation == generation_names(home)[0]
    assert [notice.code for notice in pack.notices] == ["E202"]
    assert current_manifest(home) is None
    pack.close()


def test_a_pack_that_was_rolled_back_from_is_the_last_to_be_tried(home: Path) -> None:
    newer, older = generation_names(home)
    assert generations.rollback(home) == older
    pack = open_pack(home)
    assert pack.generation == older
    assert not pack.notices
    pack.close()
    flip(home / PACKS / older / "pack.db", 0.5)
    pack = open_pack(home)
    assert pack.generation == newer
    pack.close()


def test_with_every_pack_damaged_nothing_is_opened(home: Path) -> None:
    for name in generation_names(home):
        flip(home / PACKS / name / "pack.db", 0.5)
    with pytest.raises(PackDamaged) as problem:
        open_pack(home)
    assert problem.value.remedy


def test_without_any_pack_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NoPack, match="clerk build"):
        open_pack(tmp_path)


def test_a_pack_of_another_format_is_foreign(home: Path) -> None:
    name = generation_names(home)[0]
    path = home / PACKS / name / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["sha256"]
    manifest["format"] = 99
    path.write_text(json.dumps({**manifest, "sha256": manifest_hash(manifest)}))
    with pytest.raises(PackForeign):
        open_generation(home, name)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd"])
def test_a_manifest_names_only_files_of_its_own_folder(home: Path, name: str) -> None:
    path = home / PACKS / generation_names(home)[0] / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["sha256"]
    manifest["files"][name] = {"size": 1, "sha256": ""}
    path.write_text(json.dumps({**manifest, "sha256": manifest_hash(manifest)}))
    with pytest.raises(PackDamaged):
        open_generation(home, generation_names(home)[0])


def test_folders_being_built_are_no_generations(home: Path) -> None:
    shutil.copytree(home / PACKS / generation_names(home)[0], home / PACKS / ".building-1-x")
    assert len(generation_names(home)) == 2


def test_nothing_can_be_written_through_an_opened_pack(home: Path) -> None:
    reader = opened(home)
    for statement in ("DELETE FROM lines", "UPDATE members SET name = ''", "CREATE TABLE x (y)"):
        with pytest.raises(Exception, match=r"readonly|read-only|query_only|not authorized"):
            reader.pack.db.execute(statement)
    reader.pack.close()


def test_the_generation_in_use_is_the_one_pointed_to(home: Path) -> None:
    assert current_generation(home) == generation_names(home)[0]
    rows = generations.generations(home)
    assert [row.current for row in rows] == [True, False]
    assert (rows[0].members, rows[0].items, rows[0].lines) == (2, 3, 4)
    assert rows[0].size_bytes > 0
