"""The simulator as a state machine: hypothesis chooses what happens next, and at the end the account is drawn up."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from clerk.clock import DAY_S
from tests.exchange.simulator import World

_DEVICE = st.integers(0, 1)
_WHICH = st.integers(0, 50)
_DIES = st.sampled_from([0, 0, 0, 1, 2, 3, 4, 5, 6, 8])
_SHARE = st.floats(0, 0.999)
_YEARS = st.sampled_from([-10, -1, 0, 1, 10])


def machine(made: Path, runs: Path, told: Counter[str]) -> type[RuleBasedStateMachine]:
    """The state machine over copies of a template.

    Args:
        made: the template.
        runs: where runs make their folders.
        told: gets the number of runs, events, excused events and faults.
    """
    numbers = itertools.count()

    class Chaos(RuleBasedStateMachine):
        """Each rule is a day's event, good or bad."""

        def __init__(self) -> None:
            super().__init__()
            self.world = World(made, runs / f"run-{next(numbers)}")

        @rule(device=_DEVICE, events=st.integers(1, 4))
        def record(self, device: int, events: int) -> None:
            self.world.record(device, events)

        @rule(device=_DEVICE, dies_at=_DIES)
        def push(self, device: int, dies_at: int) -> None:
            self.world.push(device, dies_at)

        @rule(dies_at=_DIES, without_archive=st.sampled_from([False, False, True]))
        def collect(self, dies_at: int, without_archive: bool) -> None:
            self.world.collect(dies_at, without_archive=without_archive)

        @rule(device=_DEVICE, back=st.sampled_from([0, 0, 0, 1, 3]))
        def night(self, device: int, back: int) -> None:
            """Published, fetched, and what may be forgotten is forgotten."""
            self.world.publish()
            self.world.fetch(device, back)
            self.world.forget(device)

        @rule(which=_WHICH)
        def lose(self, which: int) -> None:
            self.world.lose(which)

        @rule(which=_WHICH)
        def double(self, which: int) -> None:
            self.world.double(which)

        @rule(which=_WHICH, share=_SHARE)
        def cut(self, which: int, share: float) -> None:
            self.world.cut(which, share)

        @rule(which=_WHICH, share=_SHARE, bit=st.integers(0, 7))
        def flip(self, which: int, share: float, bit: int) -> None:
            self.world.flip(which, share, bit)

        @rule(which=_WHICH)
        def hold_back(self, which: int) -> None:
            self.world.hold_back(which)

        @rule()
        def let_go(self) -> None:
            self.world.let_go()

        @rule(device=_DEVICE)
        def forge(self, device: int) -> None:
            self.world.forge(device)

        @rule(device=_DEVICE, years=_YEARS)
        def turn_clock(self, device: int, years: int) -> None:
            self.world.turn_clock(device, years * 365 * DAY_S)

        @rule(device=_DEVICE)
        def keep_image(self, device: int) -> None:
            self.world.keep_image(device)

        @rule(device=_DEVICE, which=_WHICH, events=st.integers(0, 4))
        def restore_image(self, device: int, which: int, events: int) -> None:
            self.world.restore_image(device, which, events)

        @rule(device=_DEVICE, before=st.integers(1, 4), after=st.integers(0, 5), pushed=st.booleans())
        def image_restored_and_work_goes_on(self, device: int, before: int, after: int, pushed: bool) -> None:
            """The order in which this happens: a copy, work that head office gets to see, the copy put back, work."""
            self.world.keep_image(device)
            self.world.record(device, before)
            if pushed:
                self.world.push(device)
                self.world.collect()
            self.world.restore_image(device, -1, after)
            self.world.push(device)
            self.world.collect()

        @rule(device=_DEVICE, events=st.integers(1, 3), which=_WHICH)
        def one_of_two_bundles_is_lost(self, device: int, events: int, which: int) -> None:
            """Two nights' bundles lie there, and one of them is gone before anybody collects."""
            for _ in range(2):
                self.world.record(device, events)
                self.world.push(device)
            self.world.lose(which)
            self.world.collect()

        @rule()
        def back_up_office(self) -> None:
            self.world.back_up_office()

        @rule(which=_WHICH)
        def restore_office(self, which: int) -> None:
            self.world.restore_office(which)

        @rule(device=_DEVICE, events=st.integers(1, 3), without_archive=st.booleans())
        def office_restored_after_a_night(self, device: int, events: int, without_archive: bool) -> None:
            """A night arrives and is acknowledged, and then the office goes back to the copy from before."""
            self.world.back_up_office()
            self.world.record(device, events)
            self.world.push(device)
            self.world.collect(without_archive=without_archive)
            self.world.publish()
            self.world.fetch(device)
            self.world.forget(device)
            self.world.restore_office(-1)

        @rule(device=_DEVICE, events=st.integers(1, 3))
        def two_histories_part_in_a_lost_bundle(self, device: int, events: int) -> None:
            """A copy put back makes other events under the same numbers, and only what follows them arrives."""
            self.world.push(device)
            self.world.collect()
            self.world.keep_image(device)
            self.world.record(device, events)
            self.world.push(device)
            self.world.collect()
            self.world.restore_image(device, -1, events)
            before = self.world.lying()
            self.world.push(device)
            other = self.world.lying() - before
            self.world.record(device, 1)
            self.world.push(device)
            self.world.lose_all(other)
            self.world.collect()

        @rule(device=_DEVICE, events=st.integers(1, 3), which=st.integers(0, 3))
        def archive_away_for_a_night(self, device: int, events: int, which: int) -> None:
            """What arrived without being archived is lost at the location, and a later night is archived."""
            self.world.back_up_office()
            for without in (True, False):
                self.world.record(device, events)
                self.world.push(device)
                self.world.collect(without_archive=without)
                self.world.publish()
                self.world.fetch(device)
                if without:
                    self.world.lose(which)
            self.world.fetch(device)
            self.world.forget(device)
            self.world.restore_office(-1)

        def teardown(self) -> None:
            try:
                self.world.settle()
                problems = self.world.problems()
                told.update(self.world.faults)
                told.update({"runs": 1, "events": len(self.world.said), "excused": len(self.world.excused)})
                assert not problems, problems
            finally:
                self.world.close()

    return Chaos


def run(made: Path, runs: Path, *, examples: int, steps: int = 25, seed_by_name: bool = True) -> Counter[str]:
    """Runs the machine; an AssertionError or an error of the program is a finding.

    Args:
        made: from `simulator.template`.
        runs: where runs make their folders.
        examples: how many runs.
        steps: things that happen in one run.
        seed_by_name: the same runs every time.

    Returns:
        Runs, events, excused events, and faults by name.
    """
    told: Counter[str] = Counter()
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=seed_by_name,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    run_state_machine_as_test(machine(made, runs, told), settings=chosen)  # type: ignore[no-untyped-call]
    return told


def faults_in(told: Counter[str]) -> int:
    """How many faults the runs met."""
    return sum(told.values()) - told["runs"] - told["events"] - told["excused"]
