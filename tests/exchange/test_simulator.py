"""Everything that goes wrong between devices and head office, at random: nothing acknowledged is lost or doubled."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exchange import chaos, simulator
from tests.exchange.mutants import MUTANTS, Mutant
from tests.proof import proving, rounds

_FAULTS_QUICK, _FAULTS_LONG = 300, 100_000
_RUNS_AT_ONCE = 40


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the template that every run copies."""
    folder = simulator.fast_folder(tmp_path_factory.mktemp("simulator"))
    simulator.template(folder / "template")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.proof
def test_nothing_acknowledged_is_lost_or_doubled_whatever_goes_wrong(runs: Path) -> None:
    """Every kind of fault is met; the long version goes on until a hundred thousand were."""
    faults, met, events = 0, set(), 0
    while faults < rounds(_FAULTS_QUICK, _FAULTS_LONG):
        told = chaos.run(runs / "template", runs, examples=_RUNS_AT_ONCE, seed_by_name=not proving())
        faults, events, met = faults + chaos.faults_in(told), events + told["events"], met | set(told)
    assert events > faults / 10
    assert met >= {
        "lost", "doubled", "late", "cut", "flipped", "forged", "died", "clock", "stale release",
        "disk image restored", "office restored", "archive away",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.proof
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_the_simulator_finds_the_mistakes_that_protocols_are_made_with(
    mutant: Mutant, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant(monkeypatch)
    with pytest.raises(AssertionError, match=r"is lost|was never recorded|says something else|times"):
        chaos.run(runs / "template", runs, examples=200)
