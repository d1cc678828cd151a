"""Kill -9 in the middle of a build, and in the middle of a swap: the old pack or the new one, always whole."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from clerk.pack import generations
from clerk.pack.open import PACKS, current_generation, generation_names, open_pack
from tests.exchange.chain import memory_folder
from tests.exchange.workers import a_worker
from tests.pack_build.shop import NOW, write_shop
from tests.proof import record_proof, rounds

CHILD = "tests.pack_build.killable_child"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 is a POSIX word")


def _told(file: Path) -> list[str]:
    """What was acknowledged; a line that was cut off was not."""
    return file.read_text().split("\n")[:-1] if file.exists() else []


def test_a_build_killed_at_any_moment_leaves_the_old_pack_or_the_new_one(clean_environment: dict[str, str]) -> None:
    chance, killed, many, longest_s = random.Random(7), 0, rounds(50, 2_000), 0.15
    with memory_folder() as root, a_worker(clean_environment, CHILD) as worker:
        folder, home, told = write_shop(root / "shop"), root / "home", root / "told"
        worker.start("building", folder, home, NOW, told)
        assert worker.end() == 0
        for number in range(1, many + 1):
            before = current_generation(home)
            worker.start("building", folder, home, NOW + number, told)
            on_the_way = worker.kill_after(chance.uniform(0.001, longest_s))
            killed += on_the_way
            # On a faster machine a build ends sooner: the next kill comes sooner too.
            longest_s = min(0.15, max(0.004, longest_s * (1.2 if on_the_way else 0.8)))
            now = current_generation(home)
            assert now == before or now == generation_names(home)[0]
            assert now is not None
            assert now >= _told(told)[-1], "what was said to be installed is not there"
            assert generations.verify(home, now).damage == ()
            pack = open_pack(home)
            assert (pack.generation, pack.notices) == (now, ())
            pack.close()
        worker.start("building", folder, home, NOW + many + 1, told)
        assert worker.end() == 0, "what was left behind stands in nobody's way"
        assert current_generation(home) == _told(told)[-1]
        assert not list((home / PACKS).glob(generations.BUILDING + "*"))
    record_proof("kill -9 during build", many)
    assert killed > many // 4, "too few were killed on the way for this to prove anything"


def test_a_swap_killed_at_any_moment_leaves_the_old_pack_or_the_new_one(clean_environment: dict[str, str]) -> None:
    chance, killed, many = random.Random(8), 0, rounds(50, 2_000)
    with memory_folder() as root, a_worker(clean_environment, CHILD) as worker:
        home, told = root / "home", root / "told"
        for number in range(many):
            generations.clear_leftovers(home)
            worker.start("installing", home, number * 100, 100, told)
            killed += worker.kill_after(chance.uniform(0.001, 0.03))
            acknowledged, now = _told(told), current_generation(home)
            assert (now or "") >= (acknowledged[-1] if acknowledged else "")
            if now is not None:
                assert generations.verify(home, now).damage == ()
        assert len(_told(told)) > many, "the swaps were too slow for this to prove anything"
    record_proof("kill -9 during swap", many)
    assert killed > many // 2
